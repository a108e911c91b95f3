//! A reader complains about a mail: the subscription that brought it ends wherever it is now, and the address to which the mail
//! had gone is suppressed. One transaction.

use chrono::{DateTime, Utc};
use sqlx::Row;

use super::{
    super::Result,
    People,
    history::READER,
    line::{line_of, place_of},
    removal::{Removal, leave},
    subscribing::PEOPLE,
    suppression::suppress,
};
use crate::{
    base::ids::MailId,
    people::subscribers::{Address, masked},
};

/// What came of a complaint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Complained {
    /// Mails that are not sent any more.
    pub cancelled: u64,
    /// Subscriptions that ended at another address, to which the reader had gone since.
    pub moved: u64,
}

impl People<'_> {
    /// Does what follows from a complaint about a mail that went to this address; `brief` is that of its edition, if it brought
    /// one. The reason is kept; where the reader is elsewhere now, with the address of which it is said, of which its first
    /// character is shown and its domain. A second time it changes nothing more.
    pub async fn complain(
        self,
        mail: MailId,
        (address, brief): (&Address, Option<&str>),
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Complained> {
        let mut tx = self.store.begin().await?;
        self.store.one_at_a_time(&mut tx, PEOPLE).await?;
        let mut done = Complained::default();
        if let Some(brief) = brief {
            let removal = Removal { brief: Some(brief), actor: READER, reason };
            // Before it ends, since then it may lead on.
            let row = sqlx::query(
                "SELECT s.id FROM mail m JOIN subscription s ON s.subscriber = m.subscriber WHERE m.id = $1 AND s.brief = $2",
            );
            let row = row.bind(mail.get()).bind(brief.to_owned()).fetch_optional(&mut *tx).await?;
            let line = match row {
                Some(row) => line_of(&mut tx, row.try_get(0)?).await?,
                None => Vec::new(),
            };
            done.cancelled += leave(self.store, &mut tx, address.key(), &removal, now).await?.1;
            let elsewhere = format!("{reason} (about a mail to {})", masked(address.as_str()));
            for subscription in line {
                let Some((key, brief)) = place_of(&mut tx, subscription).await? else { continue };
                if key != address.key() {
                    let removal = Removal { brief: Some(&brief), actor: READER, reason: &elsewhere };
                    let (ended, cancelled) = leave(self.store, &mut tx, &key, &removal, now).await?;
                    done.moved += ended;
                    done.cancelled += cancelled;
                }
            }
        }
        done.cancelled += suppress(self.store, &mut tx, address.key(), (reason, ""), now).await?.cancelled;
        tx.commit().await?;
        Ok(done)
    }
}

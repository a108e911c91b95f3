//! An edition's refused or unknown mails are sent anew by a person's word, part after part, so that a million of them do
//! not hold the database.

use chrono::{DateTime, Utc};
use sqlx::Row;

use super::{Edition, Result, Store, micros, pause::next_range};
use crate::{delivery::rules::State, people::subscribers};

/// How many are looked at in one commit.
const STEP: i64 = 5_000;

/// Which mails, and by whose word.
#[derive(Debug)]
pub struct Resend<'a> {
    /// Of which edition
    pub edition: &'a Edition,
    /// Those in this state, from which a mail may become pending
    pub only: State,
    /// Who says so
    pub by: &'a str,
    /// Now
    pub now: DateTime<Utc>,
    /// Not sent later than this
    pub give_up_at: DateTime<Utc>,
    /// Only count them
    pub dry_run: bool,
}

/// What a resend did, or would do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resent {
    /// They wait to be sent again, with the same Message-ID
    pub again: u64,
    /// Their reader left, or the address is suppressed: they stay as they are
    pub left_out: u64,
}

/// Still wanted: as the lease will ask.
const WANTED: &str = "EXISTS (SELECT 1 FROM subscription s JOIN edition e ON e.id = mail.edition
     WHERE s.subscriber = mail.subscriber AND s.brief = e.brief AND s.state = $5)
     AND NOT EXISTS (SELECT 1 FROM suppression x WHERE x.address_key = LOWER(mail.address))";

impl Store {
    /// Mails of an edition in one state wait again and are due now; earlier attempts do not count any more. What a mail
    /// said before stands behind who had it sent again. One that is broken off has done a part, and can be called again.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn resend(&self, resend: &Resend<'_>) -> Result<Resent> {
        let mut done = Resent::default();
        if resend.only.is_open() || !resend.only.may_become(State::Pending) {
            return Ok(done);
        }
        let which = format!("edition = $1 AND state = $2 AND id > $3 AND id <= $4 AND {WANTED}");
        let mut after = 0;
        loop {
            let mut tx = self.begin().await?;
            let next = next_range(&mut tx, resend.edition.id, resend.only.code(), after, STEP).await?;
            let Some((last, count)) = next else { return Ok(done) };
            let text = if resend.dry_run {
                format!("SELECT COUNT(*) FROM mail WHERE {which}")
            } else {
                format!(
                    "UPDATE mail SET state = 0, due_at = $6, changed_at = $6, give_up_at = $7, uncounted = attempts,
                     owner = NULL, lease_until = NULL, reply = $8 || reply, decided = $9 WHERE {which}"
                )
            };
            let mut query = sqlx::query(super::sql(text))
                .bind(resend.edition.id)
                .bind(resend.only.code())
                .bind(after)
                .bind(last)
                .bind(subscribers::SubscriptionState::Active.code());
            let again = if resend.dry_run {
                u64::try_from(query.fetch_one(&mut *tx).await?.try_get::<i64, _>(0)?).unwrap_or(0)
            } else {
                query = query
                    .bind(micros(resend.now))
                    .bind(micros(resend.give_up_at))
                    .bind(format!("sent again, says {}; before: ", resend.by))
                    .bind(decided("sent again", resend.by, resend.now));
                query.execute(&mut *tx).await?.rows_affected()
            };
            tx.commit().await?;
            done.again += again;
            done.left_out += u64::try_from(count).unwrap_or(0).saturating_sub(again);
            after = last;
        }
    }
}

/// A person's decision about a mail, as it is kept.
pub(super) fn decided(what: &str, by: &str, now: DateTime<Utc>) -> String {
    format!("{what}, says {by} at {}", now.format("%F %T UTC"))
}

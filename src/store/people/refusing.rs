//! A reader says no to the mail that asks for a confirmation: what was asked for is over, and nothing of that name goes to the
//! address any more. Whoever had confirmed it leaves what came of it, wherever that is now. One transaction.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sqlx::{Any, AnyConnection, Connection as _, Row, Transaction};

use super::{
    super::{
        Result, Store,
        outbox::{NewMail, at_dot, put_in},
    },
    People,
    history::READER,
    line::{line_of, place_of},
    removal::{Removal, leave},
    sign_ups::{SignUp, sign_up},
    standing::{SignUpStanding, standing},
    subscribing::PEOPLE,
};

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Refused {
    /// The request was open until then.
    pub was_open: bool,
    /// Subscriptions that ended.
    pub ended: u64,
    /// Mails that are not sent any more.
    pub cancelled: u64,
    /// Mails whose final dot goes out at this moment: they may still arrive.
    pub at_dot: u64,
}

impl Refused {
    /// Has anything changed?
    pub const fn is_new(&self) -> bool {
        self.was_open || self.ended > 0
    }
}

impl People<'_> {
    /// Ends a sign-up because its reader said no, and what they get at its address of the same brief; of one that was
    /// confirmed, what came of it as well. If something has changed, the answer is in the outbox with it. A second time it
    /// changes nothing. `None` if there is no such sign-up.
    pub async fn refuse(
        self,
        sign_up: i64,
        reason: &str,
        answer: Option<&NewMail<'_>>,
        now: DateTime<Utc>,
    ) -> Result<Option<Refused>> {
        let mut writer = self.store.writer().await?;
        let done = refuse(self.store, writer.connection()?, (sign_up, reason), answer, now).await;
        writer.release(done)
    }
}

async fn refuse(
    store: &Store,
    connection: &mut AnyConnection,
    (id, reason): (i64, &str),
    answer: Option<&NewMail<'_>>,
    now: DateTime<Utc>,
) -> Result<Option<Refused>> {
    let mut tx = connection.begin_with(store.dialect.begin()).await?;
    store.one_at_a_time(&mut tx, PEOPLE).await?;
    let row = sqlx::query("SELECT * FROM sign_up WHERE id = $1").bind(id);
    let Some(row) = row.fetch_optional(&mut *tx).await? else { return Ok(None) };
    let (found, key): (SignUp, String) = (sign_up(&row)?, row.try_get("address_key")?);
    let was_open = standing(&mut tx, &found, &key, now).await? == SignUpStanding::Open;
    let mut refused = Refused { was_open, ..Refused::default() };
    for (key, brief) in meant(&mut tx, &found, key).await? {
        let removal = Removal { brief: Some(&brief), actor: READER, reason };
        let (ended, cancelled) = leave(store, &mut tx, &key, &removal, now).await?;
        refused.ended += ended;
        refused.cancelled += cancelled;
        let subscriber = sqlx::query("SELECT id FROM subscriber WHERE address_key = $1").bind(key);
        if let Some(row) = subscriber.fetch_optional(&mut *tx).await? {
            refused.at_dot += at_dot(&mut tx, row.try_get(0)?, Some(&brief)).await?;
        }
    }
    if let Some(answer) = answer.filter(|_| refused.is_new()) {
        put_in(&mut *tx, answer).await?;
    }
    tx.commit().await?;
    Ok(Some(refused))
}

/// What the no is about: an address' key and a brief each. What came of the sign-up may be at another address now.
async fn meant(tx: &mut Transaction<'_, Any>, found: &SignUp, key: String) -> Result<BTreeSet<(String, String)>> {
    let own = if found.subscriber.is_none() { std::slice::from_ref(&found.brief) } else { &found.moves };
    let mut meant: BTreeSet<_> = own.iter().map(|brief| (key.clone(), brief.clone())).collect();
    let rows = sqlx::query("SELECT DISTINCT subscription FROM subscription_move WHERE sign_up = $1").bind(found.id);
    for row in rows.fetch_all(&mut **tx).await? {
        for subscription in line_of(tx, row.try_get(0)?).await? {
            meant.extend(place_of(tx, subscription).await?);
        }
    }
    Ok(meant)
}

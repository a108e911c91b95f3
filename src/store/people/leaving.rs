//! A reader leaves by the token of a mail, which names one subscription. Everything is one transaction: once it is committed,
//! no mail to them is claimed, and one that is claimed gets no dot.

use chrono::{DateTime, Utc};
use sqlx::{Any, Row, Transaction};

use super::{
    super::{
        Error, Result,
        columns::{time, word},
        outbox::{Cancelled, at_dot, cancel},
    },
    People,
    removal::{Removal, end, record},
    subscribing::PEOPLE,
};
use crate::{
    base::language::Language,
    people::{subscribers::SubscriptionState, tokens::Subject},
};

/// The subscription that a token names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedSubscription {
    /// Its number.
    pub subscription: i64,
    /// Its reader's number.
    pub subscriber: i64,
    /// The address as it was typed.
    pub address: String,
    /// The brief's id.
    pub brief: String,
    /// The language of the editions.
    pub language: Language,
    /// Its state.
    pub state: SubscriptionState,
    /// The briefs to which the reader has further active subscriptions, in their order.
    pub others: Vec<String>,
}

/// What came of leaving.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftByToken {
    /// The subscription as it was before.
    pub before: NamedSubscription,
    /// Subscriptions that ended.
    pub ended: u64,
    /// Mails that are not sent any more.
    pub cancelled: u64,
    /// Mails whose final dot goes out at this moment: they may still arrive.
    pub at_dot: u64,
}

impl People<'_> {
    /// The subscription that a token is about; `None` if it was erased or is not of this state of the store.
    pub async fn named(self, subject: Subject) -> Result<Option<NamedSubscription>> {
        // One connection, since two answers are to be of one state.
        let mut tx = self.store.pool.begin().await?;
        let found = find(&mut tx, subject).await?;
        tx.rollback().await?;
        Ok(found.map(|(named, _)| named))
    }

    /// Ends the subscription that a token is about, or with `all` every subscription of its reader, those to come included;
    /// records who had it done and why, and cancels the mails whose body was not fully written. A second time it changes
    /// nothing more. `None` if there is no such subscription: then nothing has changed.
    pub async fn leave_by(
        self,
        subject: Subject,
        all: bool,
        actor: &str,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<LeftByToken>> {
        let mut tx = self.store.begin().await?;
        // Not while a list is written that found them there.
        self.store.one_at_a_time(&mut tx, PEOPLE).await?;
        let Some((before, key)) = find(&mut tx, subject).await? else { return Ok(None) };
        let brief = (!all).then_some(before.brief.as_str());
        let removal = Removal { brief, actor, reason };
        let ended = end(&mut tx, &key, &removal, now).await?;
        record(&mut tx, &key, &removal, now).await?;
        let cancelled = cancel(self.store, &mut tx, Cancelled::OfLeft { key: &key, brief }, now).await?;
        // After the mails were cancelled: one that came to its dot before that is seen.
        let at_dot = at_dot(&mut tx, before.subscriber, brief).await?;
        tx.commit().await?;
        Ok(Some(LeftByToken { before, ended, cancelled, at_dot }))
    }
}

/// The subscription that is meant, with its address' key.
async fn find(tx: &mut Transaction<'_, Any>, subject: Subject) -> Result<Option<(NamedSubscription, String)>> {
    let row = sqlx::query(
        "SELECT s.subscriber AS subscriber, s.brief AS brief, s.language AS language, s.state AS state,
         s.created_at AS created_at, u.address AS address, u.address_key AS address_key
         FROM subscription s JOIN subscriber u ON u.id = s.subscriber WHERE s.id = $1",
    )
    .bind(subject.row())
    .fetch_optional(&mut **tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    if !subject.is(subject.row(), time(row.try_get("created_at")?)?) {
        return Ok(None);
    }
    let subscriber: i64 = row.try_get("subscriber")?;
    let others =
        sqlx::query("SELECT brief FROM subscription WHERE subscriber = $1 AND state = $2 AND id <> $3 ORDER BY brief")
            .bind(subscriber)
            .bind(SubscriptionState::Active.code())
            .bind(subject.row())
            .fetch_all(&mut **tx)
            .await?;
    let code: i64 = row.try_get("state")?;
    let named = NamedSubscription {
        subscription: subject.row(),
        subscriber,
        address: row.try_get("address")?,
        brief: row.try_get("brief")?,
        language: word(&row, "language")?,
        state: SubscriptionState::from_code(code).ok_or_else(|| Error::Corrupt(format!("the state {code}")))?,
        others: others.iter().map(|row| row.try_get(0)).collect::<sqlx::Result<_>>()?,
    };
    Ok(Some((named, row.try_get("address_key")?)))
}

//! Who has left. A removal belongs to the address: it stays in force whatever list is imported later, until the reader asks
//! to come back, which [`super::subscribing`] records. It is also kept of addresses that are not known yet.

use chrono::{DateTime, Utc};
use sqlx::{Any, Row, Transaction};

use super::{
    super::{
        Result,
        columns::{micros, time},
        outbox::{Cancelled, cancel},
    },
    People,
    history::record_ending,
    subscribing::PEOPLE,
};
use crate::people::subscribers::{Address, SubscriptionState};

/// Who is removed from what.
#[derive(Debug, Clone, Copy, Default)]
pub struct Removal<'a> {
    /// From this brief; `None` from every brief, those to come included.
    pub brief: Option<&'a str>,
    /// Who records it.
    pub actor: &'a str,
    /// Why; may be empty.
    pub reason: &'a str,
}

/// What came of a removal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Removed {
    /// Subscriptions that ended.
    pub ended: u64,
    /// Addresses that had left before.
    pub before: u64,
    /// Addresses without a subscription: they are kept away from now on.
    pub unknown: u64,
    /// Mails that are not sent any more.
    pub cancelled: u64,
}

/// Since when somebody has left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// When that was recorded.
    pub since: DateTime<Utc>,
    /// Who recorded it; empty if that is not known.
    pub actor: String,
    /// Why; may be empty.
    pub reason: String,
}

impl People<'_> {
    /// Ends all subscriptions of an address. Returns how many.
    pub async fn unsubscribe(self, address: &Address, now: DateTime<Utc>) -> Result<u64> {
        Ok(self.remove([address], Removal::default(), now).await?.ended)
    }

    /// Ends the subscriptions of addresses, all or none, and cancels the mails to them whose body was not fully written. Who
    /// has left is not subscribed again by an import.
    pub async fn remove<'a>(
        self,
        addresses: impl IntoIterator<Item = &'a Address> + Send,
        removal: Removal<'_>,
        now: DateTime<Utc>,
    ) -> Result<Removed> {
        let mut tx = self.store.begin().await?;
        // Not while a list is written that found them there.
        self.store.one_at_a_time(&mut tx, PEOPLE).await?;
        let mut removed = Removed::default();
        let addresses: Vec<&Address> = addresses.into_iter().collect();
        for address in addresses {
            let ended = end(&mut tx, address.key(), &removal, now).await?;
            let is_new = record(&mut tx, address.key(), &removal, now).await?;
            removed.ended += ended;
            match (ended, is_new) {
                (0, true) => removed.unknown += 1,
                (0, false) => removed.before += 1,
                _ => {}
            }
            let mails = Cancelled::OfLeft { key: address.key(), brief: removal.brief };
            removed.cancelled += cancel(self.store, &mut tx, mails, now).await?;
        }
        tx.commit().await?;
        Ok(removed)
    }

    /// Has an address an active subscription, to a brief or to any?
    pub async fn has_subscription(self, address: &Address, brief: Option<&str>) -> Result<bool> {
        let row = sqlx::query(
            "SELECT 1 FROM subscription s JOIN subscriber u ON u.id = s.subscriber
             WHERE u.address_key = $1 AND s.state = $2 AND ($3 = '' OR s.brief = $3) LIMIT 1",
        )
        .bind(address.key().to_owned())
        .bind(SubscriptionState::Active.code())
        .bind(brief.unwrap_or_default().to_owned())
        .fetch_optional(&self.store.pool)
        .await?;
        Ok(row.is_some())
    }

    /// Returns since when an address has left a brief, or every brief; `None` if it may be subscribed to it.
    pub async fn left(self, address: &Address, brief: Option<&str>) -> Result<Option<Left>> {
        let row = sqlx::query(
            "SELECT at, actor, reason FROM removal WHERE address_key = $1 AND (brief = '' OR brief = $2)
             AND again_at IS NULL ORDER BY at LIMIT 1",
        )
        .bind(address.key().to_owned())
        .bind(brief.unwrap_or_default().to_owned())
        .fetch_optional(&self.store.pool)
        .await?;
        row.map(|row| Ok(Left { since: time(row.try_get(0)?)?, actor: row.try_get(1)?, reason: row.try_get(2)? }))
            .transpose()
    }
}

/// Ends the subscriptions of an address that are not ended: to one brief or to all.
pub(super) async fn end(
    tx: &mut Transaction<'_, Any>,
    key: &str,
    removal: &Removal<'_>,
    now: DateTime<Utc>,
) -> Result<u64> {
    let brief = removal.brief;
    record_ending(tx, (key, brief), (removal.actor, removal.reason), now).await?;
    let done = sqlx::query(
        "UPDATE subscription SET state = $1, changed_at = $2
         WHERE state <> $1 AND subscriber IN (SELECT id FROM subscriber WHERE address_key = $3) AND ($4 = '' OR brief = $4)",
    )
    .bind(SubscriptionState::Ended.code())
    .bind(micros(now))
    .bind(key.to_owned())
    .bind(brief.unwrap_or_default().to_owned())
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected())
}

/// Writes a removal down. Returns false if one as wide was in force.
pub(super) async fn record(
    tx: &mut Transaction<'_, Any>,
    key: &str,
    removal: &Removal<'_>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO removal (address_key, brief, at, actor, reason)
         SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS TEXT), CAST($5 AS TEXT)
         WHERE NOT EXISTS (SELECT 1 FROM removal WHERE address_key = $1 AND (brief = '' OR brief = $2) AND again_at IS NULL)
         ON CONFLICT DO NOTHING",
    )
    .bind(key.to_owned())
    .bind(removal.brief.unwrap_or_default().to_owned())
    .bind(micros(now))
    .bind(removal.actor.to_owned())
    .bind(removal.reason.to_owned())
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

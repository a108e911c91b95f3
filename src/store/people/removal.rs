//! Who has left. A removal belongs to the address: it stays in force whatever list is imported later, until the reader asks
//! to come back, which [`super::subscribing`] records. It is also kept of addresses that are not known yet.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{Any, Row, Transaction};

use super::{
    super::{
        Result, Store,
        columns::{micros, time},
        outbox::{Cancelled, cancel},
    },
    People,
    history::record_ending,
    line::{CHANGED, lives_on},
    subscribing::PEOPLE,
};
use crate::people::{
    joining::LAPSES_AFTER,
    subscribers::{Address, SubscriptionState, masked},
};

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

/// What a removal ends beside the subscriptions of the address itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beyond {
    /// Subscriptions at the address to which the reader went.
    pub moved: Vec<MovedAway>,
    /// Requests that nobody has confirmed yet.
    pub requests: u64,
}

/// A subscription that goes to another address since its reader changed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MovedAway {
    /// The brief.
    pub brief: String,
    /// The address to which it goes, as it was typed.
    pub address: String,
    /// Since when.
    pub since: DateTime<Utc>,
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
    /// has left is not subscribed again by an import. What went from an address to another one since its reader changed it
    /// ends there. What was asked for before at the address, and is not confirmed yet, is over.
    pub async fn remove<'a>(
        self,
        addresses: impl IntoIterator<Item = &'a Address> + Send,
        removal: Removal<'_>,
        now: DateTime<Utc>,
    ) -> Result<Removed> {
        self.remove_some(addresses, removal, true, now).await
    }

    /// As `remove`, but what went to another address stays there.
    pub async fn remove_only<'a>(
        self,
        addresses: impl IntoIterator<Item = &'a Address> + Send,
        removal: Removal<'_>,
        now: DateTime<Utc>,
    ) -> Result<Removed> {
        self.remove_some(addresses, removal, false, now).await
    }

    async fn remove_some<'a>(
        self,
        addresses: impl IntoIterator<Item = &'a Address> + Send,
        removal: Removal<'_>,
        follows: bool,
        now: DateTime<Utc>,
    ) -> Result<Removed> {
        let mut tx = self.store.begin().await?;
        // Not while a list is written that found them there.
        self.store.one_at_a_time(&mut tx, PEOPLE).await?;
        let mut removed = Removed::default();
        let addresses: Vec<&Address> = addresses.into_iter().collect();
        for address in addresses {
            let mut ended = end(&mut tx, address.key(), &removal, now).await?;
            let is_new = record(&mut tx, address.key(), &removal, now).await?;
            if follows {
                let reason = format!("{} (with {}, where it had come from)", removal.reason, masked(address.as_str()));
                for (key, brief) in lives_on(&mut tx, address.key(), removal.brief).await? {
                    let removal = Removal { brief: Some(&brief), reason: reason.trim_start(), ..removal };
                    let (more, cancelled) = leave(self.store, &mut tx, &key, &removal, now).await?;
                    ended += more;
                    removed.cancelled += cancelled;
                }
            }
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

    /// Counts what a removal of an address ends beside its own subscriptions, to a brief or to all: those that went to another
    /// address, and what was asked for at it and is not confirmed yet.
    pub async fn beyond(self, address: &Address, brief: Option<&str>, now: DateTime<Utc>) -> Result<Beyond> {
        let mut tx = self.store.pool.begin().await?;
        let moved = moved_away(&mut tx, address.key(), brief).await?;
        let row = sqlx::query(
            "SELECT COUNT(*) FROM sign_up WHERE confirmed_at IS NULL AND asked_at >= $1
             AND ($2 = '' OR brief = $2 OR ' ' || briefs || ' ' LIKE '% ' || $2 || ' %')
             AND (address_key = $3 OR subscriber IN (SELECT id FROM subscriber WHERE address_key = $3))",
        )
        .bind(micros(now - LAPSES_AFTER))
        .bind(brief.unwrap_or_default().to_owned())
        .bind(address.key().to_owned())
        .fetch_one(&mut *tx)
        .await?;
        let requests: i64 = row.try_get(0)?;
        tx.rollback().await?;
        Ok(Beyond { moved, requests: requests.unsigned_abs() })
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

/// What lives on at other addresses, and since when.
async fn moved_away(tx: &mut Transaction<'_, Any>, key: &str, brief: Option<&str>) -> Result<Vec<MovedAway>> {
    let mut moved = Vec::new();
    for (key, brief) in lives_on(tx, key, brief).await? {
        let row = sqlx::query(
            "SELECT u.address, COALESCE(MAX(m.at), MAX(s.changed_at)) FROM subscription s
             JOIN subscriber u ON u.id = s.subscriber
             LEFT JOIN subscription_move m ON m.subscription = s.id AND m.way = $3
             WHERE u.address_key = $1 AND s.brief = $2 GROUP BY u.address",
        );
        let row = row.bind(key).bind(brief.clone()).bind(CHANGED).fetch_one(&mut **tx).await?;
        moved.push(MovedAway { brief, address: row.try_get(0)?, since: time(row.try_get(1)?)? });
    }
    Ok(moved)
}

/// Ends subscriptions of an address, writes down that it is away, and takes back what waits for it. Returns how many
/// subscriptions and how many mails that were.
pub(super) async fn leave(
    store: &Store,
    tx: &mut Transaction<'_, Any>,
    key: &str,
    removal: &Removal<'_>,
    now: DateTime<Utc>,
) -> Result<(u64, u64)> {
    let ended = end(tx, key, removal, now).await?;
    write_down(tx, key, removal, now).await?;
    let cancelled = cancel(store, tx, Cancelled::OfLeft { key, brief: removal.brief }, now).await?;
    Ok((ended, cancelled))
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

/// Writes a removal down. One that is in force is said again: the newest time counts against what is confirmed later. Returns
/// false if one as wide was in force.
pub(super) async fn record(
    tx: &mut Transaction<'_, Any>,
    key: &str,
    removal: &Removal<'_>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let known = sqlx::query(
        "SELECT 1 FROM removal WHERE address_key = $1 AND (brief = '' OR brief = $2) AND again_at IS NULL LIMIT 1",
    )
    .bind(key.to_owned())
    .bind(removal.brief.unwrap_or_default().to_owned());
    let is_new = known.fetch_optional(&mut **tx).await?.is_none();
    write_down(tx, key, removal, now).await?;
    Ok(is_new)
}

async fn write_down(tx: &mut Transaction<'_, Any>, key: &str, removal: &Removal<'_>, now: DateTime<Utc>) -> Result<()> {
    sqlx::query(
        "INSERT INTO removal (address_key, brief, at, said_at, actor, reason) VALUES ($1, $2, $3, $3, $4, $5)
         ON CONFLICT (address_key, brief) WHERE again_at IS NULL DO UPDATE SET said_at = excluded.said_at
         WHERE removal.said_at < excluded.said_at",
    )
    .bind(key.to_owned())
    .bind(removal.brief.unwrap_or_default().to_owned())
    .bind(micros(now))
    .bind(removal.actor.to_owned())
    .bind(removal.reason.to_owned())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Did an address say no to a brief, or to all, at this time or later? It does not matter whether it came back to another brief
/// since. Who gets the brief again is not asked.
pub(super) async fn said_no_since(
    tx: &mut Transaction<'_, Any>,
    (key, brief): (&str, &str),
    since: DateTime<Utc>,
) -> Result<bool> {
    let row = sqlx::query(
        "SELECT 1 FROM removal WHERE address_key = $1 AND (brief = '' OR brief = $2) AND said_at >= $3
         AND NOT EXISTS (SELECT 1 FROM subscription s JOIN subscriber u ON u.id = s.subscriber
                         WHERE u.address_key = $1 AND s.brief = $2 AND s.state = $4) LIMIT 1",
    )
    .bind(key.to_owned())
    .bind(brief.to_owned())
    .bind(micros(since))
    .bind(SubscriptionState::Active.code())
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.is_some())
}

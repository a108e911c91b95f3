//! Addresses to which nothing is mailed, whatever subscription they have: they do not exist, or somebody complained. A person
//! can take one out again, with a reason, and a reader whose mails had come back by confirming one; both are kept.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{Any, Row, Transaction, any::AnyRow};

use super::{
    super::{
        Result, Store,
        columns::{micros, time},
        outbox::{Cancelled, cancel},
    },
    People,
};
use crate::people::subscribers::Address;

/// Why nothing is mailed to an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suppression {
    /// Why.
    pub reason: String,
    /// Since when.
    pub at: DateTime<Utc>,
    /// Who recorded it; empty if that is not known.
    pub actor: String,
}

impl Suppression {
    /// Was it recorded because mails came back, and not because somebody said so?
    pub fn is_by_bounce(&self) -> bool {
        is_by_bounce(&self.reason, &self.actor)
    }
}

/// As [`Suppression::is_by_bounce`]. The reasons are those of `store::bounces`; what a person wrote has an actor.
pub(in crate::store) fn is_by_bounce(reason: &str, actor: &str) -> bool {
    actor.is_empty() && (reason.starts_with("gone: ") || reason.contains(" soft bounces in a row since "))
}

/// An address to which nothing is mailed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SuppressedAddress {
    /// Its key: its ASCII form in lower case.
    pub address: String,
    /// Why.
    #[serde(flatten)]
    pub suppression: Suppression,
}

/// A suppression that a person took back, or a reader by a confirmation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EndedSuppression {
    /// What it was.
    #[serde(flatten)]
    pub was: Suppression,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// Who ended it.
    pub ended_actor: String,
    /// Why.
    pub ended_reason: String,
}

impl People<'_> {
    /// Suppresses an address, because it does not exist or somebody complained: nothing is mailed to it any more, whatever
    /// subscription it has or gets. Cancels the mails that wait for it, and returns how many. An address that is suppressed
    /// already keeps its reason.
    pub async fn suppress(self, address: &Address, reason: &str, now: DateTime<Utc>) -> Result<u64> {
        self.suppress_by(address, reason, "", now).await
    }

    /// As `suppress`, by somebody who is recorded.
    pub async fn suppress_by(self, address: &Address, reason: &str, actor: &str, now: DateTime<Utc>) -> Result<u64> {
        let mut tx = self.store.begin().await?;
        let suppressed = suppress(self.store, &mut tx, address.key(), (reason, actor), now).await?;
        tx.commit().await?;
        Ok(suppressed.cancelled)
    }

    /// Takes a suppression back, and keeps that it was there. Returns it; `None` if there is none.
    pub async fn unsuppress(
        self,
        address: &Address,
        reason: &str,
        actor: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Suppression>> {
        let mut tx = self.store.begin().await?;
        let was = take_back(&mut tx, address.key(), (reason, actor), now).await?;
        tx.commit().await?;
        Ok(was)
    }

    /// Returns why an address is suppressed; `None` if it is not.
    pub async fn suppression(self, address: &Address) -> Result<Option<Suppression>> {
        let row = sqlx::query("SELECT reason, at, actor FROM suppression WHERE address_key = $1")
            .bind(address.key().to_owned())
            .fetch_optional(&self.store.pool)
            .await?;
        row.as_ref().map(suppression).transpose()
    }

    /// Returns `limit` of the addresses to which nothing is mailed, in their order, those after `after`.
    pub async fn suppressed(self, after: &str, limit: i64) -> Result<Vec<SuppressedAddress>> {
        let rows = sqlx::query(
            "SELECT address_key, reason, at, actor FROM suppression WHERE address_key > $1 ORDER BY address_key LIMIT $2",
        )
        .bind(after.to_owned())
        .bind(limit)
        .fetch_all(&self.store.pool)
        .await?;
        let address = |row: &sqlx::any::AnyRow| {
            let suppression =
                Suppression { reason: row.try_get(1)?, at: time(row.try_get(2)?)?, actor: row.try_get(3)? };
            Ok(SuppressedAddress { address: row.try_get(0)?, suppression })
        };
        rows.iter().map(address).collect()
    }

    /// Returns the suppressions of an address that were taken back, the oldest first.
    pub async fn ended_suppressions(self, address: &Address) -> Result<Vec<EndedSuppression>> {
        let rows = sqlx::query(
            "SELECT reason, at, actor, ended_at, ended_actor, ended_reason FROM suppression_ended
             WHERE address_key = $1 ORDER BY id",
        )
        .bind(address.key().to_owned())
        .fetch_all(&self.store.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(EndedSuppression {
                    was: Suppression { reason: row.try_get(0)?, at: time(row.try_get(1)?)?, actor: row.try_get(2)? },
                    ended_at: time(row.try_get(3)?)?,
                    ended_actor: row.try_get(4)?,
                    ended_reason: row.try_get(5)?,
                })
            })
            .collect()
    }
}

fn suppression(row: &AnyRow) -> Result<Suppression> {
    Ok(Suppression { reason: row.try_get(0)?, at: time(row.try_get(1)?)?, actor: row.try_get(2)? })
}

/// Takes a suppression back, and keeps that it was there.
async fn take_back(
    tx: &mut Transaction<'_, Any>,
    key: &str,
    (reason, actor): (&str, &str),
    now: DateTime<Utc>,
) -> Result<Option<Suppression>> {
    let row = sqlx::query("DELETE FROM suppression WHERE address_key = $1 RETURNING reason, at, actor")
        .bind(key.to_owned())
        .fetch_optional(&mut **tx)
        .await?;
    let Some(was) = row.as_ref().map(suppression).transpose()? else { return Ok(None) };
    sqlx::query(
        "INSERT INTO suppression_ended (address_key, reason, at, actor, ended_at, ended_actor, ended_reason)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(key.to_owned())
    .bind(was.reason.clone())
    .bind(micros(was.at))
    .bind(was.actor.clone())
    .bind(micros(now))
    .bind(actor.to_owned())
    .bind(reason.to_owned())
    .execute(&mut **tx)
    .await?;
    Ok(Some(was))
}

/// Whoever confirms a mail that came to an address proves that it is not gone: what mails that came back had said of it ends. A
/// complaint, and what an operator decided, stays.
pub(super) async fn prove_alive(tx: &mut Transaction<'_, Any>, key: &str, now: DateTime<Utc>) -> Result<()> {
    let row = sqlx::query("SELECT reason, at, actor FROM suppression WHERE address_key = $1")
        .bind(key.to_owned())
        .fetch_optional(&mut **tx)
        .await?;
    if row.as_ref().map(suppression).transpose()?.is_some_and(|suppression| suppression.is_by_bounce()) {
        take_back(tx, key, ("confirmed a mail that came to this address", "reader"), now).await?;
    }
    sqlx::query("DELETE FROM soft_bounce WHERE address_key = $1").bind(key.to_owned()).execute(&mut **tx).await?;
    Ok(())
}

/// What came of suppressing an address.
pub(in crate::store) struct Suppressed {
    /// Whether it was not suppressed before.
    pub is_new: bool,
    /// Number of mails that are not sent any more.
    pub cancelled: u64,
}

/// Suppresses an address within a transaction: as [`People::suppress`].
pub(in crate::store) async fn suppress(
    store: &Store,
    tx: &mut Transaction<'_, Any>,
    key: &str,
    (reason, actor): (&str, &str),
    now: DateTime<Utc>,
) -> Result<Suppressed> {
    let done = sqlx::query(
        "INSERT INTO suppression (address_key, reason, at, actor) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(key.to_owned())
    .bind(reason.to_owned())
    .bind(micros(now))
    .bind(actor.to_owned())
    .execute(&mut **tx)
    .await?;
    let deliveries = cancel(store, tx, Cancelled::OfSuppressed(key), now).await?;
    let others = cancel(store, tx, Cancelled::OthersOfSuppressed(key), now).await?;
    Ok(Suppressed { is_new: done.rows_affected() == 1, cancelled: deliveries + others })
}

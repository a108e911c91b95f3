//! The id of a store, which stands in every Message-ID and every token of its mails, and the ids that it had before it was
//! restored.
//!
//! Rows are numbered in their order, so a restored store gives the numbers again that it gave after its backup. Therefore its
//! id changes whenever it goes on from an earlier state: no Message-ID and no token is made twice. What bears an earlier id is
//! still known, up to the numbers that the backup held.

use chrono::{DateTime, Utc};
use sqlx::{Any, Row, Transaction};

use super::{
    Result, Setting, Store,
    columns::micros,
    dialect::{Dialect, sql},
    settings,
};

/// Whom a token with a known id of the store may name: the people up to these numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownId {
    /// The highest number of a subscriber
    pub last_subscriber: i64,
    /// The highest number of a subscription
    pub last_subscription: i64,
}

impl KnownId {
    /// The id that the store has now names everybody.
    const EVERYBODY: KnownId = KnownId { last_subscriber: i64::MAX, last_subscription: i64::MAX };

    fn and(self, other: KnownId) -> KnownId {
        KnownId {
            last_subscriber: self.last_subscriber.min(other.last_subscriber),
            last_subscription: self.last_subscription.min(other.last_subscription),
        }
    }
}

impl Store {
    /// Returns the store's id; `random` becomes it if there is none yet. It stands in Message-IDs, and every token that names
    /// a subscriber or a subscription is to be bound to it: it changes when the store is restored, since numbers of rows may
    /// then be given a second time.
    pub async fn id(&self, random: &str) -> Result<String> {
        sqlx::query("INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(Setting::StoreId.key())
            .bind(random.to_owned())
            .execute(&self.pool)
            .await?;
        Ok(self.setting(Setting::StoreId).await?.unwrap_or_default())
    }

    /// Whom a token with this id may name; `None` if this store never had it. A token whose number is higher was given to
    /// somebody whom this store does not know.
    pub async fn known_id(&self, id: &str) -> Result<Option<KnownId>> {
        if self.setting(Setting::StoreId).await?.as_deref() == Some(id) {
            return Ok(Some(KnownId::EVERYBODY));
        }
        let row = sqlx::query("SELECT last_subscriber, last_subscription FROM earlier_id WHERE id = $1")
            .bind(id.to_owned())
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| Ok(KnownId { last_subscriber: row.try_get(0)?, last_subscription: row.try_get(1)? })).transpose()
    }

    /// All ids that the store has and had.
    pub(super) async fn known_ids(&self) -> Result<Vec<(String, KnownId)>> {
        let rows = sqlx::query("SELECT id, last_subscriber, last_subscription FROM earlier_id");
        let rows = rows.fetch_all(&self.pool).await?;
        let mut known = Vec::new();
        for row in &rows {
            let people = KnownId { last_subscriber: row.try_get(1)?, last_subscription: row.try_get(2)? };
            known.push((row.try_get(0)?, people));
        }
        known.extend(self.setting(Setting::StoreId).await?.map(|own| (own, KnownId::EVERYBODY)));
        Ok(known)
    }
}

/// Gives the store a new id, and keeps the one that it had for those whom it knows now. Does nothing if it has none yet: then
/// nothing bears it. Returns the one that it had.
pub(super) async fn renew(
    tx: &mut Transaction<'_, Any>,
    dialect: Dialect,
    now: DateTime<Utc>,
) -> Result<Option<String>> {
    let Some(own) = settings::read(tx, Setting::StoreId).await? else { return Ok(None) };
    sqlx::query(
        "INSERT INTO earlier_id (id, ended_at, last_subscriber, last_subscription) SELECT $1, $2,
         (SELECT COALESCE(MAX(id), 0) FROM subscriber), (SELECT COALESCE(MAX(id), 0) FROM subscription)
         WHERE 1 = 1 ON CONFLICT DO NOTHING",
    )
    .bind(own.clone())
    .bind(micros(now))
    .execute(&mut **tx)
    .await?;
    // As long as those that commands make: it stands in the subject of a reader's mail.
    let new = format!("UPDATE meta SET value = substr({}, 1, 16) WHERE key = $1", dialect.random_word());
    sqlx::query(sql(new)).bind(Setting::StoreId.key()).execute(&mut **tx).await?;
    Ok(Some(own))
}

/// Takes over from the store that is set aside which ids it had since the backup, whose id was `own`. Both hold the same people
/// up to the numbers of the backup.
pub(super) async fn carry(
    tx: &mut Transaction<'_, Any>,
    own: &str,
    of_before: &[(String, KnownId)],
    now: DateTime<Utc>,
) -> Result<()> {
    let Some((_, shared)) = of_before.iter().find(|(id, _)| id == own) else { return Ok(()) };
    let row = sqlx::query("SELECT last_subscriber, last_subscription FROM earlier_id WHERE id = $1")
        .bind(own.to_owned())
        .fetch_one(&mut **tx)
        .await?;
    let held = KnownId { last_subscriber: row.try_get(0)?, last_subscription: row.try_get(1)? };
    for (id, people) in of_before {
        let KnownId { last_subscriber, last_subscription } = people.and(*shared).and(held);
        sqlx::query(
            "INSERT INTO earlier_id (id, ended_at, last_subscriber, last_subscription) VALUES ($1, $2, $3, $4)
             ON CONFLICT DO NOTHING",
        )
        .bind(id.clone())
        .bind(micros(now))
        .bind(last_subscriber)
        .bind(last_subscription)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

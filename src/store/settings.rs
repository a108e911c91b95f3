//! Single facts about the store itself: its id, whether sending waits for a person, which shipped figures it took.

use chrono::{DateTime, Utc};
use sqlx::{Any, Row, Transaction};

use super::{Result, Store, micros};

/// The facts that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// A random word made with the store: part of every Message-ID, so that two stores never make the same one.
    StoreId,
    /// Why nothing is sent after a restore until `resume`; not there if sending is free.
    Hold,
    /// That a person paused everything, as JSON: see `pause`.
    Pause,
    /// The hash of the shipped figures that were imported.
    ShippedFigures,
}

impl Setting {
    pub(super) const fn key(self) -> &'static str {
        match self {
            Setting::StoreId => "store_id",
            Setting::Hold => "hold",
            Setting::Pause => "pause",
            Setting::ShippedFigures => "shipped_figures",
        }
    }
}

impl Store {
    /// The value, if there is one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn setting(&self, setting: Setting) -> Result<Option<String>> {
        let row = sqlx::query("SELECT value FROM meta WHERE key = $1").bind(setting.key());
        Ok(row.fetch_optional(&self.pool).await?.map(|row| row.try_get(0)).transpose()?)
    }

    /// Sets or, with `None`, removes a value.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn set(&self, setting: Setting, value: Option<&str>) -> Result<()> {
        let mut tx = self.begin().await?;
        match value {
            Some(value) => write(&mut tx, setting, value).await?,
            None => {
                sqlx::query("DELETE FROM meta WHERE key = $1").bind(setting.key()).execute(&mut *tx).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// The store's id; `random` becomes it if there is none yet.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn id(&self, random: &str) -> Result<String> {
        sqlx::query("INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(Setting::StoreId.key())
            .bind(random.to_owned())
            .execute(&self.pool)
            .await?;
        Ok(self.setting(Setting::StoreId).await?.unwrap_or_default())
    }

    /// A config came into force; gives its sequence number. A roll-back to earlier content gets a new one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn activate(&self, hash: &str, now: DateTime<Utc>) -> Result<i64> {
        let mut tx = self.begin().await?;
        self.one_at_a_time(&mut tx, "activation").await?;
        let newest = sqlx::query("SELECT sequence, hash FROM activation ORDER BY sequence DESC LIMIT 1")
            .fetch_optional(&mut *tx)
            .await?;
        if let Some(row) = newest
            && row.try_get::<String, _>(1)? == hash
        {
            tx.rollback().await?;
            return Ok(row.try_get(0)?);
        }
        let row = sqlx::query("INSERT INTO activation (hash, at) VALUES ($1, $2) RETURNING sequence")
            .bind(hash.to_owned())
            .bind(micros(now))
            .fetch_one(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(row.try_get(0)?)
    }

    /// The newest activation's number; 0 if there is none.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn newest_activation(&self) -> Result<i64> {
        let row = sqlx::query("SELECT COALESCE(MAX(sequence), 0) FROM activation").fetch_one(&self.pool).await?;
        Ok(row.try_get(0)?)
    }
}

pub(super) async fn write(tx: &mut Transaction<'_, Any>, setting: Setting, value: &str) -> Result<()> {
    sqlx::query("INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
        .bind(setting.key())
        .bind(value.to_owned())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

//! Single facts about the store itself: its id, whether sending waits for a person, which shipped figures it took, whether
//! the config that stands in the files is refused.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{Any, Row, Transaction};

use super::{Result, Store};

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
    /// Why the config that stands in the files is not in force, as JSON: see `Refused`. Not there if it is.
    ConfigRefused,
}

impl Setting {
    pub(super) const fn key(self) -> &'static str {
        match self {
            Setting::StoreId => "store_id",
            Setting::Hold => "hold",
            Setting::Pause => "pause",
            Setting::ShippedFigures => "shipped_figures",
            Setting::ConfigRefused => "config_refused",
        }
    }
}

/// A config that a daemon found and did not put into force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// When it was found
    pub at: DateTime<Utc>,
    /// How many errors it has
    pub errors: usize,
    /// The first of them, with its place
    pub first: String,
}

impl Store {
    /// The config that stands in the files and is not in force, if a daemon found it so.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn refused(&self) -> Result<Option<Refused>> {
        let kept = self.setting(Setting::ConfigRefused).await?;
        // Only ours writes it; another version's is as good as none.
        Ok(kept.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Notes that a config is refused, or with `None` that what stands in the files is in force.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn refuse(&self, refused: Option<&Refused>) -> Result<()> {
        let text = refused.map(serde_json::to_string).transpose();
        let text = text.map_err(|error| super::Error::Corrupt(error.to_string()))?;
        self.set(Setting::ConfigRefused, text.as_deref()).await
    }

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
}

pub(super) async fn write(tx: &mut Transaction<'_, Any>, setting: Setting, value: &str) -> Result<()> {
    sqlx::query("INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
        .bind(setting.key())
        .bind(value.to_owned())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

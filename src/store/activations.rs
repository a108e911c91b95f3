//! Which config is in force: its number, which only rises, and what its files said; and whether the config in the files is
//! refused.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::Row;

use super::{
    Error, Result, Setting, Store,
    columns::{micros, time},
};

/// Number of activations of which the files are kept.
const KEPT_FILES: i64 = 10;

/// Number of fingerprints of templates that are kept.
const KEPT_FINGERPRINTS: usize = 200;

/// Config files by a name that does not depend on where the folder is, without their secrets.
pub type ConfigFiles = BTreeMap<String, Vec<u8>>;

/// The config that is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activation {
    /// Its number.
    pub sequence: i64,
    /// When it came into force.
    pub at: DateTime<Utc>,
    /// Its files; `None` if an earlier version of the program activated it.
    pub files: Option<ConfigFiles>,
}

/// A config that a daemon found and did not put into force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedConfig {
    /// When it was found.
    pub at: DateTime<Utc>,
    /// Number of its errors.
    pub errors: usize,
    /// The first error, with its place.
    pub first: String,
}

/// The configs of a store.
#[derive(Debug, Clone, Copy)]
pub struct Activations<'a> {
    pub(super) store: &'a Store,
}

impl Activations<'_> {
    /// Puts the config with this hash into force. Returns its sequence number; a roll-back to earlier content gets a new one.
    pub async fn activate(self, hash: &str, now: DateTime<Utc>) -> Result<i64> {
        let mut tx = self.store.begin().await?;
        self.store.one_at_a_time(&mut tx, "activation").await?;
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

    /// Keeps the files of the config with this hash, and forgets those of old ones.
    pub async fn keep_files(self, hash: &str, files: &ConfigFiles) -> Result<()> {
        let texts: BTreeMap<&str, _> =
            files.iter().map(|(name, bytes)| (name.as_str(), String::from_utf8_lossy(bytes))).collect();
        let bytes = serde_json::to_vec(&texts).map_err(|error| Error::Corrupt(error.to_string()))?;
        let mut tx = self.store.begin().await?;
        sqlx::query("INSERT INTO config (hash, files) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(hash.to_owned())
            .bind(bytes)
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "DELETE FROM config WHERE hash <> $1
             AND hash NOT IN (SELECT hash FROM activation ORDER BY sequence DESC LIMIT $2)",
        )
        .bind(hash.to_owned())
        .bind(KEPT_FILES)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Returns the number of the newest activation; 0 if there is none.
    pub async fn newest_number(self) -> Result<i64> {
        let row = sqlx::query("SELECT COALESCE(MAX(sequence), 0) FROM activation").fetch_one(&self.store.pool).await?;
        Ok(row.try_get(0)?)
    }

    /// Returns the newest activation with its files.
    pub async fn newest(self) -> Result<Option<Activation>> {
        let row = sqlx::query(
            "SELECT a.sequence, a.at, c.files FROM activation a LEFT JOIN config c ON c.hash = a.hash
             ORDER BY a.sequence DESC LIMIT 1",
        )
        .fetch_optional(&self.store.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let files: Option<Vec<u8>> = row.try_get(2)?;
        let read = |bytes: Vec<u8>| serde_json::from_slice::<BTreeMap<String, String>>(&bytes);
        let files = files.map(read).transpose().map_err(|error| Error::Corrupt(error.to_string()))?;
        let files = files.map(|files| files.into_iter().map(|(name, text)| (name, text.into_bytes())).collect());
        Ok(Some(Activation { sequence: row.try_get(0)?, at: time(row.try_get(1)?)?, files }))
    }

    /// Returns fingerprints of templates that are or were in force: what is wrong with one of them lies in the figures.
    pub async fn templates_in_force(self) -> Result<BTreeSet<String>> {
        Ok(self.kept_fingerprints().await?.into_iter().collect())
    }

    async fn kept_fingerprints(self) -> Result<Vec<String>> {
        let kept = self.store.setting(Setting::TemplatesInForce).await?;
        // Only ours writes it; another version's is as good as none.
        Ok(kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// Notes that templates with these fingerprints are in force, and forgets old ones.
    pub async fn keep_fingerprints(self, fingerprints: BTreeSet<String>) -> Result<()> {
        let before = self.kept_fingerprints().await?;
        let earlier = before.iter().filter(|earlier| !fingerprints.contains(*earlier)).cloned();
        let kept: Vec<String> = fingerprints.iter().cloned().chain(earlier).take(KEPT_FINGERPRINTS).collect();
        if kept == before {
            return Ok(());
        }
        let text = serde_json::to_string(&kept).map_err(|error| Error::Corrupt(error.to_string()))?;
        self.store.set(Setting::TemplatesInForce, Some(&text)).await
    }

    /// Returns why the config in the files is not in force, if a daemon found it so.
    pub async fn refused(self) -> Result<Option<RefusedConfig>> {
        let kept = self.store.setting(Setting::ConfigRefused).await?;
        // Only ours writes it; another version's is as good as none.
        Ok(kept.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Notes that the config in the files is refused or, with `None`, that it is in force.
    pub async fn refuse(self, refused: Option<&RefusedConfig>) -> Result<()> {
        let text = refused.map(serde_json::to_string).transpose();
        let text = text.map_err(|error| Error::Corrupt(error.to_string()))?;
        self.store.set(Setting::ConfigRefused, text.as_deref()).await
    }
}

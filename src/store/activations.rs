//! Which config is in force: its number, which only rises, and what stood in its files.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::Row;

use super::{Error, Result, Store, micros, time};

/// Of so many activations the files are kept.
const KEPT: i64 = 10;

/// Config files by a name that does not depend on where the folder is, without their secrets.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The config that is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activation {
    /// Its number
    pub sequence: i64,
    /// Since when
    pub at: DateTime<Utc>,
    /// What stood in it; nothing if an earlier version of the program activated it
    pub files: Option<Files>,
}

impl Store {
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

    /// Keeps what stands in the config with this hash, and forgets that of old ones.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keep_config(&self, hash: &str, files: &Files) -> Result<()> {
        let texts: BTreeMap<&str, _> =
            files.iter().map(|(name, bytes)| (name.as_str(), String::from_utf8_lossy(bytes))).collect();
        let bytes = serde_json::to_vec(&texts).map_err(|error| Error::Corrupt(error.to_string()))?;
        let mut tx = self.begin().await?;
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
        .bind(KEPT)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// The newest activation's number; 0 if there is none.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn newest_activation(&self) -> Result<i64> {
        let row = sqlx::query("SELECT COALESCE(MAX(sequence), 0) FROM activation").fetch_one(&self.pool).await?;
        Ok(row.try_get(0)?)
    }

    /// The newest activation with what stood in its config, if there is one.
    ///
    /// # Errors
    /// Those of the database; or what is kept is none of ours.
    pub async fn active_config(&self) -> Result<Option<Activation>> {
        let row = sqlx::query(
            "SELECT a.sequence, a.at, c.files FROM activation a LEFT JOIN config c ON c.hash = a.hash
             ORDER BY a.sequence DESC LIMIT 1",
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let files: Option<Vec<u8>> = row.try_get(2)?;
        let read = |bytes: Vec<u8>| serde_json::from_slice::<BTreeMap<String, String>>(&bytes);
        let files = files.map(read).transpose().map_err(|error| Error::Corrupt(error.to_string()))?;
        let files = files.map(|files| files.into_iter().map(|(name, text)| (name, text.into_bytes())).collect());
        Ok(Some(Activation { sequence: row.try_get(0)?, at: time(row.try_get(1)?)?, files }))
    }
}

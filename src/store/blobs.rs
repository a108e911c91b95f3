//! Bytes by their SHA-256: snapshots, PDFs, and the inputs of editions. The same bytes are kept once.

use ring::digest::{SHA256, digest};
use sqlx::{Any, Row, Transaction};

use super::{Error, Result, Store};

/// SHA-256 in lower-case hex.
pub fn sha256(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Keeps bytes within a transaction. Returns their key.
pub(super) async fn keep(tx: &mut Transaction<'_, Any>, bytes: &[u8]) -> Result<String> {
    let key = sha256(bytes);
    sqlx::query("INSERT INTO blob (sha256, bytes) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(&key)
        .bind(bytes.to_vec())
        .execute(&mut **tx)
        .await?;
    Ok(key)
}

impl Store {
    /// Keeps bytes, all or none. Returns their keys.
    pub async fn keep_blobs(&self, all: &[Vec<u8>]) -> Result<Vec<String>> {
        let mut tx = self.begin().await?;
        let mut keys = Vec::new();
        for bytes in all {
            keys.push(keep(&mut tx, bytes).await?);
        }
        tx.commit().await?;
        Ok(keys)
    }

    /// Returns the number of the bytes with this key; `None` if there are none.
    pub async fn blob_length(&self, key: &str) -> Result<Option<i64>> {
        let row = sqlx::query("SELECT CAST(LENGTH(bytes) AS BIGINT) FROM blob WHERE sha256 = $1");
        let row = row.bind(key).fetch_optional(&self.pool).await?;
        row.map(|row| Ok(row.try_get(0)?)).transpose()
    }

    /// Returns the bytes with this key.
    ///
    /// # Errors
    /// `Corrupt` if there are none, or if they are not those that were kept: a damaged disk is not mailed.
    pub async fn blob(&self, key: &str) -> Result<Vec<u8>> {
        let row = sqlx::query("SELECT bytes FROM blob WHERE sha256 = $1").bind(key).fetch_optional(&self.pool).await?;
        let bytes: Vec<u8> = row.ok_or_else(|| Error::Corrupt(format!("no bytes with the key {key}")))?.try_get(0)?;
        if sha256(&bytes) != key {
            return Err(Error::Corrupt(format!("the bytes with the key {key} are damaged")));
        }
        Ok(bytes)
    }
}

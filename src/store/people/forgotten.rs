//! Addresses that were erased. Of each a hash by a secret key stays, so that no list brings it back; who holds the store can
//! try addresses against it, nobody else can.

use chrono::{DateTime, Utc};
use ring::hmac;
use sqlx::{Any, Row, Transaction};

use super::{
    super::{
        Result,
        columns::micros,
        dialect::{Dialect, sql},
    },
    batches::{is_kept, places},
};

/// The keys under which addresses were erased: one, unless a restored store took over that of another.
#[derive(Debug, Default)]
pub(super) struct Hashes {
    keys: Vec<hmac::Key>,
}

impl Hashes {
    /// Reads the keys; none if nobody was erased.
    pub async fn read(tx: &mut Transaction<'_, Any>) -> Result<Hashes> {
        let any = sqlx::query("SELECT 1 FROM forgotten LIMIT 1").fetch_optional(&mut **tx).await?.is_some();
        if !any {
            return Ok(Hashes::default());
        }
        let rows = sqlx::query("SELECT secret FROM forgotten_key ORDER BY at, secret").fetch_all(&mut **tx).await?;
        let keys = rows.iter().map(|row| Ok(key(row.try_get(0)?))).collect::<Result<_>>()?;
        Ok(Hashes { keys })
    }

    /// Was nobody erased?
    pub const fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The hashes that an address may have.
    fn of_address<'a>(&'a self, address_key: &'a str) -> impl Iterator<Item = String> + 'a {
        self.keys.iter().map(move |key| hash(key, address_key))
    }

    /// Those of the addresses that were erased.
    pub async fn of<'a>(
        &self,
        tx: &mut Transaction<'_, Any>,
        dialect: Dialect,
        addresses: impl Iterator<Item = &'a str>,
    ) -> Result<Vec<String>> {
        let hashed: Vec<(String, &str)> =
            addresses.flat_map(|address| self.of_address(address).map(move |hash| (hash, address))).collect();
        if hashed.is_empty() {
            return Ok(Vec::new());
        }
        let text = format!("SELECT hash FROM forgotten WHERE hash IN {}", places(dialect, 1, hashed.len(), |_| None));
        let mut query = sqlx::query(sql(text));
        for (hash, _) in &hashed {
            query = query.bind(hash.clone());
        }
        let rows = query.persistent(is_kept(dialect, hashed.len())).fetch_all(&mut **tx).await?;
        let found = rows.iter().map(|row| Ok(row.try_get(0)?)).collect::<Result<Vec<String>>>()?;
        Ok(hashed.into_iter().filter(|(hash, _)| found.contains(hash)).map(|(_, key)| key.to_owned()).collect())
    }

    /// Takes an address out again: its reader asks to come back. Returns whether it had been erased.
    pub async fn take_out(&self, tx: &mut Transaction<'_, Any>, address_key: &str) -> Result<bool> {
        let mut found = false;
        for hash in self.of_address(address_key) {
            let done = sqlx::query("DELETE FROM forgotten WHERE hash = $1").bind(hash).execute(&mut **tx).await?;
            found |= done.rows_affected() > 0;
        }
        Ok(found)
    }
}

/// Notes that an address is erased; `random` becomes the key if there is none.
pub(super) async fn note(
    tx: &mut Transaction<'_, Any>,
    address_key: &str,
    random: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO forgotten_key (secret, at) SELECT CAST($1 AS TEXT), CAST($2 AS BIGINT)
         WHERE NOT EXISTS (SELECT 1 FROM forgotten_key)",
    )
    .bind(random.to_owned())
    .bind(micros(now))
    .execute(&mut **tx)
    .await?;
    let row = sqlx::query("SELECT secret FROM forgotten_key ORDER BY at, secret LIMIT 1").fetch_one(&mut **tx).await?;
    sqlx::query("INSERT INTO forgotten (hash, at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(hash(&key(row.try_get(0)?), address_key))
        .bind(micros(now))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

fn key(secret: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())
}

fn hash(key: &hmac::Key, address_key: &str) -> String {
    let tag = hmac::sign(key, format!("greenbrief forgotten\0{address_key}").as_bytes());
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

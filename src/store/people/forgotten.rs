//! Addresses that were erased. Of each a hash by a secret key stays, so that no list brings it back; who holds the store can
//! try addresses against it, nobody else can. For a day there is one more of those that were asked to confirm: an erasure
//! gives nobody a second mail.

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
use crate::people::joining::{ADDRESS_PAUSE, CountedMailbox};

/// What a hash of somebody who was asked is about: the address, or the mailbox by an address with or without a plus sign.
const ADDRESS: &str = "address";
const PLAIN: &str = "plain";
const TAGGED: &str = "tagged";

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
        Hashes::of_day(tx).await
    }

    /// Reads the keys, also if all who were erased have come back.
    pub async fn of_day(tx: &mut Transaction<'_, Any>) -> Result<Hashes> {
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

    /// How often it was asked after `since` under what is erased.
    pub async fn asked(
        &self,
        tx: &mut Transaction<'_, Any>,
        address_key: &str,
        mailbox: &CountedMailbox,
        since: DateTime<Utc>,
    ) -> Result<Asked> {
        let mut asked = Asked::default();
        for key in &self.keys {
            asked.address += count(tx, &asked_hash(key, ADDRESS, address_key), since).await?;
            asked.mailbox += count(tx, &asked_hash(key, PLAIN, &mailbox.key), since).await?;
            if mailbox.is_tagged {
                asked.mailbox += count(tx, &asked_hash(key, TAGGED, &mailbox.key), since).await?;
            }
        }
        Ok(asked)
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

/// How often an address that is erased was asked to confirm.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Asked {
    /// Under this very address, and not confirmed.
    pub address: i64,
    /// Under any address of the mailbox that counts for it.
    pub mailbox: i64,
}

async fn count(tx: &mut Transaction<'_, Any>, hash: &str, since: DateTime<Utc>) -> Result<i64> {
    let row = sqlx::query("SELECT COUNT(*) FROM forgotten_asked WHERE hash = $1 AND at > $2");
    Ok(row.bind(hash.to_owned()).bind(micros(since)).fetch_one(&mut **tx).await?.try_get(0)?)
}

/// Notes of the sign-ups of an address, and of those for another address of its subscriber, that they were asked for within
/// a day; they are about to be erased. `random` becomes the key if there is none.
pub(super) async fn note_asked(
    tx: &mut Transaction<'_, Any>,
    address_key: &str,
    random: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let rows = sqlx::query(
        "SELECT address_key, asked_at, confirmed_at FROM sign_up WHERE asked_at > $1
         AND (address_key = $2 OR subscriber IN (SELECT id FROM subscriber WHERE address_key = $2))",
    );
    let rows = rows.bind(micros(now - ADDRESS_PAUSE)).bind(address_key.to_owned()).fetch_all(&mut **tx).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let key = own_key(tx, random, now).await?;
    for row in &rows {
        let (asked, at): (&str, i64) = (row.try_get(0)?, row.try_get(1)?);
        let mailbox = CountedMailbox::of(asked);
        let kind = if mailbox.is_tagged { TAGGED } else { PLAIN };
        let mut hashes = vec![asked_hash(&key, kind, &mailbox.key)];
        // Who confirmed it is a reader who has left: they may ask again.
        if row.try_get::<Option<i64>, _>(2)?.is_none() {
            hashes.push(asked_hash(&key, ADDRESS, asked));
        }
        for hash in hashes {
            let insert = "INSERT INTO forgotten_asked (hash, at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
            sqlx::query(insert).bind(hash).bind(at).execute(&mut **tx).await?;
        }
    }
    Ok(())
}

/// Notes that an address is erased; `random` becomes the key if there is none.
pub(super) async fn note(
    tx: &mut Transaction<'_, Any>,
    address_key: &str,
    random: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let key = own_key(tx, random, now).await?;
    sqlx::query("INSERT INTO forgotten (hash, at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(hash(&key, address_key))
        .bind(micros(now))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The key under which addresses are erased here; `random` becomes it if there is none.
async fn own_key(tx: &mut Transaction<'_, Any>, random: &str, now: DateTime<Utc>) -> Result<hmac::Key> {
    sqlx::query(
        "INSERT INTO forgotten_key (secret, at) SELECT CAST($1 AS TEXT), CAST($2 AS BIGINT)
         WHERE NOT EXISTS (SELECT 1 FROM forgotten_key)",
    )
    .bind(random.to_owned())
    .bind(micros(now))
    .execute(&mut **tx)
    .await?;
    let row = sqlx::query("SELECT secret FROM forgotten_key ORDER BY at, secret LIMIT 1").fetch_one(&mut **tx).await?;
    Ok(key(row.try_get(0)?))
}

fn key(secret: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())
}

fn hash(key: &hmac::Key, address_key: &str) -> String {
    hashed(key, &format!("greenbrief forgotten\0{address_key}"))
}

/// Of what is kept for a day: another hash, so that the two cannot be matched.
fn asked_hash(key: &hmac::Key, kind: &str, what: &str) -> String {
    hashed(key, &format!("greenbrief asked {kind}\0{what}"))
}

fn hashed(key: &hmac::Key, text: &str) -> String {
    let tag = hmac::sign(key, text.as_bytes());
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

//! The keys by which tokens are signed: made at their first use, kept in the database and so in its backups, so that the
//! links of old mails stay good. What a token is, is in `people::tokens`.

use chrono::{DateTime, Utc};
use ring::rand::SecureRandom;
use serde::Serialize;
use sqlx::{Any, AnyPool, Executor, Row, Transaction};

use super::{
    Error, Result, Setting, Store,
    columns::{micros, time},
    dialect::sql,
    settings,
};
use crate::people::tokens::{KeyId, KeySecret, TokenKey, TokenKeys, random_key};

/// The word under which keys are made and retired, one at a time.
const KEYS: &str = "token keys";

/// The keys for tokens.
#[derive(Debug, Clone, Copy)]
pub struct TokenKeyring<'a> {
    pub(super) store: &'a Store,
}

/// A key as people see it: without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptKey {
    /// Its id, the last four characters of its tokens
    pub id: KeyId,
    /// When it was made
    pub made: DateTime<Utc>,
    /// Who had it made; empty if it was made at its first use
    pub made_by: String,
    /// It signs new tokens
    pub signs: bool,
    /// When it was retired
    pub retired: Option<DateTime<Utc>>,
    /// Who retired it
    pub retired_by: Option<String>,
}

/// What came of retiring a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retirement {
    /// Its tokens are not accepted any more
    Done,
    /// It was retired before
    Before,
    /// There is no such key
    Unknown,
    /// It is the one that signs
    Signs,
}

impl TokenKeyring<'_> {
    /// The keys, of which the first is made if there is none that signs.
    ///
    /// # Errors
    /// Also if the machine gives no random numbers.
    pub async fn keys(self, random: &(dyn SecureRandom + Sync), now: DateTime<Utc>) -> Result<TokenKeys> {
        if let Some(keys) = self.known().await? {
            return Ok(keys);
        }
        let mut tx = self.store.begin().await?;
        // Several processes may need their first key at a time: the others find the one that was made.
        self.store.one_at_a_time(&mut tx, KEYS).await?;
        if read(&mut *tx).await?.is_none() {
            make(self.store, &mut tx, random, "", now).await?;
        }
        let keys = read(&mut *tx).await?;
        tx.commit().await?;
        keys.ok_or_else(|| Error::Corrupt("a key for tokens was made and is not there".to_owned()))
    }

    /// The keys, if there is one that signs: for reading a token, which makes none.
    pub async fn known(self) -> Result<Option<TokenKeys>> {
        read(&self.store.pool).await
    }

    /// All keys, the newest first, without their secrets.
    pub async fn list(self) -> Result<Vec<KeptKey>> {
        let rows =
            sqlx::query("SELECT id, made_at, made_by, retired_at, retired_by FROM token_key ORDER BY sequence DESC")
                .fetch_all(&self.store.pool)
                .await?;
        let mut signs = true;
        let mut keys = Vec::with_capacity(rows.len());
        for row in &rows {
            let retired: Option<i64> = row.try_get(3)?;
            keys.push(KeptKey {
                id: key_id(row.try_get(0)?)?,
                made: time(row.try_get(1)?)?,
                made_by: row.try_get(2)?,
                signs: retired.is_none() && std::mem::take(&mut signs),
                retired: retired.map(time).transpose()?,
                retired_by: row.try_get(4)?,
            });
        }
        Ok(keys)
    }

    /// Keeps a key that was made elsewhere, bound to the id of a store; it signs if none was made later. One whose id is there
    /// already changes nothing.
    pub async fn put(self, id: KeyId, secret: &KeySecret, bound_to: &str, now: DateTime<Utc>) -> Result<()> {
        let mut tx = self.store.begin().await?;
        self.store.one_at_a_time(&mut tx, KEYS).await?;
        write(&mut tx, id, secret, bound_to, "", now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Makes a new key, which signs from now on. Returns its id. The tokens of the others are accepted as before.
    ///
    /// # Errors
    /// Also if the machine gives no random numbers.
    pub async fn rotate(self, random: &(dyn SecureRandom + Sync), actor: &str, now: DateTime<Utc>) -> Result<KeyId> {
        let mut tx = self.store.begin().await?;
        self.store.one_at_a_time(&mut tx, KEYS).await?;
        let id = make(self.store, &mut tx, random, actor, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Retires a key: its tokens are not accepted any more, and its secret is erased. The one that signs is not retired.
    pub async fn retire(self, id: KeyId, actor: &str, now: DateTime<Utc>) -> Result<Retirement> {
        let mut tx = self.store.begin().await?;
        self.store.one_at_a_time(&mut tx, KEYS).await?;
        let rows =
            sqlx::query("SELECT id, retired_at FROM token_key ORDER BY sequence DESC").fetch_all(&mut *tx).await?;
        let mut signs = None;
        let mut found = None;
        for row in &rows {
            let (this, retired): (KeyId, Option<i64>) = (key_id(row.try_get(0)?)?, row.try_get(1)?);
            if retired.is_none() {
                signs.get_or_insert(this);
            }
            if this == id {
                found = Some(retired.is_some());
            }
        }
        match found {
            None => return Ok(Retirement::Unknown),
            Some(true) => return Ok(Retirement::Before),
            Some(false) if signs == Some(id) => return Ok(Retirement::Signs),
            Some(false) => {}
        }
        sqlx::query("UPDATE token_key SET secret = '', retired_at = $1, retired_by = $2 WHERE id = $3")
            .bind(micros(now))
            .bind(actor.to_owned())
            .bind(id.to_string())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(Retirement::Done)
    }
}

/// The keys as a connection sees them; `None` if there is none that signs.
pub(super) async fn read<'a>(from: impl Executor<'a, Database = Any>) -> Result<Option<TokenKeys>> {
    let rows = sqlx::query("SELECT id, secret, store, retired_at FROM token_key ORDER BY sequence DESC")
        .fetch_all(from)
        .await?;
    let (mut keys, mut retired) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in &rows {
        let id = key_id(row.try_get(0)?)?;
        if row.try_get::<Option<i64>, _>(3)?.is_some() {
            retired.push(id);
            continue;
        }
        let (secret, store): (String, String) = (row.try_get(1)?, row.try_get(2)?);
        // The message does not hold what may be a part of the secret.
        let unreadable = || Error::Corrupt(format!("the secret of the key {id} for tokens"));
        keys.push(TokenKey::new(id, &KeySecret::read(&secret).ok_or_else(unreadable)?, &store));
    }
    Ok(TokenKeys::new(keys, retired))
}

/// Takes over the keys of an earlier state of this store: those that are not there yet, and which were retired.
pub(super) async fn carry(tx: &mut Transaction<'_, Any>, from: &AnyPool) -> Result<()> {
    let rows = sqlx::query(
        "SELECT id, secret, store, made_at, made_by, retired_at, retired_by FROM token_key ORDER BY sequence",
    )
    .fetch_all(from)
    .await?;
    for row in &rows {
        let (id, secret): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let (bound_to, made, by): (String, i64, String) = (row.try_get(2)?, row.try_get(3)?, row.try_get(4)?);
        let (retired, retired_by): (Option<i64>, Option<String>) = (row.try_get(5)?, row.try_get(6)?);
        sqlx::query(
            "INSERT INTO token_key (id, secret, store, made_at, made_by) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(id.clone())
        .bind(secret)
        .bind(bound_to)
        .bind(made)
        .bind(by)
        .execute(&mut **tx)
        .await?;
        if retired.is_some() {
            sqlx::query(
                "UPDATE token_key SET secret = '', retired_at = $1, retired_by = $2 WHERE id = $3 AND retired_at IS NULL",
            )
            .bind(retired)
            .bind(retired_by)
            .bind(id)
            .execute(&mut **tx)
            .await?;
        }
    }
    Ok(())
}

fn key_id(text: String) -> Result<KeyId> {
    text.parse().map_err(|_| Error::Corrupt(format!("the key `{text}` for tokens")))
}

/// Makes a key that is bound to the store's id, which is made too if there is none yet.
async fn make(
    store: &Store,
    tx: &mut Transaction<'_, Any>,
    random: &(dyn SecureRandom + Sync),
    actor: &str,
    now: DateTime<Utc>,
) -> Result<KeyId> {
    let insert =
        format!("INSERT INTO meta (key, value) VALUES ($1, {}) ON CONFLICT DO NOTHING", store.dialect.random_word());
    sqlx::query(sql(insert)).bind(Setting::Identity.key()).execute(&mut **tx).await?;
    let bound_to = settings::read(tx, Setting::Identity).await?.unwrap_or_default();
    // An id that is taken is drawn again: of a million there are never many in use.
    loop {
        let (id, secret) = random_key(random)?;
        if write(tx, id, &secret, &bound_to, actor, now).await? {
            return Ok(id);
        }
    }
}

/// Writes a key down. Returns false if one with its id is there.
async fn write(
    tx: &mut Transaction<'_, Any>,
    id: KeyId,
    secret: &KeySecret,
    bound_to: &str,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO token_key (id, secret, store, made_at, made_by) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(id.to_string())
    .bind(secret.expose())
    .bind(bound_to.to_owned())
    .bind(micros(now))
    .bind(actor.to_owned())
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

//! What a restored store takes over from the store in whose place it comes: who has left, which addresses are suppressed, who
//! joined with proof, who was erased, which numbers and ids were given, and which keys signed tokens. A backup knows only
//! those of its time; who left since must not be mailed again.

use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{Any, Row, Transaction, any::AnyRow};

use super::{
    super::{
        Error, May, Result, Setting, Store, Surroundings,
        columns::{micros, time, word},
        dialect::sql,
        earlier_ids, edition_numbers,
        migrations::SCHEMA,
        token_keys,
    },
    confirming::{Consent, join_again},
    erasure::erase,
    forgotten::Hashes,
    joined::Reader,
    missing::{Missing, missing},
    removal::{Removal, end, record},
};
use crate::people::subscribers::{Address, SubscriptionState};

/// Number of rows that are read at a time.
const PAGE: i64 = 1000;

/// Numbers of what was carried over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct CarriedOver {
    /// Removals that the backup did not know
    pub removals: u64,
    /// Suppressed addresses that the backup did not know
    pub suppressions: u64,
    /// Subscriptions that readers confirmed, and the backup did not know
    pub consents: u64,
    /// People who were erased, which the backup did not know
    pub erased: u64,
}

/// Carries over from SQLite's file at `before` to `store`, which had the id `earlier_id`. Writes to the new file `list` those
/// whom it does not know. `None` if there is a file that cannot be read as a store: then nothing is known of who left.
pub(in crate::store) async fn carry_over(
    before: &Path,
    store: &Store,
    earlier_id: Option<&str>,
    list: &Path,
    now: DateTime<Utc>,
) -> Result<Option<(CarriedOver, Option<Missing>)>> {
    if !before.exists() {
        return Ok(Some((CarriedOver::default(), None)));
    }
    let Ok(before) = open(before, now).await else { return Ok(None) };
    let carried = async {
        let carried = store.take_over(&before, now).await?;
        store.take_over_given(&before, earlier_id, now).await?;
        Ok((carried, missing(&before, store, list).await?))
    };
    let carried = carried.await;
    before.close().await;
    carried.map(Some)
}

/// Opens the store that is set aside, and brings its schema up to date, of which a copy is kept.
async fn open(file: &Path, now: DateTime<Utc>) -> Result<Store> {
    let url = format!("sqlite:{}", file.display());
    let store = Store::connect(&url, Surroundings::default(), May::default()).await?;
    match store.version().await? {
        SCHEMA => {}
        // It was emptied, and nothing is made of it.
        0 => return Err(Error::Foreign(file.display().to_string())),
        _ => drop(store.prepare(true, now).await?),
    }
    Ok(store)
}

impl Store {
    async fn take_over_given(&self, before: &Store, earlier_id: Option<&str>, now: DateTime<Utc>) -> Result<()> {
        let numbers = edition_numbers::given(&before.pool).await?;
        let ids = before.known_ids().await?;
        let is_same = before.setting(Setting::Identity).await? == self.setting(Setting::Identity).await?;
        let mut tx = self.begin().await?;
        if is_same {
            // The links of mails that were sent since the backup.
            token_keys::carry(&mut tx, &before.pool).await?;
        }
        edition_numbers::raise(&mut tx, &numbers).await?;
        if let Some(earlier_id) = earlier_id {
            earlier_ids::carry(&mut tx, earlier_id, &ids, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn take_over(&self, before: &Store, now: DateTime<Utc>) -> Result<CarriedOver> {
        let mut tx = self.begin().await?;
        let (removals, suppressions) = (removals(before, &mut tx, now).await?, suppressions(before, &mut tx).await?);
        let consents = consents(before, &mut tx, now).await?;
        moves(before, &mut tx).await?;
        let carried = CarriedOver {
            removals,
            suppressions,
            consents,
            // Last, so that nobody who was erased is left.
            erased: erased(self, before, &mut tx, now).await?,
        };
        tx.commit().await?;
        Ok(carried)
    }
}

async fn removals(before: &Store, tx: &mut Transaction<'_, Any>, now: DateTime<Utc>) -> Result<u64> {
    let (mut carried, mut after) = (0, 0i64);
    loop {
        let rows = sqlx::query(
            "SELECT id, address_key, brief, at, actor, reason, said_at FROM removal WHERE again_at IS NULL AND id > $1
             ORDER BY id LIMIT $2",
        )
        .bind(after)
        .bind(PAGE)
        .fetch_all(&before.pool)
        .await?;
        let Some(last) = rows.last() else { return Ok(carried) };
        after = last.try_get(0)?;
        for row in &rows {
            let (key, brief): (String, String) = (row.try_get(1)?, row.try_get(2)?);
            let (actor, reason): (String, String) = (row.try_get(4)?, row.try_get(5)?);
            let brief = (!brief.is_empty()).then_some(brief.as_str());
            let removal = Removal { brief, actor: &actor, reason: &reason };
            carried += u64::from(record(tx, &key, &removal, time(row.try_get(3)?)?).await?);
            record(tx, &key, &removal, time(row.try_get(6)?)?).await?;
            end(tx, &key, &removal, now).await?;
        }
    }
}

async fn suppressions(before: &Store, tx: &mut Transaction<'_, Any>) -> Result<u64> {
    let (mut carried, mut after) = (0, String::new());
    loop {
        let rows = sqlx::query(
            "SELECT address_key, reason, at, actor FROM suppression WHERE address_key > $1 ORDER BY address_key LIMIT $2",
        )
        .bind(after)
        .bind(PAGE)
        .fetch_all(&before.pool)
        .await?;
        let Some(last) = rows.last() else { return Ok(carried) };
        after = last.try_get(0)?;
        for row in &rows {
            let done = sqlx::query(
                "INSERT INTO suppression (address_key, reason, at, actor) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            )
            .bind(row.try_get::<String, _>(0)?)
            .bind(row.try_get::<String, _>(1)?)
            .bind(micros(time(row.try_get(2)?)?))
            .bind(row.try_get::<String, _>(3)?)
            .execute(&mut **tx)
            .await?;
            carried += done.rows_affected();
        }
    }
}

/// Carries over who asked to join, with the proof, and who has joined by it and has not left since. Returns how many joined.
async fn consents(before: &Store, tx: &mut Transaction<'_, Any>, now: DateTime<Utc>) -> Result<u64> {
    let mut after = 0i64;
    loop {
        let query = "SELECT * FROM sign_up WHERE id > $1 ORDER BY id LIMIT $2";
        let rows = sqlx::query(query).bind(after).bind(PAGE).fetch_all(&before.pool).await?;
        let Some(last) = rows.last() else { break };
        after = last.try_get("id")?;
        for row in &rows {
            carry_sign_up(before, tx, row).await?;
        }
    }
    let (mut carried, mut after) = (0, 0i64);
    loop {
        let rows = sqlx::query(
            "SELECT s.id AS id, u.address AS address, u.address_ascii AS address_ascii, u.address_key AS address_key,
             s.brief AS brief, s.language AS language, MAX(m.sign_up) AS sign_up
             FROM subscription s JOIN subscriber u ON u.id = s.subscriber JOIN subscription_move m ON m.subscription = s.id
             WHERE s.id > $1 AND s.state = $2 AND m.sign_up IS NOT NULL
             GROUP BY s.id, u.address, u.address_ascii, u.address_key, s.brief, s.language ORDER BY s.id LIMIT $3",
        )
        .bind(after)
        .bind(SubscriptionState::Active.code())
        .bind(PAGE)
        .fetch_all(&before.pool)
        .await?;
        let Some(last) = rows.last() else { return Ok(carried) };
        after = last.try_get("id")?;
        for row in &rows {
            let (typed, ascii): (String, String) = (row.try_get("address")?, row.try_get("address_ascii")?);
            let (key, brief): (String, String) = (row.try_get("address_key")?, row.try_get("brief")?);
            let reader = Reader { typed: &typed, ascii: &ascii, key: &key };
            let joined = Consent { brief: &brief, language: word(row, "language")?, sign_up: row.try_get("sign_up")? };
            carried += u64::from(join_again(tx, reader, joined, now).await?);
        }
    }
}

async fn carry_sign_up(before: &Store, tx: &mut Transaction<'_, Any>, row: &AnyRow) -> Result<()> {
    const COLUMNS: [&str; 15] = [
        "address",
        "address_ascii",
        "address_key",
        "brief",
        "briefs",
        "language",
        "text",
        "text_version",
        "way",
        "asked_network",
        "message_id",
        "mail_sha256",
        "confirmed_network",
        "mailbox_key",
        "domain",
    ];
    let subscriber: Option<i64> = row.try_get("subscriber")?;
    let confirmed_at: Option<i64> = row.try_get("confirmed_at")?;
    let here = match subscriber {
        Some(subscriber) => same_subscriber(before, tx, subscriber).await?,
        None => None,
    };
    if subscriber.is_some() && here.is_none() && confirmed_at.is_none() {
        // Whose address it would change, nobody knows here.
        return Ok(());
    }
    let places: Vec<String> = (6..6 + COLUMNS.len()).map(|place| format!("${place}")).collect();
    let text = format!(
        "INSERT INTO sign_up (id, asked_at, confirmed_at, subscriber, asked_again_at, {})
         VALUES ($1, $2, NULLIF($3, 0), NULLIF($4, 0), NULLIF($5, 0), {}) ON CONFLICT (id) DO UPDATE
         SET confirmed_at = excluded.confirmed_at, confirmed_network = excluded.confirmed_network
         WHERE sign_up.confirmed_at IS NULL",
        COLUMNS.join(", "),
        places.join(", ")
    );
    let mut query = sqlx::query(sql(text))
        .bind(row.try_get::<i64, _>("id")?)
        .bind(row.try_get::<i64, _>("asked_at")?)
        .bind(confirmed_at.unwrap_or(0))
        .bind(here.unwrap_or(0))
        .bind(row.try_get::<Option<i64>, _>("asked_again_at")?.unwrap_or(0));
    for column in COLUMNS {
        query = query.bind(row.try_get::<String, _>(column)?);
    }
    query.execute(&mut **tx).await?;
    Ok(())
}

/// The number that a subscriber of the other store has here: numbers may be others.
async fn same_subscriber(before: &Store, tx: &mut Transaction<'_, Any>, subscriber: i64) -> Result<Option<i64>> {
    let row = sqlx::query("SELECT address_key FROM subscriber WHERE id = $1").bind(subscriber);
    let Some(row) = row.fetch_optional(&before.pool).await? else { return Ok(None) };
    let row = sqlx::query("SELECT id FROM subscriber WHERE address_key = $1").bind(row.try_get::<String, _>(0)?);
    Ok(row.fetch_optional(&mut **tx).await?.map(|row| row.try_get(0)).transpose()?)
}

/// Carries over who had which address before, and what of their subscriptions lives on at another: a token of a mail to the old
/// address ends it here, too.
async fn moves(before: &Store, tx: &mut Transaction<'_, Any>) -> Result<()> {
    let rows = sqlx::query(
        "SELECT f.address AS address, f.address_ascii AS address_ascii, f.address_key AS address_key,
         f.until_at AS until_at, u.address_key AS new_key
         FROM former_address f JOIN subscriber u ON u.id = f.subscriber ORDER BY f.id",
    )
    .fetch_all(&before.pool)
    .await?;
    for row in rows {
        let (key, new_key): (String, String) = (row.try_get("address_key")?, row.try_get("new_key")?);
        sqlx::query(
            "INSERT INTO former_address (subscriber, address, address_ascii, address_key, until_at)
             SELECT u.id, CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS BIGINT) FROM subscriber u
             WHERE u.address_key = $5 AND NOT EXISTS (SELECT 1 FROM former_address f
                 WHERE f.subscriber = u.id AND f.address_key = $3 AND f.until_at = $4)",
        )
        .bind(row.try_get::<String, _>("address")?)
        .bind(row.try_get::<String, _>("address_ascii")?)
        .bind(key.clone())
        .bind(row.try_get::<i64, _>("until_at")?)
        .bind(new_key.clone())
        .execute(&mut **tx)
        .await?;
        sqlx::query(
            "UPDATE subscription SET moved_to = (
                 SELECT n.id FROM subscription n JOIN subscriber u ON u.id = n.subscriber
                 WHERE u.address_key = $1 AND n.brief = subscription.brief)
             WHERE state = $2 AND moved_to IS NULL AND subscriber IN (SELECT id FROM subscriber WHERE address_key = $3)",
        )
        .bind(new_key)
        .bind(SubscriptionState::Ended.code())
        .bind(key)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Carries over who was erased, and erases them here. Returns how many were erased since the backup.
async fn erased(store: &Store, before: &Store, tx: &mut Transaction<'_, Any>, now: DateTime<Utc>) -> Result<u64> {
    let mut carried = 0;
    for (table, column) in [("forgotten_key", "secret"), ("forgotten", "hash"), ("forgotten_asked", "hash")] {
        let rows = sqlx::query(sql(format!("SELECT {column}, at FROM {table}"))).fetch_all(&before.pool).await?;
        for row in rows {
            let insert = format!("INSERT INTO {table} ({column}, at) VALUES ($1, $2) ON CONFLICT DO NOTHING");
            let insert = sqlx::query(sql(insert)).bind(row.try_get::<String, _>(0)?).bind(row.try_get::<i64, _>(1)?);
            let done = insert.execute(&mut **tx).await?.rows_affected();
            carried += if table == "forgotten" { done } else { 0 };
        }
    }
    let hashes = Hashes::read(tx).await?;
    for table in ["subscriber", "sign_up", "removal", "suppression"] {
        let mut after = String::new();
        loop {
            let rows = sqlx::query(sql(format!(
                "SELECT DISTINCT address_key FROM {table} WHERE address_key > $1 ORDER BY address_key LIMIT $2"
            )))
            .bind(after)
            .bind(PAGE)
            .fetch_all(&mut **tx)
            .await?;
            let keys = rows.iter().map(|row| Ok(row.try_get(0)?)).collect::<Result<Vec<String>>>()?;
            let Some(last) = keys.last() else { break };
            after = last.clone();
            for key in hashes.of(tx, store.dialect, keys.iter().map(String::as_str)).await? {
                // What is kept as an address is one.
                let Ok(address) = Address::parse(&key) else { continue };
                erase(store, tx, &address, "", now).await?;
            }
        }
    }
    Ok(carried)
}

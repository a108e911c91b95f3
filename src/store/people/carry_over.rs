//! What a restored store takes over from the store in whose place it comes: who has left, which addresses are suppressed, and
//! which numbers and ids were given. A backup knows only those of its time, and who left since must not be mailed again.

use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::Row;

use super::{
    super::{
        Error, May, Result, Store, Surroundings,
        columns::{micros, time},
        earlier_ids, edition_numbers,
        migrations::SCHEMA,
    },
    missing::{Missing, missing},
    removal::{Removal, end, record},
};

/// Number of rows that are read at a time.
const PAGE: i64 = 1000;

/// Numbers of what was carried over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct CarriedOver {
    /// Removals that the backup did not know
    pub removals: u64,
    /// Suppressed addresses that the backup did not know
    pub suppressions: u64,
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
        let mut tx = self.begin().await?;
        edition_numbers::raise(&mut tx, &numbers).await?;
        if let Some(earlier_id) = earlier_id {
            earlier_ids::carry(&mut tx, earlier_id, &ids, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn take_over(&self, before: &Store, now: DateTime<Utc>) -> Result<CarriedOver> {
        let mut carried = CarriedOver::default();
        let mut tx = self.begin().await?;
        let mut after = 0;
        loop {
            let rows = sqlx::query(
                "SELECT id, address_key, brief, at, actor, reason FROM removal WHERE again_at IS NULL AND id > $1
                 ORDER BY id LIMIT $2",
            )
            .bind(after)
            .bind(PAGE)
            .fetch_all(&before.pool)
            .await?;
            let Some(last) = rows.last() else { break };
            after = last.try_get(0)?;
            for row in &rows {
                let (key, brief): (String, String) = (row.try_get(1)?, row.try_get(2)?);
                let (actor, reason): (String, String) = (row.try_get(4)?, row.try_get(5)?);
                let brief = (!brief.is_empty()).then_some(brief.as_str());
                let removal = Removal { brief, actor: &actor, reason: &reason };
                carried.removals += u64::from(record(&mut tx, &key, &removal, time(row.try_get(3)?)?).await?);
                end(&mut tx, &key, brief, now).await?;
            }
        }
        let mut after = String::new();
        loop {
            let rows = sqlx::query(
                "SELECT address_key, reason, at FROM suppression WHERE address_key > $1 ORDER BY address_key LIMIT $2",
            )
            .bind(after)
            .bind(PAGE)
            .fetch_all(&before.pool)
            .await?;
            let Some(last) = rows.last() else { break };
            after = last.try_get(0)?;
            for row in &rows {
                let (key, reason): (String, String) = (row.try_get(0)?, row.try_get(1)?);
                let done = sqlx::query(
                    "INSERT INTO suppression (address_key, reason, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                )
                .bind(key)
                .bind(reason)
                .bind(micros(time(row.try_get(2)?)?))
                .execute(&mut *tx)
                .await?;
                carried.suppressions += done.rows_affected();
            }
        }
        tx.commit().await?;
        Ok(carried)
    }
}

//! The records of imports: each has the next number, and its time is never before that of the one before.

use chrono::{DateTime, Utc};
use sqlx::{Any, AnyPool, Row, Transaction, any::AnyRow};

use super::rows::{parsed, written};
use crate::{
    figures::{ImportKind, ImportRecord, ImportedFile, NewImport},
    store::{
        Result,
        columns::{micros, time, word},
    },
};

/// Records a new import, whose counts follow. Returns its number.
pub(super) async fn begin(tx: &mut Transaction<'_, Any>, new: &NewImport<'_>) -> Result<i64> {
    // A clock that was set back does not change the order of what the store learned.
    let row = sqlx::query(
        "INSERT INTO import (number, at, actor, kind, reason, files, added, revised, unchanged)
         SELECT COALESCE(MAX(number), 0) + 1, CASE WHEN MAX(at) > $1 THEN MAX(at) ELSE $1 END, $2, $3, $4, $5, 0, 0, 0
         FROM import RETURNING number",
    )
    .bind(micros(new.at))
    .bind(new.by.to_owned())
    .bind(new.kind.word())
    .bind(new.reason.to_owned())
    .bind(written(new.files)?)
    .fetch_one(&mut **tx)
    .await?;
    Ok(row.try_get(0)?)
}

/// The newest import, if it was of these files, read in this way, with all of them in the store. Returns its number, and how
/// many units, series, observations and events the files hold.
pub(super) async fn repeated(pool: &AnyPool, files: &[ImportedFile], read_as: &str) -> Result<Option<(i64, i64)>> {
    let newest = sqlx::query(
        "SELECT number, files, read_as, added + revised + unchanged FROM import ORDER BY number DESC LIMIT 1",
    );
    let Some(row) = newest.fetch_optional(pool).await? else { return Ok(None) };
    let (known, kept): (Vec<ImportedFile>, String) = (parsed(row.try_get(1)?)?, row.try_get(2)?);
    Ok((known == files && kept == read_as).then_some((row.try_get(0)?, row.try_get(3)?)))
}

/// Records how the files of an import were read: all of them is in the store.
pub(super) async fn note_reading(tx: &mut Transaction<'_, Any>, number: i64, read_as: &str) -> Result<()> {
    let done = sqlx::query("UPDATE import SET read_as = $2 WHERE number = $1").bind(number).bind(read_as.to_owned());
    done.execute(&mut **tx).await?;
    Ok(())
}

/// Records how many were new, revised and unchanged.
pub(super) async fn end(tx: &mut Transaction<'_, Any>, number: i64, counts: [i64; 3]) -> Result<()> {
    let [new, revised, unchanged] = counts;
    sqlx::query("UPDATE import SET added = $2, revised = $3, unchanged = $4 WHERE number = $1")
        .bind(number)
        .bind(new)
        .bind(revised)
        .bind(unchanged)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The number of the last import at a time; 0 if there was none.
pub(super) async fn last_at(tx: &mut Transaction<'_, Any>, at: DateTime<Utc>) -> Result<i64> {
    let row = sqlx::query("SELECT COALESCE(MAX(number), 0) FROM import WHERE at IS NULL OR at <= $1");
    Ok(row.bind(micros(at)).fetch_one(&mut **tx).await?.try_get(0)?)
}

/// The newest imports, the newest first.
pub(super) async fn newest(pool: &AnyPool, limit: i64) -> Result<Vec<ImportRecord>> {
    let rows = sqlx::query("SELECT * FROM import ORDER BY number DESC").fetch_all(pool).await?;
    let mut records: Vec<ImportRecord> = rows.iter().map(record).collect::<Result<_>>()?;
    // What undid an import has a higher number, so its own standing is known first.
    for at in 0..records.len() {
        let Some(by) = records.get(at).and_then(|record| record.undone_by) else { continue };
        let is_undone = records.iter().take(at).any(|later| later.number == by && later.in_force);
        if let Some(record) = records.get_mut(at) {
            record.in_force = !is_undone;
        }
    }
    records.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(records)
}

/// The import with this number, with its standing.
pub(super) async fn named(tx: &mut Transaction<'_, Any>, number: i64) -> Result<Option<ImportRecord>> {
    let mut next = Some(number);
    let (mut found, mut undone) = (None, 0);
    // From an import to what undid it, to what undid that.
    while let Some(number) = next {
        let row = sqlx::query("SELECT * FROM import WHERE number = $1").bind(number).fetch_optional(&mut **tx).await?;
        let Some(row) = row else { break };
        let record = record(&row)?;
        next = record.undone_by;
        undone += usize::from(next.is_some());
        found = found.or(Some(record));
    }
    Ok(found.map(|record| ImportRecord { in_force: undone % 2 == 0, ..record }))
}

fn record(row: &AnyRow) -> Result<ImportRecord> {
    let at: Option<i64> = row.try_get("at")?;
    let kind: ImportKind = word(row, "kind")?;
    let [first, second]: [i64; 2] = [row.try_get("added")?, row.try_get("revised")?];
    // The columns mean something else where nothing is brought.
    let [new, revised, back, gone] = match kind {
        ImportKind::Undo => [0, 0, first, second],
        ImportKind::Withdrawal => [0, 0, 0, first],
        _ => [first, second, 0, 0],
    };
    Ok(ImportRecord {
        number: row.try_get("number")?,
        at: at.map(time).transpose()?,
        by: row.try_get("actor")?,
        kind,
        reason: row.try_get("reason")?,
        files: parsed(row.try_get("files")?)?,
        new,
        revised,
        unchanged: row.try_get("unchanged")?,
        back,
        gone,
        undid: row.try_get("undid")?,
        undone_by: row.try_get("undone_by")?,
        in_force: true,
    })
}

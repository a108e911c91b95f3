//! What earlier imports of files have brought: what of it is no more in the files is gone from them. A file may be a part of
//! what is known, so it is told, and stays.

use std::collections::{BTreeSet, HashSet};

use rust_decimal::Decimal;
use sqlx::{Any, Row, Transaction};

use super::{
    rows::{InForce, parsed, published, series_id, written},
    withdrawals,
};
use crate::{
    figures::{Identity, ImportedFile, Period, SeriesId},
    store::{
        Result,
        columns::word,
        dialect::{Dialect, sql},
    },
};

/// The numbers of the imports of no other files than these, as JSON for a query; `None` if there are none. Files are the
/// same by their name.
async fn imports_of(tx: &mut Transaction<'_, Any>, files: &[ImportedFile]) -> Result<Option<String>> {
    let names: HashSet<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let mut imports: Vec<[i64; 1]> = Vec::new();
    for row in sqlx::query("SELECT number, files FROM import WHERE files <> '[]'").fetch_all(&mut **tx).await? {
        let known: Vec<ImportedFile> = parsed(row.try_get("files")?)?;
        if known.iter().all(|file| names.contains(file.name.as_str())) {
            imports.push([row.try_get("number")?]);
        }
    }
    if imports.is_empty() { Ok(None) } else { written(&imports).map(Some) }
}

/// The series of which observations count that came by an import of no other files than these.
pub(super) async fn series_brought_by_files(
    tx: &mut Transaction<'_, Any>,
    dialect: Dialect,
    files: &[ImportedFile],
) -> Result<BTreeSet<SeriesId>> {
    let Some(imports) = imports_of(tx, files).await? else { return Ok(BTreeSet::new()) };
    let query = format!(
        "SELECT DISTINCT series FROM observation WHERE superseded IS NULL
         AND import IN (SELECT CAST(e.value ->> 0 AS BIGINT) FROM {} e)",
        dialect.elements()
    );
    let rows = sqlx::query(sql(query)).bind(imports).fetch_all(&mut **tx).await?;
    rows.iter().map(|row| series_id(row.try_get("series")?)).collect()
}

/// The observations of these series that count and came by an import of no other files than these, with their values, in their
/// order.
pub(super) async fn brought_by_files(
    tx: &mut Transaction<'_, Any>,
    dialect: Dialect,
    files: &[ImportedFile],
    series: &BTreeSet<SeriesId>,
) -> Result<Vec<(Identity, Decimal)>> {
    let Some(imports) = imports_of(tx, files).await? else { return Ok(Vec::new()) };
    let withdrawn = withdrawals::in_force(tx, InForce::Now).await?;
    let ids: Vec<[&str; 1]> = series.iter().map(|id| [id.as_str()]).collect();
    let elements = dialect.elements();
    let query = format!(
        "SELECT o.series, o.period, o.vintage, o.value FROM {elements} s CROSS JOIN observation o
         WHERE o.series = s.value ->> 0 AND o.superseded IS NULL
         AND o.import IN (SELECT CAST(e.value ->> 0 AS BIGINT) FROM {} e) ORDER BY o.series, o.period, o.vintage",
        dialect.elements().replace("$1", "$2")
    );
    let mut brought = Vec::new();
    for row in sqlx::query(sql(query)).bind(written(&ids)?).bind(imports).fetch_all(&mut **tx).await? {
        let period: Period = word(&row, "period")?;
        let identity = (series_id(row.try_get("series")?)?, period, published(&row, "vintage")?);
        if !withdrawn.contains(&identity) {
            brought.push((identity, word(&row, "value")?));
        }
    }
    Ok(brought)
}

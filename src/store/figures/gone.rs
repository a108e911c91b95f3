//! What earlier imports of files have brought: what of it is no more in the files is gone from them. A file may be a part of
//! what is known, so it is told, and stays.

use std::collections::HashSet;

use rust_decimal::Decimal;
use sqlx::{Any, Row, Transaction};

use super::{
    rows::{InForce, parsed, published, series_id, written},
    withdrawals,
};
use crate::{
    figures::{Identity, ImportedFile, Period},
    store::{
        Result,
        columns::word,
        dialect::{Dialect, sql},
    },
};

/// The observations that count and came by an import of no other files than these, with their values, in their order. Files
/// are the same by their name.
pub(super) async fn brought_by_files(
    tx: &mut Transaction<'_, Any>,
    dialect: Dialect,
    files: &[ImportedFile],
) -> Result<Vec<(Identity, Decimal)>> {
    let names: HashSet<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let mut imports: Vec<[i64; 1]> = Vec::new();
    for row in sqlx::query("SELECT number, files FROM import WHERE files <> '[]'").fetch_all(&mut **tx).await? {
        let known: Vec<ImportedFile> = parsed(row.try_get("files")?)?;
        if known.iter().all(|file| names.contains(file.name.as_str())) {
            imports.push([row.try_get("number")?]);
        }
    }
    if imports.is_empty() {
        return Ok(Vec::new());
    }
    let withdrawn = withdrawals::in_force(tx, InForce::Now).await?;
    let query = format!(
        "SELECT series, period, vintage, value FROM observation WHERE superseded IS NULL
         AND import IN (SELECT CAST(e.value ->> 0 AS BIGINT) FROM {} e) ORDER BY series, period, vintage",
        dialect.elements()
    );
    let mut brought = Vec::new();
    for row in sqlx::query(sql(query)).bind(written(&imports)?).fetch_all(&mut **tx).await? {
        let period: Period = word(&row, "period")?;
        let identity = (series_id(row.try_get("series")?)?, period, published(&row, "vintage")?);
        if !withdrawn.contains(&identity) {
            brought.push((identity, word(&row, "value")?));
        }
    }
    Ok(brought)
}

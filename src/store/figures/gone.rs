//! What earlier imports of files have brought: what of it is no more in the files is gone from them. A file may be a part of
//! what is known, so it is told, and stays.

use std::collections::{BTreeSet, HashSet};

use sqlx::{Any, Row, Transaction};

use super::rows::{parsed, series_id, written};
use crate::{
    figures::{ImportedFile, SeriesId},
    store::{
        Result,
        dialect::{Dialect, sql},
    },
};

/// The numbers of the imports of no other files than these. Files are the same by their name.
pub(super) async fn imports_of(tx: &mut Transaction<'_, Any>, files: &[ImportedFile]) -> Result<BTreeSet<i64>> {
    let names: HashSet<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let mut imports = BTreeSet::new();
    for row in sqlx::query("SELECT number, files FROM import WHERE files <> '[]'").fetch_all(&mut **tx).await? {
        let known: Vec<ImportedFile> = parsed(row.try_get("files")?)?;
        if known.iter().all(|file| names.contains(file.name.as_str())) {
            imports.insert(row.try_get("number")?);
        }
    }
    Ok(imports)
}

/// The series of which observations count that came by these imports.
pub(super) async fn series_brought_by(
    tx: &mut Transaction<'_, Any>,
    dialect: Dialect,
    imports: &BTreeSet<i64>,
) -> Result<BTreeSet<SeriesId>> {
    let numbers: Vec<[i64; 1]> = imports.iter().map(|number| [*number]).collect();
    let query = format!(
        "SELECT DISTINCT series FROM observation WHERE superseded IS NULL
         AND import IN (SELECT CAST(e.value ->> 0 AS BIGINT) FROM {} e)",
        dialect.elements()
    );
    let rows = sqlx::query(sql(query)).bind(written(&numbers)?).fetch_all(&mut **tx).await?;
    rows.iter().map(|row| series_id(row.try_get("series")?)).collect()
}

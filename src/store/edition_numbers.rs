//! The numbers of editions that were given: those of the editions that the store holds, and those that it gave before it was
//! restored or begun anew. A number is given once.

use std::collections::BTreeMap;

use sqlx::{Any, Executor, Row, Transaction};

use super::Result;

/// The highest number that was given, for each brief.
pub(super) type Given = BTreeMap<String, i64>;

/// The highest number of `$1` that was given, as an SQL expression; 0 if there was none.
pub(super) const HIGHEST: &str =
    "(SELECT COALESCE(MAX(given.number), 0) FROM (SELECT number FROM edition WHERE brief = $1
     UNION ALL SELECT number FROM edition_floor WHERE brief = $1) AS given)";

/// All that were given.
pub(super) async fn given<'a>(from: impl Executor<'a, Database = Any>) -> Result<Given> {
    let rows = sqlx::query(
        "SELECT given.brief, MAX(given.number) FROM (SELECT brief, number FROM edition
         UNION ALL SELECT brief, number FROM edition_floor) AS given GROUP BY given.brief",
    );
    rows.fetch_all(from).await?.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// Keeps that these numbers were given, elsewhere or before.
pub(super) async fn raise(tx: &mut Transaction<'_, Any>, numbers: &Given) -> Result<()> {
    for (brief, number) in numbers {
        sqlx::query(
            "INSERT INTO edition_floor (brief, number) VALUES ($1, $2)
             ON CONFLICT (brief) DO UPDATE SET number = excluded.number WHERE edition_floor.number < excluded.number",
        )
        .bind(brief.clone())
        .bind(*number)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

//! Statements for many people at once: the places of their values, and whether the statement is worth keeping.

use sqlx::{Any, Transaction};

use super::super::{
    Result,
    dialect::{Dialect, sql},
};

/// Maximum number of subscriptions that share their statements.
pub(super) const BATCH: usize = 500;

/// The rows of a query that ends with an address' key.
pub(super) async fn rows_of(
    tx: &mut Transaction<'_, Any>,
    dialect: Dialect,
    which: &str,
    keys: &[&str],
) -> Result<Vec<sqlx::any::AnyRow>> {
    let mut query = sqlx::query(sql(format!("{which} IN {}", places(dialect, 1, keys.len(), |_| None))));
    for key in keys {
        query = query.bind(*key);
    }
    Ok(query.persistent(is_kept(dialect, keys.len())).fetch_all(&mut **tx).await?)
}

/// Is a statement for so many rows kept for the next part of the list? PostgreSQL plans each anew: it would keep the plan
/// that was good for empty tables.
pub(super) fn is_kept(dialect: Dialect, rows: usize) -> bool {
    dialect == Dialect::Sqlite && rows == BATCH
}

/// The places of values in a statement, `($1, $2), ($3, $4)`, each row with a number before it if it has one. SQLite takes
/// `$1` for a name, and for each value looks through all of them: there a place is `?`.
pub(super) fn places(dialect: Dialect, rows: usize, columns: usize, number: impl Fn(usize) -> Option<usize>) -> String {
    let row = |row: usize| {
        let values = (0..columns).map(|column| match dialect {
            Dialect::Sqlite => "?".to_owned(),
            Dialect::Postgres => format!("${}", 1 + row * columns + column),
        });
        let all: Vec<String> = number(row).map(|number| number.to_string()).into_iter().chain(values).collect();
        format!("({})", all.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

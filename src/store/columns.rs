//! How values are kept in columns: times as UTC microseconds, words, JSON.

use chrono::{DateTime, Utc};
use sqlx::{Row, any::AnyRow};

use super::{Error, Result};

/// A time as a column keeps it.
pub(super) const fn micros(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros()
}

/// Reads a time from a column's number.
pub(super) fn time(micros: i64) -> Result<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros).ok_or_else(|| Error::Corrupt(format!("the time {micros}")))
}

/// Reads a value that is kept as its word.
pub(super) fn word<T: std::str::FromStr>(row: &AnyRow, column: &str) -> Result<T> {
    let text: String = row.try_get(column)?;
    text.parse().map_err(|_| Error::Corrupt(format!("`{text}` in {column}")))
}

/// Reads a value that is kept as JSON.
pub(super) fn json<T: serde::de::DeserializeOwned>(row: &AnyRow, column: &str) -> Result<T> {
    let text: String = row.try_get(column)?;
    serde_json::from_str(&text).map_err(|error| Error::Corrupt(format!("{column}: {error}")))
}

/// A value as a column of JSON keeps it.
pub(super) fn to_json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Corrupt(error.to_string()))
}

//! How figures are kept in rows: the words of enums, citations and the catalogue as JSON, and which rows are in force.

use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Row, any::AnyRow};

use crate::{
    figures::{Published, SeriesId, Status},
    store::{Error, Result},
};

/// The words of the states of a value.
const STATUSES: [(&str, Status); 3] =
    [("final", Status::Final), ("provisional", Status::Provisional), ("restated", Status::Restated)];

/// The word of a status.
pub(super) fn status_word(status: Status) -> &'static str {
    STATUSES.iter().find(|(_, known)| *known == status).map_or("", |(word, _)| word)
}

/// The status with this word.
pub(super) fn status(text: &str) -> Result<Status> {
    let found = STATUSES.iter().find(|(word, _)| *word == text).map(|(_, status)| *status);
    found.ok_or_else(|| Error::Corrupt(format!("the status `{text}`")))
}

/// The id of a series.
pub(super) fn series_id(text: &str) -> Result<SeriesId> {
    SeriesId::new(text).ok_or_else(|| Error::Corrupt(format!("the series id `{text}`")))
}

/// The vintage or date in a column.
pub(super) fn published(row: &AnyRow, column: &str) -> Result<Published> {
    let text: String = row.try_get(column)?;
    Published::parse(&text).ok_or_else(|| Error::Corrupt(format!("`{text}` in {column}")))
}

/// A value from its JSON.
pub(super) fn parsed<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::Corrupt(format!("{text}: {error}")))
}

/// A value as JSON, of which equal values have equal texts.
pub(super) fn written(value: &(impl Serialize + ?Sized)) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Corrupt(error.to_string()))
}

/// Which rows of a table that is called `o` are in force by what the store knew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InForce {
    /// Those that nothing superseded.
    Now,
    /// Those of the imports up to this number that none up to it superseded.
    At(i64),
}

impl InForce {
    /// The condition on rows; `$2` is the [number](Self::number).
    pub const fn condition(self) -> &'static str {
        match self {
            InForce::Now => "o.superseded IS NULL AND o.import <= $2",
            InForce::At(_) => "o.import <= $2 AND (o.superseded IS NULL OR o.superseded > $2)",
        }
    }

    /// The number of the last import that counts.
    pub const fn number(self) -> i64 {
        match self {
            InForce::Now => i64::MAX,
            InForce::At(number) => number,
        }
    }
}

//! How figures are kept in rows: the words of enums, citations and the catalogue as JSON, and which rows are in force.

use rust_decimal::Decimal;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Row, any::AnyRow};

use crate::{
    figures::{Period, Published, SeriesId, Status},
    store::{Error, Result, columns::word},
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

/// A row of observations.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub series: SeriesId,
    pub period: Period,
    pub vintage: Published,
    pub value: Decimal,
    pub status: Status,
    /// The import that brought it.
    pub import: i64,
    /// The rows of its citations.
    pub sources: Vec<i64>,
}

impl Kept {
    /// One that is a row of its own.
    pub fn of(row: &AnyRow) -> Result<Kept> {
        Ok(Kept {
            series: series_id(row.try_get("series")?)?,
            period: word(row, "period")?,
            vintage: published(row, "vintage")?,
            value: word(row, "value")?,
            status: status(row.try_get("status")?)?,
            import: row.try_get("import")?,
            sources: parsed(row.try_get("sources")?)?,
        })
    }
}

/// Many observations of one series in one row of an answer.
pub(super) struct Packed;

impl Packed {
    /// What is asked of the table, which is called `o`. No column holds what stands between two.
    pub const COLUMNS: &str = "o.series, STRING_AGG(o.period || '|' || o.vintage || '|' || o.value || '|' || o.status
         || '|' || o.import || '|' || o.sources, ';') AS packed";
    /// Which rows are put together: however long a series is, a bounded number.
    pub const GROUP: &str = "GROUP BY o.series, o.id / 500";

    /// All that these rows hold.
    pub fn all(rows: &[AnyRow]) -> Result<Vec<Kept>> {
        let mut all = Vec::new();
        for row in rows {
            let series = series_id(row.try_get("series")?)?;
            let packed: &str = row.try_get("packed")?;
            for one in packed.split(';') {
                let corrupt = || Error::Corrupt(format!("`{one}` of {series}"));
                let mut parts = one.splitn(6, '|');
                let mut part = || parts.next().ok_or_else(corrupt);
                all.push(Kept {
                    series: series.clone(),
                    period: part()?.parse().map_err(|_| corrupt())?,
                    vintage: Published::parse(part()?).ok_or_else(corrupt)?,
                    value: part()?.parse().map_err(|_| corrupt())?,
                    status: status(part()?)?,
                    import: part()?.parse().map_err(|_| corrupt())?,
                    sources: parsed(part()?)?,
                });
            }
        }
        Ok(all)
    }
}

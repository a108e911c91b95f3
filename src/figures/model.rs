//! Series, observations, events, units and citations as types. How they are read from files is in `import`, how they
//! are frozen for an edition in `snapshot`.

use std::fmt;

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Period;
use crate::base::language::PerLanguage;

/// The id of a series: lower-case ASCII letters, digits and `_`, beginning with a letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SeriesId(String);

impl SeriesId {
    /// `None` if the text is no id.
    pub fn new(text: &str) -> Option<SeriesId> {
        let ok = text.len() <= 64
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        ok.then(|| SeriesId(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SeriesId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// How values of a unit behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnitKind {
    /// Things that are counted: vehicles, companies.
    Count,
    /// A share or a change in per cent; the difference of two is in percentage points.
    Percent,
    /// Money.
    Money,
    /// A measured quantity: GW, TWh, Mt.
    Quantity,
}

/// A unit, with how it is written. `pattern` holds `{n}` once: `EUR {n} billion`, `{n} Mrd. Euro`, `{n}欧元`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// `vehicles`, `percent`, `eur_bn`, …
    pub id: String,
    /// How its values behave.
    pub kind: UnitKind,
    /// Values are stored in units of ten to this power: 9 for billions. Chinese writes them with 万 and 亿.
    pub exponent: u32,
    /// A value with its unit, in a sentence.
    pub pattern: PerLanguage<String>,
    /// The unit alone, for an axis or a table's head: `EUR billion`, `Mrd. Euro`, `亿欧元`.
    pub label: PerLanguage<String>,
    /// In Chinese labels the power of ten of `label`'s own unit (8 for 亿, 4 for 万); 0 elsewhere.
    pub zh_label_exponent: u32,
}

/// One measured thing for one geography.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// Its id.
    pub id: SeriesId,
    /// What it is called.
    pub title: PerLanguage<String>,
    /// What is counted and how, where the title does not say it all; may be empty.
    pub definition: PerLanguage<String>,
    /// `DE`, `CN`, `DE-CN`, `World`, `Europe`, …
    pub geography: String,
    /// A unit's id.
    pub unit: String,
    /// Who measures it.
    pub publisher: String,
    /// This series is the printed change on the year before of that one, in per cent.
    pub change_of: Option<SeriesId>,
}

/// When a source was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Published {
    /// Not known: sorts before every known date and is flagged.
    Unknown,
    /// Some day of a month: counts from the month's last day.
    Month {
        /// Year
        year: i32,
        /// Month, 1 to 12
        month: u32,
    },
    /// That day.
    Day(NaiveDate),
}

impl Published {
    /// The day from which it counts as published; `None` for an unknown date, which counts always.
    pub fn counts_from(self) -> Option<NaiveDate> {
        match self {
            Published::Unknown => None,
            Published::Day(day) => Some(day),
            Published::Month { year, month } => {
                let (year, month) = if month >= 12 { (year + 1, 1) } else { (year, month + 1) };
                NaiveDate::from_ymd_opt(year, month, 1).and_then(|day| day.pred_opt())
            }
        }
    }

    /// `2025-01-14`, `2025-02`, or empty for unknown. The reverse of parsing.
    pub fn code(self) -> String {
        match self {
            Published::Unknown => String::new(),
            Published::Month { year, month } => format!("{year:04}-{month:02}"),
            Published::Day(day) => {
                format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day())
            }
        }
    }

    /// Reads what `code` writes; `None` for anything else.
    pub fn parse(text: &str) -> Option<Published> {
        if text.is_empty() {
            return Some(Published::Unknown);
        }
        match text.parse::<Period>().ok()? {
            Period::Month(year, month) => Some(Published::Month { year, month }),
            Period::Day(day) => Some(Published::Day(day)),
            _ => None,
        }
    }
}

/// How good a citation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quality {
    /// A published report that can be looked up.
    Report,
    /// Seen in a copy; the primary source is still to be found. Shown to the reader.
    Copy,
}

/// Who says so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Citation {
    /// Who measured it.
    pub publisher: String,
    /// Who reported it, where that is somebody else and known.
    pub carrier: Option<String>,
    /// When.
    pub published: Published,
    /// Where to read it. Never invented.
    pub url: Option<String>,
    /// How good it is.
    pub quality: Quality,
}

/// What a value is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As published.
    Final,
    /// The publisher calls it preliminary.
    Provisional,
    /// A later vintage of the same series replaced an earlier value.
    Restated,
}

/// A value of a series for a period in one vintage, with at least one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// Of which series.
    pub series: SeriesId,
    /// For which period.
    pub period: Period,
    /// As published then: the vintage. With series and period it is the observation's identity.
    pub vintage: Published,
    /// The exact value, in the series' unit, with the decimals that were published.
    pub value: Decimal,
    /// What it is worth.
    pub status: Status,
    /// Its sources, the best first; never empty.
    pub sources: Vec<Citation>,
}

/// A dated milestone with its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its id, in the form of a series id.
    pub id: String,
    /// When: a day, a month or a year.
    pub date: Period,
    /// What happened.
    pub title: PerLanguage<String>,
    /// Who says so.
    pub source: Citation,
}

//! The types of figures: series, observations, events, units and citations. How they are read from files is in `import`;
//! how they are frozen for an edition, in `snapshot`.

use std::{fmt, sync::Arc};

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Period;
use crate::base::language::PerLanguage;

/// The id of a series: lower-case ASCII letters, digits and `_`, beginning with a letter.
///
/// Each of a million observations has one: they share its text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesId(Arc<str>);

impl Serialize for SeriesId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SeriesId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<SeriesId, D::Error> {
        String::deserialize(deserializer).map(|text| SeriesId(text.into()))
    }
}

impl SeriesId {
    /// Checks an id; `None` if the text is none.
    pub fn new(text: &str) -> Option<SeriesId> {
        let ok = text.len() <= 64
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        ok.then(|| SeriesId(text.into()))
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

/// The kind of a unit's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnitKind {
    /// Things that are counted: vehicles, companies.
    Count,
    /// A share or a change in per cent. The difference of two is in percentage points.
    Percent,
    /// Money.
    Money,
    /// A measured quantity: GW, TWh, Mt.
    Quantity,
    /// A part of a whole in per cent, which lies between 0 and 100. The difference of two is in percentage points.
    Share,
    /// Percentage points: how far a share moved, or lies from another.
    Points,
    /// A number that tells how far something moved since its base: 2015 = 100. Indices are not added up.
    Index,
}

impl UnitKind {
    /// Every kind with its word in files.
    pub const WORDS: [(&str, UnitKind); 7] = [
        ("count", UnitKind::Count),
        ("percent", UnitKind::Percent),
        ("money", UnitKind::Money),
        ("quantity", UnitKind::Quantity),
        ("share", UnitKind::Share),
        ("points", UnitKind::Points),
        ("index", UnitKind::Index),
    ];

    /// Whether values are in per cent or in points: they change in points, and no sum of them is told.
    pub const fn is_percentage(self) -> bool {
        matches!(self, UnitKind::Percent | UnitKind::Share | UnitKind::Points)
    }

    /// Whether values are numbers of things, money or quantities, which Chinese writes with 万 and 亿.
    pub const fn is_amount(self) -> bool {
        matches!(self, UnitKind::Count | UnitKind::Money | UnitKind::Quantity)
    }
}

/// A unit and its words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// `vehicles`, `percent`, `eur_bn`, …
    pub id: String,
    /// The kind of its values.
    pub kind: UnitKind,
    /// The power of ten in which values are stored: 9 for billions. Chinese writes them with 万 and 亿.
    pub exponent: u32,
    /// A value in a sentence; holds `{n}` once: `EUR {n} billion`, `{n} Mrd. Euro`, `{n}欧元`.
    pub pattern: PerLanguage<String>,
    /// The unit alone, for an axis or the head of a table: `EUR billion`, `Mrd. Euro`, `亿欧元`.
    pub label: PerLanguage<String>,
    /// The power of ten of the Chinese `label` (8 for 亿, 4 for 万), else 0.
    pub zh_label_exponent: u32,
}

/// One measure for one geography.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// Its id.
    pub id: SeriesId,
    /// Its name.
    pub title: PerLanguage<String>,
    /// What it counts, and what not. Empty in snapshots from before it was asked for.
    pub definition: PerLanguage<String>,
    /// `DE`, `CN`, `DE-CN`, `World`, `Europe`, …
    pub geography: String,
    /// A unit's id.
    pub unit: String,
    /// The organisation that measures it.
    pub publisher: String,
    /// The series of which this one is the printed change on the year before, in per cent.
    pub change_of: Option<SeriesId>,
    /// What else, besides its geography, it is a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimension: Option<Dimension>,
    /// The series that it goes on after a break in the method or with another base. Values of both are never compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predecessor: Option<SeriesId>,
    /// Whether its values may lie outside what their unit means: a share above 100 % or below 0, a count below 0. A change
    /// may anyway.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub any_value: bool,
    /// Between which its values lie, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Bounds>,
    /// The series that make it up together; none if that is not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<SeriesId>,
    /// How many days after a period's end its value is out, at the latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rhythm: Option<u32>,
    /// The licence of its values, as its publisher calls it; `None` if it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
}

impl Series {
    /// The columns in which two versions of a series differ, but for its title.
    pub fn differing(&self, other: &Series) -> Vec<&'static str> {
        let columns = [
            ("definition", self.definition != other.definition),
            ("geography", self.geography != other.geography),
            ("unit", self.unit != other.unit),
            ("publisher", self.publisher != other.publisher),
            ("change_of", self.change_of != other.change_of),
            ("dimension", self.dimension != other.dimension),
            ("predecessor", self.predecessor != other.predecessor),
            ("range", (self.any_value, self.bounds) != (other.any_value, other.bounds)),
            ("parts", self.parts != other.parts),
            ("rhythm", self.rhythm != other.rhythm),
            ("licence", self.licence != other.licence),
        ];
        columns.into_iter().filter(|(_, differs)| *differs).map(|(column, _)| column).collect()
    }
}

/// One more dimension of a series and its place in it: `powertrain=battery`, `flow=import`. Both have the form of a series id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Dimension {
    name: SeriesId,
    value: SeriesId,
}

impl Dimension {
    /// Reads `name=value`; `None` for any other text.
    pub fn parse(text: &str) -> Option<Dimension> {
        let (name, value) = text.split_once('=')?;
        Some(Dimension { name: SeriesId::new(name)?, value: SeriesId::new(value)? })
    }
}

impl fmt::Display for Dimension {
    /// `name=value`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.value)
    }
}

impl From<Dimension> for String {
    fn from(dimension: Dimension) -> String {
        dimension.to_string()
    }
}

impl TryFrom<String> for Dimension {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Dimension::parse(&text).ok_or_else(|| format!("`{text}` is no dimension with its value"))
    }
}

/// An organisation that publishes figures or carries those of others, and its name in each language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publisher {
    /// As `publisher` and `carrier` of series and citations name it.
    pub id: String,
    /// Its name where readers see it.
    pub name: PerLanguage<String>,
}

/// The lowest and the highest value that a series can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// The lowest.
    pub lowest: Decimal,
    /// The highest.
    pub highest: Decimal,
}

/// The publication date of a source. In JSON it is its [code](Published::code), and `null` if it is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(from = "WrittenDate")]
pub enum Published {
    /// Unknown; sorts before every known date and is reported by `checks`.
    Unknown,
    /// Some day of a month; counts from the last day of the month.
    Month {
        /// Year
        year: i32,
        /// Month, 1 to 12
        month: u32,
    },
    /// A day.
    Day(NaiveDate),
}

/// A date as JSON holds it. Snapshots from before 2026-12 name the kind of each date.
#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenDate {
    Unknown(()),
    Day { day: NaiveDate },
    Month { month: WrittenMonth },
    Code(Code),
}

#[derive(Deserialize)]
struct WrittenMonth {
    year: i32,
    month: u32,
}

/// The code of a date.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Code(Published);

impl TryFrom<String> for Code {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let unknown = (text == Published::UNKNOWN).then_some(Published::Unknown);
        unknown.or_else(|| Published::parse(&text)).map(Code).ok_or_else(|| format!("`{text}` is not a date"))
    }
}

impl From<WrittenDate> for Published {
    fn from(written: WrittenDate) -> Published {
        match written {
            WrittenDate::Unknown(()) => Published::Unknown,
            WrittenDate::Day { day } => Published::Day(day),
            WrittenDate::Month { month: WrittenMonth { year, month } } => Published::Month { year, month },
            WrittenDate::Code(Code(published)) => published,
        }
    }
}

impl Serialize for Published {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Published::Unknown => serializer.serialize_none(),
            known => serializer.serialize_str(&known.code()),
        }
    }
}

impl fmt::Display for Published {
    /// The code, or `unknown`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Published::Unknown => f.pad(Published::UNKNOWN),
            known => f.pad(&known.code()),
        }
    }
}

impl Published {
    /// The word for an unknown date where a person reads or types one.
    pub const UNKNOWN: &str = "unknown";

    /// The first day on which the source can have been published; `None` for an unknown date.
    pub fn earliest(self) -> Option<NaiveDate> {
        match self {
            Published::Unknown => None,
            Published::Day(day) => Some(day),
            Published::Month { year, month } => NaiveDate::from_ymd_opt(year, month, 1),
        }
    }

    /// The day from which the source counts as published; `None` for an unknown date, which always counts.
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

    /// `2025-01-14`, `2025-02`, or empty if unknown; `parse` reads it back.
    pub fn code(self) -> String {
        match self {
            Published::Unknown => String::new(),
            Published::Month { year, month } => format!("{year:04}-{month:02}"),
            Published::Day(day) => {
                format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day())
            }
        }
    }

    /// Reads what `code` writes; `None` for any other text.
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

/// The quality of a citation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quality {
    /// A published report that can be looked up.
    Report,
    /// Seen in a copy only, the primary source not being found; readers are told so.
    Copy,
}

/// The source of a value or an event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Citation {
    /// The organisation that measured it.
    pub publisher: String,
    /// The organisation that reported it, if it is another and known.
    pub carrier: Option<String>,
    /// The publication date.
    pub published: Published,
    /// The web address; `None` if it is not known.
    pub url: Option<String>,
    /// Its quality.
    pub quality: Quality,
    /// What was read is called so: the title of a report or a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where in it the value stands: a page or a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// The words or the cell that were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// The day on which it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_on: Option<NaiveDate>,
    /// The SHA-256 of the file that was read, in lower-case hex, if one is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

impl Citation {
    /// Whether a reader is led to the same place: what was read there, and when, may differ.
    pub fn is_same_source(&self, other: &Citation) -> bool {
        (&self.publisher, &self.carrier, self.published, &self.url, self.quality)
            == (&other.publisher, &other.carrier, other.published, &other.url, other.quality)
    }
}

/// The status of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As published.
    Final,
    /// Called preliminary by the publisher.
    Provisional,
    /// Replaces the value of an earlier vintage.
    Restated,
}

/// A value of a series for a period in one vintage, with at least one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// The series.
    pub series: SeriesId,
    /// The period it is for.
    pub period: Period,
    /// The vintage: when this value was published. Series, period and vintage identify an observation.
    pub vintage: Published,
    /// The exact value, in the series' unit, with the decimals that were published.
    pub value: Decimal,
    /// Its status.
    pub status: Status,
    /// Its sources, the best first; never empty.
    pub sources: Vec<Citation>,
}

/// What tells an observation from all others: series, period and vintage.
pub type Identity = (SeriesId, Period, Published);

impl Observation {
    /// What tells it from all others.
    pub fn identity(&self) -> Identity {
        (self.series.clone(), self.period, self.vintage)
    }

    /// Whether none of its sources has a date.
    pub fn is_undated(&self) -> bool {
        self.sources.iter().all(|source| source.published == Published::Unknown)
    }
}

/// A dated milestone with its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its id, in the form of a series id.
    pub id: String,
    /// A day, a month or a year.
    pub date: Period,
    /// The event in words.
    pub title: PerLanguage<String>,
    /// Its source.
    pub source: Citation,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_has_one_shape_in_json_and_its_older_ones_are_read() {
        for (code, older) in [
            ("2025-01-14", "{\"day\":\"2025-01-14\"}"),
            ("2025-02", "{\"month\":{\"year\":2025,\"month\":2}}"),
            ("", "\"unknown\""),
        ] {
            let date = Published::parse(code).unwrap();
            let json = if code.is_empty() { "null".to_owned() } else { format!("\"{code}\"") };
            assert_eq!(serde_json::to_string(&date).unwrap(), json);
            assert_eq!(serde_json::from_str::<Published>(&json).unwrap(), date);
            assert_eq!(serde_json::from_str::<Published>(older).unwrap(), date);
        }
        assert!(serde_json::from_str::<Published>("\"2025\"").is_err());
        assert!(serde_json::from_str::<Published>("\"14.01.2025\"").is_err());
    }
}

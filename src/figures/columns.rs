//! The columns of files in the own layout. `export` writes the same.

/// The columns of units.
pub const UNITS: &[&str] = &[
    "id",
    "kind",
    "exponent",
    "pattern_en",
    "pattern_de",
    "pattern_zh",
    "label_en",
    "label_de",
    "label_zh",
    "zh_label_exponent",
];
/// The columns of series.
pub const SERIES: &[&str] = &[
    "id",
    "title_en",
    "title_de",
    "title_zh",
    "definition_en",
    "definition_de",
    "definition_zh",
    "geography",
    "unit",
    "publisher",
    "change_of",
];
/// The columns of series that a file may leave out.
pub const SERIES_OPTIONAL: &[&str] = &["dimension", "predecessor", "range", "parts", "rhythm", "licence"];
/// The columns of publishers.
pub const PUBLISHERS: &[&str] = &["publisher", "name_en", "name_de", "name_zh"];
/// The columns of observations.
pub const OBSERVATIONS: &[&str] =
    &["series", "period", "vintage", "value", "status", "publisher", "carrier", "published_on", "url", "quality"];
/// The columns of events.
pub const EVENTS: &[&str] =
    &["id", "date", "title_en", "title_de", "title_zh", "publisher", "carrier", "published_on", "url", "quality"];
/// The columns of the source of an observation or event that a file may leave out: what was read, and when.
pub const SOURCE_OPTIONAL: &[&str] = &["source_title", "page", "quote", "read_on", "evidence"];

/// The columns of a units file, as a hint names them.
pub fn units_head() -> String {
    UNITS.join(",")
}

/// The columns of a series file, as a hint names them.
pub fn series_head() -> String {
    SERIES.join(",")
}

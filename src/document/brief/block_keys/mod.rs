//! The keys of `blocks.toml` and of the fenced blocks of a text: their names, what they may hold and what they are for.
//! From this table the schema is written (`schema`) and both files are checked (`check`, `fence`). What becomes of a
//! block, and whether its series and events exist, is in `filling`.

mod chart_options;
mod check;
mod fence;
mod schema;

pub(super) use check::{check, nearest_place, place};
pub(super) use fence::check_texts;
pub use schema::schema;

use toml::{Spanned, de::DeValue};

use super::ChartForm;

/// The largest number that a key may hold.
pub(super) const MOST_COUNTED: u16 = 1_000;

/// The values that a key may hold.
enum Shape {
    Text,
    Flag,
    Words(&'static [&'static str]),
    Period,
    Day,
    Texts,
    Periods,
    Rows(&'static [Field]),
    /// A table with these keys.
    Table(&'static [Field]),
    /// A text, or a list of texts.
    Names,
    /// A whole number from 1 to [`MOST_COUNTED`].
    Count,
    /// A year as a text, or `latest`.
    Year,
    /// `true`, `false`, or the first year as a text.
    Spark,
    /// `true`, or a list of texts.
    Summands,
}

/// A key of a table.
struct Field {
    name: &'static str,
    shape: Shape,
    required: bool,
    /// Shown by an editor that completes the key.
    description: &'static str,
}

const fn required(name: &'static str, shape: Shape, description: &'static str) -> Field {
    Field { name, shape, required: true, description }
}

const fn optional(name: &'static str, shape: Shape, description: &'static str) -> Field {
    Field { name, shape, required: false, description }
}

/// A kind of block.
struct BlockKind {
    /// Its word in `blocks.toml` and behind the backticks of a fence.
    word: &'static str,
    fields: &'static [Field],
    description: &'static str,
}

const ROW: &[Field] = &[
    required("key", Shape::Text, "The row's name in the texts of each language."),
    required("series", Shape::Text, "The series it shows."),
];
/// A row of a table is a series, the head of a group or a total: see `check`.
const TABLE_ROW: &[Field] = &[
    optional("key", Shape::Text, "The row's name in the texts of each language."),
    optional("series", Shape::Text, "The series it shows."),
    optional("group", Shape::Text, "A head over the rows that follow, by its name in the texts."),
    optional("total", Shape::Summands, "The sum of the rows since the last group, or of those with these keys."),
];
const TILE: &[Field] = &[
    required("key", Shape::Text, "The tile's name in the texts of each language."),
    required("series", Shape::Text, "The series whose value it shows."),
    optional("period", Shape::Period, "The period of the value; the latest unless given."),
    optional("change", Shape::Flag, "The change on the period before, too."),
    optional("as_known", Shape::Day, "The value as it was known on that day, not as restated later."),
    optional("spark", Shape::Spark, "A small line of the years before; a text is its first year."),
];
const TILES: &[Field] = &[
    required("kind", Shape::Text, "What the block is."),
    required("tile", Shape::Rows(TILE), "The tiles, in their order."),
    optional("min_history", Shape::Count, "How many periods each series must have; fewer are an error."),
];
const CHART: &[Field] = &[
    required("kind", Shape::Text, "What the block is."),
    required("form", Shape::Words(ChartForm::WORDS), "How the values are drawn."),
    optional("series", Shape::Texts, "The series drawn over the periods."),
    optional("from", Shape::Year, "The first year of the series; the first there is unless given."),
    optional("to", Shape::Year, "Their last year, or \"latest\"."),
    optional("periods", Shape::Periods, "The periods drawn; two for a slope."),
    optional("detail", Shape::Words(&["change"]), "What stands beside each value."),
    optional("row", Shape::Rows(ROW), "The rows, in their order."),
    optional("min_history", Shape::Count, "How many periods of each series must be drawn; fewer are an error."),
    optional("highlight", Shape::Names, "What is in colour while the rest is grey: rows or series, or periods."),
    optional("multiples", Shape::Flag, "Of lines: a panel for each series, all on the same scales."),
    optional("width", Shape::Words(&["half", "whole"]), "Half as wide as the text, or as wide."),
    optional("forecast_from", Shape::Period, "Of lines: the first period whose values are a forecast; dashed."),
    optional("range", Shape::Table(RANGE), "Of lines: two series between which the values of the first one lie."),
    optional("reference", Shape::Table(REFERENCE), "A line across the chart at a value of another series."),
];
const RANGE: &[Field] = &[
    required("low", Shape::Text, "The series of the lower ends."),
    required("high", Shape::Text, "The series of the upper ends."),
];
const REFERENCE: &[Field] = &[
    required("series", Shape::Text, "The series of the value."),
    optional("period", Shape::Period, "Its period; the latest unless given."),
];
const TABLE: &[Field] = &[
    required("kind", Shape::Text, "What the block is."),
    required("columns", Shape::Periods, "The periods, a column each."),
    optional("change", Shape::Flag, "The change on the period before, too."),
    optional("as_known", Shape::Day, "As the values were known on that day."),
    required("row", Shape::Rows(TABLE_ROW), "The rows, in their order."),
];
const TIMELINE: &[Field] = &[
    required("kind", Shape::Text, "What the block is."),
    optional("order", Shape::Words(&["asc", "desc"]), "The oldest or the newest first."),
    required("events", Shape::Texts, "The events, by their ids."),
];
const KINDS: &[BlockKind] = &[
    BlockKind { word: "tiles", fields: TILES, description: "Key figures on tiles." },
    BlockKind { word: "chart", fields: CHART, description: "A chart: rows at one period, or series over periods." },
    BlockKind { word: "table", fields: TABLE, description: "A table: rows by periods." },
    BlockKind { word: "timeline", fields: TIMELINE, description: "Milestones with their dates." },
];
/// The descriptions of the keys beside the blocks: of the first.
const KEY_FIGURES: &str = "The tiles that the mail repeats, by their keys.";

/// The description of the other one.
const MAIL_CHART: &str = "The chart that the mail shows, by its name; the first of the text unless given.";

/// The keys of a fenced block of this kind. `labels` and `names` hold one text for each key.
fn text_keys(kind: &str) -> &'static [&'static str] {
    match kind {
        "tiles" => &["labels"],
        "chart" => &["title", "subtitle", "note", "names", "reference"],
        "table" => &["caption", "head", "note", "names"],
        _ => &[],
    }
}

/// The text that a TOML value holds, if it holds one.
fn text<'a>(value: &'a Spanned<DeValue<'_>>) -> Option<&'a str> {
    match value.get_ref() {
        DeValue::String(text) => Some(text),
        _ => None,
    }
}

//! A brief as filling hands it to layout: blocks whose text is final. Every number that a reader sees is already written in the
//! brief's language; a chart also carries the exact values, for its geometry.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{chart_form::ChartForm, chart_options::ChartOptions};
use crate::{
    base::{language::Language, problem::Place},
    figures::Direction,
};

/// One brief in one language, ready to be laid out.
#[derive(Debug, Clone, PartialEq)]
pub struct Brief {
    /// The language of all its text.
    pub language: Language,
    /// The brief's name: `Green Economy Brief`. Also the PDF's title, with `subject`.
    pub title: String,
    /// The finding of this edition, the document's H1.
    pub headline: String,
    /// `No. 12`, `Nr. 12`, `第12期`, or `Draft`, `Entwurf`, `草稿`.
    pub edition: String,
    /// The date printed, in words: `4 March 2025`.
    pub date: String,
    /// One sentence for the PDF's metadata.
    pub subject: String,
    /// When the brief was made; the dates of the PDF.
    pub created: DateTime<Utc>,
    /// The day whose knowledge the figures are, in words: `4 March 2025`. It stands at the foot of each page.
    pub known: String,
    /// The snapshot's id, whose first 12 hex digits are printed in the imprint.
    pub snapshot: String,
    /// The body after the title band, in reading order.
    pub blocks: Vec<Block>,
    /// The numbered sources, by publisher in the order of its first citation; number = index + 1.
    pub sources: Vec<SourceEntry>,
    /// The publisher; printed last.
    pub imprint: Imprint,
    /// Files inside the PDF: the figures as CSV.
    pub attachments: Vec<Attachment>,
    /// The words that layout writes.
    pub strings: Strings,
    /// The footnotes, in the order of their first mark; number = index + 1.
    pub footnotes: Vec<Vec<Inline>>,
    /// The figures that the mail repeats.
    pub key_figures: Vec<KeyFigure>,
    /// Names of publishers and places, in which no word is broken.
    pub names: Vec<String>,
    /// The phrases of its headline, titles, labels and cells, which are plain text: [`Inline::Phrase`] only.
    pub phrases: Vec<Inline>,
}

/// A block of the brief. Its headings are H2 and H3, since the headline is the only H1.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// Level 2 or 3.
    Heading {
        /// 2 or 3
        level: u8,
        /// Its text, without citations
        text: Vec<Inline>,
    },
    /// A paragraph.
    Paragraph {
        /// Its style
        style: Style,
        /// Its text
        text: Vec<Inline>,
    },
    /// What a reader should remember, between headline and lead: a list at the beginning of the text.
    KeyMessages(Vec<Vec<Inline>>),
    /// A list, which may be nested.
    List {
        /// Numbered from 1, else bulleted
        ordered: bool,
        /// The items
        items: Vec<Item>,
    },
    /// A row of key figures.
    Tiles(Vec<Tile>),
    /// A table.
    Table(Table),
    /// A chart.
    Chart(Chart),
    /// The cooperation's milestones, in the order to be shown.
    Timeline(Vec<Milestone>),
    /// A passage that is set apart under its word (`Important`, `Wichtig`, `重要`).
    Callout {
        /// Its kind
        kind: CalloutKind,
        /// The word for it, its heading
        title: String,
        /// Paragraphs and lists
        blocks: Vec<Block>,
    },
    /// A quotation: paragraphs and lists.
    Quote(Vec<Block>),
}

/// The kind of a call-out: GitHub's alerts without the note, which is small print here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalloutKind {
    /// Something useful.
    Tip,
    /// Something that must not be missed.
    Important,
    /// Something that may go wrong.
    Warning,
}

/// One item of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its text
    pub text: Vec<Inline>,
    /// Blocks nested under it
    pub children: Vec<Block>,
}

/// The style of a paragraph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// The first one, larger.
    Lead,
    /// Running text.
    Body,
    /// Small print.
    Note,
    /// Who said the quotation above it: begins with a dash.
    Attribution,
}

/// A stretch of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    /// Words.
    Text {
        /// The words; U+00A0, U+202F and U+00AD have their usual meaning
        text: String,
        /// Their emphasis
        emphasis: Emphasis,
    },
    /// Words of another language than the text's, or an abbreviation.
    Phrase {
        /// The words
        text: String,
        /// Their emphasis
        emphasis: Emphasis,
        /// Their language (BCP 47), one of [`FOREIGN_LANGUAGES`]
        language: Option<&'static str>,
        /// The words that an abbreviation stands for
        means: Option<String>,
    },
    /// A link to the outside.
    Link {
        /// The words shown
        text: String,
        /// An absolute `https:`, `http:` or `mailto:` URL
        url: String,
    },
    /// References into `Brief::sources` (index + 1), shown as `[1, 3]`, each a link to its entry.
    Cite(Vec<usize>),
    /// The publisher of a chart's or a table's figures, in words: `Volkswagen Group, Jan 2026`.
    Source {
        /// The words shown
        text: String,
        /// The entry of `Brief::sources` (index + 1) that they are linked to
        to: usize,
        /// All entries that they stand for, with `to`
        numbers: Vec<usize>,
    },
    /// The mark of a footnote: a letter for a number of `Brief::footnotes` (index + 1), raised, linked to it.
    Footnote(usize),
    /// A cross reference: `Figure 2`, linked to the chart or table with this anchor.
    Reference {
        /// The words shown
        text: String,
        /// The anchor of a [`Chart`] or [`Table`]
        to: String,
    },
    /// A line break inside the paragraph.
    Break,
}

impl Inline {
    /// Words without emphasis.
    pub(super) fn plain(text: impl Into<String>) -> Inline {
        Inline::Text { text: text.into(), emphasis: Emphasis::None }
    }
}

/// The languages that words of a text may be of (ISO 639-1), all of them in letters that the shipped fonts have.
pub const FOREIGN_LANGUAGES: [&str; 16] =
    ["zh", "en", "de", "fr", "it", "es", "pt", "nl", "da", "sv", "nb", "fi", "pl", "cs", "hu", "la"];

/// The emphasis of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Emphasis {
    /// As the paragraph.
    #[default]
    None,
    /// Semi-bold.
    Strong,
    /// Italic (Chinese: semi-bold).
    Emphasis,
}

/// A key figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Tile {
    /// The name of the figure: `Battery-electric cars, world, 2024`.
    pub label: String,
    /// The number, large: `744,800`.
    pub value: String,
    /// Its unit in words, if it is not in `value`.
    pub unit: String,
    /// The change of the value.
    pub change: Option<TileChange>,
    /// The course of the value, drawn as a small line under the number.
    pub spark: Option<Sparkline>,
}

/// The change that a tile shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TileChange {
    /// The direction of the arrow.
    pub direction: Direction,
    /// The change in words: `−3.4% on 2023`.
    pub text: String,
}

/// The course of a series as a line without axis or numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Sparkline {
    /// One value for each period, oldest first; `None` is a gap. The last is the tile's own value.
    pub values: Vec<Option<Decimal>>,
    /// The first period, written under the beginning of the line: `2021`.
    pub first: String,
    /// The last period, written under its end: `2025`.
    pub last: String,
    /// The alternative text: all values in words.
    pub alt: String,
}

/// A table. Every row has as many cells as there are columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The caption above it, which begins with `Table 1`.
    pub caption: String,
    /// The caption above the rows on a following page: `Table 1 (continued)`.
    pub continued: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The block's id, by which cross references find it.
    pub anchor: String,
    /// The place of its block in the template, for problems that layout finds.
    pub written: Option<Place>,
    /// The body, row by row; the first cell is the row's head.
    pub rows: Vec<Row>,
    /// Notes under the table.
    pub notes: Vec<Vec<Inline>>,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// The head of the rows that follow, across all columns.
    Group(String),
    /// One cell for each column.
    Body(Vec<Cell>),
    /// The sum of the rows above, or of the table: as `Body`, set apart.
    Total(Vec<Cell>),
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its head.
    pub head: String,
    /// Whether it holds numbers, aligned on the decimal mark.
    pub numeric: bool,
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Its text; `–` for a missing value.
    pub text: String,
    /// References into `Brief::sources`.
    pub cites: Vec<usize>,
    /// Semi-bold, for a total.
    pub strong: bool,
}

/// A chart. `labels` are the groups (bars, dots) or the periods (columns, lines).
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// Its form.
    pub form: ChartForm,
    /// The finding. `Figure 1` is not part of it: `number` is.
    pub title: String,
    /// Measure, place, period, unit.
    pub subtitle: String,
    /// `Figure 1`, `Abbildung 1`, `图1`.
    pub number: String,
    /// The block's id, by which cross references find it.
    pub anchor: String,
    /// The place of its block in the template, for problems that layout finds.
    pub written: Option<Place>,
    /// The alternative text: the finding, then every number.
    pub alt: String,
    /// One for each position.
    pub labels: Vec<String>,
    /// The series, in drawing order.
    pub series: Vec<ChartSeries>,
    /// In stacked forms, the sum of each stack, one for each label; empty where the parts do not add up.
    pub totals: Vec<String>,
    /// Numbers of the axis are values divided by ten to this power (in Chinese 4 for 万 and 8 for 亿; else 0, 3 or 6).
    pub axis_exponent: i32,
    /// The unit of the axis' numbers, as words: `thousand vehicles`, `万辆`, `%`.
    pub axis_unit: String,
    /// Under it: the source, and notes on restated or provisional values, and gaps.
    pub notes: Vec<Vec<Inline>>,
    /// What it shows beyond its values.
    pub options: Box<ChartOptions>,
}

/// A series of a chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartSeries {
    /// Its name.
    pub name: String,
    /// One point for each label; `None` is a gap.
    pub points: Vec<Option<Point>>,
}

/// One value of a chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// The exact value in the series' unit (not divided by `axis_exponent`).
    pub value: Decimal,
    /// The label that is drawn beside it: `744,800`, `−30.5%`. All labels of a chart have as many decimals.
    pub label: String,
    /// The number as it was published, for tables and the alternative text.
    pub told: String,
    /// A second, smaller label: a change. Empty if there is none.
    pub detail: String,
    /// Whether the value is provisional; it is drawn lighter.
    pub provisional: bool,
}

/// One milestone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Milestone {
    /// The date in words.
    pub date: String,
    /// The event.
    pub text: String,
    /// References into `Brief::sources`.
    pub cites: Vec<usize>,
}

/// An entry of the source list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceEntry {
    /// The publisher, in the first of its entries; empty in the others, which follow it.
    pub publisher: String,
    /// Who reported it, and when, as the language writes it.
    pub text: String,
    /// Its web address.
    pub url: Option<String>,
    /// A remark, such as "copy; primary source not found". Empty if there is none.
    pub remark: String,
}

impl SourceEntry {
    /// The entry as it is read: publisher, text, host with the link, remark.
    pub fn words(&self, language: Language) -> Vec<Inline> {
        let word = |text: String| Inline::Text { text, emphasis: Emphasis::None };
        let mut text = Vec::new();
        if !self.publisher.is_empty() {
            // Bold Han characters would need a second set of outlines, a twentieth of the file.
            let emphasis = if language == Language::Zh { Emphasis::None } else { Emphasis::Strong };
            text.push(Inline::Text { text: self.publisher.clone(), emphasis });
            text.push(word(if language == Language::Zh { "：" } else { ": " }.to_owned()));
        }
        text.push(word(self.text.clone()));
        if let Some(url) = &self.url {
            let host = url.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or(url);
            let host = host.trim_start_matches("www.").to_owned();
            text.push(word(if language == Language::Zh { "，" } else { ", " }.to_owned()));
            text.push(Inline::Link { text: host, url: url.clone() });
        } else {
            let none = match language {
                Language::En => ", no web address",
                Language::De => ", ohne Webadresse",
                Language::Zh => "，无网址",
            };
            text.push(word(none.to_owned()));
        }
        if !self.remark.is_empty() {
            // Chinese has no italic, and bold would say too much.
            let (remark, emphasis) = match language {
                Language::Zh => (format!("（{}）", self.remark), Emphasis::None),
                _ => (format!(" ({})", self.remark), Emphasis::Emphasis),
            };
            text.push(Inline::Text { text: remark, emphasis });
        }
        text
    }
}

/// The sign of a footnote: a letter, which nobody takes for the number of a source. `a` to `z`, then `aa`.
pub fn footnote_letter(number: usize) -> String {
    let (mut rest, mut letters) = (number, Vec::new());
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'a' + (rest % 26) as u8));
        rest /= 26;
    }
    letters.into_iter().rev().collect()
}

/// The imprint: who is responsible for the brief.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imprint {
    /// The word for it: `Imprint`, `Impressum`, `版权信息`.
    pub heading: String,
    /// Name, address, contact, each a line; then links.
    pub lines: Vec<Vec<Inline>>,
}

/// A file inside the PDF (PDF/A associated file, relationship Data).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// An ASCII file name.
    pub name: String,
    /// `text/csv`
    pub mime: String,
    /// A description in the brief's language.
    pub description: String,
    /// The content.
    pub bytes: Vec<u8>,
    /// Whether the content stands in the PDF as it is, not compressed
    pub stored: bool,
}

/// The words that layout writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strings {
    /// With `{n}` and `{m}`: `Page {n} of {m}`.
    pub page: String,
    /// `Sources`, `Quellen`, `来源`.
    pub sources: String,
    /// `Snapshot`, `Datenstand`, `数据快照`.
    pub snapshot: String,
    /// What stands at the foot of each page, with `{d}`: `Data as of {d}`.
    pub known: String,
    /// The caption of a chart's values, which only a screen reader meets, with `{n}`: `Values of {n}`.
    pub values: String,
    /// A missing value as it is read out: `no value`.
    pub no_value: String,
    /// The sum of a stack: `Total`.
    pub total: String,
    /// The range of a chart's values, with `{a}` and `{b}`: `from {a} to {b}`.
    pub range: String,
    /// `Contents`, `Inhalt`, `目录`.
    pub contents: String,
    /// The words of a link from a source or footnote to where it is cited: `Back to the text`.
    pub back: String,
    /// The words of a link to a footnote, with `{n}`: `Footnote {n}`.
    pub footnote: String,
    /// Read out in place of the sign of a change of a key figure that rose: `up`, `gestiegen um`, `上升`.
    pub up: String,
    /// `down`
    pub down: String,
    /// `unchanged`
    pub flat: String,
}

/// A key figure for the mail's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFigure {
    /// The name of the figure.
    pub label: String,
    /// The number with its unit.
    pub value: String,
    /// Its change, if it is shown with one.
    pub change: Option<TileChange>,
}

#[cfg(test)]
mod tests {
    #[test]
    fn footnotes_have_letters() {
        let letters = [1, 2, 26, 27, 52, 53, 702, 703].map(super::footnote_letter);
        assert_eq!(letters, ["a", "b", "z", "aa", "az", "ba", "zz", "aaa"]);
    }
}

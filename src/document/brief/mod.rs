//! A brief as blocks of finished text in one language, and how it is made: a template is read, filled from a snapshot, and
//! numbers and dates are written as the language writes them. Pages (`layout`) and PDF (`pdf`) are not known here.
//!
//! | file | subject |
//! |---|---|
//! | `template`, `theme`, `picture` | the files of a template, read |
//! | `filled` | a template filled: a brief and its mail (`mail_text`, `mail_html`), surrounded by its `frame`, and compared with an `earlier` edition |
//! | `jinja`, `expressions`, `values`, `scope`, `markers` | the expressions of a text, and what they insert |
//! | `expression_rules`, `calls` | what expressions may say, and where their calls stand |
//! | `source_map` | the way back from a rendered text to its file |
//! | `markdown`, `numbering`, `web_address` | rendered text becomes blocks, citations become numbers, addresses links |
//! | `block_keys`, `filling`, `chart_form` | what `blocks.toml` and fenced blocks hold, and what they become |
//! | `blocks` | the brief as layout gets it |
//! | `numbers`, `dates`, `translations` | figures, dates and words in each language |
//! | `series_path` | what a text may hide of a series over time |
//! | `series_uses` | where a template names a series |
//! | `typed_numbers`, `sentence_periods`, `told_values`, `own_paragraphs`, `block_names`, `characters`, `toml_problem` | checks of an author's text |

mod block_keys;
mod block_names;
mod blocks;
mod calls;
mod characters;
mod chart_form;
mod chart_options;
mod courses;
pub mod dates;
mod earlier;
mod expression_rules;
mod expressions;
mod filled;
mod filling;
mod frame;
mod jinja;
mod key_messages;
mod known_phrases;
mod mail_facts;
mod mail_html;
mod mail_table;
mod mail_text;
mod markdown;
mod markers;
mod move_words;
mod moves;
mod names;
mod numbering;
pub mod numbers;
mod own_paragraphs;
mod picture;
mod scope;
mod sentence_periods;
mod sentences;
mod series_path;
mod series_uses;
mod source_map;
mod template;
mod theme;
mod told_values;
mod toml_problem;
mod translations;
mod typed_numbers;
mod values;
mod web_address;

pub use block_keys::schema as blocks_schema;
pub use blocks::{
    Attachment, Block, Brief, CalloutKind, Cell, Chart, ChartSeries, Column, Emphasis, FOREIGN_LANGUAGES, Imprint,
    Inline, Item, KeyFigure, Milestone, Point, Row, SourceEntry, Sparkline, Strings, Style, Table, Tile, TileChange,
    footnote_letter,
};
pub use chart_form::{ChartForm, FixedPeriods, FormFacts, Rows, UnknownChartForm, ValueLabels, ValueMark};
pub use chart_options::{ChartOptions, Forecast, Highlight, MOST_HIGHLIGHTED, Reference};
pub use earlier::{EarlierEdition, EarlierValue};
pub use filled::{CheckedText, Filled};
pub use frame::{Frame, ImprintLine, LeaveLinks, Superseded, issue};
pub use mail_facts::{MailFacts, PdfComes};
pub use mail_text::MailText;
pub use picture::{Path, Picture, Raster, Segment, Vector};
pub use series_uses::{SeriesUse, series_uses};
pub use template::Template;
pub use theme::{CATEGORY_COLOURS, Contents, Corner, Family, Logo, Spacing, Standard, Theme, schema as theme_schema};

/// The direction of a change, for the arrow beside it.
pub use crate::figures::Direction;

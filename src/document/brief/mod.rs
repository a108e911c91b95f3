//! A brief as blocks of finished text in one language, and how it comes about: template parsing, filling from a
//! snapshot, numbers and dates as the language writes them. Knows nothing of pages (`layout`) or of PDF (`pdf`).

mod block_keys;
mod blocks;
mod characters;
mod chart_form;
pub mod dates;
mod expressions;
mod filled;
mod filling;
mod frame;
mod jinja;
mod mail_text;
mod markdown;
mod markers;
mod numbering;
pub mod numbers;
mod picture;
mod scope;
mod source_map;
mod template;
mod theme;
mod toml_problem;
mod translations;
mod typed_numbers;
mod values;

pub use block_keys::schema as blocks_schema;
pub use blocks::{
    Attachment, Block, Brief, CalloutKind, Cell, Chart, ChartSeries, Column, Emphasis, Imprint, Inline, Item,
    KeyFigure, Milestone, Point, Row, SourceEntry, Sparkline, Strings, Style, Table, Tile, TileChange,
};
pub use chart_form::{ChartForm, FixedPeriods, FormFacts, Rows, UnknownChartForm, ValueLabels, ValueMark};
pub use filled::Filled;
pub use frame::{Frame, ImprintLine};
pub use mail_text::MailText;
pub use picture::{Path, Picture, Raster, Segment, Vector};
pub use template::Template;
pub use theme::{CATEGORY_COLOURS, Corner, Family, Logo, Spacing, Theme, schema as theme_schema};

/// The direction of a change, for the arrow beside it.
pub use crate::figures::Direction;

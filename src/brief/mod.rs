//! A brief as blocks of finished text in one language, and how it comes about: template parsing, filling from a
//! snapshot, numbers and dates as the language writes them. Knows nothing of pages (`layout`) or of PDF (`pdf`).

mod blocks;
pub mod numbers;
mod theme;

pub use blocks::{
    Attachment, Block, Brief, Cell, Chart, ChartKind, Column, Emphasis, Imprint, Inline, Item, KeyFigure, Milestone,
    Point, SourceEntry, Strings, Style, Table, Tile, Trace,
};
pub use theme::Theme;

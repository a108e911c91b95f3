//! A brief becomes pages: shaping, lines, tables, charts, flow. Knows nothing of PDF: `pdf` writes the finished pages.

mod back_matter;
mod chart;
mod chart_alone;
mod chart_values;
mod compose;
pub mod document;
pub mod drawing;
mod figure;
mod flow;
pub mod fonts;
mod footnotes;
mod galley;
pub mod geometry;
mod inline_text;
mod linked_paragraph;
mod page_ends;
mod picture;
mod pull_figure;
mod reading_order;
mod running_text;
mod table;
mod table_of_contents;
mod text;
mod tiles;
mod timeline;
mod title_band;

pub use chart_alone::{ChartAlone, chart_alone};
pub use compose::lay_out;
pub use text::composed;

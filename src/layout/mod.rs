//! A brief becomes pages: text shaping, lines, tables, charts, flow. Knows nothing of PDF: `pdf` writes what stands
//! in the finished pages.

mod chart;
mod compose;
pub mod document;
pub mod drawing;
mod figure;
mod flow;
pub mod fonts;
mod hyphenation;
mod picture;
mod table;
mod text;
mod tiles;
mod timeline;

pub use compose::lay_out;

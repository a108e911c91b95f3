//! A brief becomes pages: text shaping, lines, tables, charts, flow. Knows nothing of PDF: `pdf` writes what stands
//! in the finished pages.

mod autospace;
mod breaks;
mod chart;
mod compose;
pub mod document;
pub mod drawing;
mod figure;
mod flow;
pub mod fonts;
mod hyphenation;
mod missing;
mod table;
mod text;
mod tiles;

pub use compose::lay_out;

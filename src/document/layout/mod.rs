//! A brief becomes pages: text shaping, lines, tables, charts, flow. Knows nothing of PDF: `pdf` writes what stands
//! in the finished pages.

mod autospace;
mod back;
mod breaks;
mod chart;
mod compose;
mod contents;
pub mod document;
pub mod drawing;
mod figure;
mod flow;
pub mod fonts;
mod footnotes;
mod front;
mod galley;
mod hyphenation;
mod kept;
mod missing;
mod order;
mod passages;
mod picture;
mod pull;
mod table;
mod text;
mod tiles;
mod timeline;

pub use compose::lay_out;

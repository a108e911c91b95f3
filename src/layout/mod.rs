//! A brief becomes pages: text shaping, lines, tables, charts, flow. Knows nothing of PDF: `pdf` writes what stands
//! in the finished pages.

pub mod document;
pub mod drawing;
mod fonts;
mod hyphenation;
mod text;
mod theme;

pub use document::Document;
pub use fonts::{Face, Fonts, Metrics};
pub use theme::Theme;

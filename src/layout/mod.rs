//! A brief becomes pages: text shaping, lines, tables, charts, flow. Knows nothing of PDF: `pdf` writes what stands
//! in the finished pages.

pub mod drawing;

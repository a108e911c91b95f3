//! What goes into typesetting and what comes out: spans of text and their style, and the paragraph with its lines and
//! glyphs. How one becomes the other is in `shaping` and `line_builder`.

use std::{ops::Range, sync::Arc};

use crate::document::{
    brief::{Emphasis, Family},
    layout::document::{ClusterPart, Glyph},
};

/// How a span differs from its paragraph, as parley carries it from the text to the glyphs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Markup {
    /// 1 + index of the link that it belongs to; 0 outside links.
    pub link: u16,
    /// Set smaller and raised: a citation or the mark of a footnote.
    pub cite: bool,
    /// What its words are read with.
    pub emphasis: Emphasis,
    /// The language of its words, if it is another than that of the text.
    pub language: Option<&'static str>,
    /// 1 + index of what its words stand for, in `Flow::meanings`; 0 if they are no abbreviation.
    pub meaning: u16,
}

impl Markup {
    /// Whether text with this markup and with another is one to a reader: part of one link, emphasised alike, of one
    /// language, and of one abbreviation.
    pub fn is_like(self, other: Markup) -> bool {
        Markup { cite: other.cite, ..self } == other
    }
}

/// A stretch of text with its looks.
#[derive(Debug, Clone)]
pub struct Span {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// Link and citation.
    pub markup: Markup,
    /// Semi-bold.
    pub strong: bool,
    /// Italic, where the script has one.
    pub italic: bool,
}

/// How a paragraph is set.
#[derive(Debug, Clone)]
pub struct ParagraphStyle {
    /// Size in points.
    pub size: f32,
    /// Semi-bold throughout.
    pub strong: bool,
    /// Maximum width of a line, in points.
    pub width: f32,
    /// Line height over size.
    pub leading: f32,
    /// Whether words may be broken.
    pub hyphenate: bool,
    /// Aligned to the right edge of `width`.
    pub right: bool,
    /// Whether Chinese lines, but the last, reach from edge to edge. Other languages have spaces between words and stay as they
    /// fall.
    pub justify: bool,
    /// The family of English and German text.
    pub family: Family,
}

/// A paragraph in lines.
#[derive(Debug, Clone)]
pub struct Paragraph {
    /// Top to bottom; at least one.
    pub lines: Vec<Line>,
    /// The text that the glyphs' ranges point into.
    pub text: Arc<str>,
    /// The width of its widest line, without spaces at its end.
    pub width: f32,
}

impl Paragraph {
    /// The height of all lines together.
    pub fn height(&self) -> f32 {
        self.lines.iter().map(|line| line.height).sum()
    }
}

/// A line of a paragraph.
#[derive(Debug, Clone)]
pub struct Line {
    /// Distance from the line's top to its baseline.
    pub baseline: f32,
    /// Distance from its top to the top of the next line.
    pub height: f32,
    /// Left to right.
    pub runs: Vec<LineRun>,
}

/// Glyphs of one face, size and markup on a line.
#[derive(Debug, Clone)]
pub struct LineRun {
    /// Index into the faces of `fonts`.
    pub face: usize,
    /// Size in points.
    pub size: f32,
    /// Distance from the line's left edge.
    pub x: f32,
    /// Distance above the baseline, for an accent over its letter.
    pub rise: f32,
    /// Link and citation.
    pub markup: Markup,
    /// In painting order.
    pub glyphs: Vec<Glyph>,
    /// Whether this is the hyphen of a broken word.
    pub hyphen: bool,
    /// Its part of a letter with accents that is painted by several glyphs.
    pub cluster: Option<ClusterPart>,
}

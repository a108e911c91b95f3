//! The finished pages: items at fixed places, the structure tree that a screen reader follows, the outline. The
//! hand-over to `pdf`; points everywhere, origin at the top left, y grows downwards.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};

use super::geometry::Rect;
pub use crate::document::brief::{Picture, Raster, Segment, Standard, Vector};
use crate::{base::language::Language, document::brief::Attachment};

/// Width of an A4 page in points (ISO 216, 210 mm).
pub const PAGE_WIDTH: f32 = 595.276;
/// Height of an A4 page in points (297 mm).
pub const PAGE_HEIGHT: f32 = 841.89;

/// A laid-out brief.
#[derive(Debug, Clone)]
pub struct Document {
    /// The pages, first to last.
    pub pages: Vec<Page>,
    /// The structure tree; the first node is the document, parents stand before their children.
    pub nodes: Vec<Node>,
    /// The headings.
    pub outline: Vec<OutlineItem>,
    /// Where the links inside the document lead.
    pub destinations: BTreeMap<Target, Destination>,
    /// Title, author and the like.
    pub meta: Meta,
    /// Files inside it.
    pub attachments: Vec<Attachment>,
}

/// The metadata of a document.
#[derive(Debug, Clone)]
pub struct Meta {
    /// Title, shown in the window.
    pub title: String,
    /// One sentence.
    pub subject: String,
    /// Who publishes it.
    pub author: String,
    /// Its language.
    pub language: Language,
    /// The file's dates of creation and change.
    pub created: DateTime<Utc>,
    /// What the file conforms to.
    pub standard: Standard,
}

/// One page.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// In painting order, which is the reading order.
    pub items: Vec<Item>,
    /// Link areas.
    pub links: Vec<LinkArea>,
    /// Number of marked-content ids on the page.
    pub marks: usize,
}

/// Something on a page.
#[derive(Debug, Clone)]
pub enum Item {
    /// The items that follow belong to this node, up to the next `Content` or `Artifact`.
    Content {
        /// Index into `Document::nodes`
        node: usize,
        /// Id of this marked content on the page
        mcid: usize,
    },
    /// The items that follow are decoration or repeat on every page, up to the next `Content` or `Artifact`.
    Artifact {
        /// Header, footer, repeated table head (Pagination); else Layout
        pagination: bool,
    },
    /// A run of glyphs of one face.
    Text(GlyphRun),
    /// A filled polygon.
    Fill {
        /// Its corners
        points: Vec<(f32, f32)>,
        /// Its colour
        color: [u8; 3],
    },
    /// A stroked line.
    Stroke {
        /// Its points
        points: Vec<(f32, f32)>,
        /// Its width
        width: f32,
        /// Dash and gap
        dash: Option<(f32, f32)>,
        /// Its colour
        color: [u8; 3],
    },
    /// A picture, stretched into its box.
    Picture {
        /// What is seen
        picture: Picture,
        /// Its box
        area: Rect,
    },
}

/// Glyphs of one face on one baseline.
#[derive(Debug, Clone)]
pub struct GlyphRun {
    /// Index into the faces of `fonts`.
    pub face: usize,
    /// Size in points.
    pub size: f32,
    /// Where it begins.
    pub x: f32,
    /// The baseline.
    pub y: f32,
    /// Colour.
    pub color: [u8; 3],
    /// The text that the glyphs' ranges point into.
    pub text: Arc<str>,
    /// The glyphs.
    pub glyphs: Vec<Glyph>,
    /// Whether this is the hyphen of a word broken at a line's end: its text is then U+00AD.
    pub hyphen: bool,
    /// Its part of a letter with accents that is painted by several glyphs.
    pub cluster: Option<ClusterPart>,
}

/// The part of a run in a letter with accents (a grapheme cluster) that is painted by several glyphs. They are read as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClusterPart {
    /// Its first glyph
    First {
        /// The letter: a byte range of the run's text
        start: usize,
        /// See `start`
        end: usize,
    },
    /// A further glyph of it
    Next,
}

/// A glyph.
#[derive(Debug, Clone, Copy)]
pub struct Glyph {
    /// Its id in the whole font.
    pub id: u16,
    /// Distance to the next glyph, in points.
    pub advance: f32,
    /// Its text: a byte range of `Run::text`; empty for the second glyph of one cluster.
    pub start: usize,
    /// See `start`
    pub end: usize,
}

/// A place to click.
#[derive(Debug, Clone)]
pub struct LinkArea {
    /// The Link node it belongs to.
    pub node: usize,
    /// Its box.
    pub rect: Rect,
    /// Where it goes.
    pub target: Target,
    /// Its description for screen readers.
    pub says: String,
}

/// A place in the document that links can lead to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Destination {
    /// Index into `Document::pages`.
    pub page: usize,
    /// Distance from the top of the page, in points.
    pub y: f32,
    /// The node that stands there, an index into `Document::nodes`.
    pub node: usize,
}

/// What a link leads to: a URL, or something with a destination in the document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// An absolute URL.
    Url(String),
    /// The n-th entry of the source list (from 1).
    Source(usize),
    /// Where the n-th source is first cited.
    Citation(usize),
    /// The n-th footnote (from 1).
    Footnote(usize),
    /// Where the n-th footnote's mark first stands.
    FootnoteMark(usize),
    /// The chart or table with this anchor.
    Anchor(String),
    /// The n-th item of the outline (from 0).
    Heading(usize),
}

/// An element of the structure tree.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its standard type (ISO 32000-1, 14.8.4).
    pub kind: StructureType,
    /// Its parent; the document is its own.
    pub parent: usize,
    /// Its children in reading order.
    pub kids: Vec<Kid>,
    /// Its alternative text.
    pub alt: Option<String>,
    /// The words that are read instead of what is painted.
    pub actual: Option<String>,
    /// Its language (BCP 47), if it is another than the document's.
    pub language: Option<&'static str>,
    /// The words that an abbreviation stands for.
    pub means: Option<String>,
    /// The nodes that it refers to: the heading of an entry of the contents, the note of a mark.
    pub refs: Vec<usize>,
    /// The box of a figure.
    pub area: Option<Rect>,
    /// Where its content begins.
    pub begins: Option<Destination>,
}

/// A child of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kid {
    /// Another node.
    Node(usize),
    /// Marked content.
    Content {
        /// Index into `Document::pages`
        page: usize,
        /// Its id on that page
        mcid: usize,
    },
    /// A link area.
    Link {
        /// Index into `Document::pages`
        page: usize,
        /// Index into `Page::links`
        index: usize,
    },
}

/// Standard structure types (ISO 32000-1, 14.8.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the standard's own")]
pub enum StructureType {
    Document,
    H1,
    H2,
    H3,
    P,
    /// A list whose labels are bullets, or that has none
    L,
    /// A list whose labels are numbers
    LNumbered,
    /// A list whose labels are what its items describe
    LDescribed,
    /// A list without labels
    LPlain,
    LI,
    Lbl,
    LBody,
    Table,
    Caption,
    THead,
    TBody,
    TR,
    /// A column's head
    THColumn,
    /// A row's head
    THRow,
    /// A head over the rows that follow; its width in columns
    THGroup(usize),
    TD,
    Figure,
    Link,
    Div,
    Span,
    /// Important words (in PDF 1.7 a Span)
    Strong,
    /// Stressed words (in PDF 1.7 a Span)
    Em,
    BlockQuote,
    /// A footnote; gets an id of its own in the file (ISO 14289-1, 7.9)
    Note,
    /// A source in the list at the end; as a footnote
    EndNote,
    Reference,
    /// A table of contents
    Toc,
    /// One of its entries
    Toci,
}

/// A heading in the outline.
#[derive(Debug, Clone)]
pub struct OutlineItem {
    /// 1, 2 or 3
    pub level: u8,
    /// Its text
    pub title: String,
    /// Its page, from 0
    pub page: usize,
    /// Its top
    pub y: f32,
    /// Its node
    pub node: usize,
}

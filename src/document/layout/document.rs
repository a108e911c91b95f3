//! The finished pages: items at fixed places, the structure tree that a screen reader follows, the outline. The
//! hand-over to `pdf`; points everywhere, origin at the top left, y grows downwards.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};

pub use crate::document::brief::{Picture, Raster, Segment, Vector};
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
    /// Where the links inside the document go: page and y.
    pub places: BTreeMap<Target, (usize, f32)>,
    /// What the file says of itself.
    pub meta: Meta,
    /// Files inside it.
    pub attachments: Vec<Attachment>,
}

/// What the file says of itself.
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
    /// Its dates.
    pub created: DateTime<Utc>,
}

/// One page.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// In painting order, which is the reading order.
    pub items: Vec<Item>,
    /// Link areas.
    pub links: Vec<LinkArea>,
    /// How many marked-content ids the page has.
    pub marks: usize,
}

/// Something on a page.
#[derive(Debug, Clone)]
pub enum Item {
    /// What follows belongs to this node, as its `mcid`-th marked content of the page.
    Content {
        /// Index into `Document::nodes`
        node: usize,
        /// The id on this page
        mcid: usize,
    },
    /// What follows is decoration, or repeats on every page.
    Artifact {
        /// Header, footer, repeated table head (Pagination); else Layout
        pagination: bool,
    },
    /// A run of glyphs of one face.
    Text(Run),
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
        /// Left, top, right, bottom
        area: [f32; 4],
    },
}

/// Glyphs of one face on one baseline.
#[derive(Debug, Clone)]
pub struct Run {
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
    /// A hyphen drawn at a line's end: its text is U+00AD.
    pub hyphen: bool,
}

/// A glyph.
#[derive(Debug, Clone, Copy)]
pub struct Glyph {
    /// Its id in the whole font.
    pub id: u16,
    /// How far the pen goes, in points.
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
    /// Left, top, right, bottom.
    pub rect: [f32; 4],
    /// Where it goes.
    pub target: Target,
    /// What it says, for those who do not see it.
    pub says: String,
}

/// Where a link goes: out of the document, or to one of its `places`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// Out of the document.
    Url(String),
    /// The n-th entry of the source list (from 1).
    Source(usize),
    /// Where the n-th source is first cited.
    Citation(usize),
    /// The n-th footnote (from 1).
    Footnote(usize),
    /// Where the n-th footnote's mark first stands.
    Mark(usize),
    /// The chart or table with this anchor.
    Anchor(String),
    /// The n-th item of the outline (from 0).
    Heading(usize),
}

/// An element of the structure tree.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its standard type (ISO 32000-1, 14.8.4).
    pub kind: Kind,
    /// Its parent; the document is its own.
    pub parent: usize,
    /// Its children in reading order.
    pub kids: Vec<Kid>,
    /// Its alternative text.
    pub alt: Option<String>,
    /// The words that are read instead of what is painted.
    pub actual: Option<String>,
    /// A figure's page and box: left, top, right, bottom.
    pub area: Option<[f32; 4]>,
    /// Where its content begins: page and y.
    pub at: Option<(usize, f32)>,
}

/// A child of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kid {
    /// Another node.
    Node(usize),
    /// Marked content: page, id.
    Content(usize, usize),
    /// A link area: page, index.
    Link(usize, usize),
}

/// Standard structure types (ISO 32000-1, 14.8.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the standard's own")]
pub enum Kind {
    Document,
    H1,
    H2,
    H3,
    P,
    /// A list whose labels are bullets, or that has none
    L,
    /// A list whose labels are numbers
    LNumbered,
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
    /// A head over the rows that follow, so many columns wide
    THGroup(usize),
    TD,
    Figure,
    Link,
    Div,
    Span,
    BlockQuote,
    /// A footnote; gets an id of its own in the file (ISO 14289-1, 7.9)
    Note,
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

//! The finished pages: text as placed glyphs, shapes, links, and the tree of what they mean. Independent of PDF. Units are
//! points; the origin is the top left corner of the page and y grows downwards.

use chrono::{DateTime, Utc};

use super::fonts::Face;
use crate::{brief::Attachment, language::Language};

/// A colour: sRGB red, green, blue.
pub type Colour = [u8; 3];

/// A laid out brief.
#[derive(Debug, Clone)]
pub struct Document {
    /// The language of its text.
    pub language: Language,
    /// The brief's name with its edition: shown in a viewer's title bar.
    pub title: String,
    /// The finding, for the metadata.
    pub subject: String,
    /// Who is answerable.
    pub author: String,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// The id of the snapshot its figures come from.
    pub snapshot: String,
    /// The pages in order; at least one.
    pub pages: Vec<Page>,
    /// The structure tree; the first node is its root, a `Role::Document`.
    pub nodes: Vec<Node>,
    /// Headings, in reading order.
    pub outline: Vec<Heading>,
    /// Files put into it.
    pub attachments: Vec<Attachment>,
}

/// An index into `Document::nodes`.
pub type NodeId = usize;

/// One page.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its width.
    pub width: f32,
    /// Its height.
    pub height: f32,
    /// What is painted, in this order.
    pub contents: Vec<Content>,
    /// Where a click leads.
    pub links: Vec<Link>,
}

/// What is painted in one go for one owner: a marked content sequence.
#[derive(Debug, Clone)]
pub struct Content {
    /// Whose content it is.
    pub owner: Owner,
    /// The paint, in this order.
    pub paint: Vec<Paint>,
}

/// Whose content something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// Part of the document's meaning.
    Node(NodeId),
    /// Decoration: a rule, a background, a repeated head.
    Decoration,
    /// What stands at the top of every page.
    Header,
    /// What stands at the foot of every page.
    Footer,
    /// A table's head, repeated after a page break.
    RepeatedHead,
}

/// Something painted.
#[derive(Debug, Clone)]
pub enum Paint {
    /// A filled rectangle.
    Rect {
        /// Left
        x: f32,
        /// Top
        y: f32,
        /// Width
        w: f32,
        /// Height
        h: f32,
        /// Fill
        colour: Colour,
    },
    /// A filled polygon.
    Polygon {
        /// Its corners
        points: Vec<(f32, f32)>,
        /// Fill
        colour: Colour,
    },
    /// A stroked polyline with round joins and ends.
    Line {
        /// At least two points
        points: Vec<(f32, f32)>,
        /// Stroke width
        width: f32,
        /// Dash and gap
        dash: Option<(f32, f32)>,
        /// Stroke
        colour: Colour,
    },
    /// A circle.
    Dot {
        /// Centre
        x: f32,
        /// Centre
        y: f32,
        /// Radius
        r: f32,
        /// Fill, or the outline's colour
        colour: Colour,
        /// Filled, else an outline around white
        filled: bool,
    },
    /// Glyphs on one baseline in one face.
    Text {
        /// Where the first glyph begins
        x: f32,
        /// The baseline
        y: f32,
        /// Fill
        colour: Colour,
        /// What is written
        run: Run,
    },
}

/// Glyphs of one face and size.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The face.
    pub face: Face,
    /// The size.
    pub size: f32,
    /// The glyphs from left to right.
    pub glyphs: Vec<Glyph>,
    /// The text that the glyphs stand for; glyphs name ranges of it.
    pub text: String,
}

impl Run {
    /// From the first glyph's origin to where a next one would begin.
    pub fn width(&self) -> f32 {
        self.glyphs.iter().map(|glyph| glyph.advance).sum()
    }
}

/// One glyph.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Glyph {
    /// Its number in the face; never 0.
    pub id: u16,
    /// How far the pen moves, kerning included.
    pub advance: f32,
    /// Where its text begins in `Run::text`.
    pub start: u32,
    /// Where its text ends. Empty if a glyph before it carries the text of both.
    pub end: u32,
    /// The text is not what the glyph shows: the hyphen of a soft hyphen at a line's end.
    pub stands_for: bool,
}

/// An area that leads somewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// The `Role::Link` node it belongs to.
    pub node: NodeId,
    /// Left, top, right, bottom.
    pub area: [f32; 4],
    /// Where it leads.
    pub target: Target,
    /// What it is, for those who do not see it.
    pub description: String,
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// To the outside.
    Url(String),
    /// To the entry with this number (from 1) of the source list; only before the pages are finished.
    Source(usize),
    /// To a place in this document.
    Place {
        /// The page's index
        page: usize,
        /// The top of what is to be seen
        y: f32,
    },
}

/// An entry of the outline.
#[derive(Debug, Clone, PartialEq)]
pub struct Heading {
    /// 1, 2 or 3; never two deeper than the one before.
    pub level: u8,
    /// Its text.
    pub title: String,
    /// The page's index.
    pub page: usize,
    /// Its top.
    pub y: f32,
    /// Its node.
    pub node: NodeId,
}

/// A node of the structure tree.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it is.
    pub role: Role,
    /// The node above it; the root's is itself.
    pub parent: NodeId,
    /// What it holds, in reading order.
    pub kids: Vec<Kid>,
    /// The words for what is drawn.
    pub alt: Option<String>,
    /// The words that replace the content when it is read.
    pub actual_text: Option<String>,
    /// Page, then left, top, right, bottom, for a figure.
    pub bounds: Option<[f32; 4]>,
}

/// What a node holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kid {
    /// Another node.
    Node(NodeId),
    /// Content of a page.
    Content {
        /// The page's index
        page: usize,
        /// The index in its `contents`
        content: usize,
    },
    /// A link of a page.
    Link {
        /// The page's index
        page: usize,
        /// The index in its `links`
        link: usize,
    },
}

/// What a node is: the standard structure types of ISO 32000-1, 14.8.4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The root.
    Document,
    /// A group of blocks that belong together.
    Division,
    /// A heading of level 1 to 3.
    Heading(u8),
    /// A paragraph.
    Paragraph,
    /// A list.
    List {
        /// Numbered, else bulleted or without labels
        ordered: bool,
    },
    /// An item of a list.
    Item,
    /// The item's number, bullet or date.
    Label,
    /// What the item says.
    Body,
    /// A table.
    Table,
    /// The words above a table or figure.
    Caption,
    /// A table's head.
    Head,
    /// A table's body.
    Rows,
    /// A row.
    Row,
    /// A head cell.
    HeadCell {
        /// It heads a row, else a column
        row: bool,
    },
    /// A cell.
    Cell,
    /// A picture with an Alt.
    Figure,
    /// A link.
    Link,
    /// A stretch of text.
    Span,
}

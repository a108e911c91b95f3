//! The theme of a brief, read from a template's `theme.toml`: colours, sizes, distances, fonts, the logo. The keys of the
//! file are in `keys`, the reading in `reading`, contrast in `contrast`. Positions on a page are decided in `layout`.

mod contrast;
mod keys;
mod reading;

pub use keys::schema;

use super::{Picture, numbers::GermanNumbers};
use crate::base::language::PerLanguage;

/// Number of colours for the series of a chart.
pub const CATEGORY_COLOURS: usize = 4;

/// When a brief has a table of contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contents {
    /// From 8 pages: a short brief leads with what it has found.
    Auto,
    /// Whenever there are headings.
    Always,
    /// Never.
    Never,
}

/// What the PDF of a brief conforms to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Standard {
    /// PDF 1.7: PDF/UA-1 (ISO 14289-1) and PDF/A-3a (ISO 19005-3).
    Ua1,
    /// PDF 2.0: PDF/UA-2 (ISO 14289-2), PDF/A-4f (ISO 19005-4), and Well-Tagged PDF 1.0 for accessibility and reuse.
    #[default]
    Ua2,
}

/// Colours as red, green, blue; sizes and lengths in points.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    /// Body text
    pub text: [u8; 3],
    /// Labels, captions, notes
    pub muted: [u8; 3],
    /// Title band, headings, links
    pub accent: [u8; 3],
    /// The categories of a chart
    pub category: [[u8; 3]; CATEGORY_COLOURS],
    /// Grid lines
    pub grid: [u8; 3],
    /// Rules and the zero line
    pub rule: [u8; 3],
    /// Behind a tile
    pub tile: [u8; 3],
    /// Body text
    pub body_size: f32,
    /// The first paragraph
    pub lead_size: f32,
    /// The headline
    pub h1_size: f32,
    /// A section
    pub h2_size: f32,
    /// A subsection
    pub h3_size: f32,
    /// Notes, captions, tables
    pub small_size: f32,
    /// Left and right
    pub margin_side: f32,
    /// Top, below the header
    pub margin_top: f32,
    /// Bottom, above the footer
    pub margin_bottom: f32,
    /// Columns of running text: 1 or 2
    pub columns: u8,
    /// When there is a table of contents
    pub contents: Contents,
    /// What the PDF conforms to
    pub standard: Standard,
    /// Which rule German numbers follow
    pub german_numbers: GermanNumbers,
    /// Distances between what stands one under the other
    pub spacing: Spacing,
    /// Running text in English and German
    pub text_font: Family,
    /// Headings in English and German
    pub heading_font: Family,
    /// In the title band
    pub logo: Option<Logo>,
}

/// Distances in points; leading is line height over size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spacing {
    /// Below a paragraph
    pub paragraph: f32,
    /// Above a section's heading
    pub h2: f32,
    /// Above a subsection's heading
    pub h3: f32,
    /// Above and below a chart or a table
    pub block: f32,
    /// Of English and German text
    pub leading: f32,
    /// Of Chinese text: Han needs more air
    pub leading_zh: f32,
}

/// A family of faces; only what the program carries can be named. Chinese is always set in Noto Sans SC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// IBM Plex Sans: regular, semi-bold, italic
    Plex,
    /// Noto Sans SC: regular and bold; emphasis is bold
    Noto,
}

/// A picture in the title band.
#[derive(Debug, Clone, PartialEq)]
pub struct Logo {
    /// The picture
    pub picture: Picture,
    /// Width in points
    pub width: f32,
    /// Height in points, in the picture's own proportions
    pub height: f32,
    /// Read to those who do not see it; empty: decoration
    pub alt: PerLanguage<String>,
    /// Its corner of the title band
    pub corner: Corner,
    /// Painted behind it, for a logo that is made for white paper
    pub ground: Option<[u8; 3]>,
}

/// A corner of the title band.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Corner {
    /// At the left edge of the text
    Left,
    /// At the right edge of the text
    Right,
}

impl Default for Theme {
    fn default() -> Self {
        Theme {
            text: [0x1a, 0x1f, 0x24],
            muted: [0x52, 0x5c, 0x66],
            accent: [0x12, 0x43, 0x6d],
            category: [[0x12, 0x43, 0x6d], [0x28, 0xa1, 0x97], [0x7c, 0x24, 0x38], [0xf4, 0x6a, 0x25]],
            grid: [0xdd, 0xe1, 0xe6],
            rule: [0x6b, 0x75, 0x80],
            tile: [0xf1, 0xf5, 0xf8],
            body_size: 9.3,
            lead_size: 11.0,
            h1_size: 21.0,
            h2_size: 13.5,
            h3_size: 10.8,
            small_size: 8.2,
            margin_side: 56.0,
            margin_top: 60.0,
            margin_bottom: 58.0,
            columns: 1,
            contents: Contents::Auto,
            standard: Standard::Ua2,
            german_numbers: GermanNumbers::Cldr,
            spacing: Spacing { paragraph: 7.0, h2: 14.0, h3: 9.0, block: 8.0, leading: 1.45, leading_zh: 1.65 },
            text_font: Family::Plex,
            heading_font: Family::Plex,
            logo: None,
        }
    }
}

impl Theme {
    /// `ink`, or the nearest shade of it that can be read as text on this ground. Small text in the colour of a chart's
    /// category needs it, since a letter needs more contrast than a mark.
    pub fn legible_text(ink: [u8; 3], ground: [u8; 3]) -> [u8; 3] {
        contrast::nearest(ink, |shade| contrast::ratio(shade, ground) >= contrast::TEXT).unwrap_or(ink)
    }

    /// The grey of what a chart does not highlight: `muted`, as light as a mark on white paper may be.
    pub fn quiet(&self) -> [u8; 3] {
        contrast::lightest(self.muted, |shade| contrast::ratio(shade, [255; 3]) >= contrast::MARK)
    }

    /// Black or white, whichever has more contrast on this ground; one of them always passes.
    pub fn text_on(ground: [u8; 3]) -> [u8; 3] {
        let (black, white) = ([0; 3], [255; 3]);
        if contrast::ratio(white, ground) > contrast::ratio(black, ground) { white } else { black }
    }

    /// The same for a mark: an arrow, a dot, a line.
    pub fn legible_mark(ink: [u8; 3], ground: [u8; 3]) -> [u8; 3] {
        contrast::nearest(ink, |shade| contrast::ratio(shade, ground) >= contrast::MARK).unwrap_or(ink)
    }
}

//! What the pages are made of: measures in points and colours.

use super::document::Colour;

/// Sizes, spaces and colours of a brief.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    /// Title band, headings, key figures, links.
    pub accent: Colour,
    /// Body text.
    pub text: Colour,
    /// Labels, captions, notes.
    pub muted: Colour,
    /// Rules and grid lines.
    pub rule: Colour,
    /// The ground of key figures.
    pub ground: Colour,
    /// The categories of charts.
    pub categories: [Colour; 4],
}

impl Default for Theme {
    fn default() -> Self {
        Theme {
            accent: [0x12, 0x43, 0x6d],
            text: [0x1d, 0x23, 0x2b],
            muted: [0x55, 0x5f, 0x6b],
            rule: [0xc9, 0xd1, 0xd9],
            ground: [0xf1, 0xf5, 0xf8],
            categories: [[0x12, 0x43, 0x6d], [0x28, 0xa1, 0x97], [0x80, 0x16, 0x50], [0xf4, 0x6a, 0x25]],
        }
    }
}

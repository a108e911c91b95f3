//! What a brief looks like: colours, sizes and margins, read from a template's `theme.toml`. Where things stand on a
//! page is in `layout`.

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
    pub category: [[u8; 3]; 4],
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
}

impl Default for Theme {
    fn default() -> Self {
        Theme {
            text: [0x1a, 0x1f, 0x24],
            muted: [0x52, 0x5c, 0x66],
            accent: [0x12, 0x43, 0x6d],
            category: [[0x12, 0x43, 0x6d], [0x28, 0xa1, 0x97], [0x80, 0x16, 0x50], [0xf4, 0x6a, 0x25]],
            grid: [0xdd, 0xe1, 0xe6],
            rule: [0x6b, 0x75, 0x80],
            tile: [0xf1, 0xf5, 0xf8],
            body_size: 9.6,
            lead_size: 11.4,
            h1_size: 21.0,
            h2_size: 13.5,
            h3_size: 10.8,
            small_size: 8.2,
            margin_side: 56.0,
            margin_top: 62.0,
            margin_bottom: 62.0,
        }
    }
}

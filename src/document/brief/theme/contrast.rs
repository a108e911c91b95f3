//! The contrast of every pair of colours that stand on or beside each other in a brief, by WCAG 2.2.
//!
//! No text here counts as large (18 pt, or 14 pt in bold): what is painted in `accent` is small somewhere (links, the
//! date in the title band), so all text needs the full 4.5:1. Grid lines and the ground of a tile carry no meaning and
//! need none (1.4.11).

use std::sync::LazyLock;

use super::Theme;

/// Minimum contrast of text on its ground (WCAG 2.2, 1.4.3, level AA).
pub(super) const TEXT: f32 = 4.5;
/// Minimum contrast of a mark on its ground, or on the mark beside it (WCAG 2.2, 1.4.11).
pub(super) const MARK: f32 = 3.0;

/// A colour by what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Paint {
    Paper,
    Text,
    Muted,
    Accent,
    Rule,
    Tile,
    Category(usize),
}

/// Two colours that are seen together, the contrast they need, and why.
pub(super) struct Pair {
    pub ink: Paint,
    pub ground: Paint,
    pub needs: f32,
    pub why: &'static str,
}

const fn pair(ink: Paint, ground: Paint, needs: f32, why: &'static str) -> Pair {
    Pair { ink, ground, needs, why }
}

pub(super) const PAIRS: [Pair; 14] = [
    pair(Paint::Text, Paint::Paper, TEXT, "text (WCAG 2.2, 1.4.3)"),
    pair(Paint::Muted, Paint::Paper, TEXT, "labels and notes (WCAG 2.2, 1.4.3)"),
    pair(Paint::Accent, Paint::Paper, TEXT, "headings and links, and white text in the title band (WCAG 2.2, 1.4.3)"),
    pair(Paint::Text, Paint::Tile, TEXT, "text on a tile (WCAG 2.2, 1.4.3)"),
    pair(Paint::Muted, Paint::Tile, TEXT, "labels on a tile (WCAG 2.2, 1.4.3)"),
    pair(Paint::Accent, Paint::Tile, TEXT, "numbers and links on a tile (WCAG 2.2, 1.4.3)"),
    pair(Paint::Rule, Paint::Paper, MARK, "the zero line of a chart (WCAG 2.2, 1.4.11)"),
    pair(Paint::Category(0), Paint::Paper, MARK, "marks of a chart (WCAG 2.2, 1.4.11)"),
    pair(Paint::Category(1), Paint::Paper, MARK, "marks of a chart (WCAG 2.2, 1.4.11)"),
    pair(Paint::Category(2), Paint::Paper, MARK, "marks of a chart (WCAG 2.2, 1.4.11)"),
    pair(Paint::Category(3), Paint::Paper, MARK, "marks of a chart (WCAG 2.2, 1.4.11)"),
    pair(Paint::Category(1), Paint::Category(0), MARK, "neighbours in a chart (WCAG 2.2, 1.4.11)"),
    pair(Paint::Category(2), Paint::Category(1), MARK, "neighbours in a chart (WCAG 2.2, 1.4.11)"),
    pair(Paint::Category(3), Paint::Category(2), MARK, "neighbours in a chart (WCAG 2.2, 1.4.11)"),
];

impl Paint {
    pub fn of(self, theme: &Theme) -> [u8; 3] {
        match self {
            Paint::Paper => [255; 3],
            Paint::Text => theme.text,
            Paint::Muted => theme.muted,
            Paint::Accent => theme.accent,
            Paint::Rule => theme.rule,
            Paint::Tile => theme.tile,
            Paint::Category(n) => theme.category.get(n).copied().unwrap_or(theme.accent),
        }
    }

    /// Its name in a message.
    pub fn name(self) -> String {
        match self {
            Paint::Paper => "white paper".to_owned(),
            Paint::Category(n) => format!("category {}", n + 1),
            Paint::Text => "`text`".to_owned(),
            Paint::Muted => "`muted`".to_owned(),
            Paint::Accent => "`accent`".to_owned(),
            Paint::Rule => "`rule`".to_owned(),
            Paint::Tile => "`tile`".to_owned(),
        }
    }
}

/// The nearest shade of `paint` that passes in every pair it is part of, with all other colours unchanged.
pub(super) fn mended(paint: Paint, theme: &Theme) -> Option<[u8; 3]> {
    let of = |other: Paint, shade: [u8; 3]| if other == paint { shade } else { other.of(theme) };
    nearest(paint.of(theme), |shade| {
        let mut pairs = PAIRS.iter().filter(|pair| pair.ink == paint || pair.ground == paint);
        pairs.all(|pair| ratio(of(pair.ink, shade), of(pair.ground, shade)) >= pair.needs)
    })
}

/// The nearest shade of a colour that passes: the colour itself, or the smallest step darker or lighter, darker first.
pub(super) fn nearest(color: [u8; 3], passes: impl Fn([u8; 3]) -> bool) -> Option<[u8; 3]> {
    let part = |value: u8, step: u16| (u16::from(value) * step / 255) as u8;
    (0..=255u16).find_map(|step| {
        let darker = color.map(|value| part(value, 255 - step));
        let lighter = color.map(|value| value + part(255 - value, step));
        [darker, lighter].into_iter().find(|shade| passes(*shade))
    })
}

/// The lightest shade of a colour that passes; the colour itself if none does.
pub(super) fn lightest(color: [u8; 3], passes: impl Fn([u8; 3]) -> bool) -> [u8; 3] {
    let lighter = |step: u16| color.map(|value| value + (u16::from(255 - value) * step / 255) as u8);
    (0..=255u16).rev().map(lighter).find(|shade| passes(*shade)).unwrap_or(color)
}

/// The contrast ratio of two colours (WCAG 2.2, "contrast ratio"): from 1 to 21, whichever is the ink.
pub(super) fn ratio(a: [u8; 3], b: [u8; 3]) -> f32 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Relative luminance (WCAG 2.2, "relative luminance") of an sRGB colour.
fn luminance(color: [u8; 3]) -> f32 {
    let [r, g, b] = color.map(|value| LINEAR.get(usize::from(value)).copied().unwrap_or_default());
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// The linear value of each sRGB value. Shades are searched for by the hundred.
static LINEAR: LazyLock<[f32; 256]> = LazyLock::new(|| {
    std::array::from_fn(|value| {
        let part = value as f32 / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    })
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_those_of_the_standard() {
        assert!((ratio([0; 3], [255; 3]) - 21.0).abs() < 0.001);
        assert_eq!(ratio([9, 9, 9], [9, 9, 9]), 1.0);
        // The grey that is known for just passing, and the one beside it.
        assert!(ratio([0x76; 3], [255; 3]) >= TEXT && ratio([0x77; 3], [255; 3]) < TEXT);
        assert!(ratio([0x94; 3], [255; 3]) >= MARK && ratio([0x95; 3], [255; 3]) < MARK);
    }

    #[test]
    fn every_pair_of_the_shipped_theme_passes() {
        let theme = Theme::default();
        for pair in &PAIRS {
            let found = ratio(pair.ink.of(&theme), pair.ground.of(&theme));
            assert!(found >= pair.needs, "{} on {}: {found}", pair.ink.name(), pair.ground.name());
        }
    }

    #[test]
    fn text_and_arrows_in_a_categorys_colour_are_made_legible() {
        let theme = Theme::default();
        for color in theme.category {
            assert!(ratio(Theme::legible_text(color, [255; 3]), [255; 3]) >= TEXT);
            assert!(ratio(Theme::legible_mark(color, theme.tile), theme.tile) >= MARK);
        }
        // Orange and green are bright enough for bars, not for letters; the others stay.
        let changed = theme.category.map(|color| Theme::legible_text(color, [255; 3]) != color);
        assert_eq!(changed, [false, true, false, true]);
        assert_eq!(nearest([0x77; 3], |shade| ratio(shade, [255; 3]) >= TEXT), Some([0x76; 3]));
        assert_eq!(nearest([0x77; 3], |_| false), None);
    }
}

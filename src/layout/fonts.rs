//! The embedded fonts. Nothing of them is touched before the first brief is laid out: an idle daemon pays nothing.

use std::sync::LazyLock;

use parley::{
    FontContext,
    fontique::{Blob, Collection, CollectionOptions, SourceCache},
};
use skrifa::{
    FontRef, GlyphId, MetadataProvider,
    instance::{LocationRef, Size},
};

/// A face of the two families.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Face {
    /// IBM Plex Sans Regular
    PlexRegular,
    /// IBM Plex Sans SemiBold
    PlexSemiBold,
    /// IBM Plex Sans Italic
    PlexItalic,
    /// Noto Sans SC Regular
    HanRegular,
    /// Noto Sans SC Bold
    HanBold,
}

impl Face {
    /// Every face, in the order of `Fonts::faces`.
    pub const ALL: [Face; 5] =
        [Face::PlexRegular, Face::PlexSemiBold, Face::PlexItalic, Face::HanRegular, Face::HanBold];

    /// Its PostScript name.
    pub const fn name(self) -> &'static str {
        match self {
            Face::PlexRegular => "IBMPlexSans-Regular",
            Face::PlexSemiBold => "IBMPlexSans-SemiBold",
            Face::PlexItalic => "IBMPlexSans-Italic",
            Face::HanRegular => "NotoSansSC-Regular",
            Face::HanBold => "NotoSansSC-Bold",
        }
    }

    /// Its weight as OpenType counts it.
    pub const fn weight(self) -> u16 {
        match self {
            Face::PlexRegular | Face::PlexItalic | Face::HanRegular => 400,
            Face::PlexSemiBold => 600,
            Face::HanBold => 700,
        }
    }

    /// Does it slant?
    pub const fn is_italic(self) -> bool {
        matches!(self, Face::PlexItalic)
    }

    /// The whole font file (TrueType outlines).
    pub const fn bytes(self) -> &'static [u8] {
        match self {
            Face::PlexRegular => include_bytes!("../../fonts/IBMPlexSans-Regular.ttf"),
            Face::PlexSemiBold => include_bytes!("../../fonts/IBMPlexSans-SemiBold.ttf"),
            Face::PlexItalic => include_bytes!("../../fonts/IBMPlexSans-Italic.ttf"),
            Face::HanRegular => include_bytes!("../../fonts/NotoSansSC-Regular.ttf"),
            Face::HanBold => include_bytes!("../../fonts/NotoSansSC-Bold.ttf"),
        }
    }
}

/// What is known of a face. Lengths are in font units.
#[derive(Debug)]
pub struct Metrics {
    /// Font units in an em.
    pub units: u16,
    /// Above the baseline.
    pub ascent: i16,
    /// Below it, negative.
    pub descent: i16,
    /// Left, bottom, right, top of all glyphs.
    pub bounds: [i16; 4],
    /// Advance of each glyph, by number.
    pub advances: Vec<u16>,
    /// The glyph of the hyphen.
    pub hyphen: u16,
}

impl Metrics {
    /// The advance of a glyph; 0 if there is no such glyph.
    pub fn advance(&self, glyph: u16) -> u16 {
        self.advances.get(usize::from(glyph)).copied().unwrap_or(0)
    }
}

/// The faces, read once.
pub struct Fonts {
    metrics: Vec<Metrics>,
    blobs: Vec<Blob<u8>>,
    context: FontContext,
}

static FONTS: LazyLock<Fonts> = LazyLock::new(Fonts::read);

impl Fonts {
    /// The embedded fonts; the first call reads them (some milliseconds).
    pub fn load() -> &'static Fonts {
        &FONTS
    }

    fn read() -> Fonts {
        let options = CollectionOptions { shared: false, system_fonts: false };
        let mut context =
            FontContext { collection: Collection::new(options), source_cache: SourceCache::default() };
        let mut metrics = Vec::new();
        let mut blobs = Vec::new();
        for face in Face::ALL {
            let blob = Blob::new(std::sync::Arc::new(face.bytes()));
            context.collection.register_fonts(blob.clone(), None);
            blobs.push(blob);
            metrics.push(read_metrics(face));
        }
        Fonts { metrics, blobs, context }
    }

    /// A font collection of one's own for shaping; cheap.
    pub fn context(&self) -> FontContext {
        self.context.clone()
    }

    /// What is known of `face`.
    #[expect(clippy::indexing_slicing, reason = "one entry a face, pushed in the order of Face::ALL")]
    pub fn metrics(&self, face: Face) -> &Metrics {
        &self.metrics[face as usize]
    }

    /// Which face has the font data with this id.
    pub fn face(&self, blob: u64) -> Option<Face> {
        Face::ALL.into_iter().zip(&self.blobs).find(|(_, known)| known.id() == blob).map(|(face, _)| face)
    }
}

fn read_metrics(face: Face) -> Metrics {
    #[expect(clippy::expect_used, reason = "the fonts are part of the program, and a test reads each of them")]
    let font = FontRef::new(face.bytes()).expect("an embedded font is whole");
    let glyphs = font.glyph_metrics(Size::unscaled(), LocationRef::default());
    let all = font.metrics(Size::unscaled(), LocationRef::default());
    let bounds = all.bounds.map_or([0; 4], |b| [b.x_min, b.y_min, b.x_max, b.y_max].map(|v| v as i16));
    let hyphen = font.charmap().map('\u{2010}').or_else(|| font.charmap().map('-')).map_or(0, GlyphId::to_u32);
    Metrics {
        units: all.units_per_em,
        ascent: all.ascent as i16,
        descent: all.descent as i16,
        bounds,
        advances: (0..glyphs.glyph_count())
            .map(|glyph| glyphs.advance_width(GlyphId::new(glyph)).unwrap_or(0.0) as u16)
            .collect(),
        hyphen: hyphen as u16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_face_is_whole_and_holds_rare_names() {
        let fonts = Fonts::load();
        for face in Face::ALL {
            let metrics = fonts.metrics(face);
            assert_eq!(metrics.units, 1000);
            assert!(metrics.hyphen > 0 && metrics.advance(metrics.hyphen) > 0, "{face:?}");
        }
        for face in [Face::HanRegular, Face::HanBold] {
            let font = FontRef::new(face.bytes()).unwrap();
            let table = include_str!("../../fonts/general-standard-characters.txt");
            let missing: Vec<char> =
                table.chars().filter(|c| *c != '\n').filter(|c| font.charmap().map(*c).is_none()).collect();
            assert!(missing.is_empty(), "{face:?} lacks {missing:?}");
            assert!(['喆', '堃'].into_iter().all(|c| font.charmap().map(c).is_some()));
        }
    }
}

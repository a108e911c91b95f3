//! The faces that briefs are set in, embedded in the program, with their metrics. System fonts are never used: the same
//! text gives the same glyphs on every machine.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use parley::{
    FontContext,
    fontique::{Blob, Collection, CollectionOptions},
};
use ring::digest::{Context, SHA256};
use skrifa::{
    FontRef, MetadataProvider,
    instance::{LocationRef, Size},
};

use crate::document::brief::Family;

/// A face with its metrics. All shipped faces have 1,000 units per em.
pub struct Face {
    /// Its PostScript name.
    pub name: &'static str,
    /// The whole font file.
    pub bytes: &'static [u8],
    /// Advances by glyph id, in units.
    pub advances: Vec<u16>,
    /// The glyph drawn where a word is broken; its text is U+00AD, so that copied words join again.
    pub hyphen: u16,
    /// The glyph of the space. Without an advance it stands for a character that the shaper hides, such as a joiner.
    pub space: u16,
    /// 400 or 600 or 700
    pub weight: u16,
    /// Units above the baseline.
    pub ascent: i16,
    /// Units below it, negative.
    pub descent: i16,
    /// x min, y min, x max, y max
    pub bounds: [i16; 4],
    /// Slanted.
    pub italic: bool,
}

/// All faces.
pub struct Fonts {
    /// In a fixed order.
    pub faces: Vec<Face>,
    /// The characters of Plex and of Noto; all faces of a family have the same.
    characters: [CharacterSet; 2],
    pub(super) by_blob: HashMap<u64, usize>,
    pub(super) context: FontContext,
}

impl Fonts {
    /// Whether any face has this character.
    pub(super) fn has(&self, c: char) -> bool {
        self.characters.iter().any(|characters| characters.has(c))
    }

    /// Whether the faces of a family have this character.
    pub(super) fn family_has(&self, family: Family, c: char) -> bool {
        let [plex, noto] = &self.characters;
        match family {
            Family::Plex => plex.has(c),
            Family::Noto => noto.has(c),
        }
    }
}

/// A set of characters: a bit for each.
#[derive(Default)]
struct CharacterSet(Vec<u64>);

impl CharacterSet {
    fn insert(&mut self, code: u32) {
        let word = (code / 64) as usize;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(word) = self.0.get_mut(word) {
            *word |= 1 << (code % 64);
        }
    }

    fn has(&self, c: char) -> bool {
        let code = u32::from(c);
        self.0.get((code / 64) as usize).is_some_and(|word| word >> (code % 64) & 1 == 1)
    }
}

const FILES: [(&str, u16, bool, &[u8]); 5] = [
    ("IBMPlexSans-Regular", 400, false, include_bytes!("../../../fonts/IBMPlexSans-Regular.ttf")),
    ("IBMPlexSans-SemiBold", 600, false, include_bytes!("../../../fonts/IBMPlexSans-SemiBold.ttf")),
    ("IBMPlexSans-Italic", 400, true, include_bytes!("../../../fonts/IBMPlexSans-Italic.ttf")),
    ("NotoSansSC-Regular", 400, false, include_bytes!("../../../fonts/NotoSansSC-Regular.ttf")),
    ("NotoSansSC-Bold", 700, false, include_bytes!("../../../fonts/NotoSansSC-Bold.ttf")),
];

static FONTS: LazyLock<Fonts> = LazyLock::new(load);

/// The faces, read at the first call.
pub fn fonts() -> &'static Fonts {
    &FONTS
}

/// The SHA-256 of the fonts in lower-case hex: of each face its name, its length and its bytes.
pub fn sha256() -> &'static str {
    static KEY: LazyLock<String> = LazyLock::new(|| {
        let mut digest = Context::new(&SHA256);
        for (name, _, _, bytes) in FILES {
            digest.update(format!("{name} {}\n", bytes.len()).as_bytes());
            digest.update(bytes);
        }
        digest.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    });
    &KEY
}

fn load() -> Fonts {
    let options = CollectionOptions { shared: false, system_fonts: false };
    let mut context = FontContext { collection: Collection::new(options), source_cache: Default::default() };
    let (mut faces, mut by_blob) = (Vec::new(), HashMap::new());
    let [mut plex, mut noto] = [CharacterSet::default(), CharacterSet::default()];
    for (name, weight, italic, bytes) in FILES {
        let blob = Blob::new(Arc::new(bytes));
        by_blob.insert(blob.id(), faces.len());
        context.collection.register_fonts(blob, None);
        // A shipped file that cannot be read is left out; a test makes sure that all can be.
        let Ok(font) = FontRef::new(bytes) else { continue };
        let glyphs = font.glyph_metrics(Size::unscaled(), LocationRef::default());
        let metrics = font.metrics(Size::unscaled(), LocationRef::default());
        let advances = (0..glyphs.glyph_count())
            .map(|id| glyphs.advance_width(skrifa::GlyphId::new(id)).unwrap_or(0.0) as u16)
            .collect();
        let charmap = font.charmap();
        let family = if name.starts_with("Noto") { &mut noto } else { &mut plex };
        charmap.mappings().for_each(|(code, _)| family.insert(code));
        // Plex has a hyphen of its own beside the hyphen-minus; Noto's is full-width. Neither draws U+00AD.
        let narrow = |id: &skrifa::GlyphId| glyphs.advance_width(*id).is_some_and(|advance| advance < 600.0);
        let hyphen = charmap.map('\u{2010}').filter(narrow).or_else(|| charmap.map('-'));
        let hyphen = hyphen.map_or(0, |id| id.to_u32() as u16);
        let space = charmap.map(' ').map_or(0, |id| id.to_u32() as u16);
        let bounds =
            metrics.bounds.map_or([0; 4], |b| [b.x_min as i16, b.y_min as i16, b.x_max as i16, b.y_max as i16]);
        let (ascent, descent) = (metrics.ascent as i16, metrics.descent as i16);
        faces.push(Face { name, bytes, advances, hyphen, space, weight, ascent, descent, bounds, italic });
    }
    Fonts { faces, characters: [plex, noto], by_blob, context }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_face_is_whole_and_holds_rare_names() {
        assert_eq!(fonts().faces.len(), FILES.len());
        for face in &fonts().faces {
            let font = FontRef::new(face.bytes).unwrap();
            assert_eq!(font.metrics(Size::unscaled(), LocationRef::default()).units_per_em, 1000);
            let family = if face.name.starts_with("Noto") { Family::Noto } else { Family::Plex };
            let differs = |c: &char| font.charmap().map(*c).is_some() != fonts().family_has(family, *c);
            assert_eq!(('\0'..='\u{2ffff}').find(differs), None, "{}", face.name);
            assert!(face.hyphen > 0 && face.advances[usize::from(face.hyphen)] > 0, "{}", face.name);
            if face.name.starts_with("Noto") {
                let table = include_str!("../../../fonts/general-standard-characters.txt");
                let lacks = table.chars().filter(|c| *c != '\n' && font.charmap().map(*c).is_none());
                assert_eq!(lacks.collect::<String>(), "", "{}", face.name);
                assert_eq!(table.chars().filter(|c| *c != '\n').count(), 8105);
            }
        }
    }
}

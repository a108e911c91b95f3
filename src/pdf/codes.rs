//! The codes by which text names the glyphs of a face. A glyph that stands for different text in different places (`·`
//! and `•` are one in Noto Sans SC, and so are the blank and the one that does not break) has a code for each, so that
//! ToUnicode says the right one. `/ActualText` could say it too, but not every reader looks there (pdf.js does not).

use std::collections::BTreeMap;

use lopdf::{Document as File, Object, Stream};
use printpdf::FontId;

use crate::layout::fonts::Face;

/// What of a face is used.
pub(super) struct Used {
    pub remapper: subsetter::GlyphRemapper,
    /// By glyph of the subset: what it stands for, with the code for it.
    codes: BTreeMap<u16, Vec<(String, u16)>>,
    /// By code: the glyph of the subset.
    glyphs: Vec<u16>,
}

impl Default for Used {
    fn default() -> Self {
        // Code 0 is the glyph for what is missing.
        Used { remapper: subsetter::GlyphRemapper::new(), codes: BTreeMap::new(), glyphs: vec![0] }
    }
}

impl Used {
    pub fn is_used(&self) -> bool {
        !self.codes.is_empty()
    }

    /// The code for a glyph of the whole font that stands for this text.
    pub fn code(&mut self, glyph: u16, text: &str) -> u16 {
        let glyph = self.remapper.remap(glyph);
        let codes = self.codes.entry(glyph).or_default();
        if let Some((_, code)) = codes.iter().find(|(known, _)| known == text) {
            return *code;
        }
        match (u16::try_from(self.glyphs.len()), codes.first()) {
            // There are no more codes: better another text than another glyph.
            (Err(_), first) => first.map_or(0, |(_, code)| *code),
            (Ok(code), _) => {
                self.glyphs.push(glyph);
                codes.push((text.to_owned(), code));
                code
            }
        }
    }

    /// By code: how far the pen goes, in thousandths of an em.
    pub fn widths(&self, face: &Face) -> BTreeMap<u16, u16> {
        let whole: Vec<u16> = self.remapper.remapped_gids().collect();
        let advance = |glyph: u16| face.advances.get(usize::from(*whole.get(usize::from(glyph))?)).copied();
        (0..).zip(&self.glyphs).map(|(code, glyph)| (code, advance(*glyph).unwrap_or(0))).collect()
    }

    /// The glyph of each code, two bytes each (ISO 32000-1, 9.7.4.2); nothing where codes are glyphs.
    fn map(&self) -> Option<Vec<u8>> {
        let same = (0..).zip(&self.glyphs).all(|(code, glyph): (u16, _)| code == *glyph);
        (!same).then(|| self.glyphs.iter().flat_map(|glyph| glyph.to_be_bytes()).collect())
    }
}

/// printpdf writes that codes are glyphs; where they are not, the map takes its place.
pub(super) fn add_maps(file: &mut File, ids: &[FontId], used: &[Used]) {
    for (id, map) in ids.iter().zip(used).filter_map(|(id, used)| Some((id, used.map()?))) {
        let map = file.add_object(Stream::new(lopdf::Dictionary::new(), map));
        let font = file.objects.values_mut().filter_map(|object| object.as_dict_mut().ok()).find(|font| {
            font.has(b"DescendantFonts")
                && font.get(b"BaseFont").and_then(Object::as_name).ok() == Some(id.0.as_bytes())
        });
        let below = font.and_then(|font| font.get_mut(b"DescendantFonts").and_then(Object::as_array_mut).ok());
        if let Some(Object::Dictionary(below)) = below.and_then(|below| below.first_mut()) {
            below.set("CIDToGIDMap", map);
        }
    }
}

//! The codes by which text names the glyphs of a face. A glyph that stands for different text in different places (`·`
//! and `•` are one in Noto Sans SC, and so are the blank and the one that does not break) has a code for each, so that
//! ToUnicode says the right one. `/ActualText` could say it too, but not every reader looks there (pdf.js does not).

use std::{borrow::Cow, collections::BTreeMap};

use lopdf::{Document as File, Object, Stream};

use crate::document::layout::fonts::Face;

/// The codes of a face used so far.
pub(super) struct CharacterCodes<'a> {
    pub remapper: subsetter::GlyphRemapper,
    /// By glyph of the whole font: its first code, 0 if it is not used
    first: Vec<u16>,
    /// By code, from 1
    known: Vec<Code<'a>>,
}

/// A code: its number is its place.
struct Code<'a> {
    /// Its glyph in the subset
    glyph: u16,
    /// The text that it stands for
    text: Cow<'a, str>,
    /// The next code of the same glyph, 0 if there is none
    next: u16,
}

impl<'a> CharacterCodes<'a> {
    pub fn new(face: &Face) -> CharacterCodes<'a> {
        CharacterCodes {
            remapper: subsetter::GlyphRemapper::new(),
            first: vec![0; face.advances.len()],
            known: Vec::new(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    fn known(&self, code: u16) -> Option<&Code<'a>> {
        self.known.get(usize::from(code).checked_sub(1)?)
    }

    /// Returns the code of a glyph of the whole font that stands for this text, or `None` if the face has no such glyph.
    pub fn code(&mut self, glyph: u16, text: Cow<'a, str>) -> Option<u16> {
        let first = *self.first.get(usize::from(glyph))?;
        let (mut last, mut next) = (0, first);
        while let Some(code) = self.known(next) {
            if code.text == text {
                return Some(next);
            }
            (last, next) = (next, code.next);
        }
        // If all codes are taken, another text is better than another glyph.
        let Some(number) = u16::try_from(self.known.len() + 1).ok() else { return Some(first) };
        self.known.push(Code { glyph: self.remapper.remap(glyph), text, next: 0 });
        match usize::from(last).checked_sub(1).and_then(|last| self.known.get_mut(last)) {
            Some(last) => last.next = number,
            None => *self.first.get_mut(usize::from(glyph))? = number,
        }
        Some(number)
    }

    /// Each code with its text.
    pub fn texts(&self) -> impl Iterator<Item = (u16, &str)> {
        (1..).zip(self.known.iter().map(|code| &*code.text))
    }

    /// The advances by code, 0 included, in thousandths of an em.
    pub fn widths(&self, face: &Face) -> BTreeMap<u16, u16> {
        let whole: Vec<u16> = self.remapper.remapped_gids().collect();
        let advance = |glyph: u16| face.advances.get(usize::from(*whole.get(usize::from(glyph))?)).copied();
        (0..).zip(self.glyphs()).map(|(code, glyph)| (code, advance(glyph).unwrap_or(0))).collect()
    }

    /// The glyphs of the subset by code. Code 0 is the glyph for missing characters.
    fn glyphs(&self) -> impl Iterator<Item = u16> {
        std::iter::once(0).chain(self.known.iter().map(|code| code.glyph))
    }

    /// The CIDToGIDMap, two bytes for each code (ISO 32000-1, 9.7.4.2). `None` if codes are glyphs.
    pub fn map(&self) -> Option<Vec<u8>> {
        let same = (0..).zip(self.glyphs()).all(|(code, glyph): (u16, _)| code == glyph);
        (!same).then(|| self.glyphs().flat_map(u16::to_be_bytes).collect())
    }
}

/// Sets the map of each font, by its name, whose codes are not its glyphs; printpdf writes that they are.
pub(super) fn set_cid_to_gid_maps(file: &mut File, maps: impl IntoIterator<Item = (String, Vec<u8>)>) {
    for (name, map) in maps {
        let map = file.add_object(Stream::new(lopdf::Dictionary::new(), map));
        let font = file.objects.values_mut().filter_map(|object| object.as_dict_mut().ok()).find(|font| {
            font.has(b"DescendantFonts")
                && font.get(b"BaseFont").and_then(Object::as_name).ok() == Some(name.as_bytes())
        });
        let below = font.and_then(|font| font.get_mut(b"DescendantFonts").and_then(Object::as_array_mut).ok());
        if let Some(Object::Dictionary(below)) = below.and_then(|below| below.first_mut()) {
            below.set("CIDToGIDMap", map);
        }
    }
}

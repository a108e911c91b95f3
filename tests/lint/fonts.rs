//! Fonts: each is embedded as a subset and addressed by glyph, and every glyph that is used says which text it stands
//! for (ISO 14289-1, 7.21).

use std::collections::BTreeMap;

use lopdf::{Dictionary, Document, Encoding, Object};

use super::{Findings, entry};

/// A font with the glyphs that are used.
pub struct Font<'a> {
    dictionary: &'a Dictionary,
    encoding: Option<Encoding<'a>>,
    /// Glyph codes, and the first page that uses each.
    pub used: BTreeMap<u16, usize>,
}

/// The fonts by their names, which no two fonts of a file share.
pub type Fonts<'a> = BTreeMap<String, Font<'a>>;

impl Font<'_> {
    /// Returns the text that ToUnicode gives a glyph.
    pub fn text(&self, code: u16) -> Option<String> {
        match &self.encoding {
            Some(Encoding::UnicodeMapEncoding(map)) => {
                map.get(u32::from(code), 2).map(|units| String::from_utf16_lossy(&units))
            }
            _ => None,
        }
    }
}

/// Returns the name of a font and adds it to `fonts`.
pub fn font<'a>(file: &'a Document, dictionary: &'a Dictionary, fonts: &mut Fonts<'a>) -> String {
    let name = dictionary.get(b"BaseFont").and_then(Object::as_name).unwrap_or(b"without a name");
    let name = String::from_utf8_lossy(name).into_owned();
    fonts.entry(name.clone()).or_insert_with(|| Font {
        dictionary,
        encoding: dictionary.has(b"ToUnicode").then(|| dictionary.get_font_encoding(file).ok()).flatten(),
        used: BTreeMap::new(),
    });
    name
}

pub fn check(file: &Document, fonts: &Fonts<'_>, findings: &mut Findings) {
    for (name, font) in fonts {
        let page = font.used.values().min().copied();
        let is = |key: &[u8], wanted: &[u8]| font.dictionary.get(key).and_then(Object::as_name).ok() == Some(wanted);
        if !is(b"Subtype", b"Type0") || !is(b"Encoding", b"Identity-H") {
            findings.add(page, "font", format!("{name} is not addressed by glyph (Type0 with Identity-H)"));
        }
        if !embedded(file, font.dictionary) {
            findings.add(page, "font", format!("{name} is not embedded"));
        }
        let tag = name.split_once('+').map_or("", |(tag, _)| tag);
        if tag.len() != 6 || !tag.bytes().all(|byte| byte.is_ascii_uppercase()) {
            findings.add(page, "font", format!("{name} has no name of a subset"));
        }
        if let Some(page) = font.used.get(&0) {
            findings.add(*page, "font", format!("{name} paints .notdef, the glyph for what it does not have"));
        }
        if font.encoding.is_none() {
            findings.add(page, "font", format!("{name} has no ToUnicode"));
            continue;
        }
        let silent = |code: u16| font.text(code).is_none_or(|text| text.is_empty() || text.contains(says_nothing));
        for (code, page) in font.used.iter().filter(|(code, _)| **code != 0 && silent(**code)) {
            findings.add(*page, "font", format!("glyph {code} of {name} stands for no text"));
        }
    }
}

/// Returns whether a character is none that ToUnicode may name (ISO 14289-1, 7.21.7), or one for private use.
fn says_nothing(c: char) -> bool {
    matches!(c, '\0' | '\u{feff}' | '\u{fffe}' | '\u{fffd}' | '\u{e000}'..='\u{f8ff}')
}

fn embedded(file: &Document, font: &Dictionary) -> bool {
    let below = entry(file, font, b"DescendantFonts").and_then(|fonts| fonts.as_array().ok()?.first());
    let below = below.and_then(|font| file.dereference(font).ok()?.1.as_dict().ok()).unwrap_or(font);
    file.get_dict_in_dict(below, b"FontDescriptor").is_ok_and(|descriptor| {
        [b"FontFile".as_slice(), b"FontFile2", b"FontFile3"]
            .iter()
            .any(|key| entry(file, descriptor, key).is_some_and(|program| program.as_stream().is_ok()))
    })
}

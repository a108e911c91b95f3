//! Paragraphs that were set lately, kept to be placed again: a chart is measured before it is placed, the heads of a
//! table stand on each page, and the variants of a brief share nearly all of their text. What is kept was set from
//! exactly the same text, spans and setting, so a brief is the same with it and without.

use std::{collections::HashMap, mem};

use foldhash::fast::RandomState;

use super::text::{Paragraph, Setting, Span};
use crate::{base::language::Language, document::brief::Family};

/// At most so many glyphs are kept twice over: with half as many, three languages of a brief of five pages were set anew.
const MOST_GLYPHS: usize = 100_000;

/// All that a paragraph depends on. Numbers by their bits.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Key {
    text: String,
    spans: Vec<(usize, usize, u16, [bool; 3])>,
    numbers: [u32; 3],
    flags: [bool; 4],
    language: Language,
}

impl Key {
    pub fn new(text: &str, spans: &[Span], setting: &Setting, language: Language) -> Key {
        let Setting { size, strong, width, leading, hyphenate, right, family } = setting;
        let span = |span: &Span| {
            let Span { range, mark, strong, italic } = span;
            (range.start, range.end, mark.link, [mark.cite, *strong, *italic])
        };
        Key {
            text: text.to_owned(),
            spans: spans.iter().map(span).collect(),
            numbers: [size, width, leading].map(|number| number.to_bits()),
            flags: [*strong, *hyphenate, *right, *family == Family::Noto],
            language,
        }
    }
}

/// Two generations: when the younger one is full, it becomes the older, and what was older is dropped. What is asked
/// for moves to the younger one.
#[derive(Default)]
pub(super) struct Kept {
    young: HashMap<Key, Paragraph, RandomState>,
    old: HashMap<Key, Paragraph, RandomState>,
    glyphs: usize,
}

impl Kept {
    pub fn get(&mut self, key: &Key) -> Option<Paragraph> {
        if let Some(found) = self.young.get(key) {
            return Some(found.clone());
        }
        let (key, found) = self.old.remove_entry(key)?;
        let again = found.clone();
        self.keep(key, found);
        Some(again)
    }

    pub fn keep(&mut self, key: Key, paragraph: Paragraph) {
        let runs = paragraph.lines.iter().flat_map(|line| &line.runs);
        // What is around the glyphs counts as some more of them.
        self.glyphs += 16 + runs.map(|run| run.glyphs.len() + 4).sum::<usize>();
        if self.glyphs > MOST_GLYPHS {
            self.glyphs = 0;
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(key, paragraph);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn key(text: &str) -> Key {
        let family = Family::Plex;
        let setting =
            Setting { size: 9.0, strong: false, width: 80.0, leading: 1.4, hyphenate: true, right: false, family };
        Key::new(text, &[], &setting, Language::En)
    }

    fn paragraph(text: &str) -> Paragraph {
        Paragraph { lines: Vec::new(), text: Arc::from(text), width: 1.0 }
    }

    #[test]
    fn what_is_asked_for_stays_and_the_rest_is_dropped() {
        let mut kept = Kept::default();
        for n in 0..20_000 {
            kept.keep(key(&n.to_string()), paragraph(&n.to_string()));
            if n > 0 {
                assert_eq!(&*kept.get(&key("0")).unwrap().text, "0", "after {n}");
            }
        }
        assert!(kept.get(&key("1")).is_none());
        assert!(kept.young.len() + kept.old.len() <= 2 * MOST_GLYPHS / 16);
        assert!(kept.get(&key("19999")).is_some());
        let other = Key { language: Language::De, ..key("19999") };
        assert!(kept.get(&other).is_none());
    }
}

//! Recently set paragraphs, to be placed again without setting them: a chart is measured before it is placed, the heads
//! of a table stand on each page, and the variants of a brief share nearly all of their text. A paragraph is found only
//! by exactly the same text, spans and style, so a brief is the same with the cache and without.

use std::{collections::HashMap, mem};

use foldhash::fast::RandomState;

use super::paragraph::{Markup, Paragraph, ParagraphStyle, Span};
use crate::{base::language::Language, document::brief::Family};

/// Maximum number of glyphs in each of the two generations. With half as many, a brief of five pages in three languages
/// did not fit.
const MAX_GLYPHS: usize = 100_000;

/// Everything that a paragraph depends on; numbers by their bits.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct CacheKey {
    text: String,
    spans: Vec<(usize, usize, Markup, [bool; 2])>,
    numbers: [u32; 3],
    flags: [bool; 5],
    language: Language,
    /// The names in which no word is broken.
    names: u64,
}

impl CacheKey {
    pub fn new(text: &str, spans: &[Span], style: &ParagraphStyle, (language, names): (Language, u64)) -> CacheKey {
        let ParagraphStyle { size, strong, width, leading, hyphenate, right, justify, family } = style;
        let span = |span: &Span| {
            let Span { range, markup, strong, italic } = span;
            (range.start, range.end, *markup, [*strong, *italic])
        };
        CacheKey {
            text: text.to_owned(),
            spans: spans.iter().map(span).collect(),
            numbers: [size, width, leading].map(|number| number.to_bits()),
            flags: [*strong, *hyphenate, *right, *justify, *family == Family::Noto],
            language,
            names,
        }
    }
}

/// A cache of two generations. When the young one is full it becomes the old one, and the old one is dropped. A hit in
/// the old generation moves to the young one.
#[derive(Default)]
pub(super) struct ParagraphCache {
    young: HashMap<CacheKey, Paragraph, RandomState>,
    old: HashMap<CacheKey, Paragraph, RandomState>,
    glyphs: usize,
}

impl ParagraphCache {
    pub fn get(&mut self, key: &CacheKey) -> Option<Paragraph> {
        if let Some(found) = self.young.get(key) {
            return Some(found.clone());
        }
        let (key, found) = self.old.remove_entry(key)?;
        let again = found.clone();
        self.insert(key, found);
        Some(again)
    }

    pub fn insert(&mut self, key: CacheKey, paragraph: Paragraph) {
        let runs = paragraph.lines.iter().flat_map(|line| &line.runs);
        // The overhead of a paragraph and of each run, in glyphs.
        self.glyphs += 16 + runs.map(|run| run.glyphs.len() + 4).sum::<usize>();
        if self.glyphs > MAX_GLYPHS {
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

    fn key(text: &str) -> CacheKey {
        let family = Family::Plex;
        let style = ParagraphStyle {
            size: 9.0,
            strong: false,
            width: 80.0,
            leading: 1.4,
            hyphenate: true,
            right: false,
            justify: false,
            family,
        };
        CacheKey::new(text, &[], &style, (Language::En, 0))
    }

    fn paragraph(text: &str) -> Paragraph {
        Paragraph { lines: Vec::new(), text: Arc::from(text), width: 1.0 }
    }

    #[test]
    fn what_is_asked_for_stays_and_the_rest_is_dropped() {
        let mut cache = ParagraphCache::default();
        for n in 0..20_000 {
            cache.insert(key(&n.to_string()), paragraph(&n.to_string()));
            if n > 0 {
                assert_eq!(&*cache.get(&key("0")).unwrap().text, "0", "after {n}");
            }
        }
        assert!(cache.get(&key("1")).is_none());
        assert!(cache.young.len() + cache.old.len() <= 2 * MAX_GLYPHS / 16);
        assert!(cache.get(&key("19999")).is_some());
        let other = CacheKey { language: Language::De, ..key("19999") };
        assert!(cache.get(&other).is_none());
    }
}

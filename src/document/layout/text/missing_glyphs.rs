//! Characters that cannot be set: characters without a glyph in any shipped font, reported once each in one problem;
//! letters and marks that are in different fonts, so that neither shows both; and characters that a text must not contain.
//! Templates were checked before; this also sees names and titles from the store.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use super::{
    invisible::{is_invisible, is_visible},
    paragraph::Line,
};
use crate::{
    base::{
        characters::refusal,
        problem::{Problem, Problems},
    },
    document::{brief::Family, layout::fonts::Fonts},
};

/// Maximum number of characters that the problem names; a text in an unknown script has hundreds.
const MAX_NAMED: usize = 10;

#[derive(Default)]
pub(super) struct MissingGlyphs {
    characters: BTreeSet<char>,
    /// The words around the first of them.
    words: String,
    /// Letters and marks on them that are in no font together, each with the words around it.
    clusters: BTreeMap<(char, Option<char>), String>,
    refused: Problems,
    /// Number of times that a character could not be set.
    pub met: usize,
    /// The bytes noted in the text that is being set.
    noted: Vec<Range<usize>>,
}

impl MissingGlyphs {
    /// Notes the characters of `part`, which begins at byte `at` of `text` and could not be set: those that no font has; if
    /// there are none, all of them, which no font has together.
    pub fn note(&mut self, part: &str, text: &str, at: usize, fonts: &Fonts) {
        self.met += 1;
        self.noted.push(at..at + part.len());
        let before = self.characters.len();
        for c in part.chars().filter(|c| is_visible(*c) && !fonts.has(*c)) {
            if self.characters.is_empty() {
                self.words = around(text, at);
            }
            self.characters.insert(c);
        }
        let is_known = part.chars().any(|c| self.characters.contains(&c));
        let mut seen = part.chars().filter(|c| is_visible(*c));
        if self.characters.len() == before
            && !is_known
            && let Some(letter) = seen.next()
        {
            let together = |mark: &char| {
                [Family::Plex, Family::Noto]
                    .iter()
                    .any(|family| [letter, *mark].iter().all(|c| fonts.family_has(*family, *c)))
            };
            let marks: Vec<char> = seen.collect();
            let mark = marks.iter().find(|mark| !together(mark)).or(marks.first()).copied();
            self.clusters.entry((letter, mark)).or_insert_with(|| around(text, at));
        }
    }

    /// Notes whatever of a text is seen but belongs to no glyph of its lines: nothing is left out without a word.
    pub fn note_unset(&mut self, text: &str, lines: &[Line], fonts: &Fonts) {
        let runs = lines.iter().flat_map(|line| &line.runs).filter(|run| !run.hyphen);
        let mut glyphs: Vec<(usize, usize)> =
            runs.flat_map(|run| &run.glyphs).map(|glyph| (glyph.start, glyph.end)).collect();
        // What is read from the right stands in the order in which it is seen.
        if !glyphs.is_sorted() {
            glyphs.sort_unstable();
        }
        let mut at = 0;
        for (start, end) in glyphs.into_iter().chain([(text.len(), text.len())]) {
            let between = text.get(at..start).unwrap_or_default();
            for (inside, c) in between.char_indices().filter(|(_, c)| is_visible(*c)) {
                let begin = at + inside;
                if !self.noted.iter().any(|noted| noted.contains(&begin)) {
                    self.note(c.encode_utf8(&mut [0; 4]), text, begin, fonts);
                }
            }
            at = at.max(end);
        }
        self.noted.clear();
    }

    /// Notes the characters that a text must not contain.
    pub fn refuse(&mut self, text: &str) {
        for (at, c) in text.char_indices() {
            if let Some(refusal) = refusal(c) {
                self.met += 1;
                self.refused.push(Problem::error(refusal.what()).hint(format!("it stands in “{}”", around(text, at))));
            }
        }
    }

    /// Everything noted, as problems.
    pub fn problems(self) -> Problems {
        let mut problems = self.refused;
        for ((letter, mark), words) in self.clusters {
            let what = match mark {
                Some(mark) => format!("no shipped font has U+{:04X} together with {letter}", u32::from(mark)),
                None => format!("no shipped font shows {letter} (U+{:04X}) here", u32::from(letter)),
            };
            let problem = Problem::error(what).hint("a mark needs the font of the letter that it stands on: delete it");
            problems.push(problem.hint(format!("it stands in “{words}”")));
        }
        let named = |c: &char| format!("{c} (U+{:04X})", u32::from(*c));
        let characters: Vec<char> = self.characters.into_iter().collect();
        let what = match &characters[..] {
            [] => return problems,
            [one] => format!("no shipped font has the character {}", named(one)),
            many => {
                let first: Vec<String> = many.iter().take(MAX_NAMED).map(named).collect();
                let all = if many.len() > MAX_NAMED { format!(", … ({} in all)", many.len()) } else { String::new() };
                format!("no shipped font has the characters {}{all}", first.join(", "))
            }
        };
        let which = if characters.len() > 1 { "one of them" } else { "it" };
        problems.push(Problem::error(what).hint(format!("{which} stands in “{}”", self.words)));
        problems
    }
}

/// Returns some words around a byte, for a hint.
fn around(text: &str, at: usize) -> String {
    let before: Vec<char> = text.get(..at).unwrap_or_default().chars().rev().take(24).collect();
    let after = text.get(at..).unwrap_or_default().chars().take(25);
    before.into_iter().rev().chain(after).filter(|c| !is_invisible(*c)).collect()
}

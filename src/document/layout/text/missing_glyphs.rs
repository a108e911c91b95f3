//! Characters that cannot be set: characters without a glyph in any shipped font, reported once each in one problem, and
//! characters that a text must not contain. Templates were checked before; this also sees names and titles from the
//! store.

use std::collections::BTreeSet;

use super::invisible::is_invisible;
use crate::{
    base::{
        characters::refusal,
        problem::{Problem, Problems},
    },
    document::layout::fonts::Fonts,
};

/// Maximum number of characters that the problem names; a text in an unknown script has hundreds.
const MAX_NAMED: usize = 10;

#[derive(Default)]
pub(super) struct MissingGlyphs {
    characters: BTreeSet<char>,
    /// The words around the first of them.
    words: String,
    refused: Problems,
    /// Number of times that a character could not be set.
    pub met: usize,
}

impl MissingGlyphs {
    /// Notes the characters of `part`, which begins at byte `at` of `text`, that no font has.
    pub fn note(&mut self, part: &str, text: &str, at: usize, fonts: &Fonts) {
        for c in part.chars().filter(|c| !is_invisible(*c) && !fonts.has(*c)) {
            self.met += 1;
            if self.characters.is_empty() {
                self.words = around(text, at);
            }
            self.characters.insert(c);
        }
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

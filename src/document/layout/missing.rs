//! Characters that cannot be set: those that no shipped font has, each once and all in one problem, and those that a text
//! may not hold. What stands in a template was looked at before; this also sees names and titles from the store.

use std::collections::BTreeSet;

use super::{fonts::Fonts, text::is_unseen};
use crate::base::{
    characters::refusal,
    problem::{Problem, Problems},
};

/// So many are named; a text in an unknown script has hundreds.
const MOST_NAMED: usize = 10;

#[derive(Default)]
pub(super) struct Missing {
    characters: BTreeSet<char>,
    /// The words around the first.
    words: String,
    refused: Problems,
    /// How often a character was met that cannot be set
    pub met: usize,
}

impl Missing {
    /// Notes that a part of `text`, at byte `at`, has no glyph: a character with its marks.
    pub fn note(&mut self, part: &str, text: &str, at: usize, fonts: &Fonts) {
        for c in part.chars().filter(|c| !is_unseen(*c) && !fonts.has(*c)) {
            self.met += 1;
            if self.characters.is_empty() {
                self.words = around(text, at);
            }
            self.characters.insert(c);
        }
    }

    /// Notes characters that a text may not hold.
    pub fn refuse(&mut self, text: &str) {
        for (at, c) in text.char_indices() {
            if let Some(refusal) = refusal(c) {
                self.met += 1;
                self.refused.push(Problem::error(refusal.what()).hint(format!("it stands in “{}”", around(text, at))));
            }
        }
    }

    /// All of it as problems.
    pub fn problems(self) -> Problems {
        let mut problems = self.refused;
        let named = |c: &char| format!("{c} (U+{:04X})", u32::from(*c));
        let characters: Vec<char> = self.characters.into_iter().collect();
        let what = match &characters[..] {
            [] => return problems,
            [one] => format!("no shipped font has the character {}", named(one)),
            many => {
                let first: Vec<String> = many.iter().take(MOST_NAMED).map(named).collect();
                let all =
                    if many.len() > MOST_NAMED { format!(", … ({} in all)", many.len()) } else { String::new() };
                format!("no shipped font has the characters {}{all}", first.join(", "))
            }
        };
        let which = if characters.len() > 1 { "one of them" } else { "it" };
        problems.push(Problem::error(what).hint(format!("{which} stands in “{}”", self.words)));
        problems
    }
}

/// Some words around a byte, for a hint.
fn around(text: &str, at: usize) -> String {
    let before: Vec<char> = text.get(..at).unwrap_or_default().chars().rev().take(24).collect();
    let after = text.get(at..).unwrap_or_default().chars().take(25);
    before.into_iter().rev().chain(after).filter(|c| !is_unseen(*c)).collect()
}

//! Where a word may be broken at a line's end: soft hyphens put into words of English and German by their patterns.

use std::{collections::BTreeSet, ops::Range};

use hypher::{Lang, hyphenate_bounded};

use super::{invisible::SOFT_HYPHEN, line_breaks};
use crate::base::language::Language;

/// Minimum length in characters of a word that is broken: breaking a shorter one gains little and costs the reader more.
const MIN_LENGTH: usize = 7;

/// Minimum length in characters at which a paragraph's last word is broken too.
const MIN_LAST_LENGTH: usize = 14;

/// Names of companies, offices and places, in which no word is broken.
#[derive(Debug, Clone, Default, Hash)]
pub struct ProperNames {
    words: BTreeSet<String>,
    /// Those of several words.
    phrases: Vec<String>,
}

impl ProperNames {
    /// Names, each as it stands in a text.
    pub fn new(names: &[String]) -> ProperNames {
        let (words, phrases) =
            names.iter().cloned().partition::<Vec<_>, _>(|name| name.chars().all(char::is_alphabetic));
        ProperNames { words: words.into_iter().collect(), phrases }
    }

    /// Whether a word is a name, also in the genitive.
    fn has(&self, word: &str) -> bool {
        self.words.contains(word) || word.strip_suffix('s').is_some_and(|word| self.words.contains(word))
    }

    /// Where names of several words stand in a text.
    fn places(&self, text: &str) -> Vec<Range<usize>> {
        let found = self.phrases.iter().flat_map(|name| text.match_indices(name.as_str()));
        found.map(|(at, name)| at..at + name.len()).collect()
    }
}

/// Returns the bytes of `text` before which a soft hyphen may be put, in rising order. A word that already has one is
/// broken only there, and a name nowhere. Chinese has none.
pub(super) fn hyphens(text: &str, language: Language, names: &ProperNames) -> Vec<usize> {
    let mut hyphens = Vec::new();
    let patterns = match language {
        Language::En => Lang::English,
        Language::De => Lang::German,
        Language::Zh => return hyphens,
    };
    let places = names.places(text);
    let is_word = |c: char| c.is_alphabetic() || c == SOFT_HYPHEN;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = is_word(first);
        let end = rest.find(|c| is_word(c) != word).unwrap_or(rest.len());
        let start = text.len() - rest.len();
        let (part, after) = rest.split_at(end);
        let is_amount = (line_breaks::is_unit(part) && follows_number(text.get(..start).unwrap_or_default()))
            || (line_breaks::stands_before_numbers(part) && precedes_number(after));
        // Nor is a label behind which only the numbers of its sources stand: `Quel-len:[7]`.
        let is_label = after.starts_with(":\u{2060}");
        if word
            && !is_amount
            && !is_label
            && !is_end(text.get(..start).unwrap_or_default(), part, after)
            && may_break(part, language)
            && !names.has(part)
            && !places.iter().any(|place| place.contains(&start))
        {
            break_word(part, start, patterns, &mut hyphens);
        }
        rest = after;
    }
    hyphens
}

/// Returns whether a word may be broken. Names in capitals are not words, and a word with a soft hyphen was broken by its
/// author. In English a capital means a name or the first word of a sentence; in German every noun has one.
fn may_break(word: &str, language: Language) -> bool {
    word.chars().count() >= MIN_LENGTH
        && !word.contains(SOFT_HYPHEN)
        && word.chars().skip(1).any(char::is_lowercase)
        && !(language == Language::En && word.starts_with(char::is_uppercase))
}

/// Returns whether the text ends with a number: its unit is not broken, since `246.3 bil-lion` reads badly.
fn follows_number(before: &str) -> bool {
    let number = before.trim_end_matches([' ', '\u{a0}', '\u{202f}', '\u{2060}']);
    number.len() < before.len() && number.ends_with(|c: char| c.is_ascii_digit())
}

/// Returns whether the text begins with a number: `Abbil-dung 2` reads as badly.
fn precedes_number(after: &str) -> bool {
    after.trim_start_matches([' ', '\u{a0}']).starts_with(|c: char| c.is_ascii_digit())
}

/// Returns whether a break would leave only a piece of a word in a paragraph's last line (`elec-tronic.`). A word that
/// stands alone, or is so long that a narrow column needs the break, is broken all the same.
fn is_end(before: &str, word: &str, after: &str) -> bool {
    before.contains(' ') && word.chars().count() < MIN_LAST_LENGTH && !after.contains(' ')
}

fn break_word(word: &str, start: usize, patterns: Lang, hyphens: &mut Vec<usize>) {
    let mut at = start;
    let mut before = "";
    for syllable in hyphenate_bounded(word, patterns, 3, 3) {
        // A break inside an f-ligature would leave the whole ligature on one side.
        let splits_ligature = before.ends_with('f') && syllable.starts_with(['f', 'i', 'l', 't']);
        if at > start && !splits_ligature {
            hyphens.push(at);
        }
        at += syllable.len();
        before = syllable;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, language: Language) -> String {
        let mut shown = text.to_owned();
        hyphens(text, language, &ProperNames::default()).into_iter().rev().for_each(|at| shown.insert(at, '-'));
        shown
    }

    #[test]
    fn names_are_not_broken() {
        let names = ["Volkswagen", "Niederlande", "Vereinigte Staaten", "Volkswagen-Konzern"].map(str::to_owned);
        let names = ProperNames::new(&names);
        let shown = |text: &str| {
            let mut shown = text.to_owned();
            hyphens(text, Language::De, &names).into_iter().rev().for_each(|at| shown.insert(at, '-'));
            shown
        };
        for (text, wanted) in [
            ("Volkswagens Zusammenarbeit und so", "Volkswagens Zusam-men-ar-beit und so"),
            ("Niederlande Niederlassung und so", "Niederlande Nie-der-las-sung und so"),
            ("Vereinigte Staaten, vereinigte Betriebe da", "Vereinigte Staaten, ver-ei-nigte Betriebe da"),
            ("Volkswagen-Konzern und Konzernspitze da", "Volkswagen-Konzern und Kon-zern-spitze da"),
        ] {
            assert_eq!(shown(text), wanted);
        }
    }

    #[test]
    fn breaks_long_words_by_language() {
        assert_eq!(
            shown("Zusammenarbeit in Größenordnung nun", Language::De),
            "Zusam-men-ar-beit in Grö-ßen-ord-nung nun"
        );
        assert_eq!(shown("an electrification", Language::En), "an elec-tri-fi-ca-tion");
        assert_eq!(shown("合作 batteries", Language::Zh), "合作 batteries");
    }

    #[test]
    fn leaves_short_words_names_marked_words_and_ligatures() {
        assert_eq!(shown("effort CATLBYDSAIC 744,800", Language::En), "effort CATLBYDSAIC 744,800");
        assert_eq!(shown("Volkswagen in Thuringia", Language::En), "Volkswagen in Thuringia");
        assert_eq!(shown("Zusammen\u{ad}arbeit", Language::De), "Zusammen\u{ad}arbeit");
        assert!(!shown("Stoffliches Schifffahrt", Language::De).contains("f-l"));
    }

    #[test]
    fn leaves_the_last_word_and_the_label_of_sources() {
        assert_eq!(shown("electronic, only now electronic.", Language::En), "elec-tronic, only now electronic.");
        assert_eq!(shown("electronic", Language::En), "elec-tronic");
        assert_eq!(shown("viele Zusammenarbeit", Language::De), "viele Zusam-men-ar-beit");
        assert_eq!(shown("2023. Quellen:\u{2060}[7, 9]", Language::De), "2023. Quellen:\u{2060}[7, 9]");
    }

    #[test]
    fn leaves_the_unit_behind_a_number() {
        assert_eq!(shown("246.3\u{a0}billion, a billion more", Language::En), "246.3\u{a0}billion, a bil-lion more");
        assert_eq!(shown("1,9 Prozentpunkte", Language::De), "1,9 Prozentpunkte");
        assert_eq!(shown("Abbildung 2, eine Abbildung in", Language::De), "Abbildung 2, eine Abbil-dung in");
        assert_eq!(shown("in 2024 gestiegenen Werte", Language::De), "in 2024 gestie-ge-nen Werte");
    }
}

//! Where a word may be broken at a line's end: soft hyphens put into words of English and German by their patterns.

use hypher::{Lang, hyphenate_bounded};

use crate::language::Language;

const SOFT_HYPHEN: char = '\u{ad}';

/// The shortest words that are broken: shorter ones gain little and cost the reader more.
const SHORTEST: usize = 7;

/// `text` with U+00AD where its words may be broken, and the bytes of `text` before which one was put, rising. Words
/// that already hold one keep only theirs; Chinese is not touched.
pub(super) fn hyphenate(text: &str, language: Language) -> (String, Vec<usize>) {
    let mut put = Vec::new();
    let patterns = match language {
        Language::En => Lang::English,
        Language::De => Lang::German,
        Language::Zh => return (text.to_owned(), put),
    };
    let mut out = String::with_capacity(text.len() * 5 / 4);
    let is_word = |c: char| c.is_alphabetic() || c == SOFT_HYPHEN;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = is_word(first);
        let end = rest.find(|c| is_word(c) != word).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        if word && may_break(part) {
            let start = text.len() - rest.len();
            break_word(part, start, patterns, &mut out, &mut put);
        } else {
            out.push_str(part);
        }
        rest = after;
    }
    (out, put)
}

/// Names in capitals are not words, and a word with a soft hyphen was broken by its author.
fn may_break(word: &str) -> bool {
    word.chars().count() >= SHORTEST && !word.contains(SOFT_HYPHEN) && word.chars().skip(1).any(char::is_lowercase)
}

fn break_word(word: &str, start: usize, patterns: Lang, out: &mut String, put: &mut Vec<usize>) {
    let mut at = start;
    for syllable in hyphenate_bounded(word, patterns, 3, 3) {
        // A break inside an f-ligature would leave the whole ligature on one side.
        let splits_ligature = out.ends_with('f') && syllable.starts_with(['f', 'i', 'l', 't']);
        if at > start && !splits_ligature {
            out.push(SOFT_HYPHEN);
            put.push(at);
        }
        out.push_str(syllable);
        at += syllable.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, language: Language) -> String {
        hyphenate(text, language).0.replace(SOFT_HYPHEN, "-")
    }

    #[test]
    fn breaks_long_words_by_language() {
        assert_eq!(shown("Zusammenarbeit in Größenordnung", Language::De), "Zusam-men-ar-beit in Grö-ßen-ord-nung");
        assert_eq!(shown("an electrification", Language::En), "an elec-tri-fi-ca-tion");
        assert_eq!(shown("合作 batteries", Language::Zh), "合作 batteries");
    }

    #[test]
    fn leaves_short_words_names_marked_words_and_ligatures() {
        assert_eq!(shown("effort CATLBYDSAIC 744,800", Language::En), "effort CATLBYDSAIC 744,800");
        assert_eq!(hyphenate("Zusammen\u{ad}arbeit", Language::De).0, "Zusammen\u{ad}arbeit");
        assert!(!shown("Stoffliches Schifffahrt", Language::De).contains("f-l"));
    }

    #[test]
    fn says_where_it_put_them() {
        let (out, put) = hyphenate("in Größenordnung", Language::De);
        assert_eq!(put, [7, 11, 14]);
        assert_eq!(out.matches(SOFT_HYPHEN).count(), put.len());
    }
}

//! Words that are copied letter by letter: web and mail addresses, names of files, identifiers. No hyphen is drawn into
//! them, since it would be copied or typed with them; a line may end behind their signs instead (Chicago Manual of Style,
//! 7.46, has the same for addresses).

use std::ops::Range;

use unicode_width::UnicodeWidthChar;

use super::invisible::{WORD_JOINER, ZERO_WIDTH_SPACE};

/// Signs behind which a line may end.
const SIGNS: &[char] = &['/', '.', '-', '?', '&', '_', '=', '#'];

/// Minimum length in bytes of a word that is broken: a shorter one, such as `energypartnership.cn`, finds room on the next
/// line.
const MIN_BROKEN: usize = 25;

/// The bytes of such words in a text, in rising order.
pub(super) fn words(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    // Each has one of these signs inside.
    if !text.contains(['/', '.', '@', '_', '=', '#', '&', '\\']) {
        return found;
    }
    let mut from = 0;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        if !is_boundary(c) {
            continue;
        }
        let word = text.get(from..at).unwrap_or_default();
        let begins = word.trim_start_matches(['(', '[', '{', '\'', '‘', '‚', '<', '*']);
        let bare = begins.trim_end_matches([')', ']', '}', '\'', '’', '>', ',', ';', ':', '!', '?', '.', '*', '…']);
        if is_verbatim(bare) {
            let start = from + word.len() - begins.len();
            found.push(start..start + bare.len());
        }
        from = at + c.len_utf8();
    }
    found
}

/// The characters to put into these words, each with the byte before which it stands: where a line may end, and where none
/// may although UAX #14 lets it (`https://`).
pub(super) fn breaks(text: &str, words: &[Range<usize>], put: &mut Vec<(usize, char)>) {
    for word in words.iter().filter(|word| word.len() >= MIN_BROKEN) {
        let bare = text.get(word.clone()).unwrap_or_default();
        let mut before = None;
        for (at, c) in bare.char_indices() {
            let is_scheme = bare.get(..at).is_some_and(|head| head.ends_with("://"));
            let is_end = before.is_some_and(|before| SIGNS.contains(&before)) && !SIGNS.contains(&c);
            if is_scheme {
                put.push((word.start + at, WORD_JOINER));
            } else if is_end && c.is_alphanumeric() && at > 1 {
                put.push((word.start + at, ZERO_WIDTH_SPACE));
            }
            before = Some(c);
        }
    }
}

/// A space, a quotation mark, or a character as wide as a Han character: no word of this kind goes on behind it.
fn is_boundary(c: char) -> bool {
    c.is_whitespace() || "\"“”„«»‹›".contains(c) || c.width() == Some(2)
}

fn is_verbatim(word: &str) -> bool {
    let inside = |sign: char| {
        word.match_indices(sign).any(|(at, _)| {
            let (before, after) = (word.get(..at).unwrap_or_default(), word.get(at + 1..).unwrap_or_default());
            before.ends_with(char::is_alphanumeric) && after.starts_with(char::is_alphanumeric)
        })
    };
    // `example.org` and `brief.html`, but neither `z.B.` nor `1.234`.
    let dotted = || {
        word.match_indices('.').any(|(at, _)| {
            let (before, after) = (word.get(..at).unwrap_or_default(), word.get(at + 1..).unwrap_or_default());
            begins_with_word(before.chars().rev()) && begins_with_word(after.chars())
        })
    };
    word.contains("://")
        || word.starts_with('/')
        || word.matches(['/', '\\']).count() > 1
        || ['@', '_', '=', '#'].into_iter().any(inside)
        || dotted()
}

/// Returns whether two letters come first.
fn begins_with_word(characters: impl Iterator<Item = char>) -> bool {
    characters.take(2).filter(|c| c.is_alphabetic()).count() == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words with `|` where a line may end and `+` where none may, the rest of the text as `…`.
    fn shown(text: &str) -> String {
        let words = words(text);
        let mut put = Vec::new();
        breaks(text, &words, &mut put);
        let mut shown = text.to_owned();
        for (at, c) in put.into_iter().rev() {
            shown.insert(at, if c == WORD_JOINER { '+' } else { '|' });
        }
        shown
    }

    #[test]
    fn a_line_may_end_behind_the_signs_of_an_address() {
        for (text, wanted) in [
            (
                "https://example.org/a-partner_inter.html?x=1&y=2#z, so",
                "https://+example.|org/|a-|partner_|inter.|html?|x=|1&|y=|2#|z, so",
            ),
            (
                "(vw_deliveries_of_battery_electric_cars) office.of.the.editor@mail.example.org.",
                "(vw_|deliveries_|of_|battery_|electric_|cars) office.|of.|the.|editor@mail.|example.|org.",
            ),
            (
                "见example.org/abcdefgh/ijklm，config/briefs/green-economy.toml。",
                "见example.|org/|abcdefgh/|ijklm，config/|briefs/|green-|economy.|toml。",
            ),
            ("/etc/greenbrief/certificates", "/etc/|greenbrief/|certificates"),
            // Short words stay whole, and hyphens are drawn into neither.
            ("energypartnership.cn brief.html", "energypartnership.cn brief.html"),
        ] {
            assert_eq!(shown(text), wanted);
        }
    }

    #[test]
    fn ordinary_words_are_none() {
        for text in [
            "und/oder Partner-Stadt, z.B. u.a. 1.234,5 (2.1.2024) 20.30 km/h AT&T § 5 a. b.",
            "Ende. Anfang… Ende.",
            "Ph.D. No.5 24/7 No. #5 = 4 _",
        ] {
            assert!(words(text).is_empty(), "{text}");
        }
    }
}

//! Characters that no text may hold, and why. A refused character shows nothing, makes a text read otherwise than it is
//! written, or proves that the text was damaged before it came here. Where such a character stands, and how that is
//! reported, is decided by the rooms that read texts. Also how such characters are shown to a person, in texts that come
//! from elsewhere: names of files, replies of servers.

use std::borrow::Cow;

/// Why a character is refused, and how to fix the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    character: char,
    why: &'static str,
    /// How to fix the text, without a full stop.
    pub hint: &'static str,
}

impl Refusal {
    /// Refuses `character` for a reason that completes the sentence "it cannot stand in a text: …".
    pub const fn new(character: char, why: &'static str) -> Refusal {
        Refusal { character, why, hint: "delete it; an editor may show it only if asked to" }
    }

    /// What is wrong, in one sentence without a full stop.
    pub fn what(&self) -> String {
        format!("the character U+{:04X} cannot stand in a text: {}", u32::from(self.character), self.why)
    }
}

/// The refusal of a character, or `None` if it may stand in a text.
///
/// Bidirectional controls reorder the text around them (UAX #9, "Trojan Source", CVE-2021-42574); no language of a brief
/// needs them. Of the control characters, only tab and line feed have a meaning in a text.
pub fn refusal(c: char) -> Option<Refusal> {
    match c {
        '\t' | '\n' => None,
        c if is_bidi_control(c) => Some(Refusal::new(
            c,
            "it turns the direction of the text around it, which then reads otherwise than it is written",
        )),
        c if c.is_control() => Some(Refusal::new(c, "it is a control character, which shows nothing")),
        c => lost(c),
    }
}

/// The refusal of U+FFFD, `None` for every other character. Decoders write U+FFFD in place of bytes that they cannot
/// read, so the text was once read in a wrong encoding and what stood there is lost.
pub fn lost(c: char) -> Option<Refusal> {
    (c == char::REPLACEMENT_CHARACTER).then_some(Refusal {
        character: c,
        why: "it stands for one that was lost when the text was read in a wrong encoding",
        hint: "write the lost character again, or save the original file as UTF-8",
    })
}

/// Whether a character shows nothing and does nothing in a brief: it is in no copied text, and nobody would miss it. Not among
/// them are those that have a work to do, though they show nothing either: where a line may or may not end (U+00AD, U+200B,
/// U+2060), joiners inside words (U+200C, U+200D), and selectors of another form of the character before them (U+FE00 to
/// U+FE0F, U+E0100 to U+E01EF).
pub const fn is_mute(c: char) -> bool {
    matches!(c, '\u{34f}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2028}' | '\u{2029}')
        || matches!(c, '\u{2061}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{fff8}')
        || matches!(c, '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}')
        || matches!(c, '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}')
}

/// Controls of the bidirectional algorithm (UAX #9).
pub const fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text as it may be shown on a terminal: characters that would act on the terminal, or turn the text around them, stand
/// as escapes (`\u{1b}`). Line feeds and tabs stay.
pub fn shown(text: &str) -> Cow<'_, str> {
    escaped(text, |c| !matches!(c, '\n' | '\t'), |c| c.escape_unicode().to_string())
}

/// As [`shown`], for a text that must stay on one line.
pub fn shown_on_one_line(text: &str) -> Cow<'_, str> {
    escaped(text, |_| true, |c| c.escape_default().to_string())
}

/// A line of JSON with the same characters as JSON's own escapes (RFC 8259, 7), which only must stand for those below
/// U+0020.
pub fn shown_in_json(line: &str) -> Cow<'_, str> {
    escaped(line, |_| true, |c| format!("\\u{:04x}", u32::from(c)))
}

fn escaped(text: &str, which: impl Fn(char) -> bool, escape: impl Fn(char) -> String) -> Cow<'_, str> {
    let acts = |c: char| (c.is_control() || is_bidi_control(c)) && which(c);
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if acts(c) { escape(c) } else { c.to_string() }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_shown_as_an_escape() {
        let text = "a\u{1b}[31m\u{9b}2J\r\n\tb\u{7f}\u{202e}ü中";
        assert_eq!(shown(text), "a\\u{1b}[31m\\u{9b}2J\\u{d}\n\tb\\u{7f}\\u{202e}ü中");
        assert_eq!(shown_on_one_line(text), "a\\u{1b}[31m\\u{9b}2J\\r\\n\\tb\\u{7f}\\u{202e}ü中");
        let json = serde_json::to_string(text).unwrap();
        assert!(!shown_in_json(&json).contains(|c: char| c.is_control() || is_bidi_control(c)));
        assert_eq!(serde_json::from_str::<String>(&shown_in_json(&json)).unwrap(), text);
        assert!(matches!(shown("plain ü中\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_lost_character_is_refused_in_these_words() {
        let refusal = refusal('\u{fffd}').unwrap();
        assert_eq!(
            (refusal.what().as_str(), refusal.hint),
            (
                "the character U+FFFD cannot stand in a text: it stands for one that was lost when the text was read in \
                 a wrong encoding",
                "write the lost character again, or save the original file as UTF-8"
            )
        );
    }

    #[test]
    fn ordinary_text_is_not_refused() {
        for c in "a\tü\n中 \u{a0}\u{ad}\u{202f}\u{2060}\u{fffc}\u{e000}😀".chars() {
            assert_eq!(refusal(c), None, "{c:?}");
        }
    }
}

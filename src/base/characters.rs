//! Characters that no text may hold, and why. A refused character shows nothing, makes a text read otherwise than it is
//! written, or proves that the text was damaged before it came here. Where such a character stands, and how that is
//! reported, is decided by the rooms that read texts.

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

/// Controls of the bidirectional algorithm (UAX #9).
pub const fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

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

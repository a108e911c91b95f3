//! Characters that control where a line breaks and show nothing themselves.

/// Marks a place where a word may be broken; a hyphen is drawn there only if the line ends.
pub(super) const SOFT_HYPHEN: char = '\u{ad}';

/// Forbids a line break on either side (UAX #14, class WJ).
pub(super) const WORD_JOINER: char = '\u{2060}';

/// Permits a line break where it stands (UAX #14, class ZW).
pub(super) const ZERO_WIDTH_SPACE: char = '\u{200b}';

/// Returns whether a character leaves no ink and takes no room: controls, soft hyphen, joiners, variation selectors, and
/// whatever else the shaper hides (`Default_Ignorable_Code_Point` in the Unicode Character Database, without the fillers of
/// Hangul, which are blanks).
pub(super) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, SOFT_HYPHEN | '\u{34f}' | '\u{61c}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fff8}')
        || matches!(c, '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Returns whether a reader sees a character, by its ink.
pub(super) fn is_visible(c: char) -> bool {
    !is_invisible(c) && !c.is_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::characters::{is_mute, refusal};

    #[test]
    fn whatever_shows_nothing_is_refused_or_told_or_has_work_to_do() {
        let works = |c: char| {
            matches!(c, SOFT_HYPHEN | WORD_JOINER | ZERO_WIDTH_SPACE | '\u{200c}' | '\u{200d}')
                || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
        };
        for c in '\0'..=char::MAX {
            let ways = [refusal(c).is_some(), is_mute(c), works(c), matches!(c, '\t' | '\n')];
            let count = ways.into_iter().filter(|way| *way).count();
            // U+FFFD is refused for another reason, and seen.
            let wanted = usize::from(is_invisible(c) || c == char::REPLACEMENT_CHARACTER);
            assert_eq!(count, wanted, "U+{:04X}", u32::from(c));
        }
    }
}

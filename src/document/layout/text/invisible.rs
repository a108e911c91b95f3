//! Characters that control where a line breaks and show nothing themselves.

/// Marks a place where a word may be broken; a hyphen is drawn there only if the line ends.
pub(super) const SOFT_HYPHEN: char = '\u{ad}';

/// Forbids a line break on either side (UAX #14, class WJ).
pub(super) const WORD_JOINER: char = '\u{2060}';

/// Returns whether a character leaves no ink and takes no room: controls, soft hyphen, joiners, variation selectors.
pub(super) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, SOFT_HYPHEN | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

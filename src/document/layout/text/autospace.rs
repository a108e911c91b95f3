//! The space between Chinese and other letters or digits: CLREQ, “Mixed Text Composition in Horizontal Writing Mode”, asks
//! for tracking of at most a quarter of a Han character where no space stands, and for none at a line's edges; CSS Text 4
//! (`text-autospace`) names the characters. It is an advance, not a character: copied text stays as it was written.

use std::ops::Range;

use unicode_width::UnicodeWidthChar;

use super::{invisible::is_invisible, line_breaks::is_han};

/// Width of the space over the size of the text. CLREQ allows a quarter and CSS takes an eighth, but PDF viewers take
/// anything wider than a tenth of an em for a blank when text is copied or searched (poppler's `minWordBreakSpace` is 0.1,
/// pdf.js has 0.102): with a quarter, `74.48万` was found in no Chinese brief.
pub(super) const GAP: f32 = 0.095;

/// Returns the characters of `text`, each with its combining marks, after which a space stands, in rising order. No space
/// stands beside a character for whose byte `apart` is true, such as a raised mark.
pub(super) fn gaps(text: &str, apart: impl Fn(usize) -> bool) -> Vec<Range<usize>> {
    let mut gaps = Vec::new();
    if !text.contains(is_han) {
        return gaps;
    }
    // The last character that has a width, and its bytes.
    let mut last: Option<(char, Range<usize>)> = None;
    for (at, c) in text.char_indices() {
        if c.width() == Some(0) {
            if let Some((_, bytes)) = &mut last
                && bytes.end == at
                && !is_invisible(c)
            {
                bytes.end += c.len_utf8();
            }
            continue;
        }
        if let Some((before, bytes)) = last
            && ((is_han(before) && is_western(c)) || (is_western(before) && is_han(c)))
            && !apart(bytes.start)
            && !apart(at)
        {
            gaps.push(bytes);
        }
        last = Some((c, at..at + c.len_utf8()));
    }
    gaps
}

/// Returns whether a character is a letter or digit of half width.
fn is_western(c: char) -> bool {
    c.is_alphanumeric() && c.width() == Some(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with `|` where a space stands.
    fn shown(text: &str) -> String {
        let mut shown = text.to_owned();
        gaps(text, |_| false).into_iter().rev().for_each(|gap| shown.insert(gap.end, '|'));
        shown
    }

    #[test]
    fn stands_between_han_and_letters_or_digits_only() {
        for (text, wanted) in [
            ("与CATL合作", "与|CATL|合作"),
            ("为74.48\u{2060}万辆（CATL）", "为|74.48|\u{2060}万辆（CATL）"),
            ("同比−3.4%，占92%的企业", "同比−3.4%，占|92%的企业"),
            ("与 CATL 合作", "与 CATL 合作"),
            ("全角ＡＢ和“ID”", "全角ＡＢ和“ID”"),
            ("caf\u{65}\u{301}店", "caf\u{65}\u{301}|店"),
            ("no Han", "no Han"),
        ] {
            assert_eq!(shown(text), wanted);
        }
    }
}

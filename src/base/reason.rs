//! The reason of what a person does: one line of bounded length, as it is kept and told. Whether one is needed is asked by those
//! who take it.

use super::characters::refusal;

/// Maximum length of a reason, in characters.
pub const MAX_REASON: usize = 500;

/// A reason without space around it.
///
/// # Errors
/// It is longer than [`MAX_REASON`], has more than one line, or a character that acts on the text around it.
pub fn reason(text: &str) -> Result<String, String> {
    let text = text.trim().replace('\t', " ");
    let length = text.chars().count();
    if length > MAX_REASON {
        return Err(format!("it has {length} characters, and a reason has at most {MAX_REASON}"));
    }
    for c in text.chars() {
        if matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}') {
            return Err("it has a line break: write it on one line".to_owned());
        }
        if let Some(refusal) = refusal(c) {
            return Err(format!("{} ({})", refusal.what(), refusal.hint));
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line_of_plain_text() {
        assert_eq!(reason("  typed\twith a point ").unwrap(), "typed with a point");
        assert_eq!(reason("单位有误。").unwrap(), "单位有误。");
        assert_eq!(reason("").unwrap(), "");
        assert_eq!(reason(&"ä".repeat(MAX_REASON)).unwrap().chars().count(), MAX_REASON);
        for (text, wanted) in [
            ("a".repeat(501), "it has 501 characters, and a reason has at most 500"),
            ("a\nb".to_owned(), "it has a line break: write it on one line"),
            ("a\u{2028}b".to_owned(), "it has a line break: write it on one line"),
            (
                "a \u{202e}b".to_owned(),
                "the character U+202E cannot stand in a text: it turns the direction of the text around it, which then \
                 reads otherwise than it is written (delete it; an editor may show it only if asked to)",
            ),
            (
                "a\u{1b}[2J".to_owned(),
                "the character U+001B cannot stand in a text: it is a control character, which shows nothing (delete \
                 it; an editor may show it only if asked to)",
            ),
        ] {
            assert_eq!(reason(&text).unwrap_err(), wanted);
        }
    }
}

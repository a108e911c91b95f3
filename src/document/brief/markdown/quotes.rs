//! Quotation marks and apostrophes as a keyboard has them (`"`, `'`) become those of the text's language: “…‘…’…”, „…‚…‘…“. Those
//! that are typed as they should be stay.

use crate::base::language::Language;

/// Turns straight quotation marks of one text after another into those of a language. A mark opens at the beginning of a word; in
/// Chinese, which has no blanks between words, every second one.
#[derive(Debug, Clone)]
pub(in crate::document::brief) struct Quotes {
    language: Language,
    /// The character before what comes next.
    before: Option<char>,
    /// Whether a double and a single one are open.
    open: [bool; 2],
}

impl Quotes {
    /// At the beginning of a text.
    pub fn new(language: Language) -> Quotes {
        Quotes { language, before: None, open: [false; 2] }
    }

    /// The next part of the text. What stands in braces behind words in brackets stays as it is.
    pub fn curl(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut chars = text.chars().peekable();
        let mut in_braces = false;
        while let Some(c) = chars.next() {
            in_braces = if in_braces { c != '}' } else { c == '{' && self.before == Some(']') };
            let c = match c {
                '"' | '\'' if !in_braces => self.mark(c, chars.peek().copied()),
                c => c,
            };
            out.push(c);
            self.before = Some(c);
        }
        out
    }

    /// The mark that stands in place of a straight one.
    fn mark(&mut self, straight: char, next: Option<char>) -> char {
        let single = straight == '\'';
        let nth = usize::from(single);
        let is_open = self.open.get(nth).copied().unwrap_or_default();
        let after_word = self.before.is_some_and(is_of_word);
        let before_word = next.is_some_and(is_of_word);
        // `Germany's`; in Chinese a mark between two words is none of them.
        let is_chinese = self.language == Language::Zh;
        let in_latin = [self.before, next].into_iter().flatten().all(|c| c.is_ascii_alphabetic());
        if single && after_word && before_word && (in_latin || !is_chinese) {
            return '’';
        }
        let opens = if is_chinese {
            !is_open
        } else {
            !after_word && self.before.is_none_or(|c| c.is_whitespace() || "([{–—-/“„‘‚".contains(c))
        };
        // `the '90s`, `the partners' goods`
        if single && !is_chinese && (opens && next.is_some_and(|c| c.is_ascii_digit()) || !opens && !is_open) {
            return '’';
        }
        if let Some(open) = self.open.get_mut(nth) {
            *open = opens;
        }
        match (self.language, single, opens) {
            (Language::De, false, true) => '„',
            (Language::De, false, false) => '“',
            (Language::De, true, true) => '‚',
            (Language::De, true, false) => '‘',
            (_, false, true) => '“',
            (_, false, false) => '”',
            (_, true, true) => '‘',
            (_, true, false) => '’',
        }
    }
}

/// Whether a character is one of a word; what an expression inserts is.
fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\u{e000}'..='\u{e0ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn straight_marks_become_those_of_the_language() {
        for (language, text, wanted) in [
            (Language::En, "She said \"it's 'fine' now\", he 'so'.", "She said “it’s ‘fine’ now”, he ‘so’."),
            (Language::En, "the partners' goods of the '90s (\"so\")", "the partners’ goods of the ’90s (“so”)"),
            (Language::De, "Er sagte: \"Das 'Werk' läuft.\" Geht's?", "Er sagte: „Das ‚Werk‘ läuft.“ Geht’s?"),
            (Language::Zh, "他说：\"这是'绿色'经济。\"", "他说：“这是‘绿色’经济。”"),
            // What is typed as it should be stays, and so do braces.
            (Language::De, "„Das ‚Werk‘“ und „so“", "„Das ‚Werk‘“ und „so“"),
            (Language::En, "[IW]{means=\"a b\"} \"x\"", "[IW]{means=\"a b\"} “x”"),
            (Language::En, "\"\u{e000}\u{e011}\u{e001}\" cars", "“\u{e000}\u{e011}\u{e001}” cars"),
            (Language::Zh, "Volkswagen's \"计划\"与'目标'", "Volkswagen’s “计划”与‘目标’"),
        ] {
            assert_eq!(Quotes::new(language).curl(text), wanted);
        }
    }

    #[test]
    fn a_mark_behind_emphasis_closes() {
        let mut quotes = Quotes::new(Language::De);
        assert_eq!(["\"", "ganz", "\" so"].map(|part| quotes.curl(part)).concat(), "„ganz“ so");
    }
}

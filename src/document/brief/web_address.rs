//! Web and mail addresses that stand bare in a text (`https://example.org/a`, `www.example.org`, `a@example.org`): where
//! they begin and end, and the links that they become. The rules are those of GitHub Flavored Markdown, “Autolinks
//! (extension)”; beyond them, an address ends before Chinese letters and marks.

use unicode_width::UnicodeWidthChar;

use super::{Emphasis, Inline};

/// What a web address begins with, and what its link has before it.
const BEGINNINGS: [(&str, &str); 3] = [("https://", ""), ("http://", ""), ("www.", "https://")];

/// Marks that end a sentence rather than an address that they stand behind.
const TRAILING: &[char] = &['?', '!', '.', ',', ';', ':', '*', '_', '~', '\'', '’', '…'];

/// The length in bytes of the web address that `text` begins with. Expressions and marked words (`{{ … }}`, `[[…]]`) are a
/// part of it, since they insert something.
pub(super) fn length(text: &str) -> Option<usize> {
    let (beginning, _) = BEGINNINGS.iter().find(|(beginning, _)| starts_with(text, beginning))?;
    let mut end = 0;
    while let Some(rest) = text.get(end..).filter(|rest| !rest.is_empty()) {
        let inserted = [("{{", "}}"), ("[[", "]]")].iter().find_map(|(open, close)| {
            let inside = rest.strip_prefix(open)?.split('\n').next()?;
            Some(open.len() + inside.find(close)? + close.len())
        });
        match inserted {
            Some(length) => end += length,
            None => match rest.chars().next().filter(|c| is_inside(*c)) {
                Some(c) => end += c.len_utf8(),
                None => break,
            },
        }
    }
    let address = trimmed(text.get(..end)?);
    address.get(beginning.len()..)?.starts_with(is_word).then_some(address.len())
}

/// The length in bytes of the mail address that `text` begins with: a local part, a host with a dot, no mark at its end.
fn mail_length(text: &str) -> Option<usize> {
    let local = text.find(|c: char| !(c.is_ascii_alphanumeric() || ".-_+".contains(c)))?;
    let host = text.get(local..)?.strip_prefix('@').filter(|_| local > 0)?;
    let end = host.find(|c: char| !(c.is_ascii_alphanumeric() || ".-_".contains(c))).unwrap_or(host.len());
    let host = host.get(..end)?.trim_end_matches(['.', '-', '_']);
    let (_, top) = host.rsplit_once('.')?;
    let is_host = host.split('.').all(|label| !label.is_empty()) && top.len() > 1 && !top.starts_with(is_digit);
    is_host.then_some(local + 1 + host.len())
}

/// A text with its bare addresses as links.
pub(super) fn linked(text: &str, emphasis: Emphasis) -> Vec<Inline> {
    let mut found = Vec::new();
    let mut from = 0;
    let mut before = None;
    let mut skip = 0;
    for (at, c) in text.char_indices() {
        let rest = text.get(at..).unwrap_or_default();
        let begins = at >= skip && c.is_ascii_alphanumeric() && before.is_none_or(|before| !joins(before));
        before = Some(c);
        let length = begins.then(|| length(rest).or_else(|| mail_length(rest))).flatten();
        let Some(address) = length.and_then(|length| rest.get(..length)) else { continue };
        let word = text.get(from..at).unwrap_or_default();
        if !word.is_empty() {
            found.push(Inline::Text { text: word.to_owned(), emphasis });
        }
        found.push(Inline::Link { text: address.to_owned(), url: url(address) });
        (from, skip) = (at + address.len(), at + address.len());
    }
    let rest = text.get(from..).unwrap_or_default();
    if !rest.is_empty() {
        found.push(Inline::Text { text: rest.to_owned(), emphasis });
    }
    found
}

/// Whether an address may begin behind this character.
pub(super) fn may_follow(before: Option<char>) -> bool {
    before.is_none_or(|before| !joins(before))
}

/// Whether what follows this character is the rest of a word or of an address.
fn joins(before: char) -> bool {
    (before.is_alphanumeric() && before.width() == Some(1)) || "/@.-_+&=".contains(before)
}

fn url(address: &str) -> String {
    let beginning = BEGINNINGS.iter().find(|(beginning, _)| starts_with(address, beginning));
    format!("{}{address}", beginning.map_or("mailto:", |(_, before)| before))
}

fn starts_with(text: &str, beginning: &str) -> bool {
    text.get(..beginning.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(beginning))
}

/// Whether an address can hold this character. Private-use characters stand for what expressions insert.
fn is_inside(c: char) -> bool {
    let is_mark = c.is_whitespace() || c.is_control() || "<>\"“”„«»‹›`{}[]|\\^".contains(c);
    matches!(c, '\u{e000}' | '\u{e001}' | '\u{e010}'..='\u{e019}')
        || (!is_mark && c.width() == Some(1) && !matches!(c, '\u{e002}'..='\u{e0ff}'))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\u{e000}' | '{' | '[')
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

/// An address without the marks behind it, and without a bracket that it does not open.
fn trimmed(address: &str) -> &str {
    let mut address = address;
    loop {
        let shorter = address.trim_end_matches(TRAILING);
        let open = shorter.matches('(').count();
        let shorter = match shorter.strip_suffix(')') {
            Some(inside) if shorter.matches(')').count() > open => inside,
            _ => shorter,
        };
        if shorter.len() == address.len() {
            return address;
        }
        address = shorter;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with its links as `<url|words>`.
    fn shown(text: &str) -> String {
        let inlines = linked(text, Emphasis::None);
        let show = |inline: &Inline| match inline {
            Inline::Link { text, url } if text == url => format!("<{url}>"),
            Inline::Link { text, url } => format!("<{url}|{text}>"),
            Inline::Text { text, .. } => text.clone(),
            _ => String::new(),
        };
        inlines.iter().map(show).collect()
    }

    #[test]
    fn bare_addresses_become_links() {
        for (text, wanted) in [
            ("see https://example.org/a-b_c.html?x=1&y=2#z.", "see <https://example.org/a-b_c.html?x=1&y=2#z>."),
            ("(HTTP://example.org/a_(b)), so", "(<HTTP://example.org/a_(b)>), so"),
            ("www.example.org/2024!", "<https://www.example.org/2024|www.example.org/2024>!"),
            (
                "见https://example.org/a，www.example.org。",
                "见<https://example.org/a>，<https://www.example.org|www.example.org>。",
            ),
            ("„https://example.org/ü“", "„<https://example.org/ü>“"),
            ("to a.b@mail.example.org.", "to <mailto:a.b@mail.example.org|a.b@mail.example.org>."),
            ("https://example.org https://example.net", "<https://example.org> <https://example.net>"),
        ] {
            assert_eq!(shown(text), wanted);
        }
    }

    #[test]
    fn what_only_looks_like_one_stays_a_text() {
        for text in
            ["https://", "www.", "www. a", "a@b", "@example.org", "5@3.14", "xhttps://example.org", "", "a/www.b"]
        {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn an_address_holds_its_expressions() {
        let text = "https://example.org/{{ year }}/[[2024]].html, 5";
        assert_eq!(length(text).map(|end| &text[..end]), Some("https://example.org/{{ year }}/[[2024]].html"));
    }
}

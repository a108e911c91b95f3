//! Addresses, statuses and Message-IDs within text. Each is found by its form alone.

use super::answer_words::LEAVE_WORDS;
use crate::delivery::rules::EnhancedStatus;

/// Maximum number of octets of an address (RFC 5321 §4.5.3.1: 64 and 255, with the `@`).
const MAX_ADDRESS: usize = 320;

/// The address in a field such as `rfc822; <a@example.org>`. `utf-8` addresses have their escapes resolved (RFC 6533 §3).
pub(super) fn typed_address(value: &str) -> Option<String> {
    let (kind, rest) = value.split_once(';').unwrap_or(("rfc822", value));
    let rest = rest.trim();
    let kind = kind.trim().to_ascii_lowercase();
    let rest = if kind == "utf-8" { unescaped(rest) } else { rest.to_owned() };
    // Some write a name or a comment before or behind it.
    addresses(&rest).into_iter().next()
}

/// Resolves `\x{6536}` (RFC 6533 §3, `utf-8-addr-xtext` and `utf-8-addr-unitext`).
fn unescaped(text: &str) -> String {
    let mut found = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\\x{") {
        let (before, from) = rest.split_at(at);
        found.push_str(before);
        let inner = from.get(3..).unwrap_or_default();
        let Some((digits, after)) = inner.split_once('}') else {
            rest = from;
            break;
        };
        match u32::from_str_radix(digits, 16).ok().and_then(char::from_u32) {
            Some(c) if !c.is_control() => found.push(c),
            _ => found.push(char::REPLACEMENT_CHARACTER),
        }
        rest = after;
    }
    found + rest
}

/// Whatever looks like an address in a text, in its order.
pub(super) fn addresses(text: &str) -> Vec<String> {
    let is_in_address = |c: char| {
        !c.is_whitespace()
            && !c.is_control()
            && !matches!(
                c,
                '<' | '>'
                    | '('
                    | ')'
                    | '['
                    | ']'
                    | ','
                    | ';'
                    | ':'
                    | '"'
                    | '\''
                    | '“'
                    | '”'
                    | '（'
                    | '）'
                    | '，'
                    | '。'
                    | '：'
            )
    };
    let mut found = Vec::new();
    for word in text.split(|c: char| !is_in_address(c)) {
        let word = word.trim_matches(['.', '=', '!', '?', '*']);
        let Some((local, domain)) = word.rsplit_once('@') else { continue };
        let is_domain = domain.contains('.') && !domain.starts_with('.') && !domain.contains("..");
        if !local.is_empty() && !local.contains('@') && is_domain && word.len() <= MAX_ADDRESS {
            found.push(word.to_owned());
        }
    }
    found
}

/// Message-IDs with their angle brackets.
pub(super) fn message_ids(text: &str) -> Vec<String> {
    let ids = text.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(id, _)| id.trim());
    ids.filter(|id| id.contains('@') && id.len() <= MAX_ADDRESS && !id.contains(char::is_whitespace))
        .map(|id| format!("<{id}>"))
        .collect()
}

/// The first enhanced status in a text for a delivery that failed: `#5.1.1` and `5.1.1:` too.
pub(super) fn status(text: &str) -> Option<EnhancedStatus> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '@' && c != '-');
    words
        // What a host is called may look like it.
        .flat_map(|word| if word.contains('@') { None } else { word.rsplit('-').next() })
        .map(|word| word.trim_matches('.'))
        .find_map(|word| word.parse::<EnhancedStatus>().ok().filter(|status| status.class != 2))
}

/// The first reply code for a delivery that failed: 4xx or 5xx as a word.
pub(super) fn code(text: &str) -> Option<u16> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '.');
    words.filter(|word| word.len() == 3).find_map(|word| word.parse().ok().filter(|code| (400..600).contains(code)))
}

/// A subject without `Re:` and the like, however many stand there.
pub(super) fn without_prefixes(subject: &str) -> &str {
    let mut subject = subject.trim();
    while let Some((prefix, rest)) = subject.split_once([':', '：']).filter(|(prefix, _)| is_prefix(prefix)) {
        debug_assert!(prefix.len() < subject.len());
        subject = rest.trim_start();
    }
    subject
}

/// `Re`, `AW`, `回复`, `Re[2]`.
fn is_prefix(prefix: &str) -> bool {
    let name = prefix.split(['[', '(']).next().unwrap_or_default().trim().to_lowercase();
    ["re", "aw", "antw", "antwort", "r", "rv", "sv", "回复", "回覆", "答复", "答覆"].contains(&&*name)
}

/// Does the subject begin with the wish to leave, as a person or the `mailto:` of an earlier mail writes it?
pub(super) fn says_leave(subject: &str) -> bool {
    let subject = without_prefixes(subject).to_lowercase();
    LEAVE_WORDS.iter().any(|word| {
        let rest = subject.strip_prefix(word);
        rest.is_some_and(|rest| !word.is_ascii() || !rest.starts_with(char::is_alphanumeric))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_by_their_form() {
        for (value, wanted) in [
            ("rfc822; a@example.org", Some("a@example.org")),
            ("RFC822;<a@example.org>", Some("a@example.org")),
            ("rfc822; \"Ada\" <a@example.org> (gone)", Some("a@example.org")),
            ("a@example.org", Some("a@example.org")),
            ("utf-8; \\x{6536}\\x{4EF6}@例子.测试", Some("收件@例子.测试")),
            ("utf-8; \\x{110000}@example.org", Some("\u{fffd}@example.org")),
            ("x-local; ada", None),
            ("rfc822; @example.org", None),
            ("", None),
        ] {
            assert_eq!(typed_address(value).as_deref(), wanted, "{value}");
        }
        assert_eq!(addresses("收件人（a@example.cn）不存在，b@example.cn。"), ["a@example.cn", "b@example.cn"]);
    }

    #[test]
    fn statuses_and_codes_are_found_in_prose() {
        for (text, wanted) in [
            ("550 5.1.1 no such user", Some("5.1.1")),
            ("550-5.1.1 The email account", Some("5.1.1")),
            ("no mailbox here by that name. (#5.1.1)", Some("5.1.1")),
            ("host mx.example[192.0.2.5] said: 452 4.2.2: full", Some("4.2.2")),
            ("192.0.2.5 and 10.5.1.1.1 are hosts, 2.1.5 is good", None),
            ("mx5.1.1.example", None),
        ] {
            assert_eq!(status(text).map(|status| status.to_string()).as_deref(), wanted, "{text}");
        }
        assert_eq!(code("said: 550 no"), Some(550));
        assert_eq!(code("1550 and 550x and 250"), None);
    }

    #[test]
    fn message_ids_keep_their_brackets() {
        assert_eq!(message_ids("<a.1@x> (was) <b@y>"), ["<a.1@x>", "<b@y>"]);
        assert!(message_ids("<no id> <a b@c> <").is_empty());
    }
}

//! What stands between two fields of a CSV file: found out from its head, never from row to row.

use std::fmt;

/// What stands between two fields of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separator {
    /// As in RFC 4180
    Comma,
    /// As Excel writes where the comma is the decimal mark
    Semicolon,
    /// As in “text (tab delimited)”
    Tab,
}

impl Separator {
    /// Every separator.
    pub const ALL: [Separator; 3] = [Separator::Comma, Separator::Semicolon, Separator::Tab];

    /// Its byte.
    pub const fn byte(self) -> u8 {
        match self {
            Separator::Comma => b',',
            Separator::Semicolon => b';',
            Separator::Tab => b'\t',
        }
    }

    /// The separator with this byte.
    pub fn from_byte(byte: u8) -> Option<Separator> {
        Separator::ALL.into_iter().find(|separator| separator.byte() == byte)
    }

    /// Its name with an article, for hints.
    pub const fn with_article(self) -> &'static str {
        match self {
            Separator::Comma => "a comma",
            Separator::Semicolon => "a semicolon",
            Separator::Tab => "a tab",
        }
    }
}

impl fmt::Display for Separator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Separator::Comma => "`,`",
            Separator::Semicolon => "`;`",
            Separator::Tab => "tab",
        })
    }
}

/// How often a separator stands in a head, outside quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Count {
    pub separator: Separator,
    pub count: usize,
}

/// The separators in a head, the most frequent first.
pub(super) fn counts(head: &[u8]) -> [Count; 3] {
    let mut counts = Separator::ALL.map(|separator| Count { separator, count: 0 });
    let (mut quoted, mut at_start) = (false, true);
    for byte in head {
        let found = counts.iter_mut().find(|count| count.separator.byte() == *byte);
        match (byte, found) {
            // A doubled quote closes and opens, which comes to the same.
            (b'"', _) if quoted || at_start => quoted = !quoted,
            (_, Some(count)) if !quoted => count.count += 1,
            _ => {}
        }
        // Behind a closing quote another one goes on with the field.
        at_start = Separator::from_byte(*byte).is_some() || *byte == b'"';
    }
    counts.sort_by_key(|count| std::cmp::Reverse(count.count));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_within_quotes_are_not_counted() {
        let first = |head: &str| counts(head.as_bytes())[0];
        assert_eq!(first("E-Mail;Sprache;Name"), Count { separator: Separator::Semicolon, count: 2 });
        assert_eq!(first("a\tb"), Count { separator: Separator::Tab, count: 1 });
        assert_eq!(first("\"a;b;c\",d"), Count { separator: Separator::Comma, count: 1 });
        assert_eq!(first("\"say \"\"a;b;c\"\"\",d"), Count { separator: Separator::Comma, count: 1 });
        assert_eq!(first("5\" pipe;b,c;d").separator, Separator::Semicolon, "a quote inside a field is a letter");
        assert_eq!(first("address"), Count { separator: Separator::Comma, count: 0 });
    }
}

//! What an IMAP server says, line by line (RFC 9051 §7, RFC 3501 §7). Pure. Only what a reader of mails needs is understood;
//! all else is passed over.

use std::borrow::Cow;

/// Stands where a literal stood, whose octets are not part of the text. No server may write that octet (RFC 9051 §4).
pub(super) const LITERAL: u8 = 0;
/// Maximum number of characters of a server's words in a problem.
const MAX_WORDS: usize = 200;

/// How a command ended, or what a server says by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Ok,
    No,
    Bad,
    /// It knows us already
    Preauth,
    /// It is about to close the connection
    Bye,
}

/// A status with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StatusLine {
    pub status: Status,
    /// What stands in brackets, without them; empty if nothing does
    pub code: String,
    /// The words for people, on one line and not longer than a person wants to read
    pub text: String,
}

/// A response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Response {
    /// The end of the command with this tag
    Done(String, StatusLine),
    /// It waits for more of the command
    Continue,
    /// A status by itself
    Status(StatusLine),
    /// What the server can do, in capitals
    Capabilities(Vec<String>),
    /// The UIDs that were found
    Found(Vec<u32>),
    /// Something is new in the folder
    Exists,
    /// What was asked of a mail
    Fetched(Fetched),
    /// Anything else
    Other,
}

/// What a server says of a mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fetched {
    pub uid: Option<u32>,
    /// Number of octets
    pub size: Option<u64>,
    /// The content, if it is short enough to stand within the line; `None` if there is none, or it came as a literal
    pub inline: Option<Vec<u8>>,
}

/// Reads a response, without its end.
pub(super) fn read(line: &[u8]) -> Response {
    if line.first() == Some(&b'+') {
        return Response::Continue;
    }
    let (first, rest) = word(line);
    let rest = trimmed(rest);
    if first != b"*" {
        return match status_line(rest) {
            Some(status) => Response::Done(String::from_utf8_lossy(first).into_owned(), status),
            None => Response::Other,
        };
    }
    if let Some(status) = status_line(rest) {
        return Response::Status(status);
    }
    let (name, data) = word(rest);
    match name.to_ascii_uppercase().as_slice() {
        b"CAPABILITY" => Response::Capabilities(capabilities(data)),
        b"SEARCH" => Response::Found(words(data).filter_map(number).collect()),
        _ => numbered(data),
    }
}

/// What follows a number: something of a mail, or of their number.
fn numbered(rest: &[u8]) -> Response {
    let (name, data) = word(trimmed(rest));
    match name.to_ascii_uppercase().as_slice() {
        b"EXISTS" | b"RECENT" => Response::Exists,
        b"FETCH" => Response::Fetched(fetched(data)),
        _ => Response::Other,
    }
}

/// The capabilities behind CAPABILITY, in capitals.
pub(super) fn capabilities(data: &[u8]) -> Vec<String> {
    words(data).map(|word| String::from_utf8_lossy(word).to_ascii_uppercase()).collect()
}

/// Is this the beginning of a status, whose words may end as a literal begins?
pub(super) fn is_status(line: &[u8]) -> bool {
    line.first() == Some(&b'+') || status_line(trimmed(word(line).1)).is_some()
}

fn status_line(rest: &[u8]) -> Option<StatusLine> {
    let (name, rest) = word(rest);
    let status = match name.to_ascii_uppercase().as_slice() {
        b"OK" => Status::Ok,
        b"NO" => Status::No,
        b"BAD" => Status::Bad,
        b"PREAUTH" => Status::Preauth,
        b"BYE" => Status::Bye,
        _ => return None,
    };
    let rest = String::from_utf8_lossy(trimmed(rest)).into_owned();
    let (code, text) = match rest.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
        Some((code, text)) => (code.to_owned(), text),
        None => (String::new(), rest.as_str()),
    };
    let text: String = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_WORDS).collect();
    Some(StatusLine { status, code, text })
}

fn fetched(data: &[u8]) -> Fetched {
    let mut items = Items(trimmed(data).strip_prefix(b"(").unwrap_or_default());
    let mut found = Fetched::default();
    while let Some(name) = items.atom() {
        let value = items.value();
        match name.to_ascii_uppercase().as_slice() {
            b"UID" => found.uid = number(&value),
            b"RFC822.SIZE" => found.size = std::str::from_utf8(&value).ok().and_then(|size| size.parse().ok()),
            b"BODY[]" if value.first() == Some(&b'"') => found.inline = Some(unquoted(&value)),
            _ => {}
        }
    }
    found
}

/// Names and values between the parentheses of a FETCH.
struct Items<'a>(&'a [u8]);

impl<'a> Items<'a> {
    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at_checked(length).unwrap_or((self.0, &[]));
        self.0 = rest;
        taken
    }

    /// The next name; `None` at the end.
    fn atom(&mut self) -> Option<&'a [u8]> {
        self.0 = trimmed(self.0);
        let mut in_brackets = false;
        let length = self.0.iter().position(|byte| {
            in_brackets = (in_brackets || *byte == b'[') && *byte != b']';
            !in_brackets && matches!(byte, b' ' | b'(' | b')' | b'"' | &LITERAL)
        });
        Some(self.take(length.unwrap_or(self.0.len()))).filter(|name| !name.is_empty())
    }

    /// The value behind a name: a quoted text with its quotes, a list with its parentheses, or a word.
    fn value(&mut self) -> Cow<'a, [u8]> {
        self.0 = trimmed(self.0);
        let length = match self.0.first() {
            Some(b'"') => quoted(self.0),
            Some(b'(') => {
                let (mut depth, mut at) = (0_usize, 0);
                while let Some(byte) = self.0.get(at) {
                    match byte {
                        b'(' => depth += 1,
                        b')' => depth -= 1,
                        b'"' => at += quoted(self.0.get(at..).unwrap_or_default()).saturating_sub(1),
                        _ => {}
                    }
                    at += 1;
                    if depth == 0 {
                        break;
                    }
                }
                at
            }
            _ => self.0.iter().position(|byte| matches!(byte, b' ' | b')')).unwrap_or(self.0.len()),
        };
        Cow::Borrowed(self.take(length))
    }
}

/// Length of the quoted text at the beginning, with its quotes.
fn quoted(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

fn unquoted(text: &[u8]) -> Vec<u8> {
    let inside = text.strip_prefix(b"\"").unwrap_or(text);
    let inside = inside.strip_suffix(b"\"").unwrap_or(inside);
    let mut is_escaped = false;
    let keep = |byte: &&u8| {
        is_escaped = **byte == b'\\' && !is_escaped;
        !is_escaped
    };
    inside.iter().filter(keep).copied().collect()
}

/// Number of octets of the literal that follows the line, and the line without what announces it.
pub(super) fn announced(line: &[u8]) -> Option<(u64, &[u8])> {
    let inside = line.strip_suffix(b"}")?;
    let begin = inside.iter().rposition(|byte| *byte == b'{')?;
    let digits = std::str::from_utf8(inside.get(begin + 1..)?).ok()?;
    let digits = digits.strip_suffix('+').unwrap_or(digits);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // A number that is too large for anything is as large as can be.
    let size = digits.parse().unwrap_or(u64::MAX);
    let before = line.get(..begin)?;
    // `~` announces one that may hold zero octets (RFC 9051 §4.3).
    Some((size, before.strip_suffix(b"~").unwrap_or(before)))
}

/// Does a mail's whole content follow this beginning of a line?
pub(super) fn begins_content(line: &[u8]) -> bool {
    line.trim_ascii_end().to_ascii_uppercase().ends_with(b"BODY[]")
}

fn trimmed(text: &[u8]) -> &[u8] {
    text.trim_ascii_start()
}

fn word(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| *byte == b' ').unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, &[]))
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty())
}

fn number(word: &[u8]) -> Option<u32> {
    std::str::from_utf8(word).ok().and_then(|word| word.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: Status, code: &str, text: &str) -> StatusLine {
        StatusLine { status, code: code.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn statuses_are_read_with_their_codes() {
        for (line, response) in [
            ("* OK IMAP4rev1 ready", Response::Status(status(Status::Ok, "", "IMAP4rev1 ready"))),
            ("* ok [UIDVALIDITY 7] it is", Response::Status(status(Status::Ok, "UIDVALIDITY 7", "it is"))),
            ("* BYE", Response::Status(status(Status::Bye, "", ""))),
            (
                "g2 NO [AUTHENTICATIONFAILED] wrong\tpassword",
                Response::Done("g2".to_owned(), status(Status::No, "AUTHENTICATIONFAILED", "wrong password")),
            ),
            ("g2 BAD", Response::Done("g2".to_owned(), status(Status::Bad, "", ""))),
            ("+ go on", Response::Continue),
            ("+", Response::Continue),
            ("* CAPABILITY IMAP4rev1 Idle", Response::Capabilities(vec!["IMAP4REV1".to_owned(), "IDLE".to_owned()])),
            ("* SEARCH 2 84 882", Response::Found(vec![2, 84, 882])),
            ("* SEARCH", Response::Found(Vec::new())),
            ("* SEARCH 2 x 99999999999 (MODSEQ 917162500)", Response::Found(vec![2])),
            ("* 23 EXISTS", Response::Exists),
            ("* 23 EXPUNGE", Response::Other),
            ("* LIST () \"/\" INBOX", Response::Other),
            ("", Response::Other),
            ("*", Response::Other),
            ("* ", Response::Other),
            ("  ", Response::Other),
            ("* 4294967296 FETCH", Response::Fetched(Fetched::default())),
        ] {
            assert_eq!(read(line.as_bytes()), response, "{line}");
        }
    }

    #[test]
    fn what_is_said_of_a_mail_is_found_in_any_order() {
        let fetched = |uid, size, inline: Option<&str>| {
            Response::Fetched(Fetched { uid, size, inline: inline.map(|text| text.as_bytes().to_vec()) })
        };
        for (line, response) in [
            ("* 1 FETCH (UID 5 RFC822.SIZE 1234)", fetched(Some(5), Some(1234), None)),
            ("* 1 fetch (rfc822.size 1234 flags (\\Seen \"a)\\\"b\") uid 5)", fetched(Some(5), Some(1234), None)),
            ("* 1 FETCH (BODY[] \0 UID 5)", fetched(Some(5), None, None)),
            ("* 1 FETCH (UID 5 BODY[] \"a \\\"b\\\\ c\")", fetched(Some(5), None, Some("a \"b\\ c"))),
            ("* 1 FETCH (UID 5 BODY[] NIL)", fetched(Some(5), None, None)),
            ("* 1 FETCH (BODY[HEADER.FIELDS (TO)] \0 UID 5)", fetched(Some(5), None, None)),
            ("* 1 FETCH (UID 5 RFC822.SIZE 99999999999999999999)", fetched(Some(5), None, None)),
            ("* 1 FETCH (UID (((((", fetched(None, None, None)),
            ("* 1 FETCH (UID \"", fetched(None, None, None)),
            ("* 1 FETCH ()))", fetched(None, None, None)),
            ("* 1 FETCH", fetched(None, None, None)),
        ] {
            assert_eq!(read(line.as_bytes()), response, "{line}");
        }
    }

    #[test]
    fn literals_are_announced_at_the_end_of_a_line() {
        for (line, size, before) in [
            ("* 1 FETCH (BODY[] {342}", 342, "* 1 FETCH (BODY[] "),
            ("* 1 FETCH (BODY[] ~{342}", 342, "* 1 FETCH (BODY[] "),
            ("{0+}", 0, ""),
            ("a {99999999999999999999999}", u64::MAX, "a "),
        ] {
            assert_eq!(announced(line.as_bytes()), Some((size, before.as_bytes())), "{line}");
        }
        for line in ["", "}", "{}", "{x}", "{-1}", "{1", "1}", "a {1} b"] {
            assert_eq!(announced(line.as_bytes()), None, "{line}");
        }
        assert!(begins_content(b"* 1 FETCH (UID 5 body[] ") && !begins_content(b"* 1 FETCH (BODY[HEADER] "));
        assert!(is_status(b"* OK look at {5}") && is_status(b"g1 NO {5}") && is_status(b"+ {5}"));
        assert!(!is_status(b"* 1 FETCH (BODY[] {5}"));
    }
}

//! The canonical form in which headers and bodies are signed: `relaxed` (RFC 6376 §3.4.2 and §3.4.4), which survives a relay
//! that folds a line or removes a blank. Which headers are signed is in `signature`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::digest::{Context, SHA256};

/// The hash of a body (tag `bh=`). Made once for a body that many mails share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyHash(String);

impl BodyHash {
    /// Hashes a body as recipients get it: lines end in CRLF, dots are not doubled.
    pub fn of(body: &[u8]) -> BodyHash {
        let mut context = Context::new(&SHA256);
        relax_body(body, |piece| context.update(piece));
        BodyHash(STANDARD.encode(context.finish()))
    }

    /// The SHA-256 in base64.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The hash of the beginning of a canonical body, for bodies that begin alike.
#[derive(Debug, Clone)]
pub struct BodyStart(Hasher);

#[derive(Clone)]
struct Hasher(Context);

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hasher")
    }
}

impl BodyStart {
    /// Hashes the beginning of a body that is canonical already: see [`relaxed`].
    pub fn of(beginning: &[u8]) -> BodyStart {
        let mut context = Context::new(&SHA256);
        context.update(beginning);
        BodyStart(Hasher(context))
    }

    /// The hash of the body whose canonical form goes on with these pieces.
    pub fn finish<'a>(&self, pieces: impl IntoIterator<Item = &'a [u8]>) -> BodyHash {
        let mut context = self.0.0.clone();
        for piece in pieces {
            context.update(piece);
        }
        BodyHash(STANDARD.encode(context.finish()))
    }
}

/// A body as recipients get it in its canonical form.
pub fn relaxed(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    relax_body(body, |piece| out.extend_from_slice(piece));
    out
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Passes the relaxed body to `take` piece by piece: a run of blanks becomes one space, and none stays at the end of a line;
/// empty lines at the end go.
fn relax_body(body: &[u8], mut take: impl FnMut(&[u8])) {
    let mut empty = 0;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\n").map_or(line, |line| line.strip_suffix(b"\r").unwrap_or(line));
        let mut words = line.split(|byte| is_blank(*byte)).filter(|word| !word.is_empty()).peekable();
        if words.peek().is_none() {
            empty += 1;
            continue;
        }
        for _ in 0..std::mem::take(&mut empty) {
            take(b"\r\n");
        }
        if line.first().copied().is_some_and(is_blank) {
            take(b" ");
        }
        while let Some(word) = words.next() {
            take(word);
            take(if words.peek().is_some() { b" " } else { b"\r\n" });
        }
    }
}

/// Appends a header field in its relaxed form, without a line end: the name in lower case, the value on one line and
/// trimmed, a run of blanks as one space.
pub(super) fn relax_header(out: &mut String, name: &str, value: &str) {
    out.push_str(&name.trim_end().to_ascii_lowercase());
    out.push(':');
    let words = value.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty());
    for (number, word) in words.enumerate() {
        if number > 0 {
            out.push(' ');
        }
        out.push_str(word);
    }
}

/// Splits a mail's head into its fields, as name and value in order; values keep their folds.
pub(super) fn fields(head: &str) -> Vec<(&str, &str)> {
    let mut fields = Vec::new();
    let mut rest = head;
    while !rest.is_empty() && !rest.starts_with("\r\n") {
        let folded = |at: &usize| rest.get(at + 2..).is_none_or(|next| !next.starts_with([' ', '\t']));
        let end = rest.match_indices("\r\n").map(|(at, _)| at).find(folded).unwrap_or(rest.len());
        let (field, after) = rest.split_at(end);
        fields.extend(field.split_once(':'));
        rest = after.strip_prefix("\r\n").unwrap_or(after);
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> String {
        let mut out = Vec::new();
        relax_body(text.as_bytes(), |piece| out.extend_from_slice(piece));
        String::from_utf8(out).unwrap()
    }

    /// RFC 6376 §3.4.5, example 1.
    #[test]
    fn the_example_of_the_standard() {
        let head = "A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n";
        let mut out = String::new();
        for (name, value) in fields(head) {
            relax_header(&mut out, name, value);
            out.push_str("\r\n");
        }
        assert_eq!(out, "a:X\r\nb:Y Z\r\n");
        assert_eq!(body(" C \r\nD \t E\r\n\r\n\r\n"), " C\r\nD E\r\n");
    }

    #[test]
    fn bodies_at_the_edge() {
        assert_eq!(body(""), "");
        assert_eq!(body("\r\n \r\n\t\r\n"), "");
        assert_eq!(body("a"), "a\r\n");
        assert_eq!(body("a\r\n\r\n \r\nb"), "a\r\n\r\n\r\nb\r\n");
        assert_eq!(body("\t a\tb \r\n"), " a b\r\n");
        // RFC 6376 §3.4.4 gives the hash of an empty body.
        assert_eq!(BodyHash::of(b"").as_str(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        // RFC 8463 appendix A.
        let joe = "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n\r\n\r\n";
        assert_eq!(BodyHash::of(joe.as_bytes()).as_str(), "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");
    }
}

//! Whether a mail names an address anywhere: in a header, in a part or in a mail within it, as it is or in one of the ways in
//! which mails and links encode text. It is asked when a person is erased; what a mail says is not of interest here.

use base64::{
    alphabet,
    engine::{DecodePaddingMode, Engine as _, GeneralPurpose, GeneralPurposeConfig},
};
use memchr::memmem::Finder;

use crate::base::mentions::stands_alone;

/// Base64 as mail programs write it: the padding may be missing, or cut off.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);
/// So many levels of base64 within base64 are opened.
const MAX_LEVELS: usize = 4;
/// The sign `@` as links and HTML write it.
const ENCODED_AT: [&str; 4] = ["%40", "&#64;", "&#x40;", "&commat;"];
/// Fields that name who wrote a mail.
const SENDERS: [&[u8]; 4] = [b"from:", b"sender:", b"reply-to:", b"return-path:"];

/// Addresses that mails are searched for, in all their spellings.
#[derive(Debug)]
pub struct Named {
    finders: Vec<Finder<'static>>,
}

impl Named {
    /// Searches for addresses, each given in one or more spellings; their case does not matter.
    pub fn new<'a>(addresses: impl IntoIterator<Item = &'a str>) -> Named {
        let mut spelled: Vec<String> = Vec::new();
        for address in addresses {
            let address = address.to_ascii_lowercase();
            spelled.extend(ENCODED_AT.iter().map(|at| address.replace('@', at)));
            spelled.push(address);
        }
        spelled.sort_unstable();
        spelled.dedup();
        Named { finders: spelled.iter().map(|one| Finder::new(one.as_bytes()).into_owned()).collect() }
    }

    /// Does the mail name one of them?
    pub fn is_in(&self, mail: &[u8]) -> bool {
        self.is_within(mail, 0)
    }

    /// Does a field of the mail's head say that one of them wrote it? Fields can be made up. A name beside an address may be
    /// anything.
    pub fn is_sender_of(&self, mail: &[u8]) -> bool {
        let mut field = Vec::new();
        for line in mail.split(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            // A folded line goes on with the field of before.
            if line.starts_with(b" ") || line.starts_with(b"\t") {
                field.extend_from_slice(line);
                continue;
            }
            if self.is_sender_in(&field) {
                return true;
            }
            if line.is_empty() {
                return false;
            }
            field = line.to_vec();
        }
        self.is_sender_in(&field)
    }

    fn is_sender_in(&self, field: &[u8]) -> bool {
        let is_named = |name: &&[u8]| field.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name));
        SENDERS.iter().any(is_named) && self.is_as_written(&without_names(field))
    }

    fn is_within(&self, bytes: &[u8], level: usize) -> bool {
        self.is_as_written(bytes)
            || self.is_as_written(&without_quoting(bytes))
            || self.is_as_written(&with_words_decoded(bytes))
            || (level < MAX_LEVELS && base64_blocks(bytes).any(|block| self.is_within(&block, level + 1)))
    }

    fn is_as_written(&self, bytes: &[u8]) -> bool {
        let lower = bytes.to_ascii_lowercase();
        self.finders.iter().any(|finder| {
            let length = finder.needle().len();
            finder.find_iter(&lower).any(|at| stands_alone(&lower, at, length))
        })
    }
}

/// What stands in the angle brackets of a field; all of it but quoted words if there are none (RFC 5322 §3.4).
fn without_names(field: &[u8]) -> Vec<u8> {
    let (mut bare, mut is_quoted) = (Vec::new(), false);
    for byte in field {
        if *byte == b'"' {
            is_quoted = !is_quoted;
        } else if !is_quoted {
            bare.push(*byte);
        }
    }
    let Some(begin) = bare.iter().position(|byte| *byte == b'<') else { return bare };
    bare.split_off(begin)
}

/// A text in quoted-printable (RFC 2045 §6.7) as it was before; what is none stays as it is.
fn without_quoting(bytes: &[u8]) -> Vec<u8> {
    let (mut decoded, mut rest) = (Vec::with_capacity(bytes.len()), bytes);
    while let Some((first, after)) = rest.split_first() {
        let (byte, next) = match (first, after) {
            (b'=', [b'\r', b'\n', next @ ..] | [b'\n', next @ ..]) => (None, next),
            (b'=', [high, low, next @ ..]) => match octet(*high, *low) {
                Some(byte) => (Some(byte), next),
                None => (Some(*first), after),
            },
            _ => (Some(*first), after),
        };
        decoded.extend(byte);
        rest = next;
    }
    decoded
}

fn octet(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// A text whose encoded words (RFC 2047) stand there as octets; white space between two of them is none.
fn with_words_decoded(bytes: &[u8]) -> Vec<u8> {
    let (mut decoded, mut rest, mut follows_word) = (Vec::with_capacity(bytes.len()), bytes, false);
    let begin = Finder::new(b"=?");
    while let Some(at) = begin.find(rest) {
        let (before, from) = rest.split_at(at);
        let Some((word, after)) = encoded_word(from) else {
            let (mark, after) = from.split_at(2);
            decoded.extend_from_slice(before);
            decoded.extend_from_slice(mark);
            (rest, follows_word) = (after, false);
            continue;
        };
        if !follows_word || !before.iter().all(u8::is_ascii_whitespace) {
            decoded.extend_from_slice(before);
        }
        decoded.extend_from_slice(&word);
        (rest, follows_word) = (after, true);
    }
    decoded.extend_from_slice(rest);
    decoded
}

/// The octets of an encoded word with which a text begins, and what stands behind it: `=?utf-8?B?4oKs?=`.
fn encoded_word(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    // At most 75 characters, says RFC 2047; there are longer ones.
    let within = text.get(2..text.len().min(1_000))?;
    let mut parts = within.splitn(4, |byte| *byte == b'?');
    let (charset, encoding, inner) = (parts.next()?, parts.next()?, parts.next()?);
    if !parts.next()?.starts_with(b"=") {
        return None;
    }
    let octets = match encoding {
        b"B" | b"b" => from_base64(inner.to_vec())?,
        b"Q" | b"q" => {
            without_quoting(&inner.iter().map(|byte| if *byte == b'_' { b' ' } else { *byte }).collect::<Vec<_>>())
        }
        _ => return None,
    };
    let length = 2 + charset.len() + 1 + encoding.len() + 1 + inner.len() + 2;
    Some((octets, text.get(length..)?))
}

/// What stands in blocks of base64 lines.
fn base64_blocks(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let mut lines = bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    std::iter::from_fn(move || {
        let mut block = Vec::new();
        loop {
            match lines.next() {
                Some(line) if !line.is_empty() && line.iter().all(|byte| is_base64(*byte)) => {
                    block.extend_from_slice(line);
                }
                Some(_) if block.is_empty() => {}
                None if block.is_empty() => return None,
                Some(_) | None => return Some(block),
            }
        }
    })
    .filter_map(from_base64)
}

const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// Decodes as many whole groups as there are.
fn from_base64(mut text: Vec<u8>) -> Option<Vec<u8>> {
    while text.last() == Some(&b'=') {
        text.pop();
    }
    if text.len() % 4 == 1 {
        text.pop();
    }
    BASE64.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use base64::prelude::BASE64_STANDARD;

    use super::*;

    fn named() -> Named {
        Named::new(["gerd@erased.example"])
    }

    #[test]
    fn an_address_is_found_however_a_mail_writes_it() {
        let base64 = |text: &str| BASE64_STANDARD.encode(text);
        let lines = |text: &str| {
            let encoded = base64(text);
            encoded.as_bytes().chunks(20).map(|line| String::from_utf8_lossy(line) + "\r\n").collect::<String>()
        };
        let letter = "From: Gerd <gerd@erased.example>\r\n\r\nIch frage.\r\n";
        for mail in [
            "Subject: a\r\n\r\nIch, GERD@Erased.example\r\n".to_owned(),
            "Subject: a\r\n\r\nIch, gerd=40erased=2Eexample\r\n".to_owned(),
            "Subject: a\r\n\r\nIch, gerd@era=\r\nsed.example\r\n".to_owned(),
            "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe_von_gerd=40erased.example?=\r\n\r\nb\r\n".to_owned(),
            format!("Subject: =?utf-8?B?{}?=\r\n\r\nb\r\n", base64("Grüße von gerd@erased.example")),
            format!("Subject: =?utf-8?B?{}?=\r\n =?utf-8?q?erased.example?=\r\n\r\nb", base64("Grüße von gerd@")),
            format!("Subject: =? =?utf-8?B?{}?= x\r\n\r\nb", base64("gerd@erased.example").trim_end_matches('=')),
            format!("Content-Transfer-Encoding: base64\r\n\r\n{}", lines("Ich, gerd@erased.example, frage.")),
            format!("Content-Transfer-Encoding: base64\r\n\r\n{}", lines(&format!("a\r\n\r\n{}", lines(letter)))),
            "\r\n<a href=\"https://x.example/?a=gerd%40erased.example\">".to_owned(),
            "\r\ngerd&#64;erased.example".to_owned(),
        ] {
            assert!(named().is_in(mail.as_bytes()), "{mail}");
        }
    }

    #[test]
    fn what_names_another_stays() {
        for mail in ["", "\n", "=", "=?", "=?a?B?", "=?a?B?!?=", "Z2VyZA", "gerd@erased.exampl", "=?utf-8?X?gerd?="] {
            assert!(!named().is_in(mail.as_bytes()), "{mail}");
        }
        for mail in ["From: agerd@erased.example", "To: x.gerd@erased.example", "gerd%40erased.example.org"] {
            assert!(!named().is_in(mail.as_bytes()), "{mail}");
        }
    }

    #[test]
    fn who_wrote_a_mail_is_said_by_its_head() {
        for (mail, is_sender) in [
            ("From: Gerd\r\n <gerd@erased.example>\r\n\r\nb", true),
            ("return-path: <gerd@erased.example>\n\nb", true),
            ("From: gerd@erased.example (Gerd)\r\n\r\nb", true),
            ("From: Gerd <gerd@erased.example>", true),
            ("To: gerd@erased.example\r\nFrom: a@b.example\r\n\r\nb", false),
            ("From: \"for gerd@erased.example\"\r\n <a@b.example>\r\n\r\nb", false),
            ("From: for gerd@erased.example <a@b.example>\r\n\r\nb", false),
            ("From: agerd@erased.example\r\n\r\nb", false),
            ("Return-Path: <bounces+gerd@erased.example>\r\n\r\nb", false),
            ("Subject: a\r\n\r\nFrom: gerd@erased.example", false),
        ] {
            assert_eq!(named().is_sender_of(mail.as_bytes()), is_sender, "{mail}");
        }
    }
}

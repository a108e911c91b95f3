//! Encodes text and bytes as the 7-bit lines of a mail: header text (RFC 2047), parameters (RFC 2231), base64, dot-stuffing
//! (RFC 5321 §4.5.2). Which headers a mail has is in `message`. Header text is not left to lettre, which neither breaks a
//! long ASCII word nor protects `=?` in a subject.

use std::fmt::Write as _;

use lettre::message::{Body, header::ContentTransferEncoding};

/// Maximum number of octets of text in one encoded word: with its frame and the longest header name the line stays below
/// 78.
const MAX_WORD: usize = 39;
/// Maximum length of a header line in octets, before it is folded.
const MAX_LINE: usize = 76;

/// Base64 on one line.
pub(super) fn base64(bytes: &[u8]) -> String {
    let body = Body::new_with_encoding(bytes.to_vec(), ContentTransferEncoding::Base64);
    let lines = body.map_or_else(|bytes| bytes, Body::into_vec);
    String::from_utf8_lossy(&lines).replace("\r\n", "")
}

/// May this stand in a header? Line breaks and other control characters may not.
pub(super) fn is_one_line(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

/// May this stand in a header unencoded, alone or between angle brackets? True for visible ASCII that fits one line.
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.len() <= 900 && text.bytes().all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>')
}

/// Encodes free text as the value of a header: as folded ASCII if that reads the same, else as encoded words. `start` is
/// the number of octets already on the line.
pub(super) fn text(text: &str, start: usize) -> String {
    if !is_plain(text) {
        return encoded_words(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut line = start;
    for (number, word) in text.split(' ').enumerate() {
        if number > 0 {
            let folds = line + 1 + word.len() > MAX_LINE;
            out.push_str(if folds { "\r\n " } else { " " });
            line = if folds { 1 } else { line + 1 };
        }
        out.push_str(word);
        line += word.len();
    }
    out
}

/// Encodes a name before an address (`phrase` of RFC 5322).
pub(super) fn phrase(name: &str) -> String {
    if !is_plain(name) || name.len() > MAX_LINE - 10 {
        return encoded_words(name);
    }
    if name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ') {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Does it read the same without encoding, and does each word fit a line?
fn is_plain(text: &str) -> bool {
    let visible = text.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
    let words = text.split(' ').all(|word| !word.is_empty() && word.len() <= MAX_LINE - 10);
    visible && !text.contains("=?") && (words || text.is_empty())
}

/// Encodes by the `B` encoding of RFC 2047, one encoded word on each line; no word ends inside a character.
fn encoded_words(text: &str) -> String {
    pieces(text, MAX_WORD, char::len_utf8)
        .map(|piece| format!("=?utf-8?b?{}?=", base64(piece.as_bytes())))
        .collect::<Vec<_>>()
        .join("\r\n ")
}

/// Cuts a text into pieces of at most `limit`, where `cost` says how much a character counts.
fn pieces(text: &str, limit: usize, cost: impl Fn(char) -> usize) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut used = 0;
        let end = rest.char_indices().find(|(_, c)| {
            used += cost(*c);
            used > limit
        });
        let (piece, after) = rest.split_at_checked(end.map_or(rest.len(), |(at, _)| at))?;
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Encodes a file name as parameters, each on its own line: `filename*` in UTF-8 (RFC 2231, with continuations if long),
/// then the ASCII `filename` for mail programs that know no other. A program that takes the first one it
/// finds gets the full name.
pub(super) fn file_name(name: &str, ascii: &str) -> String {
    let mut out = String::new();
    if name != ascii {
        let cost = |c: char| if is_attribute(c) { 1 } else { 3 * c.len_utf8() };
        let pieces: Vec<String> = pieces(name, 54, cost).map(percent).collect();
        match pieces.as_slice() {
            [one] => {
                let _ = write!(out, ";\r\n filename*=utf-8''{one}");
            }
            many => {
                for (number, piece) in many.iter().enumerate() {
                    let charset = if number == 0 { "utf-8''" } else { "" };
                    let _ = write!(out, ";\r\n filename*{number}*={charset}{piece}");
                }
            }
        }
    }
    let _ = write!(out, ";\r\n filename=\"{ascii}\"");
    out
}

/// `attribute-char` of RFC 2231.
fn is_attribute(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$&+-.^_`{|}~".contains(c)
}

fn percent(piece: &str) -> String {
    let mut out = String::with_capacity(piece.len() * 3);
    for c in piece.chars() {
        if is_attribute(c) {
            out.push(c);
        } else {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// Returns a file name in ASCII that reads alike: German umlauts and accented Latin letters are written out, spaces and
/// signs become hyphens. If letters would be lost (Chinese), or nothing remains, returns `fallback`, made safe in the same
/// way. At most 100 octets, with the extension kept.
pub fn ascii_name(name: &str, fallback: &str) -> String {
    written_out(name).or_else(|| written_out(fallback)).unwrap_or_else(|| "attachment".to_owned())
}

fn written_out(name: &str) -> Option<String> {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        let plain = match c {
            'ä' | 'æ' => "ae",
            'ö' | 'œ' => "oe",
            'ü' => "ue",
            'ß' => "ss",
            'Ä' | 'Æ' => "Ae",
            'Ö' | 'Œ' => "Oe",
            'Ü' => "Ue",
            'à' | 'á' | 'â' | 'ã' | 'å' => "a",
            'ç' | 'ć' | 'č' => "c",
            'è' | 'é' | 'ê' | 'ë' | 'ě' => "e",
            'ì' | 'í' | 'î' | 'ï' => "i",
            'ñ' | 'ń' => "n",
            'ò' | 'ó' | 'ô' | 'õ' | 'ø' => "o",
            'ù' | 'ú' | 'û' => "u",
            'š' | 'ś' => "s",
            'ž' | 'ź' | 'ż' => "z",
            '₂' => "2",
            // An umlaut typed as two characters: the letter before it is there already.
            '\u{308}' => "e",
            c if c.is_ascii_alphanumeric() || "-_.".contains(c) => {
                out.push(c);
                continue;
            }
            c if c.is_alphanumeric() => return None,
            _ => "-",
        };
        if plain != "-" || !out.ends_with('-') {
            out.push_str(plain);
        }
    }
    let (stem, ending) = out.rsplit_once('.').map_or((&*out, String::new()), |(stem, ending)| {
        (stem, format!(".{}", ending.chars().take(10).collect::<String>()))
    });
    let stem: String = stem.trim_matches(['-', '.', ' ']).chars().take(100 - ending.len()).collect();
    stem.chars().any(char::is_alphanumeric).then(|| stem + &ending)
}

/// Prepares the text of a part: LF as the only line end, and no control character but the tab.
pub(super) fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|c| !c.is_ascii_control() || matches!(c, '\n' | '\t')).collect()
}

/// Doubles each dot at the start of a line (RFC 5321 §4.5.2). The body must have CRLF line ends.
pub(super) fn stuff(body: Vec<u8>) -> Vec<u8> {
    if !body.starts_with(b".") && !body.windows(2).any(|two| two == b"\n.") {
        return body;
    }
    let mut out = Vec::with_capacity(body.len() + 64);
    let mut starts = true;
    for byte in body {
        if starts && byte == b'.' {
            out.push(b'.');
        }
        out.push(byte);
        starts = byte == b'\n';
    }
    out
}

/// Undoes [`stuff`].
pub(super) fn unstuff(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut starts = true;
    for &byte in body {
        if !(starts && byte == b'.') {
            out.push(byte);
        }
        starts = byte == b'\n';
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_in_ascii() {
        for (name, wanted) in [
            ("Grüne-Wirtschaft-Nr-12.pdf", "Gruene-Wirtschaft-Nr-12.pdf"),
            ("Gru\u{308}ne Wirtschaft.pdf", "Gruene-Wirtschaft.pdf"),
            ("Café – Übersicht \"1\".pdf", "Cafe-Uebersicht-1.pdf"),
            ("绿色经济简报-第12期.pdf", "green-economy-12-zh.pdf"),
            ("…", "green-economy-12-zh.pdf"),
            ("../../etc/passwd", "etc-passwd"),
            (".pdf", "green-economy-12-zh.pdf"),
        ] {
            let got = ascii_name(name, "green-economy-12-zh.pdf");
            if name == "../../etc/passwd" {
                assert!(!got.contains('/'), "{got}");
            } else {
                assert_eq!(got, wanted, "{name}");
            }
        }
        assert_eq!(ascii_name("简", "报"), "attachment");
        let long = ascii_name(&format!("{}.pdf", "a".repeat(500)), "x");
        assert!(long.len() == 100 && long.ends_with(".pdf"), "{long}");
    }

    #[test]
    fn header_text() {
        assert_eq!(text("Green Economy Brief", 9), "Green Economy Brief");
        assert_eq!(text("Grüße 中", 9), "=?utf-8?b?R3LDvMOfZSDkuK0=?=");
        assert_eq!(text("a =?utf-8?q?b?= c", 9), "=?utf-8?b?YSA9P3V0Zi04P3E/Yj89IGM=?=");
        let folded = text("word ".repeat(40).trim_end(), 9);
        assert!(folded.lines().all(|line| line.len() <= MAX_LINE), "{folded}");
        assert_eq!(folded.replace("\r\n ", " "), "word ".repeat(40).trim_end());
        assert_eq!(phrase("Green Brief"), "Green Brief");
        assert_eq!(phrase("Dr. \"X\""), r#""Dr. \"X\"""#);
    }

    #[test]
    fn file_name_parameters() {
        assert_eq!(file_name("a.pdf", "a.pdf"), ";\r\n filename=\"a.pdf\"");
        assert_eq!(file_name("ü.pdf", "ue.pdf"), ";\r\n filename*=utf-8''%C3%BC.pdf;\r\n filename=\"ue.pdf\"");
        let long = file_name(&"绿".repeat(20), "a.pdf");
        assert!(long.contains("filename*0*=utf-8''%E7") && long.contains(" filename*3*=%E7"), "{long}");
        assert!(long.lines().all(|line| line.len() <= 78), "{long}");
    }

    #[test]
    fn dots_are_doubled_and_taken_back() {
        let body = b".a\r\n..b\r\nc.d\r\n.\r\n".to_vec();
        let stuffed = stuff(body.clone());
        assert_eq!(stuffed, b"..a\r\n...b\r\nc.d\r\n..\r\n");
        assert_eq!(unstuff(&stuffed), body);
    }
}

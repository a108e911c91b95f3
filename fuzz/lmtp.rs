//! What the fuzzer of LMTP calls, and the tests with its corpus: any octets as what a mail server says. Commands and contents
//! are read without a panic and within bounds, and alike in whatever pieces they come; a content ends where RFC 5321 says and
//! nowhere else.

#![allow(dead_code, reason = "each user of this file calls one or all of the functions")]

use greenbrief::{
    actions::replies::IncomingMail,
    daemon::intake::lmtp::{
        command::{Command, MAX_ADDRESS, read},
        content::Content,
    },
};

/// The first octet says how large the pieces of contents are; the others are what the mail server says.
pub fn lmtp(bytes: &[u8]) {
    contents(bytes);
}

/// The sizes of the contents that came whole.
pub fn contents(bytes: &[u8]) -> Vec<usize> {
    let Some((piece, mut rest)) = bytes.split_first() else { return Vec::new() };
    let mut sizes = Vec::new();
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let (line, behind) = rest.split_at(end + 1);
        rest = behind;
        let Some(line) = line.strip_suffix(b"\r\n") else { break };
        match read(line) {
            Command::Data => {
                let Some((size, length)) = content(rest, usize::from(*piece) + 1) else { break };
                sizes.push(size);
                rest = rest.get(length..).unwrap_or_default();
            }
            Command::Mail(address) | Command::Rcpt(address) => {
                assert!(address.chars().count() <= MAX_ADDRESS && !address.contains(char::is_control), "{address:?}");
            }
            Command::Wrong(told) => {
                assert!(told.len() > 10 && told.starts_with(['4', '5']) && !told.contains(['\r', '\n']), "{told}");
            }
            Command::Quit => break,
            Command::Lhlo | Command::Rset | Command::Noop | Command::Vrfy => {}
        }
    }
    sizes
}

/// The size of a content and where it ends; `None` if it does not end.
fn content(bytes: &[u8], piece: usize) -> Option<(usize, usize)> {
    let whole = in_pieces(bytes, bytes.len().max(1));
    assert_eq!(in_pieces(bytes, piece), whole, "in pieces of {piece}");
    let end = match bytes.starts_with(b".\r\n") {
        true => Some(3),
        false => bytes.windows(5).position(|window| window == b"\r\n.\r\n").map(|at| at + 5),
    };
    assert_eq!(whole.map(|(_, _, length)| length), end, "the end");
    let (size, has_stray_ends, length) = whole?;
    assert!(size <= length);
    let content = bytes.get(..length).unwrap_or_default();
    // What another server could take for an end makes it refused as a whole.
    let bare =
        content.iter().enumerate().any(|(at, byte)| *byte == b'\n' && (at == 0 || content.get(at - 1) != Some(&b'\r')));
    let hidden = content.windows(2).any(|window| window == b"\r.");
    assert!(has_stray_ends || !(bare || hidden), "stray ends");
    Some((size, length))
}

fn in_pieces(bytes: &[u8], piece: usize) -> Option<(usize, bool, usize)> {
    let (mut content, mut mail, mut before) = (Content::new(), IncomingMail::new(), 0);
    for part in bytes.chunks(piece) {
        if let Some(end) = content.take(part, &mut mail) {
            return Some((mail.size(), content.has_stray_ends, before + end));
        }
        before += part.len();
    }
    None
}

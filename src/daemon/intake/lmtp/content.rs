//! Finds where a mail's content ends (RFC 5321 §4.1.1.4, §4.5.2), and takes off the dots that were put in front of others.
//!
//! Only CR LF ends a line. A server that takes a bare LF or CR for one can be made to see a second mail within the first
//! ("SMTP smuggling"); content that holds a bare LF, or a dot beside a bare CR, is therefore refused as a whole.

use crate::actions::replies::IncomingMail;

/// Where the reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    LineStart,
    /// Behind a dot at the start of a line
    Dot,
    /// Behind a dot at the start of a line, and CR
    DotCr,
    Inside,
    /// Behind a CR
    Cr,
}

/// Reads the content of one mail.
#[derive(Debug)]
pub struct Content {
    at: At,
    /// Whether a line ended in a way that other servers may take for an end.
    pub has_stray_ends: bool,
}

impl Content {
    /// A content of which nothing has come yet.
    pub fn new() -> Content {
        Content { at: At::LineStart, has_stray_ends: false }
    }

    /// Takes octets, and puts those of the content into `mail`. `Some(n)`: the content ended behind the n-th.
    pub fn take(&mut self, bytes: &[u8], mail: &mut IncomingMail) -> Option<usize> {
        let mut content = Vec::with_capacity(bytes.len() + 2);
        let mut end = None;
        for (at, &byte) in bytes.iter().enumerate() {
            if self.next(byte, &mut content) {
                end = Some(at + 1);
                break;
            }
        }
        mail.push(&content);
        end
    }

    /// Takes an octet; true if it was the last of the end.
    fn next(&mut self, byte: u8, content: &mut Vec<u8>) -> bool {
        let before = self.at;
        self.at = match (before, byte) {
            (At::LineStart, b'.') => At::Dot,
            (At::Dot, b'\r') => At::DotCr,
            (At::DotCr, b'\n') => {
                self.at = At::LineStart;
                return true;
            }
            (_, b'\r') => {
                // The CR before was a bare one.
                if matches!(before, At::Cr | At::DotCr) {
                    self.has_stray_ends |= before == At::DotCr;
                    content.push(b'\r');
                }
                At::Cr
            }
            (At::Cr, b'\n') => {
                content.extend_from_slice(b"\r\n");
                At::LineStart
            }
            (_, byte) => {
                if matches!(before, At::Cr | At::DotCr) {
                    content.push(b'\r');
                }
                self.has_stray_ends |= byte == b'\n' || before == At::DotCr || (before == At::Cr && byte == b'.');
                content.push(byte);
                At::Inside
            }
        };
        false
    }
}

impl Default for Content {
    fn default() -> Content {
        Content::new()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is content, whether it is to be refused, and what is left behind the end; `None` if it does not end.
    fn read(bytes: &[u8], piece: usize) -> Option<(usize, bool, usize)> {
        let (mut content, mut mail, mut taken) = (Content::new(), IncomingMail::new(), 0);
        for piece in bytes.chunks(piece) {
            if let Some(end) = content.take(piece, &mut mail) {
                return Some((mail.size(), content.has_stray_ends, bytes.len() - taken - end));
            }
            taken += piece.len();
        }
        None
    }

    #[test]
    fn only_a_dot_on_a_line_of_its_own_ends_it() {
        for (bytes, wanted) in [
            (&b".\r\n"[..], Some((0, false, 0))),
            (b"a\r\n.\r\nQUIT\r\n", Some((3, false, 6))),
            (b"a\r\n..\r\n.b\r\n.\r\n", Some((3 + 3 + 3, false, 0))),
            (b"a\rb\r\n.\r\n", Some((5, false, 0))),
            (b"a\r\r\n.\r\n", Some((4, false, 0))),
            (b"a\r\n.\n", None),
            (b"a\n.\r\n", None),
            (b"a\n.\n", None),
            (b"a\r.\r", None),
            (b"a\r.\r\n", None),
            (b"a\r\n.\r", None),
            (b"a\n.\r\nb\r\n.\r\n", Some((8, true, 0))),
            (b"a\r\n.\nb\r\n.\r\n", Some((7, true, 0))),
            (b"a\r.\r\nb\r\n.\r\n", Some((8, true, 0))),
            (b"a\r\n.\rb\r\n.\r\n", Some((7, true, 0))),
            (b"a\r\n.\r\r\n.\r\n", Some((6, true, 0))),
        ] {
            for piece in [1, 2, 3, 100] {
                assert_eq!(read(bytes, piece), wanted, "{:?} by {piece}", bytes.escape_ascii().to_string());
            }
        }
    }

    proptest! {
        #[test]
        fn what_a_client_writes_comes_out_again(lines in proptest::collection::vec("[.ab]{0,4}", 0..8), piece in 1usize..9) {
            let plain: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            let stuffed: String = lines
                .iter()
                .map(|line| if line.starts_with('.') { format!(".{line}\r\n") } else { format!("{line}\r\n") })
                .collect();
            prop_assert_eq!(read(format!("{stuffed}.\r\n").as_bytes(), piece), Some((plain.len(), false, 0)));
        }

        #[test]
        fn nothing_ends_it_but_the_five_octets(bytes in proptest::collection::vec(prop::sample::select(b".\r\na".to_vec()), 0..24)) {
            let ends = bytes.starts_with(b".\r\n") || bytes.windows(5).any(|window| window == b"\r\n.\r\n");
            prop_assert_eq!(read(&bytes, 5).is_some(), ends);
        }
    }
}

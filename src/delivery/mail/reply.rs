//! What an SMTP server says (RFC 5321 §4.2), as a pure function over bytes: a reply is understood by its code, whatever
//! the text is written in, and takes a bounded amount of memory. Reading from the network is in `line`.

use std::fmt;

/// Octets of one reply line that are read.
pub const LONGEST_LINE: usize = 4096;
/// Lines of one reply that are read.
pub const MOST_LINES: usize = 100;
/// Characters of a reply's text that are kept.
pub const LONGEST_TEXT: usize = 500;
/// Octets that may wait unread in a [`Reader`].
pub const MOST_WAITING: usize = 4 * LONGEST_LINE;

/// A reply of an SMTP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Three digits, 200 to 599
    pub code: u16,
    /// The enhanced status (RFC 3463), such as 5.1.1, where the server gives one
    pub enhanced: Option<(u8, u16, u16)>,
    /// The text without codes, control characters out, lines joined by a space, at most 500 characters. What is not UTF-8
    /// shows as U+FFFD.
    pub text: String,
}

impl Reply {
    /// Should it be tried again later (4xx)?
    pub const fn is_transient(&self) -> bool {
        matches!(self.code, 400..=499)
    }

    /// Is it done (2xx)?
    pub const fn is_positive(&self) -> bool {
        matches!(self.code, 200..=299)
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some((class, subject, detail)) = self.enhanced {
            write!(f, " {class}.{subject}.{detail}")?;
        }
        if self.text.is_empty() { Ok(()) } else { write!(f, " {}", self.text) }
    }
}

/// A whole reply as it was read: its code and the text of each line, in whatever bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Three digits, 200 to 599
    pub code: u16,
    /// The text of each line without code and line end
    pub lines: Vec<Vec<u8>>,
}

impl Said {
    /// For people and tables.
    pub fn reply(&self) -> Reply {
        let mut enhanced = None;
        let mut text = String::new();
        for (number, line) in self.lines.iter().enumerate() {
            let line = String::from_utf8_lossy(line);
            let mut line = line.trim();
            if let Some((status, rest)) = status(line, self.code) {
                // Many servers repeat it on every line.
                enhanced = enhanced.or(Some(status));
                line = rest;
            }
            if number > 0 && !text.is_empty() && !line.is_empty() {
                text.push(' ');
            }
            text.extend(line.chars().map(|c| if c.is_control() { ' ' } else { c }));
            if text.chars().count() >= LONGEST_TEXT {
                break;
            }
        }
        Reply { code: self.code, enhanced, text: text.trim().chars().take(LONGEST_TEXT).collect() }
    }
}

/// The enhanced status at the start of a line, if it is of the same class as the code.
fn status(line: &str, code: u16) -> Option<((u8, u16, u16), &str)> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let mut numbers = word.split('.');
    let mut number = |most: usize| {
        let digits = numbers.next()?;
        let fits = !digits.is_empty() && digits.len() <= most && digits.bytes().all(|b| b.is_ascii_digit());
        if fits { digits.parse::<u16>().ok() } else { None }
    };
    let (class, subject, detail) = (number(1)?, number(3)?, number(3)?);
    let ends = numbers.next().is_none();
    (ends && class == code / 100).then_some(((u8::try_from(class).ok()?, subject, detail), rest.trim_start()))
}

/// Why bytes are no reply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It does not begin with three digits and a space or hyphen.
    #[error("not an SMTP reply: {0}")]
    NoCode(String),
    /// The lines of one reply carry different codes.
    #[error("one reply with two codes, {0} and {1}")]
    MixedCodes(u16, u16),
    /// More than [`LONGEST_LINE`] octets in a line.
    #[error("a reply line longer than {LONGEST_LINE} octets")]
    LongLine,
    /// More than [`MOST_LINES`] lines.
    #[error("a reply of more than {MOST_LINES} lines")]
    ManyLines,
    /// More octets than were waited for.
    #[error("more replies than commands")]
    TooMuch,
}

/// Takes bytes as they come and gives replies. After a [`Fault`] it gives nothing more.
#[derive(Debug, Default)]
pub struct Reader {
    /// Not understood yet
    waiting: Vec<u8>,
    /// The reply whose last line has not come
    begun: Option<Said>,
}

impl Reader {
    /// Takes bytes. Ask for what they say with [`take`](Reader::take) until it gives none.
    ///
    /// # Errors
    /// More than [`MOST_WAITING`] octets would wait: nobody asked for so much.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        if self.waiting.len() + bytes.len() > MOST_WAITING {
            return Err(Fault::TooMuch);
        }
        self.waiting.extend_from_slice(bytes);
        Ok(())
    }

    /// The next whole reply, if its last line has come.
    ///
    /// # Errors
    /// See [`Fault`]; [`verdict`](Reader::verdict) may still know what was meant.
    pub fn take(&mut self) -> Result<Option<Said>, Fault> {
        loop {
            let Some(end) = self.waiting.iter().position(|b| *b == b'\n') else {
                return if self.waiting.len() > LONGEST_LINE { Err(Fault::LongLine) } else { Ok(None) };
            };
            if end >= LONGEST_LINE {
                return Err(Fault::LongLine);
            }
            let head = head(&self.waiting);
            let (code, last) = head.ok_or_else(|| Fault::NoCode(shown(self.waiting.get(..end).unwrap_or_default())))?;
            let mut begun = self.begun.take().unwrap_or(Said { code, lines: Vec::new() });
            if begun.code != code {
                let fault = Fault::MixedCodes(begun.code, code);
                self.begun = Some(begun);
                return Err(fault);
            }
            if begun.lines.len() >= MOST_LINES {
                self.begun = Some(begun);
                return Err(Fault::ManyLines);
            }
            let line: Vec<u8> = self.waiting.drain(..=end).collect();
            let text = line.get(4..end).unwrap_or_default();
            begun.lines.push(text.strip_suffix(b"\r").unwrap_or(text).to_vec());
            if last {
                return Ok(Some(begun));
            }
            self.begun = Some(begun);
        }
    }

    /// What the reply that is being read says, if the first four octets of its last line have come: enough to know the
    /// code when the rest of the line is endless, or the connection ends before it.
    pub fn verdict(&self) -> Option<Said> {
        let (code, true) = head(&self.waiting)? else { return None };
        let end = self.waiting.len().min(LONGEST_LINE);
        let text = self.waiting.get(4..end).unwrap_or_default();
        let mut said = self.begun.clone().unwrap_or(Said { code, lines: Vec::new() });
        said.lines.push(text.split(|b| *b == b'\n').next().unwrap_or_default().to_vec());
        (said.code == code).then_some(said)
    }

    /// Nothing waits that was not asked for.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.begun.is_none()
    }
}

/// Code and whether the line is the last of its reply, from its first four octets.
fn head(line: &[u8]) -> Option<(u16, bool)> {
    let [a @ b'2'..=b'5', b @ b'0'..=b'9', c @ b'0'..=b'9', mark, ..] = line else { return None };
    let digit = |d: &u8| u16::from(d - b'0');
    let last = match mark {
        b' ' | b'\r' | b'\n' => true,
        b'-' => false,
        _ => return None,
    };
    Some((digit(a) * 100 + digit(b) * 10 + digit(c), last))
}

/// The start of a line that is no reply, for people.
fn shown(line: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(line).chars().filter(|c| !c.is_control()).take(60).collect();
    format!("`{text}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Option<Reply>, Fault> {
        let mut reader = Reader::default();
        reader.feed(bytes)?;
        Ok(reader.take()?.map(|said| said.reply()))
    }

    #[test]
    fn replies_are_understood_by_their_code() {
        let enhanced = |a, b, c| Some((a, b, c));
        for (bytes, code, status, text) in [
            (&b"250 2.0.0 Ok: queued as 4F\r\n"[..], 250, enhanced(2, 0, 0), "Ok: queued as 4F"),
            (b"250\r\n", 250, None, ""),
            (b"250 \r\n", 250, None, ""),
            (b"250\n", 250, None, ""),
            (b"571 5.7.1 no\r\n", 571, enhanced(5, 7, 1), "no"),
            (b"550-5.1.1 one\r\n550 5.1.1 two\r\n", 550, enhanced(5, 1, 1), "one two"),
            (b"550 4.1.1 class differs\r\n", 550, None, "4.1.1 class differs"),
            (b"550 \xd3\xca\xcf\xe4\r\n", 550, None, "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
            (b"450 a\tb\x1b[31m\r\n", 450, None, "a b [31m"),
        ] {
            assert_eq!(read(bytes), Ok(Some(Reply { code, enhanced: status, text: text.to_owned() })), "{bytes:?}");
        }
    }

    #[test]
    fn what_is_no_reply_is_said_to_be_none() {
        for bytes in [&b"HTTP/1.1 400\r\n"[..], b"25 ok\r\n", b"\r\n", b"950 no\r\n", b"250ok\r\n"] {
            assert!(matches!(read(bytes), Err(Fault::NoCode(_))), "{bytes:?}");
        }
        assert_eq!(read(b"250-a\r\n550 b\r\n"), Err(Fault::MixedCodes(250, 550)));
        assert_eq!(read(&b"250-a\r\n".repeat(101)), Err(Fault::ManyLines));
        assert_eq!(read(&[b"250 ".to_vec(), vec![b'a'; 5000]].concat()), Err(Fault::LongLine));
    }

    #[test]
    fn a_verdict_is_known_by_the_first_four_octets_of_the_last_line() {
        for (bytes, wanted) in [
            (&b"250 acc"[..], Some(250)),
            (b"250", None),
            (b"250-acc", None),
            (b"250-a\r\n250 b", Some(250)),
            (b"250-a\r\n550 b", None),
        ] {
            let mut reader = Reader::default();
            reader.feed(bytes).unwrap();
            let _ = reader.take();
            assert_eq!(reader.verdict().map(|said| said.code), wanted, "{bytes:?}");
        }
    }
}

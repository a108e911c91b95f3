//! Replies of SMTP servers (RFC 5321 §4.2), parsed from bytes: a reply is understood by its code, whatever encoding its
//! text is in, and takes a bounded amount of memory. Pure; reading from the network is in `connection`.

use std::fmt;

use crate::delivery::rules::EnhancedStatus;

/// Maximum length of a reply line, in octets.
pub const MAX_LINE_LENGTH: usize = 4096;
/// Maximum number of lines in one reply.
pub const MAX_LINES: usize = 100;
/// Maximum number of characters kept of a reply's text.
pub const MAX_TEXT_LENGTH: usize = 500;
/// Maximum number of octets that wait in a [`ReplyReader`] to be parsed.
pub const MAX_PENDING: usize = 4 * MAX_LINE_LENGTH;

/// A reply of an SMTP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Three digits, 200 to 599
    pub code: u16,
    /// The enhanced status, if the server gives one
    pub enhanced: Option<EnhancedStatus>,
    /// The text without codes, on one line, without control characters, at most [`MAX_TEXT_LENGTH`] characters. What is not
    /// UTF-8 shows as U+FFFD.
    pub text: String,
}

impl Reply {
    /// Is it a refusal for now (4xx)?
    pub const fn is_transient(&self) -> bool {
        matches!(self.code, 400..=499)
    }

    /// Is it a success (2xx)?
    pub const fn is_positive(&self) -> bool {
        matches!(self.code, 200..=299)
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(status) = self.enhanced {
            write!(f, " {status}")?;
        }
        if self.text.is_empty() { Ok(()) } else { write!(f, " {}", self.text) }
    }
}

/// A whole reply as it was received; its text is in whatever encoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawReply {
    /// Three digits, 200 to 599
    pub code: u16,
    /// The text of each line without code and line end
    pub lines: Vec<Vec<u8>>,
}

impl RawReply {
    /// The reply as text for people, logs and the store.
    pub fn reply(&self) -> Reply {
        let mut enhanced = None;
        let mut text = String::new();
        for (number, line) in self.lines.iter().enumerate() {
            let line = String::from_utf8_lossy(line);
            let mut line = line.trim();
            if let Some((status, rest)) = split_status(line, self.code) {
                // Many servers repeat it on every line.
                enhanced = enhanced.or(Some(status));
                line = rest;
            }
            if number > 0 && !text.is_empty() && !line.is_empty() {
                text.push(' ');
            }
            text.extend(line.chars().map(|c| if c.is_control() { ' ' } else { c }));
            if text.chars().count() >= MAX_TEXT_LENGTH {
                break;
            }
        }
        Reply { code: self.code, enhanced, text: text.trim().chars().take(MAX_TEXT_LENGTH).collect() }
    }
}

/// Splits the enhanced status from the start of a line, if it is of the same class as the code.
fn split_status(line: &str, code: u16) -> Option<(EnhancedStatus, &str)> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let mut numbers = word.split('.');
    let mut number = |most: usize| {
        let digits = numbers.next()?;
        let fits = !digits.is_empty() && digits.len() <= most && digits.bytes().all(|b| b.is_ascii_digit());
        if fits { digits.parse::<u16>().ok() } else { None }
    };
    let (class, subject, detail) = (number(1)?, number(3)?, number(3)?);
    let ends = numbers.next().is_none();
    let status = EnhancedStatus { class: u8::try_from(class).ok()?, subject, detail };
    (ends && class == code / 100).then_some((status, rest.trim_start()))
}

/// Why bytes are not a reply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplyError {
    /// A line does not begin with three digits and a space or hyphen.
    #[error("not an SMTP reply: {0}")]
    NoCode(String),
    /// The lines of one reply carry different codes.
    #[error("one reply with two codes, {0} and {1}")]
    MixedCodes(u16, u16),
    /// More than [`MAX_LINE_LENGTH`] octets in a line.
    #[error("a reply line longer than {MAX_LINE_LENGTH} octets")]
    LongLine,
    /// More than [`MAX_LINES`] lines.
    #[error("a reply of more than {MAX_LINES} lines")]
    ManyLines,
    /// More than [`MAX_PENDING`] octets that nobody asked for.
    #[error("more replies than commands")]
    TooMuch,
}

/// Parses replies from bytes as they arrive. After a [`ReplyError`] it returns nothing more.
#[derive(Debug, Default)]
pub struct ReplyReader {
    /// Not parsed yet
    pending: Vec<u8>,
    /// The reply whose last line has not arrived
    partial: Option<RawReply>,
}

impl ReplyReader {
    /// Takes bytes. Call [`next_reply`](ReplyReader::next_reply) until it returns `None`.
    ///
    /// # Errors
    /// If more than [`MAX_PENDING`] octets would wait.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), ReplyError> {
        if self.pending.len() + bytes.len() > MAX_PENDING {
            return Err(ReplyError::TooMuch);
        }
        self.pending.extend_from_slice(bytes);
        Ok(())
    }

    /// Returns the next whole reply, if its last line has arrived.
    ///
    /// # Errors
    /// See [`ReplyError`]; [`verdict`](ReplyReader::verdict) may still tell the code.
    pub fn next_reply(&mut self) -> Result<Option<RawReply>, ReplyError> {
        loop {
            let Some(end) = self.pending.iter().position(|b| *b == b'\n') else {
                return if self.pending.len() > MAX_LINE_LENGTH { Err(ReplyError::LongLine) } else { Ok(None) };
            };
            if end >= MAX_LINE_LENGTH {
                return Err(ReplyError::LongLine);
            }
            let head = line_head(&self.pending);
            let (code, last) =
                head.ok_or_else(|| ReplyError::NoCode(shown(self.pending.get(..end).unwrap_or_default())))?;
            let mut reply = self.partial.take().unwrap_or(RawReply { code, lines: Vec::new() });
            if reply.code != code {
                let error = ReplyError::MixedCodes(reply.code, code);
                self.partial = Some(reply);
                return Err(error);
            }
            if reply.lines.len() >= MAX_LINES {
                self.partial = Some(reply);
                return Err(ReplyError::ManyLines);
            }
            let line: Vec<u8> = self.pending.drain(..=end).collect();
            let text = line.get(4..end).unwrap_or_default();
            reply.lines.push(text.strip_suffix(b"\r").unwrap_or(text).to_vec());
            if last {
                return Ok(Some(reply));
            }
            self.partial = Some(reply);
        }
    }

    /// Returns the reply that is being read, if the first four octets of its last line have arrived: that is enough to know
    /// the code if the line never ends, or the connection ends first.
    pub fn verdict(&self) -> Option<RawReply> {
        let (code, true) = line_head(&self.pending)? else { return None };
        let end = self.pending.len().min(MAX_LINE_LENGTH);
        let text = self.pending.get(4..end).unwrap_or_default();
        let mut reply = self.partial.clone().unwrap_or(RawReply { code, lines: Vec::new() });
        reply.lines.push(text.split(|b| *b == b'\n').next().unwrap_or_default().to_vec());
        (reply.code == code).then_some(reply)
    }

    /// Is there nothing that has arrived and was not returned?
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty() && self.partial.is_none()
    }
}

/// Reads from the first four octets of a line the code, and whether the line is the last of its reply.
fn line_head(line: &[u8]) -> Option<(u16, bool)> {
    let [a @ b'2'..=b'5', b @ b'0'..=b'9', c @ b'0'..=b'9', mark, ..] = line else { return None };
    let digit = |d: &u8| u16::from(d - b'0');
    let last = match mark {
        b' ' | b'\r' | b'\n' => true,
        b'-' => false,
        _ => return None,
    };
    Some((digit(a) * 100 + digit(b) * 10 + digit(c), last))
}

/// Quotes the start of a line that is not a reply, for people.
fn shown(line: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(line).chars().filter(|c| !c.is_control()).take(60).collect();
    format!("`{text}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Option<Reply>, ReplyError> {
        let mut reader = ReplyReader::default();
        reader.feed(bytes)?;
        Ok(reader.next_reply()?.map(|reply| reply.reply()))
    }

    #[test]
    fn replies_are_understood_by_their_code() {
        let enhanced = |class, subject, detail| Some(EnhancedStatus { class, subject, detail });
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
            assert!(matches!(read(bytes), Err(ReplyError::NoCode(_))), "{bytes:?}");
        }
        assert_eq!(read(b"250-a\r\n550 b\r\n"), Err(ReplyError::MixedCodes(250, 550)));
        assert_eq!(read(&b"250-a\r\n".repeat(101)), Err(ReplyError::ManyLines));
        assert_eq!(read(&[b"250 ".to_vec(), vec![b'a'; 5000]].concat()), Err(ReplyError::LongLine));
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
            let mut reader = ReplyReader::default();
            reader.feed(bytes).unwrap();
            let _ = reader.next_reply();
            assert_eq!(reader.verdict().map(|reply| reply.code), wanted, "{bytes:?}");
        }
    }
}

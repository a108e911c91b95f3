//! Lines and contents out of a connection, within limits of length and time (RFC 5321 §4.5.3).

use std::{io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{Instant, timeout, timeout_at},
};

use super::content::Content;
use crate::actions::replies::IncomingMail;

/// Maximum number of octets of a command: RFC 5321 §4.5.3.1.4 says 512, and each extension needs some more.
const MAX_LINE: usize = 2_048;
/// Number of octets of a line after which nobody waits for its end any more.
const MAX_ENDLESS: usize = 1024 * 1024;
/// Number of octets, and time, that are read of a client that is sent away, so that it sees what it is told: whoever closes
/// with something unread takes back what was written (RFC 1122 §4.2.2.13).
const MAX_UNHEARD: usize = 16 * 1024 * 1024;
const UNHEARD_TIME: Duration = Duration::from_secs(10);
/// Time for a command (RFC 5321 §4.5.3.2.7), and for an answer to be taken.
const COMMAND_TIME: Duration = Duration::from_secs(300);
/// Time for a whole content.
const CONTENT_TIME: Duration = Duration::from_secs(600);
/// Number of octets that are read at a time.
const PIECE: usize = 16 * 1024;

/// What stands where a command is expected.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A line, without its end
    Whole(Vec<u8>),
    TooLong,
    /// A line that is much too long, and of which no end has come
    Endless,
    /// A line that ended with LF alone
    BareEnd,
    /// The client has gone
    Closed,
}

/// A connection of which lines are read. Answers are kept until nothing more is there to read.
pub(super) struct Lines<S> {
    stream: S,
    input: Vec<u8>,
    output: Vec<u8>,
    is_closed: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Lines<S> {
    pub fn new(stream: S) -> Lines<S> {
        Lines { stream, input: Vec::new(), output: Vec::new(), is_closed: false }
    }

    /// Adds an answer: one line.
    pub fn say(&mut self, line: &str) {
        self.output.extend_from_slice(line.as_bytes());
        self.output.extend_from_slice(b"\r\n");
    }

    /// Is there a line already, so that nobody waits for an answer?
    pub fn has_line(&self) -> bool {
        self.input.contains(&b'\n')
    }

    /// Sends the answers.
    pub async fn flush(&mut self) -> io::Result<()> {
        let answers = std::mem::take(&mut self.output);
        timeout(COMMAND_TIME, self.stream.write_all(&answers)).await??;
        Ok(())
    }

    /// Reads a command. May be dropped and called again.
    pub async fn line(&mut self) -> io::Result<Line> {
        let deadline = Instant::now() + COMMAND_TIME;
        let (mut is_too_long, mut passed_over) = (false, 0);
        loop {
            if let Some(end) = self.input.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.input.drain(..=end).collect();
                line.pop();
                return Ok(match line.pop() {
                    _ if is_too_long || line.len() > MAX_LINE => Line::TooLong,
                    Some(b'\r') => Line::Whole(line),
                    _ => Line::BareEnd,
                });
            }
            if self.input.len() > MAX_LINE {
                is_too_long = true;
                passed_over += self.input.len();
                self.input.clear();
                if passed_over > MAX_ENDLESS {
                    return Ok(Line::Endless);
                }
            }
            if self.is_closed {
                return Ok(Line::Closed);
            }
            timeout_at(deadline, self.more()).await??;
        }
    }

    /// Reads a content up to its end.
    pub async fn content(&mut self, content: &mut Content, mail: &mut IncomingMail) -> io::Result<()> {
        let deadline = Instant::now() + CONTENT_TIME;
        loop {
            if let Some(end) = content.take(&self.input, mail) {
                self.input.drain(..end);
                return Ok(());
            }
            self.input.clear();
            if self.is_closed {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            timeout_at(deadline, self.more()).await??;
        }
    }

    /// Ends the connection for the client, too.
    pub async fn end(&mut self) -> io::Result<()> {
        self.flush().await?;
        timeout(COMMAND_TIME, self.stream.shutdown()).await?
    }

    /// As `end`, of a client that may be writing still.
    pub async fn send_away(&mut self) -> io::Result<()> {
        let unheard = async {
            self.end().await?;
            let mut passed_over = 0;
            while !self.is_closed && passed_over < MAX_UNHEARD {
                self.input.clear();
                self.more().await?;
                passed_over += self.input.len();
            }
            Ok(())
        };
        timeout(UNHEARD_TIME, unheard).await?
    }

    async fn more(&mut self) -> io::Result<()> {
        self.input.reserve(PIECE);
        if self.stream.read_buf(&mut self.input).await? == 0 {
            self.is_closed = true;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_long_line_is_passed_over_and_one_without_an_end_is_not_waited_for() {
        let (mut client, server) = tokio::io::duplex(64 * 1024);
        let writer = tokio::spawn(async move {
            client.write_all(&[vec![b'x'; 500_000], b"\r\nNOOP\r\n".to_vec()].concat()).await.unwrap();
            client.write_all(&vec![b'x'; 5_000_000]).await.unwrap();
            let mut said = String::new();
            client.read_to_string(&mut said).await.unwrap();
            said
        });
        let mut lines = Lines::new(server);
        assert_eq!(lines.line().await.unwrap(), Line::TooLong);
        assert_eq!(lines.line().await.unwrap(), Line::Whole(b"NOOP".to_vec()));
        assert_eq!(lines.line().await.unwrap(), Line::Endless);
        lines.say("421 go");
        let sent_away = tokio::spawn(async move { lines.send_away().await });
        assert_eq!(writer.await.unwrap(), "421 go\r\n");
        sent_away.await.unwrap().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn who_says_nothing_is_waited_for_no_longer_than_the_rule_says() {
        let (_client, server) = tokio::io::duplex(64);
        let begun = Instant::now();
        assert_eq!(Lines::new(server).line().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(begun.elapsed(), COMMAND_TIME);
    }
}

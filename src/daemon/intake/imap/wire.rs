//! Responses out of a connection, within limits of length and time. A mail's content goes where it is taken in, piece by
//! piece; other literals are passed over.

use std::{fmt, io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{Instant, timeout_at},
};

use super::response::{self, LITERAL, Response};
use crate::{actions::replies::IncomingMail, delivery::replies::MAX_SIZE};

/// Maximum number of octets of a response without its literals. The longest is the list of what was found: half a million
/// mails.
const MAX_RESPONSE: usize = 4 * 1024 * 1024;
/// Maximum number of octets of a literal that is passed over.
const MAX_OTHER_LITERAL: u64 = 64 * 1024;
/// Number of octets that are read at a time.
const PIECE: usize = 16 * 1024;

/// What went wrong between us and the server. The words name the server's part in it, never a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// It does not let us in: a further try soon would be the same, and too many lock an account.
    LoginRefused(String),
    /// It refuses what was asked; the next may be another thing.
    Refused(String),
    /// It hands over a mail that is longer than what is taken.
    MailTooLarge,
    /// Anything else: the connection is of no use any more.
    Broken(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::LoginRefused(what) | Fault::Refused(what) | Fault::Broken(what) => f.write_str(what),
            Fault::MailTooLarge => write!(f, "a mail is longer than {MAX_SIZE} octets"),
        }
    }
}

impl Fault {
    pub fn broken(what: impl Into<String>) -> Fault {
        Fault::Broken(what.into())
    }
}

/// Until when something must be done, and how long that was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    at: Instant,
    time: Duration,
}

impl Deadline {
    pub fn after(time: Duration) -> Deadline {
        Deadline { at: Instant::now() + time, time }
    }
}

/// Where a mail's content goes to.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub mail: IncomingMail,
    /// Whether one came; a second one is none of ours
    pub has_come: bool,
}

/// A connection.
#[derive(Debug)]
pub(super) struct Wire<S> {
    stream: S,
    input: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub const fn new(stream: S) -> Wire<S> {
        Wire { stream, input: Vec::new() }
    }

    /// The stream, if nothing was read that was not asked for.
    pub fn into_silent_stream(self) -> Option<S> {
        self.input.is_empty().then_some(self.stream)
    }

    /// Writes a line.
    pub async fn say(&mut self, line: &str, deadline: Deadline) -> Result<(), Fault> {
        let bytes = [line.as_bytes(), b"\r\n"].concat();
        let write = async {
            self.stream.write_all(&bytes).await?;
            self.stream.flush().await
        };
        match timeout_at(deadline.at, write).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(broken_off(&error)),
            Err(_) => Err(Fault::broken(format!("nothing can be written to it for {:?}", deadline.time))),
        }
    }

    /// Waits until something can be read. May be dropped and called again.
    pub async fn listen(&mut self) -> Result<(), Fault> {
        if self.input.is_empty() { self.read().await } else { Ok(()) }
    }

    /// Reads the next response. If `content` is there, a mail's content goes into it.
    pub async fn response(&mut self, content: Option<&mut Content>, deadline: Deadline) -> Result<Response, Fault> {
        let (mut text, mut content) = (Vec::new(), content);
        loop {
            let room = MAX_RESPONSE.saturating_sub(text.len());
            text.extend(self.line(room, deadline).await?);
            let Some((size, before)) = response::announced(&text) else { break };
            if response::is_status(&text) {
                break;
            }
            text.truncate(before.len());
            match content.as_mut().filter(|_| response::begins_content(&text)) {
                Some(content) => {
                    let Ok(size) = usize::try_from(size) else { return Err(Fault::MailTooLarge) };
                    if size > MAX_SIZE {
                        return Err(Fault::MailTooLarge);
                    }
                    if std::mem::replace(&mut content.has_come, true) {
                        return Err(Fault::broken("it hands over two mails for one"));
                    }
                    self.literal(size, |piece| content.mail.push(piece), deadline).await?;
                }
                None if size > MAX_OTHER_LITERAL => return Err(too_long()),
                None => {
                    let size = usize::try_from(size).unwrap_or(usize::MAX);
                    self.literal(size, |_| {}, deadline).await?;
                }
            }
            text.push(LITERAL);
        }
        let response = response::read(&text);
        // What is short may stand within the line.
        if let (Response::Fetched(fetched), Some(content)) = (&response, content)
            && let Some(inline) = &fetched.inline
            && !std::mem::replace(&mut content.has_come, true)
        {
            content.mail.push(inline);
        }
        Ok(response)
    }

    /// A line without its end, not longer than that.
    async fn line(&mut self, room: usize, deadline: Deadline) -> Result<Vec<u8>, Fault> {
        let mut looked_at = 0;
        loop {
            let fresh = self.input.get(looked_at..).unwrap_or_default();
            if let Some(end) = fresh.iter().position(|byte| *byte == b'\n').map(|at| looked_at + at) {
                let mut line: Vec<u8> = self.input.drain(..=end).collect();
                line.pop();
                line.pop_if(|last| *last == b'\r');
                return if line.len() > room { Err(too_long()) } else { Ok(line) };
            }
            looked_at = self.input.len();
            if looked_at > room {
                return Err(too_long());
            }
            self.more(deadline).await?;
        }
    }

    async fn literal(&mut self, size: usize, mut take: impl FnMut(&[u8]), deadline: Deadline) -> Result<(), Fault> {
        let mut left = size;
        while left > 0 {
            if self.input.is_empty() {
                self.more(deadline).await?;
            }
            let here = left.min(self.input.len());
            take(self.input.get(..here).unwrap_or_default());
            self.input.drain(..here);
            left -= here;
        }
        Ok(())
    }

    async fn more(&mut self, deadline: Deadline) -> Result<(), Fault> {
        match timeout_at(deadline.at, self.read()).await {
            Ok(done) => done,
            Err(_) => Err(Fault::broken(format!("it has not answered within {:?}", deadline.time))),
        }
    }

    async fn read(&mut self) -> Result<(), Fault> {
        self.input.reserve(PIECE);
        match self.stream.read_buf(&mut self.input).await {
            Ok(0) => Err(Fault::broken("it has closed the connection")),
            Ok(_) => Ok(()),
            Err(error) => Err(broken_off(&error)),
        }
    }
}

fn too_long() -> Fault {
    Fault::broken("it says more than can be an answer")
}

fn broken_off(error: &io::Error) -> Fault {
    Fault::broken(format!("the connection is broken: {error}"))
}

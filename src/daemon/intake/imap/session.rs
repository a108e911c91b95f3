//! A session at an IMAP server (RFC 9051, RFC 3501): login, folder, and the commands that a reader of mails needs. What is
//! done with the mails is not here.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tokio::io::{AsyncRead, AsyncWrite};

use super::{
    response::{self, Response, Status, StatusLine},
    wire::{Content, Deadline, Fault, Wire},
};
use crate::actions::replies::IncomingMail;

/// Time for an answer.
pub(super) const ANSWER_TIME: Duration = Duration::from_secs(60);
/// Time for a whole mail.
const MAIL_TIME: Duration = Duration::from_secs(600);
/// Time to say good-bye.
const END_TIME: Duration = Duration::from_secs(2);
/// Maximum number of mails that are looked for at a time.
const MAX_FOUND: usize = 1_000_000;

/// A session.
#[derive(Debug)]
pub(super) struct Session<S> {
    wire: Wire<S>,
    /// Number of commands
    count: u32,
    capabilities: Vec<String>,
    /// Whether the server knows us without a login
    is_known: bool,
}

/// What came to light during a command.
#[derive(Debug, Default)]
struct Seen {
    found: Vec<u32>,
    fetched: Vec<response::Fetched>,
    statuses: Vec<StatusLine>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// Begins a session on a connection: waits for the greeting.
    pub async fn greeted(stream: S) -> Result<Session<S>, Fault> {
        let mut session = Session { wire: Wire::new(stream), count: 0, capabilities: Vec::new(), is_known: false };
        match session.wire.response(None, Deadline::after(ANSWER_TIME)).await? {
            Response::Status(StatusLine { status: Status::Ok, code, .. }) => session.learn(&code),
            Response::Status(StatusLine { status: Status::Preauth, .. }) => session.is_known = true,
            Response::Status(StatusLine { text, .. }) => {
                return Err(Fault::broken(format!("it turns us away: {text}")));
            }
            _ => return Err(Fault::broken("it is no IMAP server: it does not greet as one")),
        }
        Ok(session)
    }

    /// A session on a connection that was encrypted after its greeting.
    pub fn encrypted(stream: S) -> Session<S> {
        Session { wire: Wire::new(stream), count: 0, capabilities: Vec::new(), is_known: false }
    }

    /// Asks for encryption. The stream is encrypted from here on.
    pub async fn starttls(mut self) -> Result<S, Fault> {
        if self.is_known {
            return Err(Fault::broken("it knows us before the connection is encrypted"));
        }
        if !self.can("STARTTLS").await? {
            return Err(Fault::broken("it does not offer STARTTLS"));
        }
        self.command("STARTTLS").await?;
        // Whatever has arrived by now was not encrypted, and would be read as if it had been (RFC 9051 §11.1).
        self.wire.into_silent_stream().ok_or_else(|| Fault::broken("it goes on after STARTTLS without encryption"))
    }

    /// Logs in.
    pub async fn log_in(&mut self, username: &str, password: &str) -> Result<(), Fault> {
        if self.is_known {
            return Ok(());
        }
        if [username, password].iter().any(|secret| secret.contains(char::is_control)) {
            return Err(Fault::broken("a name or a password with a control character is not sent"));
        }
        let plain = STANDARD.encode(format!("\0{username}\0{password}"));
        let status = if self.can("AUTH=PLAIN").await? {
            self.say("AUTHENTICATE PLAIN").await?;
            match self.end(None, &mut Seen::default(), ANSWER_TIME, true).await? {
                None => {
                    self.wire.say(&plain, Deadline::after(ANSWER_TIME)).await?;
                    self.end(None, &mut Seen::default(), ANSWER_TIME, false).await?
                }
                refused => refused,
            }
        } else if self.can("LOGINDISABLED").await? {
            return Err(Fault::broken("it offers no login by a password here"));
        } else if username.is_ascii() && password.is_ascii() {
            self.say(&format!("LOGIN {} {}", quoted(username), quoted(password))).await?;
            self.end(None, &mut Seen::default(), ANSWER_TIME, false).await?
        } else {
            return Err(Fault::broken("it takes names and passwords in ASCII only: it does not offer AUTH=PLAIN"));
        };
        let Some(StatusLine { status, code, text }) = status else {
            return Err(Fault::broken("it does not end the login"));
        };
        if status != Status::Ok {
            let repeats = [password, plain.as_str()].iter().any(|secret| text.contains(secret));
            let text = if repeats { "(the text repeats the login)" } else { text.as_str() };
            return Err(Fault::LoginRefused(format!("the login of `{username}` is refused: {text}")));
        }
        // What it can do may be another thing for those whom it knows.
        self.capabilities.clear();
        self.learn(&code);
        Ok(())
    }

    /// Opens a folder to read and mark mails. Returns its UIDVALIDITY: while that is the same, a UID means the same mail.
    pub async fn open(&mut self, folder: &str) -> Result<u32, Fault> {
        let mut seen = Seen::default();
        self.say(&format!("SELECT {}", quoted(folder))).await?;
        let Some(StatusLine { status, code, text }) = self.end(None, &mut seen, ANSWER_TIME, false).await? else {
            return Err(Fault::broken("it does not end the command SELECT"));
        };
        if status != Status::Ok {
            return Err(Fault::broken(format!("the folder `{folder}` cannot be opened: {text}")));
        }
        if code.eq_ignore_ascii_case("READ-ONLY") {
            return Err(Fault::broken(format!("the folder `{folder}` is read-only: no mail could be marked as read")));
        }
        let validity =
            |status: &StatusLine| status.code.to_ascii_uppercase().strip_prefix("UIDVALIDITY ")?.parse().ok();
        // A server without it promises nothing (RFC 9051 §7.1): then all is new in each session.
        Ok(seen.statuses.iter().find_map(validity).unwrap_or(0))
    }

    /// The UIDs of the mails that nobody has read, in order.
    pub async fn unseen(&mut self) -> Result<Vec<u32>, Fault> {
        let mut found = self.command("UID SEARCH UNSEEN").await?.found;
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// The size of each of these mails, as far as they are still there.
    pub async fn sizes(&mut self, uids: &[u32]) -> Result<Vec<(u32, u64)>, Fault> {
        let list: Vec<String> = uids.iter().map(u32::to_string).collect();
        let seen = self.command(&format!("UID FETCH {} (UID RFC822.SIZE)", list.join(","))).await?;
        let sizes = seen.fetched.iter().filter_map(|fetched| Some((fetched.uid?, fetched.size?)));
        Ok(sizes.filter(|(uid, _)| uids.contains(uid)).collect())
    }

    /// The content of a mail, which stays unread; `None` if it is not there any more.
    pub async fn content(&mut self, uid: u32) -> Result<Option<IncomingMail>, Fault> {
        let (mut content, mut seen) = (Content::default(), Seen::default());
        self.say(&format!("UID FETCH {uid} (UID BODY.PEEK[])")).await?;
        let end = self.end(Some(&mut content), &mut seen, MAIL_TIME, false).await?;
        succeeded(end, "UID FETCH")?;
        if content.has_come && seen.fetched.iter().any(|fetched| fetched.uid.is_some_and(|other| other != uid)) {
            return Err(Fault::broken("it hands over another mail than the one that was asked for"));
        }
        Ok(content.has_come.then_some(content.mail))
    }

    /// Marks a mail as read.
    pub async fn mark_seen(&mut self, uid: u32) -> Result<(), Fault> {
        self.command(&format!("UID STORE {uid} +FLAGS.SILENT (\\Seen)")).await.map(drop)
    }

    /// Asks the server for what is new.
    pub async fn noop(&mut self) -> Result<(), Fault> {
        self.command("NOOP").await.map(drop)
    }

    /// Can the server do that?
    pub async fn can(&mut self, what: &str) -> Result<bool, Fault> {
        if self.capabilities.is_empty() {
            self.command("CAPABILITY").await?;
        }
        Ok(self.capabilities.iter().any(|capability| capability == what))
    }

    /// Begins to wait for what is new (RFC 2177). `false`: the server does not want that.
    pub async fn idle(&mut self) -> Result<bool, Fault> {
        self.say("IDLE").await?;
        Ok(self.end(None, &mut Seen::default(), ANSWER_TIME, true).await?.is_none())
    }

    /// Waits until the server says that something is new. May be dropped and called again.
    pub async fn news(&mut self) -> Result<(), Fault> {
        loop {
            self.wire.listen().await?;
            match self.wire.response(None, Deadline::after(ANSWER_TIME)).await? {
                Response::Exists => return Ok(()),
                Response::Status(StatusLine { status: Status::Bye, text, .. }) => return Err(says_goodbye(&text)),
                Response::Done(..) => return Err(Fault::broken("it does not wait for news any more")),
                _ => {}
            }
        }
    }

    /// Ends that waiting.
    pub async fn done(&mut self) -> Result<(), Fault> {
        self.wire.say("DONE", Deadline::after(ANSWER_TIME)).await?;
        let end = self.end(None, &mut Seen::default(), ANSWER_TIME, false).await?;
        succeeded(end, "IDLE")
    }

    /// Says good-bye, if the server listens.
    pub async fn log_out(mut self) {
        self.count += 1;
        let deadline = Deadline::after(END_TIME);
        if self.wire.say(&format!("g{} LOGOUT", self.count), deadline).await.is_ok() {
            while let Ok(Response::Status(_) | Response::Exists | Response::Other) =
                self.wire.response(None, deadline).await
            {}
        }
    }

    async fn command(&mut self, command: &str) -> Result<Seen, Fault> {
        let mut seen = Seen::default();
        self.say(command).await?;
        let end = self.end(None, &mut seen, ANSWER_TIME, false).await?;
        let name: Vec<&str> = command.split(' ').take(if command.starts_with("UID") { 2 } else { 1 }).collect();
        succeeded(end, &name.join(" "))?;
        Ok(seen)
    }

    async fn say(&mut self, command: &str) -> Result<(), Fault> {
        self.count += 1;
        self.wire.say(&format!("g{} {command}", self.count), Deadline::after(ANSWER_TIME)).await
    }

    /// Reads up to the end of the command; with `may_wait`, up to where the server waits for more of it, which is `None`.
    async fn end(
        &mut self,
        content: Option<&mut Content>,
        seen: &mut Seen,
        time: Duration,
        may_wait: bool,
    ) -> Result<Option<StatusLine>, Fault> {
        let (deadline, tag, mut content) = (Deadline::after(time), format!("g{}", self.count), content);
        loop {
            match self.wire.response(content.as_deref_mut(), deadline).await? {
                Response::Done(done, status) if done == tag => return Ok(Some(status)),
                // The end of another command says nothing about this one.
                Response::Done(..) | Response::Exists | Response::Other => {}
                Response::Continue if may_wait => return Ok(None),
                Response::Continue => return Err(Fault::broken("it waits for more where nothing follows")),
                Response::Status(StatusLine { status: Status::Bye, text, .. }) => return Err(says_goodbye(&text)),
                Response::Status(status) => keep(&mut seen.statuses, status)?,
                Response::Capabilities(capabilities) => self.capabilities = capabilities,
                Response::Found(found) if seen.found.len() + found.len() > MAX_FOUND => return Err(says_too_much()),
                Response::Found(found) => seen.found.extend(found),
                Response::Fetched(fetched) => keep(&mut seen.fetched, response::Fetched { inline: None, ..fetched })?,
            }
        }
    }

    /// Takes what the server can do out of the code of a status.
    fn learn(&mut self, code: &str) {
        if let Some(("CAPABILITY", capabilities)) = code.split_once(' ') {
            self.capabilities = response::capabilities(capabilities.as_bytes());
        }
    }
}

/// Keeps what a server said, as long as that is not without end.
fn keep<T>(all: &mut Vec<T>, one: T) -> Result<(), Fault> {
    if all.len() >= 10_000 {
        return Err(says_too_much());
    }
    all.push(one);
    Ok(())
}

fn says_too_much() -> Fault {
    Fault::broken("it says more than can be an answer")
}

fn says_goodbye(text: &str) -> Fault {
    Fault::broken(format!("it ends the session: {text}"))
}

fn succeeded(end: Option<StatusLine>, command: &str) -> Result<(), Fault> {
    match end {
        Some(StatusLine { status: Status::Ok, .. }) => Ok(()),
        Some(StatusLine { text, .. }) => Err(Fault::Refused(format!("it refuses {command}: {text}"))),
        None => Err(Fault::broken(format!("it does not end the command {command}"))),
    }
}

/// A text in quotes (RFC 9051 §4.3). Without control characters: the config has none.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests;

//! An SMTP session of our own (RFC 5321): one connection, mail after mail, every reply within its timeout, and never a mail
//! taken for sent that was not. The session of lettre has no timeouts after connecting, returns a connection to its pool in
//! the middle of a mail, and does not read replies in GBK, `571`, or without a text.
//!
//! A mail is three calls: [`Session::offer`] up to 354, [`Session::write`], and [`Session::finish`] with the final dot, so
//! that a courier can make its record durable before the dot. With [`Session::finish_with`] the next mail's envelope goes
//! out with the dot: a mail then costs one round trip. Which mail is sent when, and what a failure means for it, is decided
//! by the caller. How a session begins is in `handshake`.

use std::{collections::VecDeque, io::IoSlice, mem};

use tokio::time::{Duration, Instant};

use super::{
    connection::{Connection, expect_class},
    envelope::{self, Envelope},
    handshake::{self, Capabilities},
    reply::RawReply,
    stream::SmtpStream,
};
pub use super::{
    failure::{Failure, Step},
    relay::{Login, Password, Relay, Timeouts, Tls},
    reply::Reply,
};
pub use crate::base::tls::{TlsClient, TlsError};

/// Maximum number of octets written at once; each such block has its own timeout.
const BLOCK: usize = 256 * 1024;
/// Maximum wait for what is only useful if it comes soon: the reply to QUIT, the last reply of a server that closed while
/// we wrote, and early replies to an envelope that went ahead.
const BRIEF_WAIT: Duration = Duration::from_secs(2);

/// A connection to a relay, logged in and ready for mails.
pub struct Session {
    connection: Connection,
    capabilities: Capabilities,
    timeouts: Timeouts,
    stage: Stage,
    /// The last octets of the body end a line.
    line_ended: bool,
    /// What was sent at [`Stage::Ahead`].
    ahead: Envelope,
    /// Replies to it that have been read already.
    early_replies: VecDeque<RawReply>,
    /// The server replies in the order of the commands.
    orderly: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Ready for a mail.
    Ready,
    /// An envelope was refused and may still be half valid: RSET comes first.
    NeedsReset,
    /// The server said 354.
    Body,
    /// The next mail's envelope went out with the last one's dot; its replies are still to be read.
    Ahead,
    /// A call is running or was dropped while it ran, or something went wrong: nothing more can be sent.
    Lost,
}

/// The replies to an envelope.
struct EnvelopeReplies {
    /// The first refusal
    refused: Option<Failure>,
    /// Nothing more may be sent: the server waits for a body although it refused, or the connection is at its end.
    unusable: bool,
}

impl Session {
    /// Connects, encrypts and logs in, as the relay asks.
    ///
    /// # Errors
    /// A [`Failure`] at the step that did not succeed; none of these is permanent.
    pub async fn open(relay: &Relay, tls_client: &TlsClient) -> Result<Session, Failure> {
        let (connection, capabilities) = handshake::open(relay, tls_client).await?;
        Ok(Session {
            connection,
            capabilities,
            timeouts: relay.timeouts,
            stage: Stage::Ready,
            line_ended: true,
            ahead: Envelope::default(),
            early_replies: VecDeque::new(),
            orderly: true,
        })
    }

    /// Sends the envelope, MAIL, RCPT and DATA, in one write if the server takes that (RFC 2920), and reads its replies.
    /// After this the server waits for the body. `size` is the mail's in octets, headers and body without dot-stuffing.
    /// `from` may be empty, for mails that no bounce may answer.
    ///
    /// # Errors
    /// Refused at MAIL, RCPT or DATA, by the server or by ourselves: a mail larger than the server takes (552), or an
    /// address that cannot be used in an envelope (553). Broken: nothing of the mail was sent.
    pub async fn offer(&mut self, from: &str, to: &str, size: usize) -> Result<(), Failure> {
        let stage = self.enter(Step::Mail)?;
        match stage {
            Stage::NeedsReset => self.send_reset(Step::Mail).await?,
            Stage::Body => return Err(out_of_order(Step::Mail)),
            Stage::Ready | Stage::Ahead | Stage::Lost => {}
        }
        if let Err(refused) = envelope::check(&self.capabilities, from, to, size) {
            // Where another envelope went ahead, its replies are still to come: they would be taken for the next one's,
            // and its commands for a body.
            if stage != Stage::Ahead {
                self.stage = Stage::Ready;
            }
            return Err(refused);
        }
        let envelope = Envelope::new(&self.capabilities, from, to, size);
        let replies = if stage == Stage::Ahead {
            if mem::take(&mut self.ahead) != envelope {
                return Err(out_of_order(Step::Mail));
            }
            self.envelope_replies().await?
        } else {
            self.connection.expect_silence(Step::Mail).await?;
            if self.capabilities.pipelining {
                let commands = envelope.pipelined();
                self.connection.send(Step::Mail, commands.as_bytes(), self.timeouts.command).await?;
                self.envelope_replies().await?
            } else {
                self.send_one_by_one(&envelope).await?
            }
        };
        let Some(refused) = replies.refused else {
            self.stage = Stage::Body;
            self.line_ended = true;
            return Ok(());
        };
        // To a server that waits for a body although it refused, whatever we send next would be the mail.
        if refused.keeps_connection() && !replies.unusable && !self.connection.ended {
            self.stage = Stage::NeedsReset;
        }
        Err(refused)
    }

    /// Reads the replies to all three commands.
    async fn envelope_replies(&mut self) -> Result<EnvelopeReplies, Failure> {
        let mut first = None;
        for (step, class) in envelope::STEPS {
            let received = match self.early_replies.pop_front() {
                Some(reply) => Ok(reply),
                None => self.connection.reply(step, self.timeout(step)).await,
            };
            let reply = match (received, &first) {
                (Ok(reply), _) => reply,
                // The refusal is known, whatever became of the connection.
                (Err(_), Some(_)) => return Ok(EnvelopeReplies { refused: first, unusable: true }),
                (Err(broken), None) => return Err(broken),
            };
            let awaits_body = step == Step::Data && reply.code / 100 == 3;
            match expect_class(step, reply, class) {
                Err(failure) if first.is_none() => {
                    if !failure.keeps_connection() {
                        return Ok(EnvelopeReplies { refused: Some(failure), unusable: true });
                    }
                    first = Some(failure);
                }
                // 421 to a later command: the connection is at its end.
                Err(later) if !later.keeps_connection() => {
                    return Ok(EnvelopeReplies { refused: first, unusable: true });
                }
                _ => {}
            }
            if awaits_body {
                let unusable = first.is_some();
                return Ok(EnvelopeReplies { refused: first, unusable });
            }
        }
        Ok(EnvelopeReplies { refused: first, unusable: false })
    }

    /// Sends one command after the other, up to the first refusal.
    async fn send_one_by_one(&mut self, envelope: &Envelope) -> Result<EnvelopeReplies, Failure> {
        for (step, class, command) in envelope.commands() {
            let reply = self.connection.command(step, command, self.timeout(step)).await?;
            if let Err(failure) = expect_class(step, reply, class) {
                return Ok(EnvelopeReplies { refused: Some(failure), unusable: false });
            }
        }
        Ok(EnvelopeReplies { refused: None, unusable: false })
    }

    /// Writes a part of the mail, dot-stuffed and with CRLF line ends, without the final dot; may be called more than once.
    /// When it returns, the operating system has all of it.
    ///
    /// # Errors
    /// Broken: the server has no mail, since it has no final dot.
    pub async fn write(&mut self, parts: &[&[u8]]) -> Result<(), Failure> {
        if self.enter(Step::Body)? != Stage::Body {
            return Err(out_of_order(Step::Body));
        }
        // Nothing is copied: all readers of an edition share the body.
        let (mut block, mut capacity) = (Vec::new(), BLOCK);
        for part in parts {
            let mut rest = *part;
            while !rest.is_empty() {
                let (now, later) = rest.split_at_checked(capacity).unwrap_or((rest, &[]));
                block.push(IoSlice::new(now));
                (rest, capacity) = (later, capacity - now.len());
                if capacity == 0 {
                    self.write_block(&mut block).await?;
                    (block, capacity) = (Vec::new(), BLOCK);
                }
            }
            if let Some(last) = part.last() {
                self.line_ended = *last == b'\n';
            }
        }
        if !block.is_empty() {
            self.write_block(&mut block).await?;
        }
        self.stage = Stage::Body;
        Ok(())
    }

    async fn write_block(&mut self, block: &mut [IoSlice<'_>]) -> Result<(), Failure> {
        let sent = self.connection.send_all(Step::Body, block, self.timeouts.block).await;
        let Err(failure) = sent else { return Ok(()) };
        // A server that had enough says why before it closes.
        match self.connection.reply(Step::Body, BRIEF_WAIT.min(self.timeouts.command)).await {
            Ok(reply) => Err(Failure::broken(Step::Body, format!("the server stopped it: {}", reply.reply()))),
            Err(_) => Err(failure),
        }
    }

    /// Sends the final dot and reads its reply. `Ok` is the server's promise to deliver or to report.
    ///
    /// # Errors
    /// Refused at the dot: it was not taken. Broken at the dot: nobody knows; before it (at the body): not taken.
    pub async fn finish(&mut self) -> Result<Reply, Failure> {
        self.send_dot(None).await
    }

    /// As [`Session::finish`]; the envelope of the next mail goes out in the same write if the server takes that (RFC 2920
    /// §3.1 lets a mail's content be the first command of a group). [`Session::offer`] must be called next, with the same
    /// envelope: it reads the replies. Until then nothing of that mail can have been delivered.
    ///
    /// # Errors
    /// As [`Session::finish`]: they concern the mail that ends here. Also broken at the dot if the server replies out of
    /// order, as nobody knows then which reply was the dot's: [`Session::is_orderly`] says so, and no envelope should be
    /// sent ahead to that server again.
    pub async fn finish_with(&mut self, from: &str, to: &str, size: usize) -> Result<Reply, Failure> {
        let ahead = self.capabilities.pipelining && envelope::check(&self.capabilities, from, to, size).is_ok();
        let envelope = ahead.then(|| Envelope::new(&self.capabilities, from, to, size));
        self.send_dot(envelope).await
    }

    async fn send_dot(&mut self, ahead: Option<Envelope>) -> Result<Reply, Failure> {
        if self.enter(Step::Body)? != Stage::Body {
            return Err(out_of_order(Step::Body));
        }
        self.connection.expect_silence(Step::Body).await?;
        let mut end = if self.line_ended { ".\r\n" } else { "\r\n.\r\n" }.to_owned();
        if let Some(envelope) = &ahead {
            end.push_str(&envelope.pipelined());
        }
        self.connection.send(Step::Dot, end.as_bytes(), self.timeouts.block).await?;
        let reply = self.connection.reply(Step::Dot, self.timeouts.dot).await?;
        let taken = expect_class(Step::Dot, reply, 2);
        if taken.as_ref().err().is_none_or(Failure::keeps_connection) && !self.connection.ended {
            match ahead {
                None => self.stage = Stage::Ready,
                Some(envelope) => {
                    if self.read_early_replies().await {
                        self.stage = Stage::Ahead;
                        self.ahead = envelope;
                    }
                    if !self.orderly {
                        return Err(Failure::broken(Step::Dot, "the server answers out of order"));
                    }
                }
            }
        }
        taken.map(|reply: RawReply| reply.reply())
    }

    /// Reads the replies to the envelope that went ahead as far as they come soon; returns false if the connection must
    /// not be used any more. A server that put off its reply to the dot and answered the later commands first (RFC 2920
    /// §3.2 forbids that) would have its reply to MAIL taken for the dot's. It shows: 354 comes too early, or DATA is
    /// answered as no DATA is. Such a server is quick with the other replies, so that it need not be waited for longer.
    async fn read_early_replies(&mut self) -> bool {
        let end = Instant::now() + BRIEF_WAIT;
        for (step, _) in envelope::STEPS {
            match self.connection.reply_until(end).await {
                None => return true,
                Some(Err(_)) => return false,
                Some(Ok(reply)) => {
                    self.orderly &= match reply.code / 100 {
                        2 => step != Step::Data,
                        3 => step == Step::Data,
                        _ => true,
                    };
                    self.early_replies.push_back(reply);
                }
            }
        }
        self.orderly
    }

    /// Has the server replied in the order of the commands, as far as that shows?
    pub const fn is_orderly(&self) -> bool {
        self.orderly
    }

    /// Sends RSET, which forgets an envelope and shows that the connection still answers.
    ///
    /// # Errors
    /// The connection is lost then; no mail is concerned.
    pub async fn reset(&mut self) -> Result<(), Failure> {
        if matches!(self.enter(Step::Data)?, Stage::Body | Stage::Ahead) {
            return Err(out_of_order(Step::Data));
        }
        self.send_reset(Step::Data).await?;
        self.stage = Stage::Ready;
        Ok(())
    }

    async fn send_reset(&mut self, step: Step) -> Result<(), Failure> {
        let reply = self.connection.command(step, "RSET", self.timeouts.command).await?;
        let text = reply.reply();
        // A refusal of RSET says nothing about the mail that comes next.
        expect_class(step, reply, 2).map_err(|_| Failure::broken(step, format!("RSET was answered {text}")))?;
        Ok(())
    }

    /// Sends QUIT and closes. In the middle of a mail it only closes: the server discards what has no dot.
    pub async fn quit(mut self) {
        if matches!(self.stage, Stage::Ready | Stage::NeedsReset) {
            // No mail depends on this: what goes wrong here does not matter.
            let _ = self.connection.command(Step::Quit, "QUIT", BRIEF_WAIT.min(self.timeouts.command)).await;
            let _ = tokio::time::timeout(BRIEF_WAIT, self.connection.stream.shutdown()).await;
        }
    }

    /// Can this session be used for another mail? Never again after anything went wrong in the middle of the protocol,
    /// which includes a call that was dropped before it ended.
    pub fn is_usable(&self) -> bool {
        self.stage != Stage::Lost
    }

    /// Does the server take an envelope in one write, DATA included?
    pub const fn is_pipelined(&self) -> bool {
        self.capabilities.pipelining
    }

    /// Is the connection encrypted?
    pub fn is_encrypted(&self) -> bool {
        matches!(self.connection.stream, SmtpStream::Encrypted(_))
    }

    /// Returns the stage before this call. Until the call ends well the session counts as lost, so that a call dropped at
    /// any await leaves no connection behind that is used again.
    fn enter(&mut self, step: Step) -> Result<Stage, Failure> {
        match mem::replace(&mut self.stage, Stage::Lost) {
            Stage::Lost => Err(Failure::broken(step, "the connection was lost before")),
            stage => Ok(stage),
        }
    }

    fn timeout(&self, step: Step) -> Duration {
        if step == Step::Data { self.timeouts.data } else { self.timeouts.command }
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("server", &self.connection.peer).field("stage", &self.stage).finish()
    }
}

fn out_of_order(step: Step) -> Failure {
    Failure::broken(step, "called out of order")
}

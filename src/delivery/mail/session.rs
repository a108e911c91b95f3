//! An SMTP session of our own (RFC 5321): one connection, mail after mail, every answer within its time, and never a mail
//! taken for sent that was not. lettre's has no time-outs after connecting, gives a connection back in the middle of a
//! mail, and does not read replies in GBK, `571`, or without a text.
//!
//! A mail is three calls: [`Session::offer`] up to 354, [`Session::write`], [`Session::finish`] with the final dot, so
//! that a courier can make its record durable before the dot. With [`Session::finish_with`] the next mail's envelope goes
//! out with the dot: a mail then costs one round trip. Which mail, when, and what a failure means for it, is decided
//! there. How a session begins is in `hello`.

use std::{collections::VecDeque, io::IoSlice, mem};

use tokio::time::{Duration, Instant};

pub use super::{
    failure::{Failure, Step},
    relay::{Login, Password, Relay, Timeouts, Tls},
    reply::Reply,
};
use super::{
    hello::{self, Offers},
    line::{Line, expect},
    reply::Said,
    tls::Wire,
};
pub use crate::base::tls::{TlsClient, TlsError};

/// Octets written at once, each block within its time.
const BLOCK: usize = 256 * 1024;
/// How long a farewell may take, the last word of a server that closed while we wrote, or what it says soon.
const PATIENCE: Duration = Duration::from_secs(2);

/// A connection to a relay, logged in and ready for mails.
pub struct Session {
    line: Line,
    offers: Offers,
    timeouts: Timeouts,
    stage: Stage,
    /// The last octets of the body end a line.
    line_ended: bool,
    /// What was said at [`Stage::Ahead`].
    ahead: Envelope,
    /// What was heard of the replies to it already.
    early: VecDeque<Said>,
    /// The server answers in the order in which it is asked.
    orderly: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Waits for a mail.
    Ready,
    /// An envelope was refused and may still stand there half: RSET comes first.
    Stale,
    /// The server said 354.
    Body,
    /// The next mail's envelope went out with the last one's dot; its replies are still to be heard.
    Ahead,
    /// A call is under way or was dropped under way, or something went wrong: nothing can be said any more.
    Lost,
}

impl Session {
    /// Connects, greets, encrypts and logs in, as the relay asks.
    ///
    /// # Errors
    /// A [`Failure`] at the step that did not succeed; none of these is permanent.
    pub async fn open(relay: &Relay, tls_client: &TlsClient) -> Result<Session, Failure> {
        let (line, offers) = hello::open(relay, tls_client).await?;
        Ok(Session {
            line,
            offers,
            timeouts: relay.timeouts,
            stage: Stage::Ready,
            line_ended: true,
            ahead: Envelope::default(),
            early: VecDeque::new(),
            orderly: true,
        })
    }

    /// The envelope: MAIL, RCPT and DATA, in one write where the server takes that (RFC 2920). `size` is the mail's in
    /// octets, headers and body without dot-stuffing. `from` may be empty, for mails that no bounce may answer. After
    /// this the server waits for the body.
    ///
    /// # Errors
    /// Refused at MAIL, RCPT or DATA, also by ourselves: a mail that is larger than the server takes (552), an address
    /// that cannot stand in an envelope (553). Broken: nothing of the mail was sent.
    pub async fn offer(&mut self, from: &str, to: &str, size: usize) -> Result<(), Failure> {
        let stage = self.enter(Step::Mail)?;
        match stage {
            Stage::Stale => self.back_to_start(Step::Mail).await?,
            Stage::Body => return Err(out_of_order(Step::Mail)),
            Stage::Ready | Stage::Ahead | Stage::Lost => {}
        }
        if let Err(refused) = self.allowed(from, to, size) {
            // Where another envelope went ahead, its replies are still to come: they would be taken for the next one's,
            // and its commands for a body.
            if stage != Stage::Ahead {
                self.stage = Stage::Ready;
            }
            return Err(refused);
        }
        let envelope = self.envelope(from, to, size);
        let (refused, ready) = if stage == Stage::Ahead {
            if mem::take(&mut self.ahead) != envelope {
                return Err(out_of_order(Step::Mail));
            }
            self.hear_all().await?
        } else {
            self.line.silence(Step::Mail).await?;
            if self.offers.pipelining {
                self.line.say(Step::Mail, envelope.at_once().as_bytes(), self.timeouts.command).await?;
                self.hear_all().await?
            } else {
                (self.in_turn(&envelope).await?, false)
            }
        };
        let Some(refused) = refused else {
            self.stage = Stage::Body;
            self.line_ended = true;
            return Ok(());
        };
        // A server that waits for a body although it refused the envelope: what we say next would be taken as the mail.
        if refused.keeps_connection() && !ready && !self.line.ended {
            self.stage = Stage::Stale;
        }
        Err(refused)
    }

    fn envelope(&self, from: &str, to: &str, size: usize) -> Envelope {
        let size = if self.offers.size { format!(" SIZE={size}") } else { String::new() };
        Envelope([format!("MAIL FROM:<{from}>{size}"), format!("RCPT TO:<{to}>"), "DATA".to_owned()])
    }

    /// The replies to all three commands. Gives the first refusal, and whether the server waits for a body all the same.
    async fn hear_all(&mut self) -> Result<(Option<Failure>, bool), Failure> {
        let mut first = None;
        for (step, class) in ENVELOPE {
            let heard = match self.early.pop_front() {
                Some(said) => Ok(said),
                None => self.line.hear(step, self.limit(step)).await,
            };
            let said = match (heard, &first) {
                (Ok(said), _) => said,
                // The refusal is known, whatever became of the connection.
                (Err(_), Some(_)) => return Ok((first, true)),
                (Err(broken), None) => return Err(broken),
            };
            let ready = step == Step::Data && said.code / 100 == 3;
            match expect(step, said, class) {
                Err(failure) if first.is_none() => {
                    if !failure.keeps_connection() {
                        return Ok((Some(failure), true));
                    }
                    first = Some(failure);
                }
                // 421 to a later command: the connection is at its end.
                Err(later) if !later.keeps_connection() => return Ok((first, true)),
                _ => {}
            }
            if ready {
                let wrongly = first.is_some();
                return Ok((first, wrongly));
            }
        }
        Ok((first, false))
    }

    /// One command, one reply; gives the first refusal.
    async fn in_turn(&mut self, envelope: &Envelope) -> Result<Option<Failure>, Failure> {
        for ((step, class), command) in ENVELOPE.into_iter().zip(&envelope.0) {
            let said = self.line.ask(step, command, self.limit(step)).await?;
            if let Err(failure) = expect(step, said, class) {
                return Ok(Some(failure));
            }
        }
        Ok(None)
    }

    /// The mail, dot-stuffed and with CRLF line ends, without the final dot; may be called more than once. When it
    /// returns, the operating system has all of it.
    ///
    /// # Errors
    /// Broken: the server has no mail, since it has no final dot.
    pub async fn write(&mut self, parts: &[&[u8]]) -> Result<(), Failure> {
        if self.enter(Step::Body)? != Stage::Body {
            return Err(out_of_order(Step::Body));
        }
        // Nothing is copied: all readers of an edition share the body.
        let (mut block, mut room) = (Vec::new(), BLOCK);
        for part in parts {
            let mut rest = *part;
            while !rest.is_empty() {
                let (now, later) = rest.split_at_checked(room).unwrap_or((rest, &[]));
                block.push(IoSlice::new(now));
                (rest, room) = (later, room - now.len());
                if room == 0 {
                    self.block(&mut block).await?;
                    (block, room) = (Vec::new(), BLOCK);
                }
            }
            if let Some(last) = part.last() {
                self.line_ended = *last == b'\n';
            }
        }
        if !block.is_empty() {
            self.block(&mut block).await?;
        }
        self.stage = Stage::Body;
        Ok(())
    }

    async fn block(&mut self, block: &mut [IoSlice<'_>]) -> Result<(), Failure> {
        let Err(failure) = self.line.say_all(Step::Body, block, self.timeouts.block).await else { return Ok(()) };
        // A server that had enough says why before it closes.
        match self.line.hear(Step::Body, PATIENCE.min(self.timeouts.command)).await {
            Ok(said) => Err(Failure::broken(Step::Body, format!("the server stopped it: {}", said.reply()))),
            Err(_) => Err(failure),
        }
    }

    /// The final dot and its reply. `Ok` is the server's promise to deliver or to report.
    ///
    /// # Errors
    /// Refused at the dot: it was not taken. Broken at the dot: nobody knows; before it (at the body): not taken.
    pub async fn finish(&mut self) -> Result<Reply, Failure> {
        self.dot(None).await
    }

    /// As [`Session::finish`]; the envelope of the next mail goes out in the same write where the server takes that (RFC
    /// 2920 §3.1 lets a mail's content be the first command of a group). [`Session::offer`] must be called next, with the
    /// same envelope: it hears the replies. Until then nothing of that mail can have been delivered.
    ///
    /// # Errors
    /// As [`Session::finish`]: they concern the mail that ends here. Broken at the dot also if the server answers out of
    /// order, as nobody knows then which word was the dot's: [`Session::is_orderly`] says so, and nothing more should be
    /// said ahead to that server.
    pub async fn finish_with(&mut self, from: &str, to: &str, size: usize) -> Result<Reply, Failure> {
        let ahead = self.offers.pipelining && self.allowed(from, to, size).is_ok();
        let envelope = ahead.then(|| self.envelope(from, to, size));
        self.dot(envelope).await
    }

    async fn dot(&mut self, ahead: Option<Envelope>) -> Result<Reply, Failure> {
        if self.enter(Step::Body)? != Stage::Body {
            return Err(out_of_order(Step::Body));
        }
        self.line.silence(Step::Body).await?;
        let mut end = if self.line_ended { ".\r\n" } else { "\r\n.\r\n" }.to_owned();
        if let Some(envelope) = &ahead {
            end.push_str(&envelope.at_once());
        }
        self.line.say(Step::Dot, end.as_bytes(), self.timeouts.block).await?;
        let said = self.line.hear(Step::Dot, self.timeouts.dot).await?;
        let taken = expect(Step::Dot, said, 2);
        if taken.as_ref().err().is_none_or(Failure::keeps_connection) && !self.line.ended {
            match ahead {
                None => self.stage = Stage::Ready,
                Some(envelope) => {
                    if self.hear_early().await {
                        self.stage = Stage::Ahead;
                        self.ahead = envelope;
                    }
                    if !self.orderly {
                        return Err(Failure::broken(Step::Dot, "the server answers out of order"));
                    }
                }
            }
        }
        taken.map(|said: Said| said.reply())
    }

    /// Hears what is said soon to the envelope that went ahead. A server that put off its word to the dot and answered
    /// what came after it first (RFC 2920 §3.2 forbids that) would have the answer to MAIL taken for the dot's. It shows:
    /// 354 comes too early, or DATA gets what no DATA gets. Such a server is not slow with the others, so that there is no
    /// waiting for one that is. False if the connection is not to be used any more.
    async fn hear_early(&mut self) -> bool {
        let end = Instant::now() + PATIENCE;
        for (step, _) in ENVELOPE {
            match self.line.hear_until(end).await {
                None => return true,
                Some(Err(_)) => return false,
                Some(Ok(said)) => {
                    self.orderly &= match said.code / 100 {
                        2 => step != Step::Data,
                        3 => step == Step::Data,
                        _ => true,
                    };
                    self.early.push_back(said);
                }
            }
        }
        self.orderly
    }

    /// Has the server answered in the order in which it was asked, as far as that shows?
    pub const fn is_orderly(&self) -> bool {
        self.orderly
    }

    /// RSET: forgets an envelope, and shows that the connection still answers.
    ///
    /// # Errors
    /// The connection is lost then; no mail is concerned.
    pub async fn reset(&mut self) -> Result<(), Failure> {
        if matches!(self.enter(Step::Data)?, Stage::Body | Stage::Ahead) {
            return Err(out_of_order(Step::Data));
        }
        self.back_to_start(Step::Data).await?;
        self.stage = Stage::Ready;
        Ok(())
    }

    async fn back_to_start(&mut self, step: Step) -> Result<(), Failure> {
        let said = self.line.ask(step, "RSET", self.timeouts.command).await?;
        let reply = said.reply();
        // A refusal of RSET says nothing about the mail that comes next.
        expect(step, said, 2).map_err(|_| Failure::broken(step, format!("RSET was answered {reply}")))?;
        Ok(())
    }

    /// Takes leave. In the middle of a mail the connection is only closed: the server throws away what has no dot.
    pub async fn quit(mut self) {
        if matches!(self.stage, Stage::Ready | Stage::Stale) {
            // Nobody is waiting for this mail's fate: what goes wrong here is nothing.
            let _ = self.line.ask(Step::Quit, "QUIT", PATIENCE.min(self.timeouts.command)).await;
            let _ = tokio::time::timeout(PATIENCE, self.line.wire.shutdown()).await;
        }
    }

    /// Can this session be spoken to? Never again after anything went wrong in the middle of the protocol, a call that
    /// was dropped before it ended included.
    pub fn is_usable(&self) -> bool {
        self.stage != Stage::Lost
    }

    /// Does the server take an envelope in one write, DATA included?
    pub const fn is_pipelined(&self) -> bool {
        self.offers.pipelining
    }

    /// Is the connection encrypted?
    pub fn is_encrypted(&self) -> bool {
        matches!(self.line.wire, Wire::Encrypted(_))
    }

    /// The stage before this call. Until the call ends well the session counts as lost, so that a call dropped at any
    /// of its waits leaves no connection behind that is used again.
    fn enter(&mut self, step: Step) -> Result<Stage, Failure> {
        match mem::replace(&mut self.stage, Stage::Lost) {
            Stage::Lost => Err(Failure::broken(step, "the connection was lost before")),
            stage => Ok(stage),
        }
    }

    fn limit(&self, step: Step) -> Duration {
        if step == Step::Data { self.timeouts.data } else { self.timeouts.command }
    }

    /// What needs no server to be refused.
    fn allowed(&self, from: &str, to: &str, size: usize) -> Result<(), Failure> {
        let refuse = |step, code, enhanced, text: String| {
            Err(Failure::Refused { step, reply: Reply { code, enhanced: Some(enhanced), text } })
        };
        if !(from.is_empty() || is_path(from)) {
            return refuse(Step::Mail, 553, (5, 1, 7), "not sent: the sender cannot stand in an envelope".to_owned());
        }
        if !is_path(to) {
            return refuse(Step::Rcpt, 553, (5, 1, 3), "not sent: the address cannot stand in an envelope".to_owned());
        }
        match self.offers.largest {
            Some(largest) if u64::try_from(size).is_ok_and(|size| size > largest) => {
                let text = format!("not sent: the mail has {size} octets, the server takes at most {largest}");
                refuse(Step::Mail, 552, (5, 3, 4), text)
            }
            _ => Ok(()),
        }
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("server", &self.line.there).field("stage", &self.stage).finish()
    }
}

/// What is said of a mail before its body: MAIL, RCPT and DATA.
#[derive(Debug, Default, PartialEq, Eq)]
struct Envelope([String; 3]);

impl Envelope {
    fn at_once(&self) -> String {
        self.0.join("\r\n") + "\r\n"
    }
}

/// The commands of an envelope and the class of reply that each needs.
const ENVELOPE: [(Step, u16); 3] = [(Step::Mail, 2), (Step::Rcpt, 2), (Step::Data, 3)];

/// An address in ASCII that ends nothing it stands in (RFC 5321 §4.5.3.1.3: at most 254 octets with the brackets' two).
fn is_path(address: &str) -> bool {
    let safe = address.bytes().all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>');
    safe && address.len() <= 254
        && address.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
}

fn out_of_order(step: Step) -> Failure {
    Failure::broken(step, "called out of order")
}

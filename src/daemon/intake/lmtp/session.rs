//! The steps of an LMTP connection, and what is answered. A mail is read while it comes in, then taken in once for each
//! recipient; its answers are 250 only for what is committed.

use std::{io, sync::Arc};

use tokio::io::{AsyncRead, AsyncWrite};

use super::{
    LMTP,
    command::{self, Command, TOO_LARGE},
    content::Content,
    lines::{Line, Lines},
};
use crate::{
    actions::replies::{IncomingMail, TakeInError},
    base::shutdown::Shutdown,
    daemon::intake::Intake,
    delivery::replies::{Envelope, MAX_SIZE},
};

/// Maximum number of recipients of a mail: RFC 5321 §4.5.3.1.8 asks for at least so many.
const MAX_RECIPIENTS: usize = 100;
/// Number of wrong commands after which a connection ends.
const MAX_MISTAKES: u32 = 30;

const GREETING: &str = "220 localhost LMTP greenbrief takes what comes back";
const BAD_ORDER: &str = "503 5.5.1 not now: LHLO, MAIL, RCPT and DATA come in this order";
const STRAY_ENDS: &str = "550 5.6.0 lines end with CR LF, and this mail has others beside";
const ENDLESS: &str = "421 4.7.0 localhost does not wait for the end of so long a line";
const TIMED_OUT: &str = "421 4.4.2 localhost has waited too long";
const ENDING: &str = "421 4.3.2 localhost is ending, try again later";

/// A connection.
pub(super) struct Session<S> {
    lines: Lines<S>,
    intake: Arc<Intake>,
    has_greeted: bool,
    sender: Option<String>,
    recipients: Vec<String>,
    mistakes: u32,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    pub fn new(stream: S, intake: Arc<Intake>) -> Session<S> {
        Session {
            lines: Lines::new(stream),
            intake,
            has_greeted: false,
            sender: None,
            recipients: Vec::new(),
            mistakes: 0,
        }
    }

    /// Serves the client until it goes, or until the shutdown. Whoever is too slow is told so (RFC 5321 §3.8).
    pub async fn run(&mut self, shutdown: &Shutdown) -> io::Result<()> {
        let done = self.serve(shutdown).await;
        if done.as_ref().is_err_and(|problem| problem.kind() == io::ErrorKind::TimedOut) {
            self.lines.say(TIMED_OUT);
            return self.lines.send_away().await;
        }
        done
    }

    async fn serve(&mut self, shutdown: &Shutdown) -> io::Result<()> {
        self.lines.say(GREETING);
        loop {
            if !self.lines.has_line() {
                self.lines.flush().await?;
            }
            let line = tokio::select! {
                biased;
                line = self.lines.line() => line?,
                () = shutdown.requested() => {
                    self.lines.say(ENDING);
                    return self.lines.end().await;
                }
            };
            let command = match line {
                Line::Whole(line) => command::read(&line),
                Line::TooLong => Command::Wrong("500 5.5.6 the line is too long"),
                Line::BareEnd => {
                    // Whoever ends lines so may hide one mail in another.
                    self.lines.say("521 5.5.2 localhost takes only lines that end with CR LF");
                    return self.lines.send_away().await;
                }
                Line::Endless => {
                    self.lines.say(ENDLESS);
                    return self.lines.send_away().await;
                }
                Line::Closed => return Ok(()),
            };
            if command == Command::Quit {
                self.lines.say("221 2.0.0 localhost is done");
                return self.lines.end().await;
            }
            self.obey(command).await?;
            if self.mistakes >= MAX_MISTAKES {
                self.lines.say("421 4.7.0 localhost has seen too many mistakes");
                return self.lines.end().await;
            }
        }
    }

    async fn obey(&mut self, command: Command) -> io::Result<()> {
        match command {
            Command::Lhlo => {
                self.reset();
                self.has_greeted = true;
                for line in ["PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", "SMTPUTF8"] {
                    self.lines.say(&format!("250-{line}"));
                }
                self.lines.say(&format!("250 SIZE {MAX_SIZE}"));
            }
            Command::Mail(_) if !self.has_greeted || self.sender.is_some() => self.mistake(BAD_ORDER),
            Command::Mail(sender) => {
                self.sender = Some(sender);
                self.lines.say("250 2.1.0 ok");
            }
            Command::Rcpt(_) if self.sender.is_none() => self.mistake(BAD_ORDER),
            Command::Rcpt(_) if self.recipients.len() >= MAX_RECIPIENTS => {
                self.lines.say("452 4.5.3 too many recipients of one mail");
            }
            Command::Rcpt(recipient) => {
                if self.intake.takes(&recipient) {
                    self.recipients.push(recipient);
                    self.lines.say("250 2.1.5 ok");
                } else {
                    self.mistake("550 5.1.1 no such mailbox here");
                }
            }
            Command::Data if self.recipients.is_empty() => self.mistake(BAD_ORDER),
            Command::Data => self.data().await?,
            Command::Rset => {
                self.reset();
                self.lines.say("250 2.0.0 ok");
            }
            Command::Noop => self.lines.say("250 2.0.0 ok"),
            Command::Vrfy => self.lines.say("252 2.1.5 RCPT says it"),
            Command::Wrong(told) => self.mistake(told),
            // `run` ended with it.
            Command::Quit => {}
        }
        Ok(())
    }

    /// Reads the content and answers for each recipient.
    async fn data(&mut self) -> io::Result<()> {
        self.lines.say("354 end with a dot on a line of its own");
        self.lines.flush().await?;
        let (mut content, mut mail) = (Content::new(), IncomingMail::new());
        self.lines.content(&mut content, &mut mail).await?;
        let refusal = match () {
            () if mail.size() > MAX_SIZE => Some(TOO_LARGE),
            () if content.has_stray_ends => Some(STRAY_ENDS),
            () => None,
        };
        let sender = self.sender.take();
        for recipient in std::mem::take(&mut self.recipients) {
            let answer = match refusal {
                Some(refusal) => {
                    self.intake.refused(LMTP);
                    refusal.to_owned()
                }
                None => {
                    let envelope = Envelope { sender: sender.clone(), recipients: vec![recipient] };
                    match self.intake.take_in(LMTP, &mail, &envelope).await {
                        Ok(()) => "250 2.0.0 taken".to_owned(),
                        Err(problem) => refusal_of(&problem),
                    }
                }
            };
            self.lines.say(&answer);
        }
        self.reset();
        Ok(())
    }

    fn mistake(&mut self, told: &str) {
        self.mistakes += 1;
        self.lines.say(told);
    }

    fn reset(&mut self) {
        self.sender = None;
        self.recipients.clear();
    }
}

/// Only what will never be a mail is refused for good; the mail server keeps the rest and tries again.
fn refusal_of(problem: &TakeInError) -> String {
    match problem {
        TakeInError::Unreadable(why) => format!("554 5.6.0 {why}"),
        TakeInError::NobodyToTell => "451 4.3.5 nobody is named to whom this could go: operators.email".to_owned(),
        TakeInError::Failed(_) => "451 4.3.0 it could not be written down, try again later".to_owned(),
    }
}

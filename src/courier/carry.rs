//! One mail to one server: what is written when, what is durable before it, and what becomes of the mail however it
//! ends. The rule: before the final dot nothing can have been delivered; after it, only the server's answer tells.

use chrono::TimeDelta;
use tracing::{debug, info, warn};

use super::{Shared, Transport, letters};
use crate::{
    delivery::{State, retry_at},
    mail::{
        folder,
        session::{Relay, Session, Step, Trust},
    },
    store::{Claim, Move},
};

impl Shared {
    /// Carries one mail. `session` is kept for the next one as long as it is sound.
    pub(super) async fn carry(&self, claim: Claim, session: &mut Option<Session>) {
        match self.letters.letter(&claim).await {
            Ok((head, pressed)) => match &self.transport {
                Transport::Folder(path) => {
                    let stem = claim.message_id.trim_start_matches('<').split('@').next().unwrap_or_default();
                    match folder::deliver(path, stem, &head, &pressed.plain_body()) {
                        // The same file under the same name is no double: no note is needed before.
                        Ok(path) => {
                            let reply = format!("written to {}", path.display());
                            if self.ledger.gate(step(&claim, State::DotWritten, "")).await {
                                self.ledger.note(step(&claim, State::Sent, &reply)).await;
                            }
                        }
                        Err(error) => self.defer(&claim, &error.to_string()).await,
                    }
                }
                Transport::Smtp { relay, trust, .. } => {
                    self.carry_by_smtp((relay, trust), &claim, &head, pressed.body(), session).await;
                }
            },
            Err(letters::Error::Store(error)) => self.defer(&claim, &error.to_string()).await,
            Err(error) => self.fail(&claim, &error.to_string()).await,
        }
    }

    async fn carry_by_smtp(
        &self,
        (relay, trust): (&Relay, &Trust),
        claim: &Claim,
        head: &[u8],
        body: &[u8],
        session: &mut Option<Session>,
    ) {
        let open = match session.take().filter(Session::is_usable) {
            Some(open) => Ok(open),
            None => Session::open(relay, trust).await,
        };
        let mut open = match open {
            Ok(open) => open,
            Err(failure) => {
                self.server_is_away(&failure.to_string());
                return self.defer(claim, &failure.to_string()).await;
            }
        };
        self.server_is_there();
        if let Err(failure) = open.offer(self.letters.sender(), &claim.address, head.len() + body.len()).await {
            if failure.is_permanent() {
                self.fail(claim, &failure.to_string()).await;
            } else {
                self.defer(claim, &failure.to_string()).await;
            }
            // The session knows whether it is sound, and resets itself before the next envelope.
            *session = Some(open).filter(Session::is_usable);
            return;
        }
        debug!(mail = claim.id, "the body begins");
        if let Err(failure) = open.write(&[head, body]).await {
            return self.defer(claim, &failure.to_string()).await;
        }
        // From here on the server may have the mail: that is durable before the dot.
        if !self.ledger.gate(step(claim, State::DotWritten, "")).await {
            // Without the dot the server throws away what it got. If the note was written after all, the mail is
            // known not to have gone; if it was stopped, this changes nothing.
            drop(open);
            return self.ledger.note(deferred(self, claim, "not sent: the ledger did not allow it")).await;
        }
        debug!(mail = claim.id, "the dot goes out");
        match open.finish().await {
            Ok(reply) => {
                debug!(mail = claim.id, "the server took it");
                self.ledger.note(step(claim, State::Sent, &reply.to_string())).await;
                *session = Some(open).filter(Session::is_usable);
            }
            // The server spoke before its turn: the dot was held back.
            Err(failure) if failure.step() == Step::Body => self.defer(claim, &failure.to_string()).await,
            Err(failure) => match failure.reply() {
                Some(_) if failure.is_permanent() => self.fail(claim, &failure.to_string()).await,
                Some(_) => self.defer(claim, &failure.to_string()).await,
                None => {
                    warn!(mail = claim.id, %failure, "nobody can say whether this mail went out");
                    self.ledger.note(step(claim, State::Unknown, &failure.to_string())).await;
                }
            },
        }
    }

    async fn defer(&self, claim: &Claim, why: &str) {
        let step = deferred(self, claim, why);
        info!(mail = claim.id, attempt = claim.attempt, why, "deferred");
        self.ledger.note(step).await;
    }

    async fn fail(&self, claim: &Claim, why: &str) {
        warn!(mail = claim.id, why, "refused for good");
        self.ledger.note(step(claim, State::Failed, why)).await;
    }
}

fn step(claim: &Claim, to: State, reply: &str) -> Move {
    Move { id: claim.id, attempt: claim.attempt, to, reply: reply.to_owned(), due: None }
}

fn deferred(shared: &Shared, claim: &Claim, why: &str) -> Move {
    let now = shared.clock.now();
    let attempt = u32::try_from(claim.attempt).unwrap_or(u32::MAX);
    let due = retry_at(now, attempt, shared.random()).max(now + TimeDelta::seconds(1));
    Move { due: Some(due), ..step(claim, State::Deferred, why) }
}

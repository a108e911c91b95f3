//! A claimed mail until its end is noted. However the task that carries it ends, aborted and panicking included, what
//! became of the mail is written down: a mail that is claimed and forgotten would wait for the next start.

use std::{io, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::{Duration, Instant};
use tracing::{info, warn};

use super::{
    Shared,
    count::Counted,
    ledger::Gate,
    letters::{self, Letter},
    marks::Mark,
    signing::{Making, Order},
    turns::{Turn, domain},
};
use crate::{
    delivery::{
        mail::session::{Failure, Step},
        rules::{DeliveryGuarantee, Feedback, State, asks_to_slow_down, retry_at},
    },
    store::{Claim, Move},
};

/// So long after its claim a mail's body must be written. With the times of the final dot (3 minutes to write it, 10 for
/// its answer) that is within the lease: while a server may have it, no other courier takes it for lost.
const TO_THE_DOT: Duration = Duration::from_secs(30 * 60);
/// So long it waits in the process for its turn.
const PATIENCE: Duration = Duration::from_secs(5 * 60);
/// What does not concern the mail (a server that is away) does not make its pauses longer than after so many attempts.
const BLAMELESS: u32 = 3;

/// How far it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// In the queue
    Waiting,
    /// Being written; nothing can have been delivered
    Begun,
    /// The dot may have been written
    Dot,
}

pub(super) struct Errand {
    pub claim: Claim,
    /// That of its address, in lower case
    pub domain: String,
    shared: Arc<Shared>,
    stage: Stage,
    until: Instant,
    /// If it takes long to make; taken when it is needed
    making: Option<Making>,
    /// While a connection has it; taken when its end is noted
    turn: Option<Turn>,
    /// From its envelope on; taken when it is asked
    gate: Option<Gate>,
    /// From its dot on; taken when its end is noted
    mark: Option<Mark>,
    /// Taken when its end is noted
    mail: Option<Counted>,
}

impl Errand {
    pub fn new(claim: Claim, shared: Arc<Shared>) -> Errand {
        let mail = Some(shared.under_way.one());
        let domain = domain(&claim.address);
        let until = Instant::now() + TO_THE_DOT;
        Errand {
            claim,
            domain,
            shared,
            stage: Stage::Waiting,
            until,
            making: None,
            turn: None,
            gate: None,
            mark: None,
            mail,
        }
    }

    /// Its letter is to be made before its turn comes.
    pub fn order(&mut self) -> Order {
        let (order, making) = Order::of(self.claim.clone());
        self.making = Some(making);
        order
    }

    /// What it brings.
    pub async fn letter(&mut self) -> Result<Letter, letters::Error> {
        match self.making.take() {
            Some(making) => making.letter().await,
            None => self.shared.letters.letter(&self.claim).await,
        }
    }

    /// A connection takes it.
    pub fn begin_turn(&mut self, turn: Turn) {
        self.turn = Some(turn);
    }

    /// Has it waited too long for its turn?
    pub fn is_old(&self) -> bool {
        self.until.saturating_duration_since(Instant::now()) + PATIENCE < TO_THE_DOT
    }

    /// What a refusal says of its domain's pace.
    pub fn heard(&mut self, failure: &Failure) {
        let about_mails = matches!(failure.step(), Step::Mail | Step::Rcpt | Step::Data | Step::Body | Step::Dot);
        let less = failure.reply().is_some_and(|reply| asks_to_slow_down(reply.code, reply.enhanced));
        self.says(if less && about_mails { Feedback::SlowDown } else { Feedback::Neutral });
    }

    const fn says(&mut self, said: Feedback) {
        if let Some(turn) = &mut self.turn {
            turn.feedback = said;
        }
    }

    /// Its body begins to be made.
    pub const fn begin(&mut self) {
        self.stage = Stage::Begun;
    }

    /// When its body must be written.
    pub const fn until(&self) -> Instant {
        self.until
    }

    /// Its envelope goes out: soon it will be asked whether its dot may be written.
    pub fn declare(&mut self) {
        if self.gate.is_none() {
            self.gate = Some(self.shared.ledger.declare(self.step(State::DotWritten, "")));
        }
    }

    /// The server waits for its body: from now on its gate is waited for.
    pub fn need(&mut self) {
        self.declare();
        if let Some(gate) = &mut self.gate {
            gate.need();
        }
    }

    /// May it be delivered now? Once this says yes, that is durable.
    pub async fn may_go(&mut self) -> bool {
        self.declare();
        match self.gate.take() {
            Some(gate) => gate.pass().await,
            None => false,
        }
    }

    /// Its dot goes out now.
    ///
    /// # Errors
    /// That could not be marked: then it must not.
    pub fn dot(&mut self) -> io::Result<()> {
        self.mark = self.shared.marks.dot(self.claim.id, self.claim.attempt)?;
        self.stage = Stage::Dot;
        Ok(())
    }

    pub fn sent(mut self, reply: &str) {
        if let Some(mark) = &self.mark {
            mark.sent(reply);
        }
        self.says(Feedback::Accepted);
        self.end(self.step(State::Sent, reply));
    }

    pub fn failed(mut self, why: &str) {
        warn!(mail = self.claim.id.get(), why, "refused for good");
        self.end(self.step(State::Failed, why));
    }

    /// The dot was written and no answer was read.
    pub fn unknown(mut self, why: &str) {
        self.doubt(why);
    }

    /// Tried again later, at growing distances.
    pub fn deferred(mut self, why: &str) {
        let attempt = u32::try_from(self.claim.tries).unwrap_or(u32::MAX);
        self.defer(why, attempt);
    }

    /// As `deferred_blameless`, but when this returns it is noted, and with it all that was noted before.
    pub async fn deferred_at_once(mut self, why: &str) {
        let now = self.shared.clock.now();
        let due = retry_at(now, BLAMELESS, self.shared.random());
        let step = Move { due: Some(due), ..self.step(State::Deferred, why) };
        if self.shared.ledger.declare(step.clone()).pass().await {
            self.mail = None;
            self.end_turn(step.to);
        } else {
            self.end(step);
        }
    }

    /// Tried again later; the mail is not to blame.
    pub fn deferred_blameless(mut self, why: &str) {
        let attempt = u32::try_from(self.claim.tries).unwrap_or(u32::MAX).min(BLAMELESS);
        self.defer(why, attempt);
    }

    /// It waits again as if nothing had been: nothing of it was written.
    pub fn back(mut self, why: &str) {
        self.end(self.step(State::Pending, why));
    }

    /// It comes again after a while, as if nothing had been.
    pub fn put_off(mut self, after: Duration, why: &str) {
        let due = self.shared.clock.now() + TimeDelta::from_std(after).unwrap_or_default();
        self.end(Move { due: Some(due), ..self.step(State::Pending, why) });
    }

    fn doubt(&mut self, why: &str) {
        warn!(mail = self.claim.id.get(), why, "nobody can say whether this mail went out");
        let due = match self.shared.policy {
            DeliveryGuarantee::AtMostOnce => None,
            DeliveryGuarantee::AtLeastOnce => Some(self.later(u32::try_from(self.claim.tries).unwrap_or(u32::MAX))),
        };
        self.end(Move { due, ..self.step(State::Unknown, why) });
    }

    /// When it is tried again after so many attempts.
    fn later(&self, attempt: u32) -> DateTime<Utc> {
        let now = self.shared.clock.now();
        retry_at(now, attempt, self.shared.random()).max(now + TimeDelta::seconds(1))
    }

    fn defer(&mut self, why: &str, attempt: u32) {
        let due = self.later(attempt);
        info!(mail = self.claim.id.get(), attempt = self.claim.attempt, why, "deferred");
        self.end(Move { due: Some(due), ..self.step(State::Deferred, why) });
    }

    fn step(&self, to: State, reply: &str) -> Move {
        Move { id: self.claim.id, attempt: self.claim.attempt, to, reply: reply.to_owned(), due: None }
    }

    fn end(&mut self, step: Move) {
        let to = step.to;
        // What nobody waits for any more need not be written.
        self.gate = None;
        if let Some(mail) = self.mail.take() {
            self.shared.ledger.note(step, mail, self.mark.take());
        }
        self.end_turn(to);
    }

    fn end_turn(&mut self, to: State) {
        if let Some(turn) = self.turn.take() {
            self.shared.vitals.attempt(turn.relay, to);
            self.shared.turns.end(&self.domain, turn);
        }
    }
}

impl Drop for Errand {
    fn drop(&mut self) {
        if self.mail.is_none() {
            return;
        }
        match self.stage {
            Stage::Waiting => self.end(self.step(State::Pending, "")),
            // Also at the gate: who is not there to hear its yes writes no dot. Its end is noted after the gate.
            Stage::Begun => self.defer("its sending was broken off before the final dot", 1),
            Stage::Dot => self.doubt("its sending was broken off at the final dot"),
        }
    }
}

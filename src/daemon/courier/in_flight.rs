//! A claimed mail until its end is recorded. However the task that has it ends, aborted and panicking included, the ledger
//! learns what became of the mail: one that was claimed and forgotten would wait for the next start.

use std::{io, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::{Duration, Instant};
use tracing::{debug, info, warn};

use super::{
    counter::CountGuard,
    dispatch::{Assignment, domain},
    dot_journal::DotEntry,
    ledger::Gate,
    message::{Message, MessageError},
    shared::Shared,
    signing::{PendingMessage, SigningJob},
};
use crate::{
    delivery::{
        mail::session::{Failure, Step},
        rules::{DeliveryGuarantee, Feedback, State, asks_to_slow_down, retry_at},
    },
    store::{Claim, Move},
};

/// Maximum time from the claim of a mail until its body is written. Together with the timeouts of the final dot (3 minutes
/// to write it, 10 for its reply) it ends within the lease: while a server may have the mail, no other courier takes it for
/// lost.
const MAX_TIME_TO_DOT: Duration = Duration::from_secs(30 * 60);
/// Maximum time for which a mail waits in the queue.
const MAX_QUEUED: Duration = Duration::from_secs(5 * 60);
/// Number of attempts after which the pauses grow no longer if a failure does not concern the mail (a server that is away).
const MAX_BLAMELESS_ATTEMPTS: u32 = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Queued,
    /// Its message is made or being written; nothing can have been delivered.
    Begun,
    /// The dot may have been written.
    Dot,
}

pub(super) struct InFlightMail {
    pub claim: Claim,
    /// The recipient's domain, in lower case
    pub domain: String,
    shared: Arc<Shared>,
    progress: Progress,
    /// When its body must be written
    deadline: Instant,
    /// If its message is made ahead; taken when it is needed
    pending_message: Option<PendingMessage>,
    /// While a worker has it; taken when its end is recorded
    assignment: Option<Assignment>,
    /// Requested with the envelope; `None` again once its answer is awaited
    gate: Option<Gate>,
    /// From its dot on; taken when its end is recorded
    entry: Option<DotEntry>,
    /// Taken when its end is recorded
    counted: Option<CountGuard>,
}

impl InFlightMail {
    pub fn new(claim: Claim, shared: Arc<Shared>) -> InFlightMail {
        let counted = Some(shared.under_way.guard());
        let domain = domain(&claim.address);
        let deadline = Instant::now() + MAX_TIME_TO_DOT;
        InFlightMail {
            claim,
            domain,
            shared,
            progress: Progress::Queued,
            deadline,
            pending_message: None,
            assignment: None,
            gate: None,
            entry: None,
            counted,
        }
    }

    /// Returns the job to make its message while it is queued.
    pub fn make_ahead(&mut self) -> SigningJob {
        let (job, pending) = SigningJob::new(self.claim.clone());
        self.pending_message = Some(pending);
        job
    }

    pub async fn message(&mut self) -> Result<Message, MessageError> {
        match self.pending_message.take() {
            Some(pending) => pending.message().await,
            None => self.shared.messages.build(&self.claim).await,
        }
    }

    /// Records that a worker takes it.
    pub fn assign(&mut self, assignment: Assignment) {
        self.assignment = Some(assignment);
    }

    /// Has it been queued for too long?
    pub fn is_stale(&self) -> bool {
        self.deadline.saturating_duration_since(Instant::now()) + MAX_QUEUED < MAX_TIME_TO_DOT
    }

    /// Takes from a refusal what it says of its domain's pace.
    pub fn note_feedback(&mut self, failure: &Failure) {
        let about_mails = matches!(failure.step(), Step::Mail | Step::Rcpt | Step::Data | Step::Body | Step::Dot);
        let slow_down = failure.reply().is_some_and(|reply| asks_to_slow_down(reply.code, reply.enhanced));
        self.set_feedback(if slow_down && about_mails { Feedback::SlowDown } else { Feedback::Neutral });
    }

    const fn set_feedback(&mut self, feedback: Feedback) {
        if let Some(assignment) = &mut self.assignment {
            assignment.feedback = feedback;
        }
    }

    /// Records that its message is about to be made.
    pub const fn begin(&mut self) {
        self.progress = Progress::Begun;
    }

    /// When its body must be written.
    pub const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Declares its move to the dot, as its envelope goes out.
    pub fn declare(&mut self) {
        if self.gate.is_none() {
            self.gate = Some(self.shared.ledger.declare(self.step(State::DotWritten, "")));
        }
    }

    /// Asks for permission for its dot, as the server waits for its body.
    pub fn need_permission(&mut self) {
        self.declare();
        if let Some(gate) = &mut self.gate {
            gate.need();
        }
    }

    /// May its dot be written? Once this returns true, that is durable.
    pub async fn may_write_dot(&mut self) -> bool {
        self.declare();
        match self.gate.take() {
            Some(gate) => gate.pass().await,
            None => false,
        }
    }

    /// Records in the journal that its dot is about to be written.
    ///
    /// # Errors
    /// If that could not be recorded; then the dot must not be written.
    pub fn begin_dot(&mut self) -> io::Result<()> {
        self.entry = self.shared.journal.dot(self.claim.id, self.claim.attempt)?;
        self.progress = Progress::Dot;
        Ok(())
    }

    /// Ends it: the server took it.
    pub fn sent(mut self, reply: &str) {
        if let Some(entry) = &self.entry {
            entry.sent(reply);
        }
        self.set_feedback(Feedback::Accepted);
        self.end(self.step(State::Sent, reply));
    }

    /// Ends it: it is refused permanently.
    pub fn failed(mut self, why: &str) {
        warn!(mail = self.claim.id.get(), why, "refused for good");
        self.end(self.step(State::Failed, why));
    }

    /// As [`failed`](Self::failed); when this returns, it is durable, and so is everything that was recorded before.
    pub async fn failed_durably(mut self, why: &str) {
        warn!(mail = self.claim.id.get(), why, "refused for good");
        self.end_durably(self.step(State::Failed, why)).await;
    }

    /// Ends it: the dot was written and no reply was read.
    pub fn unknown(mut self, why: &str) {
        self.end_in_doubt(why);
    }

    /// Ends this attempt; another follows at growing intervals.
    pub fn deferred(mut self, why: &str) {
        let attempt = self.tries();
        self.defer(why, attempt);
    }

    /// As [`deferred`](Self::deferred), but the mail is not to blame: the intervals stay short.
    pub fn deferred_blameless(mut self, why: &str) {
        let attempt = self.tries().min(MAX_BLAMELESS_ATTEMPTS);
        self.defer(why, attempt);
    }

    /// As [`deferred_blameless`](Self::deferred_blameless), since its dot was not allowed: a pause or a stop took it back,
    /// which is logged for all such mails together, or the ledger is away, which is logged there.
    pub fn not_allowed(mut self, why: &str) {
        self.shared.taken_back.suspect();
        let attempt = self.tries().min(MAX_BLAMELESS_ATTEMPTS);
        self.defer_quietly(why, attempt);
    }

    /// Ends it without a word: it is not ours any more.
    pub fn forget(mut self) {
        self.gate = None;
        self.counted = None;
        self.end_assignment(State::Pending);
    }

    /// As [`deferred_blameless`](Self::deferred_blameless); when this returns, it is durable, and so is everything that was
    /// recorded before.
    pub async fn deferred_durably(mut self, why: &str) {
        let now = self.shared.clock.now();
        let due = retry_at(now, MAX_BLAMELESS_ATTEMPTS, self.shared.random());
        self.end_durably(Move { due: Some(due), ..self.step(State::Deferred, why) }).await;
    }

    async fn end_durably(&mut self, step: Move) {
        if self.shared.ledger.declare(step.clone()).pass().await {
            self.counted = None;
            self.end_assignment(step.to);
        } else {
            self.end(step);
        }
    }

    /// Gives it back to the outbox as if it had not been claimed: nothing of it was written.
    pub fn give_back(mut self, why: &str) {
        self.end(self.step(State::Pending, why));
    }

    /// As [`give_back`](Self::give_back), but it is not due again before `after`.
    pub fn put_off(mut self, after: Duration, why: &str) {
        let due = self.shared.clock.now() + TimeDelta::from_std(after).unwrap_or_default();
        self.end(Move { due: Some(due), ..self.step(State::Pending, why) });
    }

    fn end_in_doubt(&mut self, why: &str) {
        warn!(mail = self.claim.id.get(), why, "nobody can say whether this mail went out");
        let due = match self.shared.guarantee {
            DeliveryGuarantee::AtMostOnce => None,
            DeliveryGuarantee::AtLeastOnce => Some(self.retry_at(self.tries())),
        };
        self.end(Move { due, ..self.step(State::Unknown, why) });
    }

    fn defer(&mut self, why: &str, attempt: u32) {
        info!(mail = self.claim.id.get(), attempt = self.claim.attempt, why, "deferred");
        self.defer_quietly(why, attempt);
    }

    fn defer_quietly(&mut self, why: &str, attempt: u32) {
        let due = self.retry_at(attempt);
        debug!(mail = self.claim.id.get(), attempt = self.claim.attempt, why, "deferred");
        self.end(Move { due: Some(due), ..self.step(State::Deferred, why) });
    }

    fn tries(&self) -> u32 {
        u32::try_from(self.claim.tries).unwrap_or(u32::MAX)
    }

    /// When it is tried again after this many attempts.
    fn retry_at(&self, attempt: u32) -> DateTime<Utc> {
        let now = self.shared.clock.now();
        retry_at(now, attempt, self.shared.random()).max(now + TimeDelta::seconds(1))
    }

    fn step(&self, to: State, reply: &str) -> Move {
        Move { id: self.claim.id, attempt: self.claim.attempt, to, reply: reply.to_owned(), due: None }
    }

    fn end(&mut self, step: Move) {
        let to = step.to;
        // A move that nobody waits for any more need not be written.
        self.gate = None;
        if let Some(counted) = self.counted.take() {
            self.shared.ledger.record(step, counted, self.entry.take());
        }
        self.end_assignment(to);
    }

    fn end_assignment(&mut self, to: State) {
        if let Some(assignment) = self.assignment.take() {
            self.shared.vitals.attempt(assignment.relay, to);
            self.shared.dispatch.end(&self.domain, assignment);
        }
    }
}

impl Drop for InFlightMail {
    fn drop(&mut self) {
        if self.counted.is_none() {
            return;
        }
        match self.progress {
            Progress::Queued => self.end(self.step(State::Pending, "")),
            // At the gate, too: a task that is not there to receive the permission writes no dot. The outcome is recorded
            // after the gate.
            Progress::Begun => self.defer("its sending was interrupted before the final dot", 1),
            Progress::Dot => self.end_in_doubt("its sending was interrupted at the final dot"),
        }
    }
}

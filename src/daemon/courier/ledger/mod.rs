//! The ledger: one task that writes down every move of a mail. A durable note before each final dot costs little, since many
//! share a commit: a mail declares its move to the dot when its envelope goes out, and the first session that needs its gate
//! (may the dot be written?) takes along all moves that are declared, and the outcomes since the last commit. A gate fails
//! fast; an outcome (sent, refused) is kept and tried again until the database takes it.

mod pending;
mod request;
#[cfg(test)]
mod tests;
mod writer;

use std::{mem, sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
};
use tracing::error;

use self::{
    request::{Outcome, PermissionRequest, Request},
    writer::Writer,
};
use super::{counter::CountGuard, dot_journal::DotEntry, taken_back::TakenBack};
use crate::{
    base::ids::MailId,
    monitoring::vitals::Vitals,
    store::{Move, Store},
    time::clock::Clock,
};

/// The sessions' side of the ledger. Cheap to clone.
#[derive(Clone)]
pub(super) struct Ledger {
    /// Unbounded, so that sending needs no waiting: each mail under way has at most one gate and one outcome in it.
    requests: mpsc::UnboundedSender<Request>,
    /// True while the database is away
    away: watch::Receiver<bool>,
}

impl Ledger {
    /// Starts the task. It ends when all clones are gone and everything is written, or `bound` after that, and returns
    /// whether everything is written.
    pub fn start(
        store: Store,
        clock: Clock,
        owner: String,
        taken_back: Arc<TakenBack>,
        vitals: Arc<Vitals>,
        bound: Duration,
    ) -> (Ledger, JoinHandle<bool>) {
        let (requests, receiver) = mpsc::unbounded_channel();
        let (set_away, away) = watch::channel(false);
        let writer = Writer { store, clock, owner, taken_back, vitals, away: set_away };
        (Ledger { requests, away }, tokio::spawn(writer.run(receiver, bound)))
    }

    /// Declares a move that will need permission soon: it is written with the next commit that somebody needs, unless the
    /// gate is dropped before.
    pub fn declare(&self, step: Move) -> Gate {
        let (mail, (answer, answered)) = (step.id, oneshot::channel());
        // Fails only when the task is gone; then the gate refuses.
        let _ = self.requests.send(Request::Declare(PermissionRequest { step, answer, needed: false }));
        Gate { mail, answered, requests: self.requests.clone(), needed: false }
    }

    /// Records how an attempt ended.
    pub fn record(&self, step: Move, counted: CountGuard, entry: Option<DotEntry>) {
        if let Err(lost) = self.requests.send(Request::Record(Outcome { step, _counted: counted, _entry: entry }))
            && let Request::Record(Outcome { step, .. }) = lost.0
        {
            error!(mail = step.id.get(), to = step.to.word(), "the ledger's task has ended: not recorded");
        }
    }

    /// Waits while the database is away: the outcome of a mail that begins now could not be written.
    pub async fn ready(&self) {
        // Fails only when the task is gone; then the gate refuses.
        let _ = self.away.clone().wait_for(|away| !away).await;
    }

    /// Has the task ended although somebody still needs it?
    pub fn is_gone(&self) -> bool {
        self.requests.is_closed()
    }
}

/// A move that is declared and waits for permission.
pub(super) struct Gate {
    mail: MailId,
    answered: oneshot::Receiver<bool>,
    requests: mpsc::UnboundedSender<Request>,
    needed: bool,
}

impl Gate {
    /// Asks for the permission now.
    pub fn need(&mut self) {
        if !mem::replace(&mut self.needed, true) && self.answered.is_empty() {
            // Fails only when the task is gone; then the gate refuses.
            let _ = self.requests.send(Request::Need(self.mail));
        }
    }

    /// Waits for the permission: true once the move is durable; false if the mail was stopped or taken over, or the
    /// database is away.
    pub async fn pass(mut self) -> bool {
        self.need();
        self.answered.await.unwrap_or(false)
    }
}

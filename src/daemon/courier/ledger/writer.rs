//! The task that writes moves to the store, many in one commit.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep},
};
use tracing::{debug, error, info, warn};

use super::{
    pending::{DueMoves, PendingMoves},
    request::{PermissionRequest, Request},
};
use crate::{
    daemon::courier::taken_back::TakenBack,
    delivery::rules::State,
    monitoring::vitals::Vitals,
    store::{Move, Store},
    time::clock::Clock,
};

/// Pause between attempts while the database is away.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

pub(super) struct Writer {
    pub store: Store,
    pub clock: Clock,
    pub owner: String,
    pub taken_back: Arc<TakenBack>,
    pub vitals: Arc<Vitals>,
    /// Set while the database is away
    pub away: watch::Sender<bool>,
}

impl Writer {
    /// Writes until no more requests can come and everything is written, or until `bound` after that. Returns whether
    /// everything is written.
    pub async fn run(self, mut requests: mpsc::UnboundedReceiver<Request>, bound: Duration) -> bool {
        let mut pending = PendingMoves::default();
        let mut end: Option<Instant> = None;
        // A courier before this one may have ended while it was away.
        self.vitals.store_failing("ledger", None, self.clock.now());
        loop {
            if pending.gather(&mut requests).await {
                end.get_or_insert(Instant::now() + bound);
            }
            let DueMoves { permissions, outcomes } = pending.take_due();
            if permissions.is_empty() && outcomes.is_empty() {
                return true;
            }
            // The permission of a mail comes before its outcome.
            let steps = permissions.iter().map(|permission| &permission.step);
            let moves: Vec<Move> = steps.chain(outcomes.iter().map(|outcome| &outcome.step)).cloned().collect();
            match self.store.outbox().settle(&moves, &self.owner, self.clock.now()).await {
                Ok(moved) => {
                    if self.away.send_replace(false) {
                        self.vitals.store_failing("ledger", None, self.clock.now());
                        info!("the database answers again");
                    }
                    let mut moved = moved.into_iter();
                    for (permission, moved) in permissions.into_iter().zip(&mut moved) {
                        answer(permission, moved);
                    }
                    for (outcome, moved) in outcomes.into_iter().zip(moved) {
                        self.log_outcome(&outcome.step, moved);
                    }
                }
                Err(problem) => {
                    self.vitals.store_failing("ledger", Some(&problem.to_string()), self.clock.now());
                    if !self.away.send_replace(true) {
                        error!(%problem, "the ledger cannot be written; nothing more is sent until it can");
                    }
                    // Dropping a request for permission refuses it.
                    drop(permissions);
                    pending.put_back(outcomes);
                    if end.is_some_and(|end| Instant::now() >= end) {
                        error!(lost = pending.outcomes(), "ended without the ledger: these mails are shown as unknown");
                        return false;
                    }
                    sleep(RETRY_PAUSE).await;
                    if pending.outcomes() == 0 && requests.is_empty() {
                        // There is nothing left to try with: the next mail finds out.
                        self.vitals.store_failing("ledger", None, self.clock.now());
                        self.away.send_replace(false);
                    }
                }
            }
        }
    }

    fn log_outcome(&self, step: &Move, moved: bool) {
        debug!(mail = step.id.get(), state = step.to.word(), moved, "recorded");
        match step.to {
            _ if moved => {}
            // Nothing of them went out. A pause takes back very many.
            State::Pending | State::Deferred => self.taken_back.add(1),
            to => warn!(mail = step.id.get(), %to, reply = step.reply, "a mail was taken over or stopped meanwhile"),
        }
    }
}

pub(super) fn answer(permission: PermissionRequest, moved: bool) {
    debug!(mail = permission.step.id.get(), state = permission.step.to.word(), moved, "recorded");
    // Fails only if the session is gone.
    let _ = permission.answer.send(moved);
}

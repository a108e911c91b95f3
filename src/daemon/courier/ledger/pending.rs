//! Moves that are not written yet, and when they are due.

use std::{mem, time::Duration};

use tokio::{
    sync::mpsc::{UnboundedReceiver, error::TryRecvError},
    time::{Instant, timeout_at},
};

use super::request::{Outcome, PermissionRequest, Request};

/// Number of outcomes that are written without waiting for more.
pub(super) const BATCH_SIZE: usize = 512;
/// Maximum time for which an outcome waits for others to share its commit.
pub(super) const LINGER: Duration = Duration::from_millis(50);

#[derive(Default)]
pub(super) struct PendingMoves {
    permissions: Vec<PermissionRequest>,
    outcomes: Vec<Outcome>,
    /// When the outcomes must be written
    deadline: Option<Instant>,
    /// No more requests can come.
    closed: bool,
}

/// Moves that are to be written in one commit.
pub(super) struct DueMoves {
    pub permissions: Vec<PermissionRequest>,
    pub outcomes: Vec<Outcome>,
}

impl PendingMoves {
    pub fn outcomes(&self) -> usize {
        self.outcomes.len()
    }

    fn add(&mut self, request: Request) {
        match request {
            Request::Declare(permission) => self.permissions.push(permission),
            Request::Need(mail) => {
                if let Some(permission) = self.permissions.iter_mut().rfind(|permission| permission.step.id == mail) {
                    permission.needed = true;
                }
            }
            Request::Record(outcome) => {
                self.deadline.get_or_insert_with(|| Instant::now() + LINGER);
                self.outcomes.push(outcome);
            }
        }
    }

    fn is_permission_needed(&self) -> bool {
        self.permissions.iter().any(|permission| permission.needed)
    }

    /// Takes requests until something is due; returns true once no more can come.
    pub async fn gather(&mut self, requests: &mut UnboundedReceiver<Request>) -> bool {
        loop {
            while !self.closed && self.outcomes.len() < BATCH_SIZE {
                match requests.try_recv() {
                    Ok(request) => self.add(request),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => self.closed = true,
                }
            }
            // A permission that nobody waits for any more is not written: its mail has ended otherwise.
            self.permissions.retain(|permission| !permission.answer.is_closed());
            let late = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
            if self.closed || late || self.outcomes.len() >= BATCH_SIZE || self.is_permission_needed() {
                return self.closed;
            }
            let next = match self.deadline {
                None => requests.recv().await,
                Some(deadline) => match timeout_at(deadline, requests.recv()).await {
                    Ok(next) => next,
                    Err(_) => continue,
                },
            };
            match next {
                Some(request) => self.add(request),
                None => self.closed = true,
            }
        }
    }

    /// Takes what is to be written now: all outcomes, and all declared permissions if at least one is needed.
    pub fn take_due(&mut self) -> DueMoves {
        self.deadline = None;
        let permissions = if self.is_permission_needed() { mem::take(&mut self.permissions) } else { Vec::new() };
        DueMoves { permissions, outcomes: mem::take(&mut self.outcomes) }
    }

    /// Puts back outcomes that could not be written; they are tried first, at once.
    pub fn put_back(&mut self, mut outcomes: Vec<Outcome>) {
        outcomes.append(&mut self.outcomes);
        self.outcomes = outcomes;
        if !self.outcomes.is_empty() {
            self.deadline = Some(Instant::now());
        }
    }
}

//! A relay, or the folder, with what is known of it while the courier runs: open connections, whether it can be reached.
//! Which mail goes by which relay is decided in `dispatch`; the conversation with a server is in `attempt`.

use std::{
    path::PathBuf,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, futures::Notified},
    time::Instant,
};
use tracing::{info, warn};

use super::counter::Counter;
use crate::{
    delivery::mail::session::{Relay, TlsClient},
    mailing::Transport,
};

/// Where mails go by a relay.
pub(super) enum Destination {
    Folder(PathBuf),
    Smtp(Relay, TlsClient),
}

pub(super) struct RelayState {
    pub name: String,
    pub destination: Destination,
    /// Maximum number of connections at a time
    pub connections: usize,
    pub weight: u32,
    /// Open connections
    pub connected: Counter,
    /// Connections that are being opened
    pub connecting: Counter,
    /// Mails that its workers have
    pub assigned: Counter,
    outage: Mutex<Outage>,
    /// It replied out of order once: no envelope is sent ahead to it.
    unruly: AtomicBool,
    /// Wakes workers that wait for a mail
    work: Notify,
}

/// The outage of a server to which no connection can be opened. By default it can be reached.
#[derive(Default)]
struct Outage {
    /// Failed attempts in a row
    failures: u32,
    last: Option<FailedAttempt>,
    why: String,
}

struct FailedAttempt {
    noticed: Instant,
    /// No connection is tried before
    retry_at: Instant,
}

/// No relay can be reached.
pub(super) struct AllAway {
    /// When the first of them is tried again
    pub until: Instant,
    pub why: String,
}

impl RelayState {
    fn new(name: String, destination: Destination, connections: usize, weight: u32) -> RelayState {
        RelayState {
            name,
            destination,
            connections: connections.max(1),
            weight,
            connected: Counter::new(),
            connecting: Counter::new(),
            assigned: Counter::new(),
            outage: Mutex::default(),
            unruly: AtomicBool::new(false),
            work: Notify::new(),
        }
    }

    /// The states of all relays of a transport.
    pub fn all(transport: &Transport) -> Vec<RelayState> {
        match transport {
            Transport::Folder(path) => {
                vec![RelayState::new("folder".to_owned(), Destination::Folder(path.clone()), 1, 1)]
            }
            Transport::Smtp(smtp) => smtp
                .routes
                .iter()
                .map(|route| {
                    let destination = Destination::Smtp(route.relay.clone(), smtp.tls_client.clone());
                    RelayState::new(route.name.clone(), destination, route.connections, route.weight)
                })
                .collect(),
        }
    }

    /// Records that a connection could not be opened while no other is open: none is tried for a while, 1 s, 2 s, 4 s … 60 s.
    /// Attempts that began before the last failure was known count as the same.
    pub fn went_away(&self, why: &str, began: Instant) {
        let mut outage = self.outage();
        if outage.last.as_ref().is_some_and(|last| began <= last.noticed) {
            return;
        }
        if outage.failures == 0 {
            warn!(why, "the mail server cannot be reached; mails wait, or go by another");
        }
        let noticed = Instant::now();
        outage.last = Some(FailedAttempt { noticed, retry_at: noticed + backoff(outage.failures) });
        outage.failures += 1;
        why.clone_into(&mut outage.why);
    }

    /// Did the last attempt to connect fail?
    pub fn is_away(&self) -> bool {
        self.outage().failures > 0
    }

    /// Records that a connection was opened; returns whether the relay had been away.
    pub fn came_back(&self) -> bool {
        let was_away = std::mem::take(&mut *self.outage()).failures > 0;
        if was_away {
            info!("the mail server answers again");
        }
        was_away
    }

    /// While no connection may be tried: until when, and why the last one failed.
    pub fn away_until(&self) -> Option<(Instant, String)> {
        let outage = self.outage();
        let retry_at = outage.last.as_ref().map(|last| last.retry_at).filter(|retry_at| *retry_at > Instant::now())?;
        Some((retry_at, outage.why.clone()))
    }

    /// Records that it replied out of order: from now on each command waits for the reply to the last.
    pub fn set_unruly(&self) {
        if !self.unruly.swap(true, Ordering::Relaxed) {
            warn!("the mail server answers out of order: each mail is sent only after its answer to the last");
        }
    }

    pub fn is_unruly(&self) -> bool {
        self.unruly.load(Ordering::Relaxed)
    }

    fn outage(&self) -> MutexGuard<'_, Outage> {
        self.outage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes one worker: there may be something to do.
    pub fn wake_one(&self) {
        self.work.notify_one();
    }

    /// Wakes all workers that wait now.
    pub fn wake_all(&self) {
        self.work.notify_waiters();
    }

    /// Completes with the next wake-up after this call.
    pub fn woken(&self) -> Notified<'_> {
        self.work.notified()
    }
}

/// Pause after this many failures in a row: 1 s, 2 s, 4 s … 60 s.
pub(super) fn backoff(failures: u32) -> Duration {
    Duration::from_secs((1 << failures.min(6)).min(60))
}

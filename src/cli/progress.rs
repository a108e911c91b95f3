//! How far an edition's mails have come: counts, the rate over the last minute, and the time left at that rate; and
//! whether those that no stop can reach have come to their end.

use std::time::Duration;

use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::output::counted;
use crate::{
    base::ids::EditionId,
    delivery::rules::State,
    store::{self, Store, Tally},
};

/// How long it is waited for a server's answer, and how often it is looked.
const PATIENCE: Duration = Duration::from_secs(3);
const LOOK: Duration = Duration::from_millis(20);

/// Waits a little until no mail is at its dot any more: what was stopped or paused is quiet then. Gives how all mails stand,
/// of an edition or of the whole outbox.
pub(super) async fn after_the_dots(store: &Store, edition: Option<EditionId>) -> Result<Tally, store::Error> {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until && !store.mails(edition, Some(State::DotWritten), None, 1).await?.is_empty() {
        sleep(LOOK).await;
    }
    store.tally(edition).await
}

/// As programs read it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Progress {
    pub sent: i64,
    pub deferred: i64,
    pub failed: i64,
    pub unknown: i64,
    pub cancelled: i64,
    pub expired: i64,
    /// For their first turn, or on their way
    pub waiting: i64,
    /// Mails a second over the last minute
    pub per_second: f64,
    /// For those that wait, at that rate; nobody knows while none goes
    pub seconds_left: Option<i64>,
}

impl Progress {
    pub fn new(tally: &Tally, per_second: f64) -> Progress {
        let waiting = [State::Pending, State::Claimed, State::DotWritten].map(|state| tally.of(state)).iter().sum();
        let left = (per_second > 0.0 && waiting > 0).then(|| (waiting as f64 / per_second).ceil() as i64);
        Progress {
            sent: tally.of(State::Sent),
            deferred: tally.of(State::Deferred),
            failed: tally.of(State::Failed),
            unknown: tally.of(State::Unknown),
            cancelled: tally.of(State::Cancelled),
            expired: tally.of(State::Expired),
            waiting,
            // As exact as a minute's count is.
            per_second: (per_second * 10.0).round() / 10.0,
            seconds_left: left,
        }
    }

    /// `12.5 mails a second, 1 h 20 min left`; nothing if nothing waits.
    pub fn pace(&self) -> Option<String> {
        if self.waiting == 0 {
            return None;
        }
        Some(match self.seconds_left {
            Some(seconds) => format!("{:.1} mails a second, {} left", self.per_second, duration(seconds)),
            None => format!("{} waiting, none went in the last minute", counted(self.waiting, "mail")),
        })
    }
}

/// `40 s`, `12 min`, `2 h 5 min`.
fn duration(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_said_as_far_as_it_is_known() {
        let mut tally = Tally::default();
        for (state, count) in [(State::Sent, 500), (State::Pending, 990), (State::Claimed, 8), (State::DotWritten, 2)] {
            tally.0.insert(state, count);
        }
        let told = |per_second| Progress::new(&tally, per_second).pace();
        assert_eq!(told(12.5).as_deref(), Some("12.5 mails a second, 80 s left"));
        assert_eq!(told(0.5).as_deref(), Some("0.5 mails a second, 33 min left"));
        assert_eq!(told(0.1).as_deref(), Some("0.1 mails a second, 2 h 46 min left"));
        assert_eq!(told(0.0).as_deref(), Some("1000 mails waiting, none went in the last minute"));
        tally.0.retain(|state, _| *state == State::Sent);
        assert_eq!(Progress::new(&tally, 3.0).pace(), None);
        assert_eq!(Progress::new(&tally, 3.0).seconds_left, None);
    }
}

//! How far mails have come: counts, the rate over the last minute, and the time left at that rate. And waiting for mails: for
//! the answers to those that no stop can reach, or for a whole edition.

use std::time::Duration;

use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::{
    Installation, Result,
    send::{standstill, standstill_or_away},
};
use crate::{
    base::{ids::EditionId, plural::counted},
    delivery::rules::State,
    store::{Edition, Store, Tally},
};

/// Timeout for a server's answers after a stop or a pause.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);
/// Interval between looks at these answers.
const ANSWER_INTERVAL: Duration = Duration::from_millis(20);

/// Waits briefly until no mail is at its final dot any more: what was stopped or paused is quiet then. Returns the tally of
/// the edition or of the whole outbox.
pub(super) async fn wait_for_answers(store: &Store, edition: Option<EditionId>) -> Result<Tally> {
    let until = Instant::now() + ANSWER_TIMEOUT;
    while Instant::now() < until && !store.outbox().mails(edition, Some(State::DotWritten), None, 1).await?.is_empty() {
        sleep(ANSWER_INTERVAL).await;
    }
    Ok(store.outbox().tally(edition).await?)
}

/// How far the mails of an edition, or of the whole outbox, have come.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Progress {
    /// The server took them
    pub sent: i64,
    /// To be tried again later
    pub deferred: i64,
    /// Refused for good
    pub failed: i64,
    /// May have been sent or not
    pub unknown: i64,
    /// Not to be sent any more
    pub cancelled: i64,
    /// Given up when their time was over
    pub expired: i64,
    /// Waiting for their first attempt, or on their way
    pub waiting: i64,
    /// Mails per second over the last minute
    pub per_second: f64,
    /// Seconds until none is waiting, at that rate; `None` while the rate is zero
    pub seconds_left: Option<i64>,
}

impl Progress {
    /// From the numbers of mails and their rate.
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
            // No more exact than a count over a minute: one mail in it is 0.017.
            per_second: (per_second * 1000.0).round() / 1000.0,
            seconds_left: left,
        }
    }

    /// `12.5 mails a second, 80 min left`, or `3 mails a minute, 2 h 46 min left at that pace`; `None` if nothing is waiting.
    pub fn pace(&self) -> Option<String> {
        if self.waiting == 0 {
            return None;
        }
        Some(match self.seconds_left {
            Some(seconds) if self.per_second >= 1.0 => {
                format!("{:.1} mails a second, {} left", self.per_second, duration(seconds))
            }
            // A few mails say little of those to come.
            Some(seconds) => {
                let a_minute = counted((self.per_second * 60.0).round().max(1.0) as i64, "mail");
                format!("{a_minute} a minute, {} left at that pace", duration(seconds))
            }
            None => format!("{} waiting, none sent in the last minute", counted(self.waiting, "mail")),
        })
    }
}

/// Interval between looks at an edition's mails.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);
/// Number of looks between two reports on the pace, and between two questions whether the mails wait for a person.
const LOOKS_PER_REPORT: u64 = 10;

/// Time for which mails wait for a server, or for the folder, that cannot be reached: after it a courier has tried four times.
const REACHED_WITHIN: Duration = Duration::from_secs(10);

/// Waits until no mail of the edition is on its way, all wait for a person, or none has moved for 10 s since no server can be
/// reached. `on_look` is given the mails at each look and, about once a second, their progress.
///
/// # Errors
/// The store cannot be read, or `on_look` failed.
pub async fn follow(
    installation: &Installation,
    edition: &Edition,
    mut on_look: impl FnMut(&Tally, Option<&Progress>) -> anyhow::Result<()>,
) -> Result<()> {
    let store = installation.store().await?;
    let mut settled = (0, Instant::now());
    for look in 1u64.. {
        let tally = store.outbox().tally(Some(edition.id)).await?;
        let waiting = Progress::new(&tally, 0.0).waiting;
        let mut is_over = waiting == 0;
        if settled.0 != tally.all() - waiting {
            settled = (tally.all() - waiting, Instant::now());
        }
        let mut progress = None;
        if look.is_multiple_of(LOOKS_PER_REPORT) && !is_over {
            progress = Some(Progress::new(&tally, store.outbox().rate(Some(edition.id), installation.now()).await?));
            let found = match settled.1.elapsed() > REACHED_WITHIN {
                true => standstill_or_away(installation, &edition.name()).await?,
                false => standstill(installation, &edition.name()).await?,
            };
            is_over = found.is_some();
        }
        on_look(&tally, progress.as_ref())?;
        if is_over {
            break;
        }
        sleep(LOOK_INTERVAL).await;
    }
    Ok(())
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
        assert_eq!(told(0.5).as_deref(), Some("30 mails a minute, 33 min left at that pace"));
        assert_eq!(told(0.1).as_deref(), Some("6 mails a minute, 2 h 46 min left at that pace"));
        // One mail in the last minute, which was once "0.0 mails a second".
        assert_eq!(told(1.0 / 60.0).as_deref(), Some("1 mail a minute, 16 h 40 min left at that pace"));
        assert_eq!(Progress::new(&tally, 1.0 / 60.0).per_second, 0.017);
        assert_eq!(told(0.0).as_deref(), Some("1000 mails waiting, none sent in the last minute"));
        tally.0.retain(|state, _| *state == State::Sent);
        assert_eq!(Progress::new(&tally, 3.0).pace(), None);
        assert_eq!(Progress::new(&tally, 3.0).seconds_left, None);
    }
}

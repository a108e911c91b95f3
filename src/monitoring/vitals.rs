//! Signs of life of a process at work: what timekeeper and courier note of themselves while they work, for those who
//! watch from outside. One `Vitals` a process, handed down by the daemon; nothing here decides anything, and what is in
//! the store is not kept a second time.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::delivery::rules::State;

/// Who has not looked for so long has stopped: one look may wait for a database that is away (30 s) or for another
/// writer (15 s each time), not much longer.
const STILL: Duration = Duration::from_secs(120);

/// What a process notes of itself. All methods are quick and never wait for anything but each other.
#[derive(Default)]
pub struct Vitals(Mutex<Signs>);

/// What was noted so far.
#[derive(Debug, Clone, Default)]
pub struct Signs {
    /// The timekeeper's
    pub timekeeper: Pulse,
    /// The courier's
    pub courier: Pulse,
    /// Schedules with an edition that should be released by now and is not
    pub overdue: BTreeSet<String>,
    /// The relays, or the folder, in the order of the config
    pub relays: Vec<Relay>,
}

/// When somebody showed that it is alive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pulse {
    /// When it looked last whether there is something to do
    pub looked: Option<Instant>,
}

/// A way on which mails leave, with what became of them there since the process started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Relay {
    /// As in the config
    pub name: String,
    /// That are open now
    pub connections: usize,
    /// No connection could be had at the last attempt
    pub away: bool,
    /// Attempts that the server took
    pub sent: u64,
    /// Attempts that are tried again
    pub deferred: u64,
    /// Attempts that were refused for good
    pub failed: u64,
    /// Attempts of which nobody can say what became of them
    pub unknown: u64,
}

impl Pulse {
    /// For how long it has been silent: since `start`, if it never looked. `None` while it is alive.
    pub fn silent(&self, start: Instant, now: Instant) -> Option<Duration> {
        let silent = now.saturating_duration_since(self.looked.unwrap_or(start));
        (silent > STILL).then_some(silent)
    }
}

impl Vitals {
    fn signs(&self) -> MutexGuard<'_, Signs> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was noted so far.
    pub fn now(&self) -> Signs {
        self.signs().clone()
    }

    /// The timekeeper has looked at the time, and done what was due.
    pub fn timekeeper_looked(&self, now: Instant) {
        self.signs().timekeeper = Pulse { looked: Some(now) };
    }

    /// The courier has looked for mails.
    pub fn courier_looked(&self, now: Instant) {
        self.signs().courier = Pulse { looked: Some(now) };
    }

    /// Should an edition of this schedule be released by now, and is not? Gives whether that is news.
    pub fn overdue(&self, schedule: &str, overdue: bool) -> bool {
        let all = &mut self.signs().overdue;
        if overdue { all.insert(schedule.to_owned()) } else { all.remove(schedule) }
    }

    /// Over which relays mails go from now on. One that was there before by its name goes on counting.
    pub fn relays(&self, names: impl Iterator<Item = String>) {
        let known = &mut self.signs().relays;
        let before = std::mem::take(known);
        let relay = |name: String| {
            let same = before.iter().find(|relay| relay.name == name).cloned();
            same.unwrap_or_else(|| Relay { name, ..Relay::default() })
        };
        *known = names.map(relay).collect();
    }

    /// How the relay with this number stands.
    pub fn relay(&self, number: usize, connections: usize, away: bool) {
        if let Some(relay) = self.signs().relays.get_mut(number) {
            relay.connections = connections;
            relay.away = away;
        }
    }

    /// How an attempt over the relay with this number ended. One that came to nothing does not count.
    pub fn attempt(&self, number: usize, end: State) {
        if let Some(relay) = self.signs().relays.get_mut(number) {
            let count = match end {
                State::Sent => &mut relay.sent,
                State::Deferred => &mut relay.deferred,
                State::Failed => &mut relay.failed,
                State::Unknown => &mut relay.unknown,
                State::Pending | State::Claimed | State::DotWritten | State::Cancelled | State::Expired => return,
            };
            *count += 1;
        }
    }
}

impl fmt::Debug for Vitals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.signs().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_looks_or_is_at_an_edition_is_alive() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let pulse = |looked: Option<u64>| Pulse { looked: looked.map(at) };
        for (pulse, now, silent) in [
            (pulse(None), 120, None),
            (pulse(None), 121, Some(121)),
            (pulse(Some(100)), 220, None),
            (pulse(Some(100)), 221, Some(121)),
            // A clock that goes back is none of tokio's, and would be no harm.
            (pulse(Some(100)), 50, None),
        ] {
            assert_eq!(pulse.silent(start, at(now)).map(|silent| silent.as_secs()), silent, "{pulse:?} at {now}");
        }
    }

    #[test]
    fn attempts_are_counted_where_they_were_made() {
        let vitals = Vitals::default();
        vitals.attempt(0, State::Sent);
        vitals.relays(["first", "second"].map(str::to_owned).into_iter());
        for end in State::ALL {
            vitals.attempt(1, end);
        }
        vitals.attempt(1, State::Sent);
        vitals.attempt(2, State::Sent);
        vitals.relay(0, 3, true);
        let signs = vitals.now();
        let first = Relay { name: "first".into(), connections: 3, away: true, ..Relay::default() };
        let second = Relay { name: "second".into(), sent: 2, deferred: 1, failed: 1, unknown: 1, ..Relay::default() };
        assert_eq!(signs.relays, [first, second.clone()]);
        vitals.relays(["second", "third"].map(str::to_owned).into_iter());
        assert_eq!(vitals.now().relays, [second, Relay { name: "third".into(), ..Relay::default() }]);
    }

    #[test]
    fn looks_and_what_is_overdue_are_kept() {
        let (vitals, start) = (Vitals::default(), Instant::now());
        vitals.timekeeper_looked(start);
        assert_eq!(vitals.now().timekeeper, Pulse { looked: Some(start) });
        assert!(vitals.overdue("a/b", true) && !vitals.overdue("a/b", true));
        assert!(vitals.now().overdue.contains("a/b"));
        assert!(vitals.overdue("a/b", false) && !vitals.overdue("a/b", false));
        assert!(vitals.now().overdue.is_empty());
    }
}

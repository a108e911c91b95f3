//! Signs of life that timekeeper and courier note while they work, for monitors outside. There is one `Vitals` per process,
//! handed down by the daemon. Nothing here decides anything, and nothing that the store knows is kept a second time.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use crate::{delivery::rules::State, people::joining::SignUpOutcome};

/// Time without a look after which timekeeper or courier counts as stopped: one look may wait for a database that is away
/// (30 s) or for another writer (15 s each time), not much longer.
const STOPPED_AFTER: Duration = Duration::from_secs(120);

/// Time after which reading the config's files counts as stuck: each template may take 10 s.
const STUCK_AFTER: Duration = Duration::from_secs(60);

/// Collects the signs of life of a process. All methods are quick: they wait only for each other.
#[derive(Default)]
pub struct Vitals(Mutex<Signs>);

/// The signs of life noted so far.
#[derive(Debug, Clone, Default)]
pub struct Signs {
    /// The timekeeper's last look
    pub timekeeper: Activity,
    /// The courier's last look
    pub courier: Activity,
    /// Since when the config's files are being read again, if they are
    pub watcher_reads_since: Option<Instant>,
    /// Schedules with an edition that should be released by now and is not
    pub overdue: BTreeSet<String>,
    /// The relays, or the folder, in the order of the config
    pub relays: Vec<Relay>,
    /// Who of timekeeper and courier cannot write into the store
    pub store_failing: BTreeMap<&'static str, Failing>,
    /// Briefs that cannot be made with the figures there are, and why
    pub briefs_held: BTreeMap<String, String>,
    /// Mails that came back, by the way in
    pub intake: BTreeMap<&'static str, WayIn>,
    /// The outside monitor does not hear from us
    pub ping_failing: Option<Failing>,
    /// Forms and mails with which somebody asked to join since the process started, by what came of them
    pub sign_ups: BTreeMap<SignUpOutcome, u64>,
}

/// How mails come in by one way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WayIn {
    /// Mails that were taken in, since the process started
    pub taken: u64,
    /// Mails that were refused: they are none, or too large
    pub refused: u64,
    /// Mails that were left where they are, each time
    pub deferred: u64,
    /// It does not work
    pub failing: Option<Failing>,
}

/// How it ended to take in a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenIn {
    /// Everything that follows from it is committed.
    Taken,
    /// It is no mail, or too large.
    Refused,
    /// It stays where it is.
    Deferred,
}

/// Something that does not work, since when and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    /// Since when
    pub since: DateTime<Utc>,
    /// Why, in words
    pub why: String,
}

/// When timekeeper or courier last showed that it is alive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Activity {
    /// When it last looked whether there is something to do
    pub last: Option<Instant>,
}

/// A relay (or the folder transport), with the attempts to send over it since the process started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Relay {
    /// As in the config
    pub name: String,
    /// Number of open connections
    pub connections: usize,
    /// True if the last attempt got no connection
    pub away: bool,
    /// Attempts that the server took
    pub sent: u64,
    /// Attempts that are tried again
    pub deferred: u64,
    /// Attempts that were refused for good
    pub failed: u64,
    /// Attempts whose result nobody can tell
    pub unknown: u64,
}

impl Activity {
    /// Returns for how long it has been silent: since `start`, if it never looked. `None` while it counts as alive.
    pub fn silent(&self, start: Instant, now: Instant) -> Option<Duration> {
        let silent = now.saturating_duration_since(self.last.unwrap_or(start));
        (silent > STOPPED_AFTER).then_some(silent)
    }
}

impl Signs {
    /// Returns for how long the config's files have been read without an end. `None` while that is no reason to worry.
    pub fn watcher_stuck(&self, now: Instant) -> Option<Duration> {
        let reads = now.saturating_duration_since(self.watcher_reads_since?);
        (reads > STUCK_AFTER).then_some(reads)
    }
}

impl Vitals {
    fn signs(&self) -> MutexGuard<'_, Signs> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what was noted so far.
    pub fn now(&self) -> Signs {
        self.signs().clone()
    }

    /// Notes that the timekeeper looked at the time and did what was due.
    pub fn timekeeper_looked(&self, now: Instant) {
        self.signs().timekeeper = Activity { last: Some(now) };
    }

    /// Notes that the courier looked for mails.
    pub fn courier_looked(&self, now: Instant) {
        self.signs().courier = Activity { last: Some(now) };
    }

    /// Notes since when the config's files are being read again; `None` once they were read.
    pub fn watcher_reads(&self, since: Option<Instant>) {
        self.signs().watcher_reads_since = since;
    }

    /// Notes whether an edition of this schedule should have been released by now and was not. Returns true if that changed.
    pub fn overdue(&self, schedule: &str, overdue: bool) -> bool {
        let all = &mut self.signs().overdue;
        if overdue { all.insert(schedule.to_owned()) } else { all.remove(schedule) }
    }

    /// Notes that the timekeeper or the courier cannot write into the store, and why; with `None`, that it can.
    pub fn store_failing(&self, worker: &'static str, why: Option<&str>, now: DateTime<Utc>) {
        let all = &mut self.signs().store_failing;
        match why {
            Some(why) => {
                let failing = all.entry(worker).or_insert_with(|| Failing { since: now, why: String::new() });
                why.clone_into(&mut failing.why);
            }
            None => drop(all.remove(worker)),
        }
    }

    /// Notes that the outside monitor does not hear from us, and why; with `None`, that it does.
    pub fn ping_failing(&self, why: Option<&str>, now: DateTime<Utc>) {
        let failing = &mut self.signs().ping_failing;
        let since = failing.as_ref().map_or(now, |failing| failing.since);
        *failing = why.map(|why| Failing { since, why: why.to_owned() });
    }

    /// Sets the briefs that cannot be made with the figures there are, and why.
    pub fn briefs_held(&self, held: BTreeMap<String, String>) {
        self.signs().briefs_held = held;
    }

    /// Counts a mail that came in this way.
    pub fn came_in(&self, way: &'static str, end: TakenIn) {
        let all = &mut self.signs().intake;
        let way = all.entry(way).or_default();
        match end {
            TakenIn::Taken => way.taken += 1,
            TakenIn::Refused => way.refused += 1,
            TakenIn::Deferred => way.deferred += 1,
        }
    }

    /// Notes that mails do not come in this way, and why; with `None`, that they do.
    pub fn intake_failing(&self, way: &'static str, why: Option<&str>, now: DateTime<Utc>) {
        let all = &mut self.signs().intake;
        let failing = &mut all.entry(way).or_default().failing;
        let since = failing.as_ref().map_or(now, |failing| failing.since);
        *failing = why.map(|why| Failing { since, why: why.to_owned() });
    }

    /// Counts that somebody asked to join, by what came of it.
    pub fn signed_up(&self, outcome: SignUpOutcome) {
        *self.signs().sign_ups.entry(outcome).or_default() += 1;
    }

    /// Sets the relays that mails go over from now on. A relay with a known name keeps its counts.
    pub fn relays(&self, names: impl Iterator<Item = String>) {
        let known = &mut self.signs().relays;
        let before = std::mem::take(known);
        let relay = |name: String| {
            let same = before.iter().find(|relay| relay.name == name).cloned();
            same.unwrap_or_else(|| Relay { name, ..Relay::default() })
        };
        *known = names.map(relay).collect();
    }

    /// Notes the state of the relay with this index.
    pub fn relay(&self, number: usize, connections: usize, away: bool) {
        if let Some(relay) = self.signs().relays.get_mut(number) {
            relay.connections = connections;
            relay.away = away;
        }
    }

    /// Counts an attempt over the relay with this index by how it ended. An attempt that came to nothing does not count.
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
    fn a_worker_that_has_not_looked_for_two_minutes_is_silent() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let activity = |last: Option<u64>| Activity { last: last.map(at) };
        for (activity, now, silent) in [
            (activity(None), 120, None),
            (activity(None), 121, Some(121)),
            (activity(Some(100)), 220, None),
            (activity(Some(100)), 221, Some(121)),
            // A clock that goes back is none of tokio's, and would be no harm.
            (activity(Some(100)), 50, None),
        ] {
            assert_eq!(activity.silent(start, at(now)).map(|silent| silent.as_secs()), silent, "{activity:?} at {now}");
        }
    }

    #[test]
    fn a_watcher_that_reads_for_a_minute_is_stuck() {
        let (vitals, start) = (Vitals::default(), Instant::now());
        let stuck = |seconds| vitals.now().watcher_stuck(start + Duration::from_secs(seconds)).map(|it| it.as_secs());
        assert_eq!(stuck(1_000), None);
        vitals.watcher_reads(Some(start));
        assert_eq!((stuck(60), stuck(61)), (None, Some(61)));
        vitals.watcher_reads(None);
        assert_eq!(stuck(1_000), None);
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
    fn who_asks_to_join_is_counted_by_what_came_of_it() {
        let vitals = Vitals::default();
        for outcome in [SignUpOutcome::Queued, SignUpOutcome::Trap, SignUpOutcome::Queued] {
            vitals.signed_up(outcome);
        }
        let counted: Vec<_> = vitals.now().sign_ups.into_iter().collect();
        assert_eq!(counted, [(SignUpOutcome::Queued, 2), (SignUpOutcome::Trap, 1)]);
    }

    #[test]
    fn what_fails_keeps_the_time_at_which_it_began() {
        let vitals = Vitals::default();
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        for (seconds, why) in [(1, "full"), (2, "fuller")] {
            vitals.store_failing("courier", Some(why), at(seconds));
            vitals.ping_failing(Some(why), at(seconds));
        }
        let fuller = Failing { since: at(1), why: "fuller".to_owned() };
        let signs = vitals.now();
        assert_eq!((signs.store_failing.get("courier"), signs.ping_failing.as_ref()), (Some(&fuller), Some(&fuller)));
        vitals.store_failing("courier", None, at(3));
        vitals.ping_failing(None, at(3));
        let signs = vitals.now();
        assert!(signs.store_failing.is_empty() && signs.ping_failing.is_none());
    }

    #[test]
    fn looks_and_what_is_overdue_are_kept() {
        let (vitals, start) = (Vitals::default(), Instant::now());
        vitals.timekeeper_looked(start);
        assert_eq!(vitals.now().timekeeper, Activity { last: Some(start) });
        assert!(vitals.overdue("a/b", true) && !vitals.overdue("a/b", true));
        assert!(vitals.now().overdue.contains("a/b"));
        assert!(vitals.overdue("a/b", false) && !vitals.overdue("a/b", false));
        assert!(vitals.now().overdue.is_empty());
    }
}

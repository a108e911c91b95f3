//! State of the timekeeper between two ticks: when each schedule is due next, which occurrences this process has
//! claimed, and when to check whether an edition is overdue. All of it can be restored from config and ledger.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap, HashMap},
    sync::Arc,
    thread::available_parallelism,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::{
    sync::Semaphore,
    task::{Id, JoinSet},
    time::Instant,
};

use super::{PlannedSchedule, Timekeeper, clock_check::ClockCheck, finished_attempt::FinishedAttempt, timings};
use crate::{
    base::ids::{OccurrenceId, ScheduleId},
    config::Schedule,
    store::{Error, Occurrence},
    time::schedule::ScheduledOccurrence,
};

/// Time until an edition is tried again after a failure that may pass (a full disk, an unreachable database).
const RETRY_AFTER: Duration = Duration::from_secs(15);
/// Time that an occurrence has after its claim before it counts as overdue.
pub(super) const GRACE: TimeDelta = TimeDelta::seconds(60);

/// Times with the index of a schedule, the earliest first.
type Times = BinaryHeap<Reverse<(DateTime<Utc>, usize)>>;

/// State of the timekeeper between two ticks.
#[derive(Debug)]
pub struct Agenda {
    /// Were the next slots logged?
    pub(super) next_logged: bool,
    /// Are the times below those of the config in force? If not, the next tick restores them; what is being made goes on
    pub(super) primed: bool,
    /// Where each schedule is among those that are planned
    pub(super) index: HashMap<ScheduleId, usize>,
    next: Times,
    /// When it is looked whether a schedule is overdue: of each the time that counts, and those times in their order
    alarm_at: HashMap<usize, DateTime<Utc>>,
    alarms: Times,
    /// Occurrences that are ours and not being made
    pub(super) open: Vec<WaitingOccurrence>,
    pub(super) making: JoinSet<FinishedAttempt>,
    /// What each of those tasks makes
    pub(super) tasks: HashMap<Id, Occurrence>,
    /// What occurrences that are ours are made from, if they began before the config that is in force; by their number
    pub(super) began_with: HashMap<OccurrenceId, Option<Arc<PlannedSchedule>>>,
    pub(super) permits: Arc<Semaphore>,
    /// Since when something of a schedule is ours that was not tried yet
    begun: HashMap<ScheduleId, Instant>,
    /// The schedules whose edition is not released although its `alarm_after` is over
    pub(super) overdue: BTreeSet<ScheduleId>,
    /// Why the last attempt at one did not go well
    pub(super) broken: HashMap<ScheduleId, String>,
    /// When others' occurrences were looked at last
    pub(super) checked: Option<Instant>,
    pub(super) clock_check: ClockCheck,
    /// When it was said last which calendars end soon
    pub(super) calendars: Option<DateTime<Utc>>,
    pub(super) outdated: bool,
    pub(super) paused: bool,
    pub(super) ledger_unreachable: bool,
    /// More is due than was served
    pub(super) more_due: bool,
}

/// An occurrence that this process has claimed and does not make yet.
#[derive(Debug)]
pub(super) struct WaitingOccurrence {
    pub(super) occurrence: Occurrence,
    /// When it is tried again, if an attempt failed
    pub(super) again: Option<Instant>,
}

impl Default for Agenda {
    fn default() -> Agenda {
        // On one core, too, a slow edition does not keep all others waiting.
        let at_once = available_parallelism().map_or(2, |cores| cores.get().max(2));
        Agenda {
            next_logged: false,
            primed: false,
            index: HashMap::new(),
            next: Times::new(),
            alarm_at: HashMap::new(),
            alarms: Times::new(),
            open: Vec::new(),
            making: JoinSet::new(),
            tasks: HashMap::new(),
            began_with: HashMap::new(),
            permits: Arc::new(Semaphore::new(at_once)),
            begun: HashMap::new(),
            overdue: BTreeSet::new(),
            broken: HashMap::new(),
            checked: None,
            clock_check: ClockCheck::default(),
            calendars: None,
            outdated: false,
            paused: false,
            ledger_unreachable: false,
            more_due: false,
        }
    }
}

impl Agenda {
    /// Finds where all schedules stand, and when each is due next.
    pub(super) async fn prime(&mut self, timekeeper: &Timekeeper, now: DateTime<Utc>) -> Result<(), Error> {
        let states = timekeeper.store.schedules().activate_all(&timings(&timekeeper.planned), now).await?;
        let amiss: BTreeSet<ScheduleId> = timekeeper.store.ledger().amiss().await?.into_iter().collect();
        self.index.clear();
        self.next.clear();
        self.alarm_at.clear();
        self.alarms.clear();
        for (index, planned) in timekeeper.planned.iter().enumerate() {
            let schedule = &planned.schedule;
            self.index.insert(schedule.id.clone(), index);
            timekeeper.vitals.overdue(&schedule.id, self.overdue.contains(&schedule.id));
            let cursor = states.get(&schedule.id).map_or(now, |state| state.cursor);
            self.plan(index, schedule, schedule.timetable().next(cursor).as_ref());
            if amiss.contains(&schedule.id) {
                self.alarm_by(index, now);
            }
        }
        self.primed = true;
        Ok(())
    }

    /// The next occurrence of a schedule is this one.
    pub(super) fn plan(&mut self, index: usize, schedule: &Schedule, next: Option<&ScheduledOccurrence>) {
        let Some(next) = next else { return };
        self.next.push(Reverse((next.due, index)));
        if let Some(alarm) = next.due.checked_add_signed(schedule.alarm_after) {
            self.alarm_by(index, alarm);
        }
    }

    /// It is looked at that time whether a schedule is overdue, or earlier if that was to be anyway.
    pub(super) fn alarm_by(&mut self, index: usize, time: DateTime<Utc>) {
        if self.alarm_at.get(&index).is_none_or(|known| time < *known) {
            self.alarm_at.insert(index, time);
            self.alarms.push(Reverse((time, index)));
        }
    }

    /// Takes out a schedule that is due, with its time.
    pub(super) fn due(&mut self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, usize)> {
        take(&mut self.next, now)
    }

    /// A schedule that was taken out could not be served: it is due still.
    pub(super) fn again(&mut self, index: usize, time: DateTime<Utc>) {
        self.next.push(Reverse((time, index)));
    }

    /// All that is due or open, as far as it is known without the ledger: since when, and the index of its schedule.
    pub(super) fn unfinished(&self, now: DateTime<Utc>) -> impl Iterator<Item = (DateTime<Utc>, usize)> {
        let due = self.next.iter().map(|Reverse(next)| *next).filter(move |(time, _)| *time <= now);
        let ours = self.open.iter().map(|open| &open.occurrence).chain(self.tasks.values());
        due.chain(ours.filter_map(|ours| Some((ours.due, *self.index.get(&ours.schedule)?))))
    }

    /// Is a schedule due?
    pub(super) fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.next.peek().is_some_and(|Reverse((time, _))| *time <= now)
    }

    /// Takes out a schedule of which it is time to look whether it is overdue.
    pub(super) fn alarm(&mut self, now: DateTime<Utc>) -> Option<usize> {
        loop {
            let (time, index) = take(&mut self.alarms, now)?;
            if self.alarm_at.get(&index) == Some(&time) {
                self.alarm_at.remove(&index);
                return Some(index);
            }
        }
    }

    /// An occurrence is ours, and waits to be made.
    pub(super) fn wait(&mut self, occurrence: Occurrence) {
        self.begun.entry(occurrence.schedule.clone()).or_insert_with(Instant::now);
        self.open.push(WaitingOccurrence { occurrence, again: None });
    }

    /// Notes that a new config comes into force: occurrences of this process are finished with what they began with.
    pub(super) fn keep_begun(&mut self, planned: &[Arc<PlannedSchedule>]) {
        let ours = self.open.iter().map(|open| &open.occurrence).chain(self.tasks.values());
        for occurrence in ours {
            let with = self.index.get(&occurrence.schedule).and_then(|index| planned.get(*index));
            self.began_with.entry(occurrence.id).or_insert_with(|| with.cloned());
        }
    }

    /// Is something of this schedule ours that was only just begun?
    pub(super) fn is_fresh(&self, id: &str) -> bool {
        self.begun.get(id).is_some_and(|begun| TimeDelta::from_std(begun.elapsed()).is_ok_and(|time| time < GRACE))
    }

    /// An attempt is over.
    pub(super) fn ended(&mut self, ended: FinishedAttempt, now: DateTime<Utc>) {
        let FinishedAttempt { schedule, again } = ended;
        if let Some(index) = self.index.get(&schedule).copied() {
            self.alarm_by(index, now);
        }
        match again {
            Some((occurrence, why)) => {
                self.begun.remove(&schedule);
                self.broken.insert(schedule, why);
                self.open.push(WaitingOccurrence { occurrence, again: Some(Instant::now() + RETRY_AFTER) });
            }
            None => {
                self.broken.remove(&schedule);
                let ours = self.open.iter().map(|open| open.occurrence.id).chain(self.tasks.values().map(|it| it.id));
                let ours: BTreeSet<OccurrenceId> = ours.collect();
                self.began_with.retain(|id, _| ours.contains(id));
                if !self.open.iter().any(|open| open.occurrence.schedule == schedule) {
                    self.begun.remove(&schedule);
                }
            }
        }
    }
}

fn take(times: &mut Times, now: DateTime<Utc>) -> Option<(DateTime<Utc>, usize)> {
    let Reverse((time, index)) = *times.peek()?;
    if time > now {
        return None;
    }
    times.pop();
    Some((time, index))
}

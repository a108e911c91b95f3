//! Editions that are not released although their `alarm_after` is over, for whatever reason: held, failed, broken off, never
//! begun. Each is told once: in the log, in a mail to the operators, and in the process' vitals.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use tracing::{error, info, warn};

use super::{Keeping, Timekeeper, keeping::GRACE};
use crate::{
    base::ids::ScheduleId,
    config::Schedule,
    store::{Error, Occurrence, ScheduleState, Store},
    time::schedule::{Coming, OnHoliday, Outcome},
};

/// So long before a calendar ends it is said.
const AHEAD: TimeDelta = TimeDelta::days(60);
/// So often it is said.
const WEEKLY: TimeDelta = TimeDelta::days(7);
/// What is overdue is looked at again after this time.
const RECHECK: TimeDelta = TimeDelta::minutes(5);
/// How many occurrences are looked at, back from now.
const LOOKED_AT: usize = 200;

/// An edition that should have been released.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overdue {
    /// Its slot
    pub slot: DateTime<Utc>,
    /// When it was due
    pub due: DateTime<Utc>,
    /// Where it stands, in words
    pub why: String,
    /// Were the operators told when that came to be known?
    #[serde(skip)]
    pub told: bool,
}

/// Is a schedule's newest edition not released although its `alarm_after` is over? Never while the schedule is paused;
/// whether everything is, the caller knows.
///
/// # Errors
/// Those of the database.
pub async fn overdue(store: &Store, schedule: &Schedule, now: DateTime<Utc>) -> Result<Option<Overdue>, Error> {
    match store.schedule_state(&schedule.id).await? {
        Some(state) if counts(schedule, &state) => match not_begun(schedule, &state, now) {
            None => not_released(store, schedule, now).await,
            found => Ok(found),
        },
        _ => Ok(None),
    }
}

/// Where all schedules stand, for those who look at all of them: the store is asked twice, and once more for each of which
/// something is amiss.
pub struct Survey {
    states: HashMap<ScheduleId, ScheduleState>,
    newest: HashMap<ScheduleId, Occurrence>,
}

impl Survey {
    /// Of these schedules.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn of<'a>(store: &Store, schedules: impl Iterator<Item = &'a ScheduleId>) -> Result<Survey, Error> {
        Ok(Survey { states: store.schedule_states().await?, newest: store.newest_slots(schedules).await? })
    }

    /// Where it stands, if it ever came into force.
    pub fn state(&self, schedule: &str) -> Option<&ScheduleState> {
        self.states.get(schedule)
    }

    /// What became of its newest slot.
    pub fn newest(&self, schedule: &str) -> Option<&Occurrence> {
        self.newest.get(schedule)
    }

    /// As [`overdue`].
    ///
    /// # Errors
    /// Those of the database.
    pub async fn overdue(
        &self,
        store: &Store,
        schedule: &Schedule,
        now: DateTime<Utc>,
    ) -> Result<Option<Overdue>, Error> {
        let Some(state) = self.state(&schedule.id).filter(|state| counts(schedule, state)) else { return Ok(None) };
        let found = not_begun(schedule, state, now);
        match self.newest(&schedule.id).map(|newest| newest.outcome) {
            _ if found.is_some() => Ok(found),
            None | Some(Some(Outcome::Ran | Outcome::Late)) => Ok(None),
            Some(_) => not_released(store, schedule, now).await,
        }
    }
}

fn counts(schedule: &Schedule, state: &ScheduleState) -> bool {
    schedule.paused.is_none() && state.paused.is_none()
}

/// An occurrence that nobody looked at, although its time is over.
fn not_begun(schedule: &Schedule, state: &ScheduleState, now: DateTime<Utc>) -> Option<Overdue> {
    let until = now.checked_sub_signed(schedule.alarm_after)?;
    let timetable = schedule.timetable();
    let coming = timetable.newest_first(state.cursor, until).take(LOOKED_AT).find(Coming::runs)?;
    let why = "nobody has begun it (does `greenbrief serve` run?)".to_owned();
    Some(Overdue { slot: coming.slot.utc, due: coming.due, why, told: false })
}

/// The newest that was to have an edition, if it has none that is released although its time is over.
async fn not_released(store: &Store, schedule: &Schedule, now: DateTime<Utc>) -> Result<Option<Overdue>, Error> {
    let Some(until) = now.checked_sub_signed(schedule.alarm_after) else { return Ok(None) };
    for last in store.expected(&schedule.id, LOOKED_AT).await? {
        let (why, told) = match last.outcome {
            Some(Outcome::Ran | Outcome::Late) => return Ok(None),
            _ if last.due > until => continue,
            None => ("it is not made yet".to_owned(), false),
            Some(Outcome::HeldByGate) => (format!("it is held: {}", last.reason), false),
            Some(Outcome::SkippedCatchUp) => (format!("it was missed: {}", last.reason), true),
            Some(outcome) => (format!("{outcome}: {}", last.reason), false),
        };
        return Ok(Some(Overdue { slot: last.slot, due: last.due, why, told }));
    }
    Ok(None)
}

/// That a calendar ends soon, if a schedule goes by it.
pub fn calendar_ends(schedule: &Schedule, now: DateTime<Utc>) -> Option<String> {
    let calendar = schedule.calendar.as_ref().filter(|_| schedule.on_holiday != OnHoliday::Run)?;
    let until = calendar.known_until();
    let soon = (now + AHEAD).with_timezone(&schedule.rule.timezone).date_naive() > until;
    soon.then(|| {
        format!("the calendar {} ends with {until}: behind it schedules do as their calendar_unknown says", calendar.id)
    })
}

/// When it is looked next, if all is well now: a rule of seconds is not asked for each of them.
fn next_alarm(schedule: &Schedule, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let next = schedule.timetable().next(now.checked_sub_signed(schedule.alarm_after)?)?;
    Some(next.due.checked_add_signed(schedule.alarm_after)?.max(now + GRACE))
}

impl Timekeeper {
    /// Looks at the schedules of which it is time to.
    pub(super) async fn alarms(&self, now: DateTime<Utc>, keeping: &mut Keeping) -> Result<(), Error> {
        while let Some(index) = keeping.alarm(now) {
            let Some(planned) = self.planned.get(index) else { continue };
            let schedule = &planned.schedule;
            if keeping.is_fresh(&schedule.id) {
                keeping.alarm_by(index, now + GRACE);
                continue;
            }
            let found = match overdue(&self.store, schedule, now).await {
                Ok(found) => found,
                Err(problem) => {
                    keeping.alarm_by(index, now);
                    return Err(problem);
                }
            };
            // Another process may release it; if all is well, the next one counts from its own time on.
            let next = match &found {
                Some(_) => Some(now + RECHECK),
                None => next_alarm(schedule, now),
            };
            if let Some(next) = next {
                keeping.alarm_by(index, next);
            }
            match found {
                Some(overdue) => {
                    self.report(schedule, &overdue, keeping).await;
                }
                None => {
                    if keeping.overdue.remove(&schedule.id) {
                        self.vitals.overdue(&schedule.id, false);
                        info!(schedule = schedule.id.as_str(), "no longer overdue");
                    }
                }
            }
        }
        Ok(())
    }

    /// What is overdue is known, too, while the ledger cannot be read: what is due is not taken then. A mail to the operators
    /// would have to go into the same store; they get it when the store is back, if it is overdue then.
    pub(super) fn alarms_without_ledger(&self, keeping: &mut Keeping) {
        if keeping.paused || keeping.outdated {
            return;
        }
        let now = self.clock.now();
        for (due, index) in keeping.unfinished(now).collect::<Vec<_>>() {
            let Some(schedule) = self.planned.get(index).map(|planned| &planned.schedule) else { continue };
            let late = now - due > schedule.alarm_after && schedule.paused.is_none();
            if late && keeping.overdue.insert(schedule.id.clone()) {
                self.vitals.overdue(&schedule.id, true);
                error!(schedule = schedule.id.as_str(), %due, "overdue: its edition is not released, and the ledger is away");
            }
        }
    }

    /// Says once a week which calendars end soon.
    pub(super) fn say_which_calendars_end(&self, now: DateTime<Utc>, keeping: &mut Keeping) {
        if keeping.calendars.is_some_and(|said| (now - said).abs() < WEEKLY) {
            return;
        }
        keeping.calendars = Some(now);
        let all = self.planned.iter().filter_map(|planned| calendar_ends(&planned.schedule, now));
        for warning in all.collect::<BTreeSet<String>>() {
            warn!("{warning}");
        }
    }

    async fn report(&self, schedule: &Schedule, overdue: &Overdue, keeping: &mut Keeping) {
        let id = &schedule.id;
        let (slot, why, broken) = (overdue.slot, &overdue.why, keeping.broken.get(id));
        if keeping.overdue.insert(id.clone()) {
            self.vitals.overdue(id, true);
            error!(schedule = id.as_str(), %slot, why, broken, "overdue: its edition is not released although its alarm_after is over");
        }
        if overdue.told {
            return;
        }
        let broken = broken.map_or_else(String::new, |why| format!("The last attempt: {why}\nIt is tried again.\n"));
        let text = format!(
            "{id} of {slot} was due at {} and is not released: {why}.\n{broken}\
             `greenbrief schedules history {id}` shows what became of it.\n",
            overdue.due
        );
        // Queued once, by its Message-ID, however often it is looked at.
        let key = format!("overdue.{}.{}", id.replace('/', "."), slot.timestamp());
        self.maker().tell_operators(&format!("{id} is overdue"), &text, &key).await;
    }
}

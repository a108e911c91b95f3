//! Which schedules are overdue: their edition is not released although `alarm_after` has passed, whether it is held, failed,
//! broken off or was never begun. And which calendars end soon. Who is told of it is decided by the callers.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::{
    base::ids::ScheduleId,
    config::Schedule,
    store::{Error, Occurrence, ScheduleState, Store},
    time::schedule::{OnHoliday, Outcome, ScheduledOccurrence},
};

/// How long before its last known day a calendar counts as ending.
pub(super) const CALENDAR_NOTICE: TimeDelta = TimeDelta::days(60);
/// Time within which a daemon at work begins a slot that is due, other slots that are due at the same moment included.
const BEGUN_WITHIN: TimeDelta = TimeDelta::minutes(2);
/// Maximum number of occurrences looked at, back from now.
const LOOKED_AT: usize = 200;

/// An edition that should have been released.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overdue {
    /// Its slot
    pub slot: DateTime<Utc>,
    /// When it was due
    pub due: DateTime<Utc>,
    /// Its present state, in words
    pub why: String,
    /// The operators were told when the slot was missed: they need no second mail
    #[serde(skip)]
    pub operators_know: bool,
}

/// Returns the schedule's newest edition if it is not released although `alarm_after` has passed. A paused schedule is never
/// overdue; the caller knows whether everything is paused.
///
/// # Errors
/// If the store cannot be read.
pub async fn overdue(store: &Store, schedule: &Schedule, now: DateTime<Utc>) -> Result<Option<Overdue>, Error> {
    match store.schedules().state(&schedule.id).await? {
        Some(state) if is_active(schedule, &state) => match not_begun(schedule, &state, now) {
            None => not_released(store, schedule, now).await,
            found => Ok(found),
        },
        _ => Ok(None),
    }
}

/// The state of many schedules, read with two queries for all, and one more for each schedule with something amiss.
pub struct Survey {
    states: HashMap<ScheduleId, ScheduleState>,
    newest: HashMap<ScheduleId, Occurrence>,
}

impl Survey {
    /// Reads the state of these schedules.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn of<'a>(store: &Store, schedules: impl Iterator<Item = &'a ScheduleId>) -> Result<Survey, Error> {
        Ok(Survey { states: store.schedules().states().await?, newest: store.ledger().newest_slots(schedules).await? })
    }

    /// The state of a schedule; `None` if it never came into force.
    pub fn state(&self, schedule: &ScheduleId) -> Option<&ScheduleState> {
        self.states.get(schedule)
    }

    /// The occurrence of a schedule's newest slot.
    pub fn newest(&self, schedule: &ScheduleId) -> Option<&Occurrence> {
        self.newest.get(schedule)
    }

    /// As [`overdue`].
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn overdue(
        &self,
        store: &Store,
        schedule: &Schedule,
        now: DateTime<Utc>,
    ) -> Result<Option<Overdue>, Error> {
        let Some(state) = self.state(&schedule.id).filter(|state| is_active(schedule, state)) else { return Ok(None) };
        let found = not_begun(schedule, state, now);
        match self.newest(&schedule.id).map(|newest| newest.outcome) {
            _ if found.is_some() => Ok(found),
            None | Some(Some(Outcome::Ran | Outcome::Late)) => Ok(None),
            Some(_) => not_released(store, schedule, now).await,
        }
    }
}

impl Survey {
    /// The schedule's newest slot that is due and that nobody has begun, although a daemon at work begins it within seconds.
    /// A paused schedule has none.
    pub fn not_begun(&self, schedule: &Schedule, now: DateTime<Utc>) -> Option<Overdue> {
        let state = self.state(&schedule.id).filter(|state| is_active(schedule, state))?;
        not_begun_by(schedule, state, now.checked_sub_signed(BEGUN_WITHIN)?)
    }
}

fn is_active(schedule: &Schedule, state: &ScheduleState) -> bool {
    schedule.paused.is_none() && state.paused.is_none()
}

/// The newest occurrence that nobody has claimed although `alarm_after` has passed.
fn not_begun(schedule: &Schedule, state: &ScheduleState, now: DateTime<Utc>) -> Option<Overdue> {
    not_begun_by(schedule, state, now.checked_sub_signed(schedule.alarm_after)?)
}

/// The newest occurrence that was due by `until` and that nobody has claimed.
fn not_begun_by(schedule: &Schedule, state: &ScheduleState, until: DateTime<Utc>) -> Option<Overdue> {
    let timetable = schedule.timetable();
    let coming = timetable.newest_first(state.cursor, until).take(LOOKED_AT).find(ScheduledOccurrence::runs)?;
    let why = "it has not been begun (is `greenbrief serve` running?)".to_owned();
    Some(Overdue { slot: coming.slot.utc, due: coming.due, why, operators_know: false })
}

/// The newest occurrence that should have an edition, if `alarm_after` has passed and none is released.
async fn not_released(store: &Store, schedule: &Schedule, now: DateTime<Utc>) -> Result<Option<Overdue>, Error> {
    let Some(until) = now.checked_sub_signed(schedule.alarm_after) else { return Ok(None) };
    for last in store.ledger().expected(&schedule.id, LOOKED_AT).await? {
        let (why, operators_know) = match last.outcome {
            Some(Outcome::Ran | Outcome::Late) => return Ok(None),
            _ if last.due > until => continue,
            None => ("it is not made yet".to_owned(), false),
            Some(Outcome::HeldByGate) => (format!("it is held: {}", last.reason), false),
            Some(Outcome::SkippedCatchUp) => (format!("it was missed: {}", last.reason), true),
            Some(outcome) => (format!("{outcome}: {}", last.reason), false),
        };
        return Ok(Some(Overdue { slot: last.slot, due: last.due, why, operators_know }));
    }
    Ok(None)
}

/// Returns a warning if the schedule depends on a calendar that ends soon.
pub fn calendar_ends(schedule: &Schedule, now: DateTime<Utc>) -> Option<String> {
    let calendar = schedule.calendar.as_ref().filter(|_| schedule.on_holiday != OnHoliday::Run)?;
    let until = calendar.known_until();
    let soon = (now + CALENDAR_NOTICE).with_timezone(&schedule.rule.timezone).date_naive() > until;
    soon.then(|| {
        format!("the calendar {} ends with {until}: behind it schedules do as their calendar_unknown says", calendar.id)
    })
}

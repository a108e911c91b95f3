//! Editions that are not released although their `alarm_after` is over, for whatever reason: held, failed, broken off, never
//! begun. Each is told once: in the log, in a mail to the operators, and in the process' vitals.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use tracing::{error, info, warn};

use super::{Agenda, Timekeeper, agenda::GRACE};
use crate::{
    config::Schedule,
    monitoring::overdue::{Overdue, calendar_ends, overdue},
    store::Error,
};

/// Interval between two warnings of calendars that end soon.
const WEEKLY: TimeDelta = TimeDelta::days(7);
/// Interval between two looks at an overdue schedule.
const RECHECK: TimeDelta = TimeDelta::minutes(5);
/// The time of the next look if all is well now. A rule of seconds is not looked at for each of its slots.
fn next_alarm(schedule: &Schedule, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let next = schedule.timetable().next(now.checked_sub_signed(schedule.alarm_after)?)?;
    Some(next.due.checked_add_signed(schedule.alarm_after)?.max(now + GRACE))
}

impl Timekeeper {
    /// Looks at the schedules of which it is time to.
    pub(super) async fn check_overdue(&self, now: DateTime<Utc>, agenda: &mut Agenda) -> Result<(), Error> {
        while let Some(index) = agenda.alarm(now) {
            let Some(planned) = self.planned.get(index) else { continue };
            let schedule = &planned.schedule;
            if agenda.is_fresh(&schedule.id) {
                agenda.alarm_by(index, now + GRACE);
                continue;
            }
            let found = match overdue(&self.store, schedule, now).await {
                Ok(found) => found,
                Err(problem) => {
                    agenda.alarm_by(index, now);
                    return Err(problem);
                }
            };
            // Another process may release it; if all is well, the next one counts from its own time on.
            let next = match &found {
                Some(_) => Some(now + RECHECK),
                None => next_alarm(schedule, now),
            };
            if let Some(next) = next {
                agenda.alarm_by(index, next);
            }
            match found {
                Some(overdue) => {
                    self.report(schedule, &overdue, agenda).await;
                }
                None => {
                    if agenda.overdue.remove(&schedule.id) {
                        self.vitals.overdue(&schedule.id, false);
                        info!(schedule = schedule.id.as_str(), "no longer overdue");
                    }
                }
            }
        }
        Ok(())
    }

    /// Overdue schedules are known even while the ledger cannot be read, when no slot is claimed. A mail to the operators
    /// would have to go into the same store; they get it when the store is back, if it is overdue then.
    pub(super) fn check_overdue_without_ledger(&self, agenda: &mut Agenda) {
        if agenda.paused || agenda.outdated {
            return;
        }
        let now = self.clock.now();
        for (due, index) in agenda.unfinished(now).collect::<Vec<_>>() {
            let Some(schedule) = self.planned.get(index).map(|planned| &planned.schedule) else { continue };
            let late = now - due > schedule.alarm_after && schedule.paused.is_none();
            if late && agenda.overdue.insert(schedule.id.clone()) {
                self.vitals.overdue(&schedule.id, true);
                error!(schedule = schedule.id.as_str(), %due, "overdue: its edition is not released, and the ledger cannot be read");
            }
        }
    }

    /// Says once a week which calendars end soon.
    pub(super) fn warn_of_calendar_ends(&self, now: DateTime<Utc>, agenda: &mut Agenda) {
        if agenda.calendars.is_some_and(|said| (now - said).abs() < WEEKLY) {
            return;
        }
        agenda.calendars = Some(now);
        let all = self.planned.iter().filter_map(|planned| calendar_ends(&planned.schedule, now));
        for warning in all.collect::<BTreeSet<String>>() {
            warn!("{warning}");
        }
    }

    async fn report(&self, schedule: &Schedule, overdue: &Overdue, agenda: &mut Agenda) {
        let id = &schedule.id;
        let (slot, why, broken) = (overdue.slot, &overdue.why, agenda.broken.get(id));
        if agenda.overdue.insert(id.clone()) {
            self.vitals.overdue(id, true);
            error!(schedule = id.as_str(), %slot, why, broken, "overdue: its edition is not released although its alarm_after is over");
        }
        if overdue.operators_know {
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

//! The coming occurrences of all schedules, from the same function that the timekeeper runs them by.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use chrono::{DateTime, Utc};
use chrono_tz::{IANA_TZDB_VERSION, Tz};
use serde::Serialize;

use super::{Installation, Result, find_schedule::find_schedule};
use crate::{
    config::{Brief, Schedule},
    time::schedule::{self, Fate, Upcoming},
};

/// Which occurrences are wanted.
#[derive(Debug, Default)]
pub struct PlanQuery {
    /// Maximum number
    pub next: usize,
    /// Only those after this time; after now if it is not given
    pub from: Option<DateTime<Utc>>,
    /// Only those up to this time
    pub to: Option<DateTime<Utc>>,
    /// Only those of this brief
    pub brief: Option<String>,
    /// Only those of this schedule
    pub schedule: Option<String>,
    /// A further zone in which times are shown
    pub zone: Option<Tz>,
}

/// A coming occurrence.
#[derive(Debug, Serialize)]
pub struct PlannedOccurrence {
    /// The brief's id
    pub brief: String,
    /// The schedule's name within the brief
    pub schedule: String,
    /// The nominal second
    pub slot_utc: DateTime<Utc>,
    /// When its edition is begun, or when it is recorded that there is none
    pub due_utc: DateTime<Utc>,
    /// When it is due, in the schedule's zone
    pub local: String,
    /// The schedule's zone
    pub timezone: &'static str,
    /// When it is due, in the further zone
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// An edition is made
    pub runs: bool,
    /// The outcome if no edition is made
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<schedule::Outcome>,
    /// It may still change, since the calendar ends before it
    pub uncertain: bool,
    /// What there is to say of it
    pub note: String,
    /// The version of the IANA time zone database
    pub tzdata: &'static str,
}

/// The coming occurrences of the installation's schedules, earliest first.
///
/// # Errors
/// There is no such brief or schedule.
pub fn plan(installation: &Installation, query: &PlanQuery) -> Result<Vec<PlannedOccurrence>> {
    if let Some(id) = &query.brief {
        installation.brief(id)?;
    }
    if let Some(id) = &query.schedule {
        installation.schedule(id)?;
    }
    Ok(coming(installation.config.briefs_with_schedules()?, query, installation.now()))
}

/// A schedule with its remaining occurrences. The greatest is the one due first.
struct Ahead<'a> {
    first: schedule::ScheduledOccurrence,
    schedule: &'a Schedule,
    rest: Upcoming<'a>,
}

impl Ahead<'_> {
    fn key(&self) -> Reverse<(DateTime<Utc>, DateTime<Utc>, &str)> {
        Reverse((self.first.due, self.first.slot.utc, &self.schedule.id))
    }
}

impl PartialEq for Ahead<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Ahead<'_> {}

impl PartialOrd for Ahead<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ahead<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

/// The coming occurrences of these briefs, earliest first.
pub(super) fn coming(
    briefs: &BTreeMap<String, Brief>,
    query: &PlanQuery,
    now: DateTime<Utc>,
) -> Vec<PlannedOccurrence> {
    let from = query.from.unwrap_or(now);
    let only = query.schedule.as_deref().and_then(|id| find_schedule(briefs, id).ok()).map(|schedule| &schedule.id);
    let schedules = briefs
        .values()
        .filter(|brief| query.brief.as_ref().is_none_or(|id| *id == brief.id))
        .flat_map(|brief| &brief.schedules)
        .filter(|schedule| only.is_none_or(|id| *id == schedule.id));
    let mut ahead: BinaryHeap<Ahead<'_>> = schedules
        .filter_map(|schedule| {
            let mut rest = schedule.timetable().upcoming(from);
            Some(Ahead { first: rest.next()?, schedule, rest })
        })
        .collect();
    let mut found = Vec::new();
    while found.len() < query.next
        && let Some(Ahead { first, schedule, mut rest }) = ahead.pop()
    {
        if query.to.is_some_and(|to| first.due > to) {
            break;
        }
        found.push(planned(schedule, &first, query.zone));
        if let Some(first) = rest.next() {
            ahead.push(Ahead { first, schedule, rest });
        }
    }
    found
}

fn planned(schedule: &Schedule, coming: &schedule::ScheduledOccurrence, further_zone: Option<Tz>) -> PlannedOccurrence {
    let zone = schedule.rule.timezone;
    let mut notes = vec![schedule.rule.cron.describe()];
    notes.extend(coming.remarks(&schedule.timetable()));
    if let Some(place) = &schedule.paused {
        notes.push(format!("paused in {}:{}: nothing will be sent", place.file, place.line));
    }
    let outcome = match &coming.fate {
        Fate::Runs => None,
        Fate::Skipped(outcome, _) => Some(*outcome),
    };
    let local = |zone: Tz| coming.due.with_timezone(&zone).format("%a %F %T %:z").to_string();
    PlannedOccurrence {
        brief: schedule.id.brief().to_owned(),
        schedule: schedule.id.name().to_owned(),
        slot_utc: coming.slot.utc,
        due_utc: coming.due,
        local: local(zone),
        timezone: zone.name(),
        zone: further_zone.map(local),
        runs: outcome.is_none(),
        outcome,
        uncertain: coming.unknown_after.is_some(),
        note: notes.join("; "),
        tzdata: IANA_TZDB_VERSION,
    }
}

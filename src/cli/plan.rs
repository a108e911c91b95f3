//! `plan`: the coming occurrences of all schedules, from the same function that the timekeeper runs them by.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    process::ExitCode,
};

use chrono::{DateTime, Utc};
use chrono_tz::{IANA_TZDB_VERSION, Tz};
use serde::Serialize;

use super::context::Context;
use crate::{
    base::problem::{Problem, Problems},
    config::{Brief, Config, Schedule},
    time::schedule::{self, Fate, Upcoming},
};

/// Which occurrences are asked for.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub next: usize,
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
    pub brief: Option<String>,
    pub schedule: Option<String>,
    pub zone: Option<Tz>,
}

/// A coming occurrence.
#[derive(Debug, Serialize)]
pub(super) struct Coming {
    pub brief: String,
    pub schedule: String,
    /// The nominal second
    pub slot_utc: DateTime<Utc>,
    /// When it is begun, or recorded that there is no edition
    pub due_utc: DateTime<Utc>,
    /// When it is due, in the schedule's zone
    pub local: String,
    pub timezone: &'static str,
    /// The same in the zone that was asked for
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Is an edition made?
    pub runs: bool,
    /// How it ends without one
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<schedule::Outcome>,
    /// May it yet come otherwise: the calendar ends before?
    pub uncertain: bool,
    pub note: String,
    /// Of which issue of the IANA database the zones are
    pub tzdata: &'static str,
}

pub(super) fn run(context: &Context, wanted: &Wanted) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    if let Some(id) = &wanted.brief {
        context.brief(&config, id)?;
    }
    if let Some(id) = &wanted.schedule {
        found(&config, id)?;
    }
    let coming = coming(&config.briefs, wanted, context.now());
    let mut head = vec!["LOCAL TIME", "ZONE", "UTC"];
    head.extend(wanted.zone.map(|zone| zone.name()));
    head.extend(["SCHEDULE", "NOTE"]);
    context.output.table(&head, &coming, |row| {
        let mut cells = vec![row.local.clone(), row.timezone.to_owned(), row.due_utc.format("%F %T").to_string()];
        cells.extend(row.zone.clone());
        cells.extend([format!("{}/{}", row.brief, row.schedule), row.note.clone()]);
        cells
    })?;
    if coming.is_empty() {
        context.output.say("Nothing is planned: no schedule is due in that time.")?;
    }
    context.output.say(format!("Time zones: IANA {IANA_TZDB_VERSION}."))?;
    Ok(ExitCode::SUCCESS)
}

/// The schedule `BRIEF/SCHEDULE`, or the one of that name if there is only one.
pub(super) fn found<'a>(config: &'a Config, id: &str) -> Result<&'a Schedule, Problems> {
    found_in(&config.briefs, id)
}

fn found_in<'a>(briefs: &'a BTreeMap<String, Brief>, id: &str) -> Result<&'a Schedule, Problems> {
    let all = || briefs.values().flat_map(|brief| &brief.schedules);
    if let Some(schedule) = all().find(|schedule| schedule.id == *id) {
        return Ok(schedule);
    }
    let mut named = all().filter(|schedule| schedule.id.name() == id);
    match (named.next(), named.next()) {
        (Some(schedule), None) => Ok(schedule),
        (Some(one), Some(other)) => Err(Problem::error(format!("several schedules are called `{id}`"))
            .hint(format!("write `{}` or `{}`", one.id, other.id))
            .into()),
        (None, _) => {
            let known = all().map(|schedule| if id.contains('/') { schedule.id.as_str() } else { schedule.id.name() });
            Err(Problem::error(format!("there is no schedule `{id}`")).did_you_mean(id, known).into())
        }
    }
}

/// A schedule with what is left of its occurrences; the one that is due first is the greatest.
struct Ahead<'a> {
    first: schedule::Coming,
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

/// The occurrences that are asked for, earliest first.
pub(super) fn coming(briefs: &BTreeMap<String, Brief>, wanted: &Wanted, now: DateTime<Utc>) -> Vec<Coming> {
    let from = wanted.from.unwrap_or(now);
    let only = wanted.schedule.as_deref().and_then(|id| found_in(briefs, id).ok()).map(|schedule| &schedule.id);
    let schedules = briefs
        .values()
        .filter(|brief| wanted.brief.as_ref().is_none_or(|id| *id == brief.id))
        .flat_map(|brief| &brief.schedules)
        .filter(|schedule| only.is_none_or(|id| *id == schedule.id));
    let mut ahead: BinaryHeap<Ahead<'_>> = schedules
        .filter_map(|schedule| {
            let mut rest = schedule.timetable().upcoming(from);
            Some(Ahead { first: rest.next()?, schedule, rest })
        })
        .collect();
    let mut found = Vec::new();
    while found.len() < wanted.next
        && let Some(Ahead { first, schedule, mut rest }) = ahead.pop()
    {
        if wanted.to.is_some_and(|to| first.due > to) {
            break;
        }
        found.push(told(schedule, &first, wanted.zone));
        if let Some(first) = rest.next() {
            ahead.push(Ahead { first, schedule, rest });
        }
    }
    found
}

fn told(schedule: &Schedule, coming: &schedule::Coming, other: Option<Tz>) -> Coming {
    let zone = schedule.rule.timezone;
    let mut notes = vec![schedule.rule.cron.describe()];
    notes.extend(coming.words(&schedule.timetable()));
    if let Some(place) = &schedule.paused {
        notes.push(format!("paused in {}:{}: nothing will be sent", place.file, place.line));
    }
    let outcome = match &coming.fate {
        Fate::Runs => None,
        Fate::Skipped(outcome, _) => Some(*outcome),
    };
    let local = |zone: Tz| coming.due.with_timezone(&zone).format("%a %F %T %:z").to_string();
    Coming {
        brief: schedule.id.brief().to_owned(),
        schedule: schedule.id.name().to_owned(),
        slot_utc: coming.slot.utc,
        due_utc: coming.due,
        local: local(zone),
        timezone: zone.name(),
        zone: other.map(local),
        runs: outcome.is_none(),
        outcome,
        uncertain: coming.unknown_after.is_some(),
        note: notes.join("; "),
        tzdata: IANA_TZDB_VERSION,
    }
}

//! The coming occurrences of all schedules, from the same function that the timekeeper runs them by, with the pauses that
//! hold now. `plan` and `status` show the same.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, HashMap},
    fmt,
};

use chrono::{DateTime, Utc};
use chrono_tz::{IANA_TZDB_VERSION, Tz};
use serde::Serialize;

use super::{Installation, Result, find_schedule::find_schedule};
use crate::{
    base::{
        ids::ScheduleId,
        problem::{Problem, Problems},
    },
    config::{Brief, Schedule},
    store::{self, Pause, SchedulePause, Store},
    time::schedule::{self, Fate, Remark, Upcoming},
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
    /// Why no edition is made
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// It may still change, since the calendar ends before it
    pub uncertain: bool,
    /// What there is to say of it, in words
    pub note: String,
    /// Its rule, as the config has it
    pub cron: String,
    /// What is unusual about it, each with a code and its parameters
    pub remarks: Vec<Remark>,
    /// What pauses it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<ListedPause>,
    /// Why the mails of its edition would wait, if the hold after a restore is not ended before
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mails_wait: Option<String>,
    /// The version of the IANA time zone database
    pub tzdata: &'static str,
}

/// The coming occurrences of the installation's schedules, earliest first. If the store cannot be read, they are known all
/// the same; a warning says that pauses are not.
///
/// # Errors
/// There is no such brief or schedule.
pub async fn plan(installation: &Installation, query: &PlanQuery) -> Result<(Vec<PlannedOccurrence>, Problems)> {
    if let Some(id) = &query.brief {
        installation.brief(id)?;
    }
    if let Some(id) = &query.schedule {
        installation.schedule(id)?;
    }
    let mut warnings = Problems::new();
    let pauses = match pauses_of(installation).await {
        Ok(pauses) => pauses,
        Err(problem) => {
            let what = format!("whether a person pauses a schedule is not known: {problem}");
            warnings.push(Problem::warning(what));
            Pauses::default()
        }
    };
    Ok((coming(installation.config.briefs_with_schedules()?, query, &pauses, installation.now()), warnings))
}

async fn pauses_of(installation: &Installation) -> Result<Pauses> {
    if installation.store_url().is_err() {
        // The config's own warning says so.
        return Ok(Pauses::default());
    }
    Ok(match installation.found_store().await? {
        Some(store) => Pauses::read(store).await?,
        None => Pauses::default(),
    })
}

/// What pauses a schedule.
#[derive(Debug, Serialize)]
#[serde(tag = "what", rename_all = "lowercase")]
pub enum ListedPause {
    /// A line of the config
    Config {
        /// The file
        file: String,
        /// The line
        line: usize,
    },
    /// A person, this schedule
    Schedule(SchedulePause),
    /// A person, everything
    Everything(Pause),
}

impl fmt::Display for ListedPause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ListedPause::Config { file, line } => write!(f, "paused in {file}:{line}"),
            ListedPause::Schedule(pause) => pause.fmt(f),
            ListedPause::Everything(pause) => pause.fmt(f),
        }
    }
}

/// The pauses by persons that hold now, and the hold after a restore.
#[derive(Debug, Default)]
pub(super) struct Pauses {
    schedules: HashMap<ScheduleId, SchedulePause>,
    everything: Option<Pause>,
    /// Why mails wait although editions are made
    restored: Option<String>,
}

impl Pauses {
    pub(super) async fn read(store: &Store) -> std::result::Result<Pauses, store::Error> {
        let states = store.schedules().states().await?;
        let schedules = states.into_iter().filter_map(|(id, state)| Some((id, state.paused?))).collect();
        let on_hold = store.on_hold().await?;
        Ok(Pauses { schedules, restored: on_hold.why_restored(), everything: on_hold.paused })
    }

    /// Does a person pause everything?
    pub(super) const fn everything(&self) -> bool {
        self.everything.is_some()
    }

    /// What pauses a schedule: the config, a person, or a person's pause of everything.
    pub(super) fn of(&self, schedule: &Schedule) -> Option<ListedPause> {
        match (&schedule.paused, self.schedules.get(&schedule.id), &self.everything) {
            (Some(place), ..) => Some(ListedPause::Config { file: place.file.clone(), line: place.line }),
            (None, Some(pause), _) => Some(ListedPause::Schedule(pause.clone())),
            (None, None, Some(everything)) => Some(ListedPause::Everything(everything.clone())),
            (None, None, None) => None,
        }
    }
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
    pauses: &Pauses,
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
        found.push(planned(schedule, &first, pauses, query.zone));
        if let Some(first) = rest.next() {
            ahead.push(Ahead { first, schedule, rest });
        }
    }
    found
}

fn planned(
    schedule: &Schedule,
    coming: &schedule::ScheduledOccurrence,
    pauses: &Pauses,
    further_zone: Option<Tz>,
) -> PlannedOccurrence {
    let zone = schedule.rule.timezone;
    let mut notes = vec![schedule.rule.cron.describe()];
    let remarks = coming.remarks(&schedule.timetable());
    notes.extend(remarks.iter().map(ToString::to_string));
    let pause = pauses.of(schedule);
    let paused = pause.as_ref().map(ToString::to_string);
    notes.extend(paused.as_ref().map(|paused| format!("{paused}: nothing will be sent")));
    let mails_wait = pauses.restored.clone().filter(|_| pause.is_none() && matches!(coming.fate, Fate::Runs));
    notes.extend(mails_wait.as_ref().map(|why| format!("its mails wait for `greenbrief resume`: {why}")));
    let (outcome, reason) = match (&coming.fate, paused) {
        (Fate::Skipped(outcome, reason), _) => (Some(*outcome), Some(reason.clone())),
        (Fate::Runs, Some(paused)) => (Some(schedule::Outcome::Paused), Some(paused)),
        (Fate::Runs, None) => (None, None),
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
        reason,
        uncertain: coming.unknown_after.is_some(),
        note: notes.join("; "),
        cron: schedule.rule.cron.text().to_owned(),
        remarks,
        paused: pause,
        mails_wait,
        tzdata: IANA_TZDB_VERSION,
    }
}

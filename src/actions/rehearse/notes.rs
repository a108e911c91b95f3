//! What is to be said of a rehearsed time: words for people, a code with its parameters for programs.

use std::fmt;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Serialize;

use crate::{
    base::ids::ScheduleId,
    config::Schedule,
    time::schedule::{Fate, Outcome, Remark},
};

/// Something that is not simply an edition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Note {
    /// What is unusual about the occurrence, as `plan` says it
    Occurrence(Remark),
    /// What only a rehearsal says
    Rehearsal(RehearsalNote),
}

/// What only a rehearsal says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum RehearsalNote {
    /// The schedule is not due then.
    NoSlot {
        /// Which
        schedule: ScheduleId,
    },
    /// No edition would be made.
    Outcome {
        /// What would be recorded instead
        outcome: Outcome,
    },
    /// The config pauses the schedule.
    Paused {
        /// Which
        schedule: ScheduleId,
    },
    /// While the sender is new, mails to a domain go on several days.
    WarmUp {
        /// The domain
        domain: String,
        /// Number of mails to it
        mails: u64,
        /// How many go on which day
        days: Vec<WarmUpDay>,
        /// Number of them whose day comes after `give_up_after`
        given_up: i64,
    },
    /// So do those to further domains.
    WarmUpOfMore {
        /// Number of domains
        domains: u64,
    },
}

/// A day of the warm-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WarmUpDay {
    /// The day (UTC)
    pub day: NaiveDate,
    /// Number of mails that go on it
    pub mails: i64,
}

impl From<RehearsalNote> for Note {
    fn from(note: RehearsalNote) -> Note {
        Note::Rehearsal(note)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::Occurrence(remark) => remark.fmt(f),
            Note::Rehearsal(note) => note.fmt(f),
        }
    }
}

impl fmt::Display for RehearsalNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RehearsalNote::NoSlot { schedule } => write!(f, "{schedule} has no slot at that time"),
            RehearsalNote::Outcome { outcome } => write!(f, "its outcome would be {outcome}"),
            RehearsalNote::Paused { schedule } => write!(f, "{schedule} is paused in the config"),
            RehearsalNote::WarmUp { domain, mails, days, given_up } => {
                let each: Vec<String> = days.iter().map(|day| format!("{} on {}", day.mails, day.day)).collect();
                write!(f, "warm-up: of the {mails} mails to {domain} go {}", each.join(", "))?;
                match given_up {
                    0 => Ok(()),
                    late => write!(f, "; {late} of them would be given up before, as give_up_after says"),
                }
            }
            RehearsalNote::WarmUpOfMore { domains } => {
                write!(f, "warm-up: mails to {domains} more domains go on several days")
            }
        }
    }
}

/// What the schedule itself makes of the time.
pub(super) fn of_schedule(schedule: &Schedule, at: DateTime<Utc>) -> Vec<Note> {
    let timetable = schedule.timetable();
    let slot = schedule.rule.next(at - TimeDelta::seconds(1)).filter(|slot| slot.utc == at && timetable.is_within(at));
    let mut notes = match slot.map(|slot| timetable.occurrence(slot)) {
        None => vec![RehearsalNote::NoSlot { schedule: schedule.id.clone() }.into()],
        Some(coming) => {
            let mut notes: Vec<Note> = coming.remarks(&timetable).into_iter().map(Note::Occurrence).collect();
            if let Fate::Skipped(outcome, _) = &coming.fate {
                notes.push(RehearsalNote::Outcome { outcome: *outcome }.into());
            }
            notes
        }
    };
    if schedule.paused.is_some() {
        notes.push(RehearsalNote::Paused { schedule: schedule.id.clone() }.into());
    }
    notes
}

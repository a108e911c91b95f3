//! Remarks on what is unusual about an occurrence: a sentence for people, a code with its parameters for programs. `plan` and
//! the timekeeper show the same ones.

use std::fmt;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, TimeDelta};
use serde::Serialize;

use super::{ClockChange, DstOverlap, Fate, Outcome, Rule, ScheduledOccurrence, Timetable};

/// Something unusual. Times of day are nominal, in the schedule's zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Remark {
    /// Clocks go forward over the time.
    ClockGap {
        /// The time
        time: String,
    },
    /// Clocks go back over the time, and an edition is made the first time.
    ClockRepeats {
        /// The time
        time: String,
        /// Which of the two this is
        pass: u8,
        /// An edition is made the second time as well
        both: bool,
    },
    /// It was moved from a day off.
    Moved {
        /// The day of its slot
        from: NaiveDate,
        /// The day on which it is due
        to: NaiveDate,
        /// The name of the day off
        why: String,
    },
    /// No edition is made.
    NoEdition {
        /// What is recorded instead
        outcome: Outcome,
        /// Why
        reason: String,
    },
    /// The calendar ends before it.
    Uncertain {
        /// The calendar's id
        calendar: String,
        /// The last known day
        unknown_after: NaiveDate,
    },
    /// It is put off by the schedule's jitter.
    Jitter {
        /// By how much
        seconds: i64,
        /// The time of its slot
        earliest: DateTime<FixedOffset>,
        /// The last moment that the jitter allows
        latest: DateTime<FixedOffset>,
    },
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Remark::ClockGap { time } => {
                write!(f, "{time} does not exist that day (clocks go forward): sent at the first moment after")
            }
            Remark::ClockRepeats { time, pass, both } => {
                let which = match (pass, both) {
                    (1, true) => "this is the first time",
                    (1, false) => "sent the first time only",
                    _ => "this is the second time",
                };
                write!(f, "{time} comes twice that day (clocks go back): {which}")
            }
            Remark::Moved { from, to, why } => {
                write!(f, "moved from {} to {}: {why}", from.format("%a %F"), to.format("%a %F"))
            }
            Remark::NoEdition { reason, .. } => write!(f, "no edition: {reason}"),
            Remark::Uncertain { calendar, unknown_after } => {
                write!(f, "uncertain: calendar {calendar} unknown after {unknown_after}")
            }
            Remark::Jitter { seconds, earliest, latest } => {
                let [earliest, latest] = [earliest, latest].map(|time| time.format("%T"));
                write!(f, "jitter {seconds} s, by which it falls between {earliest} and {latest}")
            }
        }
    }
}

impl ScheduledOccurrence {
    /// Everything unusual: a clock change, a day off, jitter. Empty for an ordinary occurrence.
    pub fn remarks(&self, timetable: &Timetable<'_>) -> Vec<Remark> {
        let Rule { timezone, dst_overlap, .. } = timetable.rule;
        let nominal: NaiveDateTime = self.slot.nominal;
        let time = nominal.format("%H:%M").to_string();
        let both = *dst_overlap == DstOverlap::Both;
        let mut remarks = match (self.slot.clock_change, &self.fate) {
            (ClockChange::Gap, Fate::Runs) => vec![Remark::ClockGap { time }],
            (ClockChange::FirstPass, _) => vec![Remark::ClockRepeats { time, pass: 1, both }],
            (ClockChange::SecondPass, _) => vec![Remark::ClockRepeats { time, pass: 2, both }],
            _ => Vec::new(),
        };
        if let Some((day, why)) = &self.moved {
            remarks.push(Remark::Moved { from: nominal.date(), to: *day, why: why.to_string() });
        }
        if let Fate::Skipped(outcome, reason) = &self.fate {
            remarks.push(Remark::NoEdition { outcome: *outcome, reason: reason.clone() });
        }
        if let (Some(unknown_after), Some(calendar)) = (self.unknown_after, timetable.calendar) {
            remarks.push(Remark::Uncertain { calendar: calendar.id.to_string(), unknown_after });
        }
        if self.runs() && timetable.jitter > TimeDelta::zero() {
            let earliest = (self.due - self.jitter).with_timezone(timezone).fixed_offset();
            let latest = earliest + timetable.jitter - TimeDelta::seconds(1);
            remarks.push(Remark::Jitter { seconds: self.jitter.num_seconds(), earliest, latest });
        }
        remarks
    }
}

//! An occurrence that comes: its slot, when it is due, and in words why that is so. Timekeeper and `plan` have it from the
//! same place.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{Outcome, Rule, Shift, Slot, Timetable, Twice};

/// An occurrence that comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coming {
    /// Its slot: the ledger knows it by this.
    pub slot: Slot,
    /// When its edition is begun, or when it is recorded that there is none.
    pub due: DateTime<Utc>,
    /// How much of that is jitter.
    pub jitter: TimeDelta,
    /// What becomes of it, if nothing else happens.
    pub fate: Fate,
    /// To which day it is moved, and why.
    pub moved: Option<(NaiveDate, String)>,
    /// The calendar knows nothing of its day: after this day it ends.
    pub unknown_after: Option<NaiveDate>,
}

/// What becomes of an occurrence, if nothing else happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Its edition is made.
    Runs,
    /// It ends without one, for this reason.
    Skipped(Outcome, String),
}

impl Coming {
    /// Is an edition made for it?
    pub fn runs(&self) -> bool {
        self.fate == Fate::Runs
    }

    /// What is to be said of it beside its times; nothing of an ordinary one.
    pub fn words(&self, timetable: &Timetable<'_>) -> Vec<String> {
        let mut words = Vec::new();
        let Rule { timezone, twice, .. } = timetable.rule;
        let time = self.slot.nominal.format("%H:%M");
        match (self.slot.shift, &self.fate) {
            (Shift::Gap, Fate::Runs) => {
                words.push(format!(
                    "{time} does not exist that day (clocks go forward): sent at the first moment after"
                ));
            }
            (Shift::Overlap, _) if *twice == Twice::Both => {
                words.push(format!("{time} comes twice that day (clocks go back): this is the first time"));
            }
            (Shift::Overlap, _) => {
                words.push(format!("{time} comes twice that day (clocks go back): sent the first time only"));
            }
            (Shift::Second, _) => {
                words.push(format!("{time} comes twice that day (clocks go back): this is the second time"));
            }
            _ => {}
        }
        if let Some((day, why)) = &self.moved {
            words.push(format!("moved from {} to {}: {why}", self.slot.nominal.format("%a %F"), day.format("%a %F")));
        }
        if let Fate::Skipped(_, reason) = &self.fate {
            words.push(format!("no edition: {reason}"));
        }
        if let (Some(day), Some(calendar)) = (self.unknown_after, timetable.calendar) {
            words.push(format!("uncertain: calendar {} unknown after {day}", calendar.id));
        }
        if self.runs() && timetable.jitter > TimeDelta::zero() {
            let base = (self.due - self.jitter).with_timezone(timezone);
            let latest = base + timetable.jitter - TimeDelta::seconds(1);
            words.push(format!(
                "jitter {} s, by which it falls between {} and {}",
                self.jitter.num_seconds(),
                base.format("%T"),
                latest.format("%T")
            ));
        }
        words
    }
}

//! An occurrence as the timetable has it: its slot, when it is due, and what becomes of it. How the timetable's policies
//! decide that is in `policies`; its words for people are in `remarks`.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{Outcome, Slot};

/// An occurrence of a schedule, before anything has happened to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledOccurrence {
    /// Identifies it in the ledger.
    pub slot: Slot,
    /// When its edition is begun, or recorded as skipped.
    pub due: DateTime<Utc>,
    /// The part of the delay from slot to due time that is jitter.
    pub jitter: TimeDelta,
    /// What becomes of it unless something intervenes.
    pub fate: Fate,
    /// The day to which it is moved, and why.
    pub moved: Option<(NaiveDate, String)>,
    /// Set if the calendar does not cover its day: the last day that it covers.
    pub unknown_after: Option<NaiveDate>,
}

/// What becomes of an occurrence unless something intervenes, such as a pause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Its edition is made.
    Runs,
    /// No edition is made, for this reason.
    Skipped(Outcome, String),
}

impl ScheduledOccurrence {
    /// Is an edition made for it?
    pub fn runs(&self) -> bool {
        self.fate == Fate::Runs
    }
}

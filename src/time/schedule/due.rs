//! Decides about the occurrences that became due since the last look: which are run, which are skipped, and why. This is
//! where the catch-up policy is applied. The cursor is kept and the outcomes are recorded by `store`.

use chrono::{DateTime, TimeDelta, Utc};

use super::{CatchUp, Fate, Outcome, ScheduledOccurrence, Timetable};
use crate::base::plural::counted;

/// Maximum number of occurrences that one look runs, and of those that it records as skipped one by one.
pub const MAX_AT_ONCE: usize = 100;

/// Maximum number of occurrences examined on the way back to one that is run.
const MAX_EXAMINED: usize = 2_000;

/// An occurrence that begins later than this after its due time is late; with `catch_up = "skip"` it counts as missed.
pub const LATE_AFTER: TimeDelta = TimeDelta::seconds(60);

/// The decision about the occurrences that are due in (cursor, now].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// To be run, earliest first; at most [`MAX_AT_ONCE`].
    pub run: Vec<ScheduledOccurrence>,
    /// To be recorded as skipped, earliest first; of more than [`MAX_AT_ONCE`], the newest.
    pub skipped: Vec<SkippedOccurrence>,
    /// Were there more to skip, older than those?
    pub more: bool,
    /// Where the next look begins. Never before the cursor that was given.
    pub cursor: DateTime<Utc>,
}

/// An occurrence for which no edition is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedOccurrence {
    /// The occurrence.
    pub occurrence: ScheduledOccurrence,
    /// The outcome to record.
    pub outcome: Outcome,
    /// The reason, in words.
    pub reason: String,
}

/// Applies the catch-up policy: of the occurrences that are due in (cursor, now], the newest or all are run, as far as they
/// are not too old; the others are skipped. After a clock went back (`now` before `cursor`) nothing is due again.
pub fn due(timetable: &Timetable<'_>, cursor: DateTime<Utc>, now: DateTime<Utc>) -> Due {
    let mut due = Due { run: Vec::new(), skipped: Vec::new(), more: false, cursor: cursor.max(now) };
    let (max_run, window) = match timetable.catch_up {
        CatchUp::Latest => (1, timetable.catch_up_window),
        CatchUp::All => (MAX_AT_ONCE, timetable.catch_up_window),
        CatchUp::Skip => (1, LATE_AFTER),
    };
    for (examined, occurrence) in timetable.newest_first(cursor, now).enumerate() {
        let too_old = now - occurrence.due > window;
        let full = due.run.len() == max_run;
        if due.skipped.len() == MAX_AT_ONCE && (full || too_old) || examined == MAX_EXAMINED {
            due.more = true;
            break;
        }
        let (outcome, reason) = match &occurrence.fate {
            Fate::Skipped(outcome, reason) => (*outcome, reason.clone()),
            Fate::Runs if too_old => (Outcome::SkippedCatchUp, missed(timetable.catch_up, window)),
            Fate::Runs if full => (Outcome::SkippedCatchUp, "a newer slot was due".to_owned()),
            Fate::Runs => {
                due.run.push(occurrence);
                continue;
            }
        };
        if due.skipped.len() == MAX_AT_ONCE {
            due.more = true;
        } else {
            due.skipped.push(SkippedOccurrence { occurrence, outcome, reason });
        }
    }
    due.run.reverse();
    due.skipped.reverse();
    if let Some(first) = due.skipped.first_mut().filter(|_| due.more) {
        first.reason.push_str("; more before it passed and are not named");
    }
    due
}

fn missed(policy: CatchUp, window: TimeDelta) -> String {
    let minutes = window.num_minutes();
    let length = if minutes % 60 == 0 { counted(minutes / 60, "hour") } else { counted(minutes, "minute") };
    match policy {
        CatchUp::Skip => "it was not begun in time, and catch_up = \"skip\"".to_owned(),
        CatchUp::Latest | CatchUp::All => format!("it was not begun within {length}"),
    }
}

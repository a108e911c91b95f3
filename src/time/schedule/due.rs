//! What is to be done now about the occurrences that became due since last time: which are run, which pass without an
//! edition, and why. Pure; who keeps the cursor and records the outcome is not here.

use chrono::{DateTime, TimeDelta, Utc};

use super::{CatchUp, Coming, Outcome, Timetable, coming::Fate};

/// How many occurrences that pass are named one by one, and how many are run at once.
pub const NAMED: usize = 100;

/// How many are looked at on the way back to one that is run.
const LOOKED_AT: usize = 2_000;

/// From this on an occurrence is late, and missed where nothing is made up.
pub const LATE: TimeDelta = TimeDelta::seconds(60);

/// What is to be done about the occurrences that are due in (cursor, now].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Those to run, earliest first; at most 100.
    pub run: Vec<Coming>,
    /// Those that pass without an edition, earliest first; of many, the newest 100.
    pub passed: Vec<Passed>,
    /// Are there more that pass, older than those?
    pub more: bool,
    /// Where to go on from. Never before the cursor that was given.
    pub cursor: DateTime<Utc>,
}

/// An occurrence that passes without an edition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// Which one.
    pub coming: Coming,
    /// What became of it.
    pub outcome: Outcome,
    /// Why, in words.
    pub reason: String,
}

/// By the timetable's policy: of the occurrences that are due in (cursor, now] the newest is run, or all, if they are not
/// too old; the others pass. A clock that went back (`now` before `cursor`) makes nothing due again.
pub fn due(timetable: &Timetable<'_>, cursor: DateTime<Utc>, now: DateTime<Utc>) -> Due {
    let mut due = Due { run: Vec::new(), passed: Vec::new(), more: false, cursor: cursor.max(now) };
    let (most, window) = match timetable.catch_up {
        CatchUp::Latest => (1, timetable.catch_up_window),
        CatchUp::All => (NAMED, timetable.catch_up_window),
        CatchUp::Skip => (1, LATE),
    };
    for (looked_at, coming) in timetable.newest_first(cursor, now).enumerate() {
        let too_old = now - coming.due > window;
        let full = due.run.len() == most;
        if due.passed.len() == NAMED && (full || too_old) || looked_at == LOOKED_AT {
            due.more = true;
            break;
        }
        let (outcome, reason) = match &coming.fate {
            Fate::Skipped(outcome, reason) => (*outcome, reason.clone()),
            Fate::Runs if too_old => (Outcome::SkippedCatchUp, missed(timetable.catch_up, window)),
            Fate::Runs if full => (Outcome::SkippedCatchUp, "a newer slot was due".to_owned()),
            Fate::Runs => {
                due.run.push(coming);
                continue;
            }
        };
        if due.passed.len() == NAMED {
            due.more = true;
        } else {
            due.passed.push(Passed { coming, outcome, reason });
        }
    }
    due.run.reverse();
    due.passed.reverse();
    if let Some(first) = due.passed.first_mut().filter(|_| due.more) {
        first.reason.push_str("; more before it passed and are not named");
    }
    due
}

fn missed(policy: CatchUp, window: TimeDelta) -> String {
    let minutes = window.num_minutes();
    let length = if minutes % 60 == 0 { format!("{} hours", minutes / 60) } else { format!("{minutes} minutes") };
    match policy {
        CatchUp::Skip => "nobody was there to make it, and catch_up = \"skip\"".to_owned(),
        CatchUp::Latest | CatchUp::All => format!("nobody was there to make it within {length}"),
    }
}

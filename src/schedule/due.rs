//! What is to be done now about the slots since last time: run the newest one, if it is not too old, and record the rest as
//! skipped. Pure; who keeps the cursor and records the outcome is not here.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Rule, Slot};

/// How many skipped slots are named one by one.
const NAMED: usize = 100;

/// From this on a slot is late.
const LATE: TimeDelta = TimeDelta::seconds(60);

/// What is to be done about the slots in (cursor, now].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The slot to run, if there is one.
    pub run: Option<DueSlot>,
    /// The slots that are passed over, oldest first; of many, the newest 100.
    pub skipped: Vec<Slot>,
    /// Are there more that are passed over, older than those?
    pub skipped_more: bool,
    /// Where to go on from. Never before the cursor that was given.
    pub cursor: DateTime<Utc>,
}

/// A slot to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueSlot {
    /// Which one.
    pub slot: Slot,
    /// Is it more than 60 s after its time?
    pub late: bool,
}

/// The policy `latest`: of the slots in (cursor, now], the newest is run if it is at most `window` old; all others are
/// skipped. A clock that went back (`now` before `cursor`) makes nothing due again.
pub fn due(rule: &Rule, cursor: DateTime<Utc>, now: DateTime<Utc>, window: TimeDelta) -> Due {
    let mut due = Due { run: None, skipped: Vec::new(), skipped_more: false, cursor: cursor.max(now) };
    let mut until = now;
    if let Some(slot) = rule.latest(cursor, now)
        && now - slot.utc <= window
    {
        due.run = Some(DueSlot { slot, late: now - slot.utc > LATE });
        until = slot.utc - TimeDelta::seconds(1);
    }
    while let Some(slot) = rule.latest(cursor, until) {
        if due.skipped.len() == NAMED {
            due.skipped_more = true;
            break;
        }
        due.skipped.push(slot);
        until = slot.utc - TimeDelta::seconds(1);
    }
    due.skipped.reverse();
    due
}

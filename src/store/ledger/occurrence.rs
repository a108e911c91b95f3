//! Occurrences as types, and how rows are read as such.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{Row, any::AnyRow};

use crate::{
    base::{
        ids::{OccurrenceId, ScheduleId},
        word_enum::word_enum,
    },
    store::{
        Error, Result,
        columns::{time, word},
    },
    time::schedule::Outcome,
};

word_enum! {
    "a kind of occurrence";
    /// Why an occurrence exists.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum OccurrenceKind {
        /// Its schedule's slot came.
        Scheduled = "scheduled",
        /// A person has a slot of long ago made up; it does not count as the slot's own occurrence.
        Backfill = "backfill",
        /// A person asked for it; it takes no slot.
        Manual = "manual",
    }
}

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Occurrence {
    /// Its id in the ledger.
    pub id: OccurrenceId,
    /// Its schedule; for a manual occurrence the id of the brief alone.
    pub schedule: ScheduleId,
    /// Why it exists.
    pub kind: OccurrenceKind,
    /// Its nominal second.
    pub slot: DateTime<Utc>,
    /// When it was to begin: jitter and days off move that.
    pub due: DateTime<Utc>,
    /// How it ended; `None` while a process works on it.
    pub outcome: Option<Outcome>,
    /// The same in words; may be empty.
    pub reason: String,
    /// The person who asked for it; empty for a schedule.
    pub actor: String,
    /// Number of times that it was begun: the fencing token.
    pub attempt: i64,
    /// When it ended.
    pub ended: Option<DateTime<Utc>>,
}

/// Number of occurrences of one schedule that ended in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomeCount {
    /// The schedule; the id of the brief alone for those that a person asked for.
    pub schedule: ScheduleId,
    /// How they ended.
    pub outcome: Outcome,
    /// Number of occurrences.
    pub count: i64,
}

/// The columns that [`occurrence`] reads.
pub(super) const COLUMNS: &str = "id, schedule, kind, slot_utc, due_utc, outcome, reason, actor, attempt, ended_at";

pub(super) fn occurrence(row: &AnyRow) -> Result<Occurrence> {
    let outcome: Option<String> = row.try_get("outcome")?;
    let ended: Option<i64> = row.try_get("ended_at")?;
    Ok(Occurrence {
        id: row.try_get("id")?,
        schedule: word(row, "schedule")?,
        kind: word(row, "kind")?,
        slot: time(row.try_get("slot_utc")?)?,
        due: time(row.try_get("due_utc")?)?,
        outcome: outcome
            .map(|word| word.parse().map_err(|_| Error::Corrupt(format!("the outcome `{word}`"))))
            .transpose()?,
        reason: row.try_get("reason")?,
        actor: row.try_get("actor")?,
        attempt: row.try_get("attempt")?,
        ended: ended.map(time).transpose()?,
    })
}

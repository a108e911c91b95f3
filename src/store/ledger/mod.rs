//! The ledger: one line for each occurrence, and how it ended. [`claim`] claims slots, each exactly once, and records their
//! end; here the ledger is read. Which slot is due is decided in `schedule` and by the timekeeper. How far each schedule has
//! come is in `schedules`.

mod claim;
mod occurrence;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::Row;

pub(super) use self::claim::{cursors_to, record};
use self::occurrence::{COLUMNS, occurrence};
pub use self::{
    claim::{Advanced, Step},
    occurrence::{Occurrence, OccurrenceKind, OutcomeCount},
};
use super::{
    Result, Store,
    columns::{micros, to_json, word},
    dialect::sql,
};
use crate::base::ids::ScheduleId;

/// How the occurrences of each schedule ended, by their number. Goes along the ledger, which has one line for each slot.
const OUTCOMES: &str = "SELECT schedule, outcome, COUNT(*) AS count FROM occurrence
     WHERE outcome IS NOT NULL GROUP BY schedule, outcome ORDER BY schedule, outcome";

/// The occurrences of a store.
#[derive(Debug, Clone, Copy)]
pub struct Ledger<'a> {
    pub(super) store: &'a Store,
}

impl Ledger<'_> {
    /// Returns up to `limit` occurrences of one schedule or of all, the newest first.
    pub async fn newest(self, schedule: Option<&ScheduleId>, limit: i64) -> Result<Vec<Occurrence>> {
        // Two texts, so that each can go by an index.
        let which = if schedule.is_some() { "schedule = $1" } else { "$1 = ''" };
        let rows = sqlx::query(sql(format!(
            "SELECT {COLUMNS} FROM occurrence WHERE {which} ORDER BY slot_utc DESC, id DESC LIMIT $2"
        )))
        .bind(schedule.map(ScheduleId::to_string).unwrap_or_default())
        .bind(limit)
        .fetch_all(&self.store.pool)
        .await?;
        rows.iter().map(occurrence).collect()
    }

    /// Returns the newest slot of each of these schedules, by the schedule's id; not what a person asked for. A schedule that
    /// never had a slot is left out.
    pub async fn newest_slots<'a>(
        self,
        schedules: impl Iterator<Item = &'a ScheduleId>,
    ) -> Result<HashMap<ScheduleId, Occurrence>> {
        let wanted: Vec<_> = schedules.map(|id| HashMap::from([("id", id)])).collect();
        let columns = COLUMNS.replace("id, schedule,", "o.id, o.schedule,");
        let rows = sqlx::query(sql(format!(
            "SELECT {columns} FROM (SELECT value ->> 'id' AS wanted FROM {}) AS named JOIN occurrence o
             ON o.schedule = wanted AND o.kind = 'scheduled' AND o.slot_utc = (SELECT MAX(n.slot_utc) FROM occurrence n
             WHERE n.schedule = wanted AND n.kind = 'scheduled')",
            self.store.dialect.elements()
        )))
        .bind(to_json(&wanted)?)
        .fetch_all(&self.store.pool)
        .await?;
        rows.iter().map(|row| occurrence(row).map(|newest| (newest.schedule.clone(), newest))).collect()
    }

    /// Returns a schedule's own occurrences that were to have an edition, the newest first: none that passed by a rule or a
    /// pause.
    pub async fn expected(self, schedule: &ScheduleId, limit: usize) -> Result<Vec<Occurrence>> {
        let rows = sqlx::query(sql(format!(
            "SELECT {COLUMNS} FROM occurrence WHERE schedule = $1 AND kind = 'scheduled'
             AND (outcome IS NULL OR outcome IN ('ran', 'late', 'held-by-gate', 'failed', 'skipped-catch-up'))
             ORDER BY slot_utc DESC LIMIT $2"
        )))
        .bind(schedule.to_string())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.store.pool)
        .await?;
        rows.iter().map(occurrence).collect()
    }

    /// Returns the occurrence of a slot that the schedule itself had.
    pub async fn occurrence_of(self, schedule: &ScheduleId, slot: DateTime<Utc>) -> Result<Option<Occurrence>> {
        self.occurrence_at(schedule, OccurrenceKind::Scheduled, slot).await
    }

    /// Returns the occurrence by which a person had a slot made up.
    pub async fn backfill_of(self, schedule: &ScheduleId, slot: DateTime<Utc>) -> Result<Option<Occurrence>> {
        self.occurrence_at(schedule, OccurrenceKind::Backfill, slot).await
    }

    async fn occurrence_at(
        self,
        schedule: &ScheduleId,
        kind: OccurrenceKind,
        slot: DateTime<Utc>,
    ) -> Result<Option<Occurrence>> {
        let row = sqlx::query(sql(format!(
            "SELECT {COLUMNS} FROM occurrence WHERE schedule = $1 AND kind = $2 AND slot_utc = $3"
        )))
        .bind(schedule.to_string())
        .bind(kind.word())
        .bind(micros(slot))
        .fetch_optional(&self.store.pool)
        .await?;
        row.as_ref().map(occurrence).transpose()
    }

    /// Is an occurrence of the same schedule open that was due before this one?
    pub async fn has_earlier(self, occurrence: &Occurrence) -> Result<bool> {
        let row = sqlx::query(
            "SELECT 1 FROM occurrence WHERE outcome IS NULL AND schedule = $1 AND kind <> 'backfill'
             AND (due_utc < $2 OR due_utc = $2 AND id < $3) LIMIT 1",
        )
        .bind(occurrence.schedule.to_string())
        .bind(micros(occurrence.due))
        .bind(occurrence.id)
        .fetch_optional(&self.store.pool)
        .await?;
        Ok(row.is_some())
    }

    /// Returns the schedules of which an occurrence is open, or did not end well.
    pub async fn amiss(self) -> Result<Vec<ScheduleId>> {
        let rows = sqlx::query(
            "SELECT DISTINCT schedule FROM occurrence WHERE kind = 'scheduled'
             AND (outcome IS NULL OR outcome IN ('held-by-gate', 'failed', 'skipped-catch-up'))",
        )
        .fetch_all(&self.store.pool)
        .await?;
        rows.iter().map(|row| word(row, "schedule")).collect()
    }

    /// Counts the occurrences of each schedule by how they ended; those that a person asked for, by brief.
    pub async fn outcomes(self) -> Result<Vec<OutcomeCount>> {
        let rows = sqlx::query(OUTCOMES).fetch_all(&self.store.pool).await?;
        let count = |row: &sqlx::any::AnyRow| {
            let (schedule, outcome) = (word(row, "schedule")?, word(row, "outcome")?);
            Ok(OutcomeCount { schedule, outcome, count: row.try_get("count")? })
        };
        rows.iter().map(count).collect()
    }
}

//! Where all schedules stand, by a question for all instead of some for each: what one of them needs is in `schedules` and
//! `occurrences`.

use std::collections::HashMap;

use super::{
    Result, ScheduleState, Store,
    occurrences::{self, Occurrence, occurrence},
    schedules::{self, state},
    sql, to_json, word,
};
use crate::base::ids::ScheduleId;

impl Store {
    /// The states of all schedules that ever came into force, by id; nothing is touched.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn schedule_states(&self) -> Result<HashMap<ScheduleId, ScheduleState>> {
        let columns = schedules::COLUMNS;
        let rows = sqlx::query(sql(format!("SELECT id, {columns} FROM schedule"))).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok((word(row, "id")?, state(row)?))).collect()
    }

    /// Of each of these schedules what became of its newest slot, by id; what a person asked for is none of its slots. One
    /// that never had a slot is not there.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn newest_slots<'a>(
        &self,
        schedules: impl Iterator<Item = &'a ScheduleId>,
    ) -> Result<HashMap<ScheduleId, Occurrence>> {
        let wanted: Vec<_> = schedules.map(|id| HashMap::from([("id", id)])).collect();
        let columns = occurrences::COLUMNS.replace("id, schedule,", "o.id, o.schedule,");
        let rows = sqlx::query(sql(format!(
            "SELECT {columns} FROM (SELECT value ->> 'id' AS wanted FROM {}) AS named JOIN occurrence o
             ON o.schedule = wanted AND o.kind = 'scheduled' AND o.slot_utc = (SELECT MAX(n.slot_utc) FROM occurrence n
             WHERE n.schedule = wanted AND n.kind = 'scheduled')",
            self.dialect.elements()
        )))
        .bind(to_json(&wanted)?)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| occurrence(row).map(|newest| (newest.schedule.clone(), newest))).collect()
    }
}

//! How far each schedule has come: the time up to which everything that was due is settled, and whether a person pauses it.
//! What became of its slots is in `ledger`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{Any, Row, Transaction, any::AnyRow};

use super::{
    Result, Store,
    columns::{micros, time, word},
    dialect::sql,
};
use crate::base::ids::ScheduleId;

/// How far a schedule has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleState {
    /// Everything that was due up to here is settled.
    pub cursor: DateTime<Utc>,
    /// The pause, if a person pauses it.
    pub paused: Option<SchedulePause>,
}

/// A person's pause of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SchedulePause {
    /// The person who pauses; empty if that was not recorded.
    pub by: String,
    /// When the pause began.
    pub since: DateTime<Utc>,
}

impl std::fmt::Display for SchedulePause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let by = if self.by.is_empty() { "a person" } else { &self.by };
        write!(f, "paused by {by} since {}", self.since.format("%F %T UTC"))
    }
}

/// The columns that [`state`] reads.
const COLUMNS: &str = "cursor_at, paused_at, paused_by";

/// The schedules of a store.
#[derive(Debug, Clone, Copy)]
pub struct Schedules<'a> {
    pub(super) store: &'a Store,
}

impl Schedules<'_> {
    /// Returns the state of a schedule that is in force. A new one, or one whose timing changed, begins at `now`: nothing is
    /// made up from before.
    pub async fn activate(self, id: &ScheduleId, timing: &str, now: DateTime<Utc>) -> Result<ScheduleState> {
        // Rarely new: only a new one takes the write lock.
        let row = sqlx::query(sql(format!("SELECT {COLUMNS} FROM schedule WHERE id = $1 AND timing = $2")))
            .bind(id.to_string())
            .bind(timing.to_owned())
            .fetch_optional(&self.store.pool)
            .await?;
        if let Some(row) = row {
            return state(&row);
        }
        let mut tx = self.store.begin().await?;
        let state = begin(&mut tx, id, timing, now).await?;
        tx.commit().await?;
        Ok(state)
    }

    /// As `activate`, for all schedules that are in force, each with its timing, in one transaction. A schedule that is not
    /// among them is gone: should it come back, it is new.
    pub async fn activate_all(
        self,
        all: &[(&ScheduleId, String)],
        now: DateTime<Utc>,
    ) -> Result<HashMap<ScheduleId, ScheduleState>> {
        let rows =
            sqlx::query(sql(format!("SELECT id, timing, {COLUMNS} FROM schedule"))).fetch_all(&self.store.pool).await?;
        let mut known = HashMap::new();
        for row in &rows {
            let (id, timing): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            known.insert(id, (timing, state(row)?));
        }
        let mut found = HashMap::new();
        let mut new = Vec::new();
        for (id, timing) in all {
            match known.remove(id.as_str()) {
                Some((known, state)) if known == *timing => {
                    found.insert((*id).clone(), state);
                }
                _ => new.push((id, timing)),
            }
        }
        let gone: Vec<String> =
            known.into_iter().filter(|(_, (timing, _))| !timing.is_empty()).map(|(id, _)| id).collect();
        if !new.is_empty() || !gone.is_empty() {
            let mut tx = self.store.begin().await?;
            for (id, timing) in new {
                let state = begin(&mut tx, id, timing, now).await?;
                found.insert((*id).clone(), state);
            }
            for id in gone {
                sqlx::query("UPDATE schedule SET timing = '' WHERE id = $1").bind(id).execute(&mut *tx).await?;
            }
            tx.commit().await?;
        }
        Ok(found)
    }

    /// Returns a schedule's state without touching it; `None` if it never came into force.
    pub async fn state(self, id: &ScheduleId) -> Result<Option<ScheduleState>> {
        let row = sqlx::query(sql(format!("SELECT {COLUMNS} FROM schedule WHERE id = $1")))
            .bind(id.to_string())
            .fetch_optional(&self.store.pool)
            .await?;
        row.as_ref().map(state).transpose()
    }

    /// Returns the states of all schedules that ever came into force, without touching them.
    pub async fn states(self) -> Result<HashMap<ScheduleId, ScheduleState>> {
        let rows = sqlx::query(sql(format!("SELECT id, {COLUMNS} FROM schedule"))).fetch_all(&self.store.pool).await?;
        rows.iter().map(|row| Ok((word(row, "id")?, state(row)?))).collect()
    }

    /// Pauses a schedule that has a state. Returns the pause that holds now: an earlier one stays.
    pub async fn pause(self, id: &ScheduleId, pause: &SchedulePause) -> Result<SchedulePause> {
        sqlx::query("UPDATE schedule SET paused_at = $2, paused_by = $3 WHERE id = $1 AND paused_at IS NULL")
            .bind(id.to_string())
            .bind(micros(pause.since))
            .bind(pause.by.clone())
            .execute(&self.store.pool)
            .await?;
        let held = self.state(id).await?.and_then(|state| state.paused);
        Ok(held.unwrap_or_else(|| pause.clone()))
    }

    /// Ends a schedule's pause. Returns the pause that ended.
    pub async fn resume(self, id: &ScheduleId) -> Result<Option<SchedulePause>> {
        let was = self.state(id).await?.and_then(|state| state.paused);
        sqlx::query("UPDATE schedule SET paused_at = NULL, paused_by = NULL WHERE id = $1")
            .bind(id.to_string())
            .execute(&self.store.pool)
            .await?;
        Ok(was)
    }
}

async fn begin(
    tx: &mut Transaction<'_, Any>,
    id: &ScheduleId,
    timing: &str,
    now: DateTime<Utc>,
) -> Result<ScheduleState> {
    sqlx::query(
        "INSERT INTO schedule (id, timing, cursor_at, activated_at, paused_at) VALUES ($1, $2, $3, $3, NULL)
         ON CONFLICT DO NOTHING",
    )
    .bind(id.to_string())
    .bind(timing.to_owned())
    .bind(micros(now))
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "UPDATE schedule SET timing = $2, activated_at = $3,
         cursor_at = CASE WHEN cursor_at < $3 THEN $3 ELSE cursor_at END WHERE id = $1 AND timing <> $2",
    )
    .bind(id.to_string())
    .bind(timing.to_owned())
    .bind(micros(now))
    .execute(&mut **tx)
    .await?;
    let row = sqlx::query(sql(format!("SELECT {COLUMNS} FROM schedule WHERE id = $1")))
        .bind(id.to_string())
        .fetch_one(&mut **tx)
        .await?;
    state(&row)
}

fn state(row: &AnyRow) -> Result<ScheduleState> {
    let (paused, by): (Option<i64>, Option<String>) = (row.try_get("paused_at")?, row.try_get("paused_by")?);
    let paused = match paused {
        Some(since) => Some(SchedulePause { by: by.unwrap_or_default(), since: time(since)? }),
        None => None,
    };
    Ok(ScheduleState { cursor: time(row.try_get("cursor_at")?)?, paused })
}

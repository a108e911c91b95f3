//! Where each schedule stands: up to when everything that was due is settled, and whether a person pauses it. What became of
//! its slots is in `occurrences`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{Any, Row, Transaction, any::AnyRow};

use super::{Result, Store, micros, time};
use crate::base::ids::ScheduleId;

/// Where a schedule stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleState {
    /// Everything that was due up to here is settled.
    pub cursor: DateTime<Utc>,
    /// Paused by a person.
    pub paused: Option<SchedulePause>,
}

/// Who pauses a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SchedulePause {
    /// Who; empty if that was not written down
    pub by: String,
    /// Since when
    pub since: DateTime<Utc>,
}

impl std::fmt::Display for SchedulePause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let by = if self.by.is_empty() { "a person" } else { &self.by };
        write!(f, "paused by {by} since {}", self.since.format("%F %T UTC"))
    }
}

pub(super) const COLUMNS: &str = "cursor_at, paused_at, paused_by";

impl Store {
    /// Where a schedule stands. A new one, or one whose timing changed, begins at `now`: nothing is made up from before.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn schedule(&self, id: &str, timing: &str, now: DateTime<Utc>) -> Result<ScheduleState> {
        // Hardly ever news: only news takes the write lock.
        let row =
            sqlx::query(sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM schedule WHERE id = $1 AND timing = $2")))
                .bind(id.to_owned())
                .bind(timing.to_owned())
                .fetch_optional(&self.pool)
                .await?;
        if let Some(row) = row {
            return state(&row);
        }
        let mut tx = self.begin().await?;
        let state = begin(&mut tx, id, timing, now).await?;
        tx.commit().await?;
        Ok(state)
    }

    /// As `schedule`, for all there are, each by its id and timing, in one transaction. One that is not among them is gone:
    /// should it come back it is new.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn schedules(
        &self,
        all: &[(&ScheduleId, String)],
        now: DateTime<Utc>,
    ) -> Result<HashMap<ScheduleId, ScheduleState>> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT id, timing, {COLUMNS} FROM schedule")))
            .fetch_all(&self.pool)
            .await?;
        let mut known = HashMap::new();
        for row in &rows {
            let (id, timing): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            known.insert(id, (timing, state(row)?));
        }
        let mut found = HashMap::new();
        let mut news = Vec::new();
        for (id, timing) in all {
            match known.remove(id.as_str()) {
                Some((known, state)) if known == *timing => {
                    found.insert((*id).clone(), state);
                }
                _ => news.push((id, timing)),
            }
        }
        let gone: Vec<String> =
            known.into_iter().filter(|(_, (timing, _))| !timing.is_empty()).map(|(id, _)| id).collect();
        if !news.is_empty() || !gone.is_empty() {
            let mut tx = self.begin().await?;
            for (id, timing) in news {
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

    /// A schedule's state without touching it; `None` if it never came into force.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn schedule_state(&self, id: &str) -> Result<Option<ScheduleState>> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM schedule WHERE id = $1")))
            .bind(id.to_owned())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(state).transpose()
    }

    /// Pauses a schedule that has a state; gives the pause that holds now: an earlier one stays.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn pause_schedule(&self, id: &str, pause: &SchedulePause) -> Result<SchedulePause> {
        sqlx::query("UPDATE schedule SET paused_at = $2, paused_by = $3 WHERE id = $1 AND paused_at IS NULL")
            .bind(id.to_owned())
            .bind(micros(pause.since))
            .bind(pause.by.clone())
            .execute(&self.pool)
            .await?;
        let held = self.schedule_state(id).await?.and_then(|state| state.paused);
        Ok(held.unwrap_or_else(|| pause.clone()))
    }

    /// Ends a schedule's pause; gives what it was.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn resume_schedule(&self, id: &str) -> Result<Option<SchedulePause>> {
        let was = self.schedule_state(id).await?.and_then(|state| state.paused);
        sqlx::query("UPDATE schedule SET paused_at = NULL, paused_by = NULL WHERE id = $1")
            .bind(id.to_owned())
            .execute(&self.pool)
            .await?;
        Ok(was)
    }
}

async fn begin(tx: &mut Transaction<'_, Any>, id: &str, timing: &str, now: DateTime<Utc>) -> Result<ScheduleState> {
    sqlx::query(
        "INSERT INTO schedule (id, timing, cursor_at, activated_at, paused_at) VALUES ($1, $2, $3, $3, NULL)
         ON CONFLICT DO NOTHING",
    )
    .bind(id.to_owned())
    .bind(timing.to_owned())
    .bind(micros(now))
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "UPDATE schedule SET timing = $2, activated_at = $3,
         cursor_at = CASE WHEN cursor_at < $3 THEN $3 ELSE cursor_at END WHERE id = $1 AND timing <> $2",
    )
    .bind(id.to_owned())
    .bind(timing.to_owned())
    .bind(micros(now))
    .execute(&mut **tx)
    .await?;
    let row = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM schedule WHERE id = $1")))
        .bind(id.to_owned())
        .fetch_one(&mut **tx)
        .await?;
    state(&row)
}

pub(super) fn state(row: &AnyRow) -> Result<ScheduleState> {
    let (paused, by): (Option<i64>, Option<String>) = (row.try_get("paused_at")?, row.try_get("paused_by")?);
    let paused = match paused {
        Some(since) => Some(SchedulePause { by: by.unwrap_or_default(), since: time(since)? }),
        None => None,
    };
    Ok(ScheduleState { cursor: time(row.try_get("cursor_at")?)?, paused })
}

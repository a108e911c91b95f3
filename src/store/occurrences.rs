//! The ledger: where each schedule stands, and what became of each of its occurrences. Which slot is due is decided in
//! `schedule` and by the timekeeper; here a slot is claimed exactly once, by whom, and its end is written down.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use sqlx::{Any, Row, Transaction, any::AnyRow};

use super::{Error, Result, Store, backup::RESTORED, micros, time};
use crate::schedule::{Outcome, Slot};

/// Where a schedule stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleState {
    /// Slots up to here are settled.
    pub cursor: DateTime<Utc>,
    /// Paused by a person since then.
    pub paused: Option<DateTime<Utc>>,
}

/// Why an occurrence is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OccurrenceKind {
    /// Its schedule's slot came.
    Scheduled,
    /// A person asked for it; it takes no slot.
    Manual,
}

impl OccurrenceKind {
    /// The word in the ledger.
    pub const fn word(self) -> &'static str {
        match self {
            OccurrenceKind::Scheduled => "scheduled",
            OccurrenceKind::Manual => "manual",
        }
    }
}

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Occurrence {
    /// Its number in the ledger
    pub id: i64,
    /// `brief/schedule`; for a manual one `brief`
    pub schedule: String,
    /// Why it is there
    pub kind: OccurrenceKind,
    /// The nominal second
    pub slot: DateTime<Utc>,
    /// How it ended; `None` while somebody works on it
    pub outcome: Option<Outcome>,
    /// In words; may be empty
    pub reason: String,
    /// Who asked for it; empty for a schedule
    pub actor: String,
    /// How often it was begun: the fencing token
    pub attempt: i64,
    /// When it ended
    pub ended: Option<DateTime<Utc>>,
}

const COLUMNS: &str = "id, schedule, kind, slot_utc, outcome, reason, actor, attempt, ended_at";

impl Store {
    /// Where a schedule stands. A new one, or one whose timing changed, begins at `now`: nothing is made up from before.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn schedule(&self, id: &str, timing: &str, now: DateTime<Utc>) -> Result<ScheduleState> {
        // Asked at every heartbeat, and hardly ever news: only news takes the write lock.
        let row = sqlx::query("SELECT cursor_at, paused_at FROM schedule WHERE id = $1 AND timing = $2")
            .bind(id.to_owned())
            .bind(timing.to_owned())
            .fetch_optional(&self.pool)
            .await?;
        if let Some(row) = row {
            return schedule_state(&row);
        }
        let mut tx = self.begin().await?;
        sqlx::query(
            "INSERT INTO schedule (id, timing, cursor_at, activated_at, paused_at) VALUES ($1, $2, $3, $3, NULL)
             ON CONFLICT DO NOTHING",
        )
        .bind(id.to_owned())
        .bind(timing.to_owned())
        .bind(micros(now))
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "UPDATE schedule SET timing = $2, activated_at = $3,
             cursor_at = CASE WHEN cursor_at < $3 THEN $3 ELSE cursor_at END WHERE id = $1 AND timing <> $2",
        )
        .bind(id.to_owned())
        .bind(timing.to_owned())
        .bind(micros(now))
        .execute(&mut *tx)
        .await?;
        let row = sqlx::query("SELECT cursor_at, paused_at FROM schedule WHERE id = $1")
            .bind(id.to_owned())
            .fetch_one(&mut *tx)
            .await?;
        tx.commit().await?;
        schedule_state(&row)
    }

    /// A schedule's state without touching it; `None` if it never came into force.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn schedule_state(&self, id: &str) -> Result<Option<ScheduleState>> {
        let row = sqlx::query("SELECT cursor_at, paused_at FROM schedule WHERE id = $1")
            .bind(id.to_owned())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(schedule_state).transpose()
    }

    /// Moves a schedule's cursor from where it was seen, claims the slot that is due and records those that are not,
    /// all at once. `None` if nothing was claimed: no slot was due, or another process was faster.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn advance(&self, step: &Step<'_>, lease: &Lease<'_>) -> Result<Option<Occurrence>> {
        let until = self.lease_clock(lease.now).await? + lease.length.num_microseconds().unwrap_or(0);
        let mut tx = self.begin().await?;
        let moved = sqlx::query("UPDATE schedule SET cursor_at = $3 WHERE id = $1 AND cursor_at = $2")
            .bind(step.schedule.to_owned())
            .bind(micros(step.from))
            .bind(micros(step.to))
            .execute(&mut *tx)
            .await?;
        if moved.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(None);
        }
        for (slot, outcome, reason) in step.settled {
            sqlx::query(
                "INSERT INTO occurrence (schedule, kind, slot_utc, nonce, due_utc, outcome, reason, actor, attempt,
                 claimed_at, ended_at) VALUES ($1, 'scheduled', $2, '', $2, $3, $4, '', 0, $5, $5)
                 ON CONFLICT DO NOTHING",
            )
            .bind(step.schedule.to_owned())
            .bind(micros(slot.utc))
            .bind(outcome.word())
            .bind(reason.clone())
            .bind(micros(lease.now))
            .execute(&mut *tx)
            .await?;
        }
        let claimed = match step.claim {
            Some(slot) => {
                insert(&mut tx, step.schedule, OccurrenceKind::Scheduled, slot.utc, "", "", until, lease).await?
            }
            None => None,
        };
        tx.commit().await?;
        Ok(claimed)
    }

    /// A manual occurrence: it takes no slot. `nonce` is a random word that tells two of the same second apart.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn manual_occurrence(
        &self,
        brief: &str,
        slot: DateTime<Utc>,
        nonce: &str,
        actor: &str,
        lease: &Lease<'_>,
    ) -> Result<Occurrence> {
        let until = self.lease_clock(lease.now).await? + lease.length.num_microseconds().unwrap_or(0);
        let mut tx = self.begin().await?;
        let claimed = insert(&mut tx, brief, OccurrenceKind::Manual, slot, nonce, actor, until, lease).await?;
        tx.commit().await?;
        claimed.ok_or_else(|| Error::Corrupt(format!("a manual occurrence {nonce} that is there already")))
    }

    /// Takes over what others began and left: their lease ran out or, if `alone` (nobody else can be at work), at once.
    /// The oldest come first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn take_over(&self, lease: &Lease<'_>, alone: bool) -> Result<Vec<Occurrence>> {
        let clock = self.lease_clock(lease.now).await?;
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "UPDATE occurrence SET owner = $1, attempt = attempt + 1, lease_until = $2
             WHERE outcome IS NULL AND (owner IS NULL OR owner <> $1) AND ($3 = 1 OR lease_until < $4)
             RETURNING {COLUMNS}"
        )))
        .bind(lease.owner.to_owned())
        .bind(clock + lease.length.num_microseconds().unwrap_or(0))
        .bind(i64::from(alone))
        .bind(clock)
        .fetch_all(&self.pool)
        .await?;
        let mut taken = rows.iter().map(occurrence).collect::<Result<Vec<_>>>()?;
        taken.sort_by_key(|occurrence| (occurrence.slot, occurrence.id));
        Ok(taken)
    }

    /// Writes down how an occurrence ended. False if somebody else has taken it over since. An edition that was being
    /// made for it has failed.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn record(
        &self,
        occurrence: &Occurrence,
        outcome: Outcome,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let mut tx = self.begin().await?;
        let recorded = record(&mut tx, occurrence, outcome, reason, now).await?;
        if recorded {
            sqlx::query("UPDATE edition SET state = 'failed', reason = $2 WHERE occurrence = $1 AND state = 'making'")
                .bind(occurrence.id)
                .bind(reason.to_owned())
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(recorded)
    }

    /// The newest occurrences, of one schedule or of all; newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn occurrences(&self, schedule: Option<&str>, limit: i64) -> Result<Vec<Occurrence>> {
        // Two texts, so that each can go by an index.
        let which = if schedule.is_some() { "schedule = $1" } else { "$1 = ''" };
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM occurrence WHERE {which} ORDER BY slot_utc DESC, id DESC LIMIT $2"
        )))
        .bind(schedule.unwrap_or_default().to_owned())
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(occurrence).collect()
    }
}

/// After a restore: no schedule makes up what lies between the backup and now, and nobody is at work any more.
pub(super) async fn cursors_to(tx: &mut Transaction<'_, Any>, now: DateTime<Utc>) -> Result<()> {
    sqlx::query("UPDATE schedule SET cursor_at = $1 WHERE cursor_at < $1").bind(micros(now)).execute(&mut **tx).await?;
    sqlx::query(
        "UPDATE occurrence SET outcome = $1, reason = $2, ended_at = $3, owner = NULL, lease_until = NULL
         WHERE outcome IS NULL",
    )
    .bind(Outcome::Failed.word())
    .bind(RESTORED)
    .bind(micros(now))
    .execute(&mut **tx)
    .await?;
    sqlx::query("UPDATE edition SET state = 'failed', reason = $1 WHERE state = 'making'")
        .bind(RESTORED)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

fn schedule_state(row: &AnyRow) -> Result<ScheduleState> {
    let paused: Option<i64> = row.try_get("paused_at")?;
    Ok(ScheduleState { cursor: time(row.try_get("cursor_at")?)?, paused: paused.map(time).transpose()? })
}

/// One step of a schedule's cursor.
#[derive(Debug)]
pub struct Step<'a> {
    /// `brief/schedule`
    pub schedule: &'a str,
    /// Where the cursor was seen
    pub from: DateTime<Utc>,
    /// Where it goes
    pub to: DateTime<Utc>,
    /// The slot to claim
    pub claim: Option<&'a Slot>,
    /// Slots that end here, with their outcome and reason
    pub settled: &'a [(Slot, Outcome, String)],
}

/// Who claims, when and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Lease<'a> {
    /// The process' random id
    pub owner: &'a str,
    /// Now
    pub now: DateTime<Utc>,
    /// After that somebody else may take over
    pub length: TimeDelta,
}

#[expect(clippy::too_many_arguments, reason = "the columns of one row")]
async fn insert(
    tx: &mut Transaction<'_, Any>,
    schedule: &str,
    kind: OccurrenceKind,
    slot: DateTime<Utc>,
    nonce: &str,
    actor: &str,
    until: i64,
    lease: &Lease<'_>,
) -> Result<Option<Occurrence>> {
    let row = sqlx::query(sqlx::AssertSqlSafe(format!(
        "INSERT INTO occurrence (schedule, kind, slot_utc, nonce, due_utc, reason, actor, owner, attempt, lease_until,
         claimed_at) VALUES ($1, $2, $3, $4, $3, '', $5, $6, 1, $7, $8) ON CONFLICT DO NOTHING RETURNING {COLUMNS}"
    )))
    .bind(schedule.to_owned())
    .bind(kind.word())
    .bind(micros(slot))
    .bind(nonce.to_owned())
    .bind(actor.to_owned())
    .bind(lease.owner.to_owned())
    .bind(until)
    .bind(micros(lease.now))
    .fetch_optional(&mut **tx)
    .await?;
    row.as_ref().map(occurrence).transpose()
}

pub(super) async fn record(
    tx: &mut Transaction<'_, Any>,
    occurrence: &Occurrence,
    outcome: Outcome,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE occurrence SET outcome = $3, reason = $4, ended_at = $5, owner = NULL, lease_until = NULL
         WHERE id = $1 AND attempt = $2 AND outcome IS NULL",
    )
    .bind(occurrence.id)
    .bind(occurrence.attempt)
    .bind(outcome.word())
    .bind(reason.to_owned())
    .bind(micros(now))
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

fn occurrence(row: &AnyRow) -> Result<Occurrence> {
    let kind: String = row.try_get("kind")?;
    let outcome: Option<String> = row.try_get("outcome")?;
    let ended: Option<i64> = row.try_get("ended_at")?;
    Ok(Occurrence {
        id: row.try_get("id")?,
        schedule: row.try_get("schedule")?,
        kind: if kind == "manual" { OccurrenceKind::Manual } else { OccurrenceKind::Scheduled },
        slot: time(row.try_get("slot_utc")?)?,
        outcome: outcome
            .map(|word| word.parse().map_err(|_| Error::Corrupt(format!("the outcome `{word}`"))))
            .transpose()?,
        reason: row.try_get("reason")?,
        actor: row.try_get("actor")?,
        attempt: row.try_get("attempt")?,
        ended: ended.map(time).transpose()?,
    })
}

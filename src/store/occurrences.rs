//! The ledger: what became of each occurrence. Which slot is due is decided in `schedule` and by the timekeeper; here a slot
//! is claimed exactly once, by whom, and its end is written down. Where each schedule stands is in `schedules`.
//!
//! Long, since all that is done to this one table stands together.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use sqlx::{Any, Row, Transaction, any::AnyRow};

use super::{Error, Result, Store, backup::RESTORED, micros, time, word};
use crate::{
    base::ids::{OccurrenceId, ScheduleId},
    time::schedule::{MAX_AT_ONCE, Outcome, Overlap, ScheduledOccurrence, SkippedOccurrence},
};

/// Why an occurrence is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OccurrenceKind {
    /// Its schedule's slot came.
    Scheduled,
    /// A person has a slot made up that was long ago; it does not count as that slot's own.
    Backfill,
    /// A person asked for it; it takes no slot.
    Manual,
}

impl OccurrenceKind {
    /// The word in the ledger.
    pub const fn word(self) -> &'static str {
        match self {
            OccurrenceKind::Scheduled => "scheduled",
            OccurrenceKind::Backfill => "backfill",
            OccurrenceKind::Manual => "manual",
        }
    }
}

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Occurrence {
    /// Its number in the ledger
    pub id: OccurrenceId,
    /// `brief/schedule`; for a manual one `brief`
    pub schedule: ScheduleId,
    /// Why it is there
    pub kind: OccurrenceKind,
    /// The nominal second
    pub slot: DateTime<Utc>,
    /// When it was to be begun: jitter and days off move that
    pub due: DateTime<Utc>,
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

pub(super) const COLUMNS: &str = "id, schedule, kind, slot_utc, due_utc, outcome, reason, actor, attempt, ended_at";

impl Store {
    /// Moves a schedule's cursor from where it was seen, claims what is due and records what passes, all at once. While an
    /// earlier edition of the schedule is being made, what is due waits or passes as `overlap` says. `None` if the cursor
    /// was not there any more: another process was faster.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn advance(&self, step: &Step<'_>, lease: &Lease<'_>) -> Result<Option<Advanced>> {
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
        for passed in step.passed {
            pass(&mut tx, step.schedule, passed, lease.now).await?;
        }
        let mut advanced = Advanced::default();
        let busy = if step.run.is_empty() { None } else { busy(&mut tx, step).await? };
        for coming in step.run {
            if let Some(reason) = &busy {
                let passed = SkippedOccurrence {
                    occurrence: coming.clone(),
                    outcome: Outcome::SkippedOverlap,
                    reason: reason.clone(),
                };
                pass(&mut tx, step.schedule, &passed, lease.now).await?;
                advanced.overlapped.push(passed);
                continue;
            }
            let new = New {
                schedule: step.schedule,
                kind: OccurrenceKind::Scheduled,
                slot: coming.slot.utc,
                due: coming.due,
                nonce: "",
                actor: "",
            };
            advanced.claimed.extend(insert(&mut tx, &new, until, lease).await?);
        }
        tx.commit().await?;
        Ok(Some(advanced))
    }

    /// Is an occurrence of the same schedule open that was due before this one?
    ///
    /// # Errors
    /// Those of the database.
    pub async fn has_earlier(&self, occurrence: &Occurrence) -> Result<bool> {
        let row = sqlx::query(
            "SELECT 1 FROM occurrence WHERE outcome IS NULL AND schedule = $1 AND kind <> 'backfill'
             AND (due_utc < $2 OR due_utc = $2 AND id < $3) LIMIT 1",
        )
        .bind(occurrence.schedule.to_string())
        .bind(micros(occurrence.due))
        .bind(occurrence.id)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.is_some())
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
        let new = New { schedule: brief, kind: OccurrenceKind::Manual, slot, due: slot, nonce, actor };
        let claimed = insert(&mut tx, &new, until, lease).await?;
        tx.commit().await?;
        claimed.ok_or_else(|| Error::Corrupt(format!("a manual occurrence {nonce} that is there already")))
    }

    /// A slot of long ago that a person has made up. `None` if that was done already, or is being done; one that failed is
    /// begun again.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn backfill(
        &self,
        schedule: &str,
        slot: DateTime<Utc>,
        actor: &str,
        lease: &Lease<'_>,
    ) -> Result<Option<Occurrence>> {
        let until = self.lease_clock(lease.now).await? + lease.length.num_microseconds().unwrap_or(0);
        let mut tx = self.begin().await?;
        let new = New { schedule, kind: OccurrenceKind::Backfill, slot, due: slot, nonce: "", actor };
        let mut claimed = insert(&mut tx, &new, until, lease).await?;
        if claimed.is_none() {
            let row = sqlx::query(sqlx::AssertSqlSafe(format!(
                "UPDATE occurrence SET outcome = NULL, ended_at = NULL, owner = $3, lease_until = $4, actor = $5,
                 attempt = attempt + 1
                 WHERE schedule = $1 AND kind = 'backfill' AND slot_utc = $2 AND outcome = 'failed' RETURNING {COLUMNS}"
            )))
            .bind(schedule.to_owned())
            .bind(micros(slot))
            .bind(lease.owner.to_owned())
            .bind(until)
            .bind(actor.to_owned())
            .fetch_optional(&mut *tx)
            .await?;
            claimed = row.as_ref().map(occurrence).transpose()?;
        }
        tx.commit().await?;
        Ok(claimed)
    }

    /// Slots that passed while their schedule was paused, and were due at `from` or later, are open again: whoever looks
    /// next has them made. The newest one only, unless `all`. Gives how many.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn make_up(&self, schedule: &str, from: DateTime<Utc>, all: bool, actor: &str) -> Result<u64> {
        let which = if all { "" } else { " ORDER BY due_utc DESC, id DESC LIMIT 1" };
        let done = sqlx::query(sqlx::AssertSqlSafe(format!(
            "UPDATE occurrence SET outcome = NULL, reason = '', ended_at = NULL, owner = NULL, lease_until = 0, actor = $3
             WHERE id IN (SELECT id FROM occurrence WHERE schedule = $1 AND kind = 'scheduled' AND outcome = 'paused'
             AND due_utc >= $2{which})"
        )))
        .bind(schedule.to_owned())
        .bind(micros(from))
        .bind(actor.to_owned())
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
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

    /// The occurrence of a slot that the schedule itself had, if there is one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn occurrence_of(&self, schedule: &str, slot: DateTime<Utc>) -> Result<Option<Occurrence>> {
        self.occurrence_at(schedule, OccurrenceKind::Scheduled, slot).await
    }

    async fn occurrence_at(
        &self,
        schedule: &str,
        kind: OccurrenceKind,
        slot: DateTime<Utc>,
    ) -> Result<Option<Occurrence>> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM occurrence WHERE schedule = $1 AND kind = $2 AND slot_utc = $3"
        )))
        .bind(schedule.to_owned())
        .bind(kind.word())
        .bind(micros(slot))
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(occurrence).transpose()
    }

    /// The occurrence by which a person had a slot made up, if there is one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn backfill_of(&self, schedule: &str, slot: DateTime<Utc>) -> Result<Option<Occurrence>> {
        self.occurrence_at(schedule, OccurrenceKind::Backfill, slot).await
    }

    /// A schedule's own occurrences that were to have an edition, newest first: none that passed by a rule or a pause.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn expected(&self, schedule: &str, limit: usize) -> Result<Vec<Occurrence>> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM occurrence WHERE schedule = $1 AND kind = 'scheduled'
             AND (outcome IS NULL OR outcome IN ('ran', 'late', 'held-by-gate', 'failed', 'skipped-catch-up'))
             ORDER BY slot_utc DESC LIMIT $2"
        )))
        .bind(schedule.to_owned())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(occurrence).collect()
    }

    /// Whoever looks next may take over what this owner has and did not end.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn let_go(&self, owner: &str) -> Result<()> {
        sqlx::query("UPDATE occurrence SET owner = NULL, lease_until = 0 WHERE outcome IS NULL AND owner = $1")
            .bind(owner.to_owned())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The schedules of which something is open, or did not end well.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn amiss(&self) -> Result<Vec<ScheduleId>> {
        let rows = sqlx::query(
            "SELECT DISTINCT schedule FROM occurrence WHERE kind = 'scheduled'
             AND (outcome IS NULL OR outcome IN ('held-by-gate', 'failed', 'skipped-catch-up'))",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| word(row, "schedule")).collect()
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

/// One step of a schedule's cursor.
#[derive(Debug)]
pub struct Step<'a> {
    /// `brief/schedule`
    pub schedule: &'a str,
    /// Where the cursor was seen
    pub from: DateTime<Utc>,
    /// Where it goes
    pub to: DateTime<Utc>,
    /// What is to be claimed, earliest first
    pub run: &'a [ScheduledOccurrence],
    /// What ends here, with its outcome and reason
    pub passed: &'a [SkippedOccurrence],
    /// What becomes of `run` while an earlier one is open
    pub overlap: Overlap,
}

/// What a step did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Advanced {
    /// Is ours now, earliest first
    pub claimed: Vec<Occurrence>,
    /// Skipped, because an earlier one was open
    pub overlapped: Vec<SkippedOccurrence>,
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

/// Why nothing of a step is claimed now, if that is so.
async fn busy(tx: &mut Transaction<'_, Any>, step: &Step<'_>) -> Result<Option<String>> {
    if step.overlap == Overlap::Allow {
        return Ok(None);
    }
    let row = sqlx::query(
        "SELECT COUNT(*), MIN(slot_utc) FROM occurrence WHERE outcome IS NULL AND schedule = $1 AND kind <> 'backfill'",
    )
    .bind(step.schedule.to_owned())
    .fetch_one(&mut **tx)
    .await?;
    let (count, oldest): (i64, Option<i64>) = (row.try_get(0)?, row.try_get(1)?);
    let Some(oldest) = oldest.map(time).transpose()? else { return Ok(None) };
    let oldest = oldest.format("%F %T UTC");
    Ok(match step.overlap {
        Overlap::Queue if usize::try_from(count).is_ok_and(|count| count < MAX_AT_ONCE) => None,
        Overlap::Queue => Some(format!("{count} slots wait already, the oldest of {oldest}")),
        Overlap::Skip | Overlap::Allow => Some(format!("the edition of {oldest} was still being made")),
    })
}

async fn pass(
    tx: &mut Transaction<'_, Any>,
    schedule: &str,
    passed: &SkippedOccurrence,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO occurrence (schedule, kind, slot_utc, nonce, due_utc, outcome, reason, actor, attempt,
         claimed_at, ended_at) VALUES ($1, 'scheduled', $2, '', $3, $4, $5, '', 0, $6, $6)
         ON CONFLICT DO NOTHING",
    )
    .bind(schedule.to_owned())
    .bind(micros(passed.occurrence.slot.utc))
    .bind(micros(passed.occurrence.due))
    .bind(passed.outcome.word())
    .bind(passed.reason.clone())
    .bind(micros(now))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// An occurrence that is not there yet.
struct New<'a> {
    schedule: &'a str,
    kind: OccurrenceKind,
    slot: DateTime<Utc>,
    due: DateTime<Utc>,
    nonce: &'a str,
    actor: &'a str,
}

async fn insert(
    tx: &mut Transaction<'_, Any>,
    new: &New<'_>,
    until: i64,
    lease: &Lease<'_>,
) -> Result<Option<Occurrence>> {
    let row = sqlx::query(sqlx::AssertSqlSafe(format!(
        "INSERT INTO occurrence (schedule, kind, slot_utc, nonce, due_utc, reason, actor, owner, attempt, lease_until,
         claimed_at) VALUES ($1, $2, $3, $4, $5, '', $6, $7, 1, $8, $9) ON CONFLICT DO NOTHING RETURNING {COLUMNS}"
    )))
    .bind(new.schedule.to_owned())
    .bind(new.kind.word())
    .bind(micros(new.slot))
    .bind(new.nonce.to_owned())
    .bind(micros(new.due))
    .bind(new.actor.to_owned())
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

pub(super) fn occurrence(row: &AnyRow) -> Result<Occurrence> {
    let kind: String = row.try_get("kind")?;
    let outcome: Option<String> = row.try_get("outcome")?;
    let ended: Option<i64> = row.try_get("ended_at")?;
    Ok(Occurrence {
        id: row.try_get("id")?,
        schedule: word(row, "schedule")?,
        kind: match kind.as_str() {
            "manual" => OccurrenceKind::Manual,
            "backfill" => OccurrenceKind::Backfill,
            _ => OccurrenceKind::Scheduled,
        },
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

//! How slots are claimed, taken over and ended. A slot is claimed once, by a row that can exist only once.

use chrono::{DateTime, Utc};
use sqlx::{Any, Row, Transaction};

use super::{
    Ledger, Occurrence, OccurrenceKind,
    occurrence::{COLUMNS, occurrence},
};
use crate::{
    base::ids::ScheduleId,
    store::{
        Error, Result,
        columns::{micros, time},
        dialect::sql,
        lease::Lease,
    },
    time::schedule::{MAX_AT_ONCE, Outcome, Overlap, ScheduledOccurrence, SkippedOccurrence},
};

/// One step of a schedule's cursor.
#[derive(Debug)]
pub struct Step<'a> {
    /// The schedule's id.
    pub schedule: &'a ScheduleId,
    /// The cursor as it was seen.
    pub from: DateTime<Utc>,
    /// The cursor's new time.
    pub to: DateTime<Utc>,
    /// Slots to claim, the earliest first.
    pub run: &'a [ScheduledOccurrence],
    /// Slots that end here, with their outcome and reason.
    pub passed: &'a [SkippedOccurrence],
    /// The rule for `run` while an earlier occurrence is open.
    pub overlap: Overlap,
}

/// The outcome of a step.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Advanced {
    /// Occurrences that are ours now, the earliest first.
    pub claimed: Vec<Occurrence>,
    /// Slots that passed because an earlier occurrence was open.
    pub overlapped: Vec<SkippedOccurrence>,
}

impl Ledger<'_> {
    /// Moves a schedule's cursor from where it was seen, claims what is due and records what passes, all at once. While an
    /// earlier edition of the schedule is being made, what is due waits or passes as `overlap` says. Returns `None` if the
    /// cursor has moved since: another process was faster.
    pub async fn advance(self, step: &Step<'_>, lease: &Lease<'_>) -> Result<Option<Advanced>> {
        let until = self.store.lease_times(lease).await?.until;
        let mut tx = self.store.begin().await?;
        let moved = sqlx::query("UPDATE schedule SET cursor_at = $3 WHERE id = $1 AND cursor_at = $2")
            .bind(step.schedule.to_string())
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
            let new = NewOccurrence {
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

    /// Begins an occurrence that a person asks for: it takes no slot. `nonce` is a random word that tells two of the same
    /// second apart.
    pub async fn manual_occurrence(
        self,
        brief: &str,
        slot: DateTime<Utc>,
        nonce: &str,
        actor: &str,
        lease: &Lease<'_>,
    ) -> Result<Occurrence> {
        let until = self.store.lease_times(lease).await?.until;
        let mut tx = self.store.begin().await?;
        let schedule = ScheduleId::of_brief(brief);
        let new = NewOccurrence { schedule: &schedule, kind: OccurrenceKind::Manual, slot, due: slot, nonce, actor };
        let claimed = insert(&mut tx, &new, until, lease).await?;
        tx.commit().await?;
        claimed.ok_or_else(|| Error::Corrupt(format!("a manual occurrence {nonce} that is there already")))
    }

    /// Begins an occurrence for a slot of long ago that a person has made up. Returns `None` if that was done already, or is
    /// being done; one that failed begins again.
    pub async fn backfill(
        self,
        schedule: &ScheduleId,
        slot: DateTime<Utc>,
        actor: &str,
        lease: &Lease<'_>,
    ) -> Result<Option<Occurrence>> {
        let until = self.store.lease_times(lease).await?.until;
        let mut tx = self.store.begin().await?;
        let new = NewOccurrence { schedule, kind: OccurrenceKind::Backfill, slot, due: slot, nonce: "", actor };
        let mut claimed = insert(&mut tx, &new, until, lease).await?;
        if claimed.is_none() {
            let row = sqlx::query(sql(format!(
                "UPDATE occurrence SET outcome = NULL, ended_at = NULL, owner = $3, lease_until = $4, actor = $5,
                 attempt = attempt + 1
                 WHERE schedule = $1 AND kind = 'backfill' AND slot_utc = $2 AND outcome = 'failed' RETURNING {COLUMNS}"
            )))
            .bind(schedule.to_string())
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

    /// Opens slots again that passed while their schedule was paused and were due at `from` or later; the next look of any
    /// process has them made. Only the newest of them, unless `all`. Returns how many.
    pub async fn make_up(self, schedule: &ScheduleId, from: DateTime<Utc>, all: bool, actor: &str) -> Result<u64> {
        let which = if all { "" } else { " ORDER BY due_utc DESC, id DESC LIMIT 1" };
        let done = sqlx::query(sql(format!(
            "UPDATE occurrence SET outcome = NULL, reason = '', ended_at = NULL, owner = NULL, lease_until = 0, actor = $3
             WHERE id IN (SELECT id FROM occurrence WHERE schedule = $1 AND kind = 'scheduled' AND outcome = 'paused'
             AND due_utc >= $2{which})"
        )))
        .bind(schedule.to_string())
        .bind(micros(from))
        .bind(actor.to_owned())
        .execute(&self.store.pool)
        .await?;
        Ok(done.rows_affected())
    }

    /// Takes over what other processes began and left: once their lease ran out or, if `alone` (nobody else can be at work),
    /// at once. The oldest come first.
    pub async fn take_over(self, lease: &Lease<'_>, alone: bool) -> Result<Vec<Occurrence>> {
        let times = self.store.lease_times(lease).await?;
        let rows = sqlx::query(sql(format!(
            "UPDATE occurrence SET owner = $1, attempt = attempt + 1, lease_until = $2
             WHERE outcome IS NULL AND (owner IS NULL OR owner <> $1) AND ($3 = 1 OR lease_until < $4)
             RETURNING {COLUMNS}"
        )))
        .bind(lease.owner.to_owned())
        .bind(times.until)
        .bind(i64::from(alone))
        .bind(times.now)
        .fetch_all(&self.store.pool)
        .await?;
        let mut taken = rows.iter().map(occurrence).collect::<Result<Vec<_>>>()?;
        taken.sort_by_key(|occurrence| (occurrence.slot, occurrence.id));
        Ok(taken)
    }

    /// Records how an occurrence ended; an edition that was being made for it has failed. Returns false if another process
    /// has taken the occurrence over since.
    pub async fn record(
        self,
        occurrence: &Occurrence,
        outcome: Outcome,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let mut tx = self.store.begin().await?;
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

    /// Releases what this owner holds and did not end: the next look of any process may take it over.
    pub async fn let_go(self, owner: &str) -> Result<()> {
        sqlx::query("UPDATE occurrence SET owner = NULL, lease_until = 0 WHERE outcome IS NULL AND owner = $1")
            .bind(owner.to_owned())
            .execute(&self.store.pool)
            .await?;
        Ok(())
    }
}

/// After a restore: no schedule makes up what lies between the backup and now, and nobody is at work any more. `why` is noted.
pub(in crate::store) async fn cursors_to(tx: &mut Transaction<'_, Any>, why: &str, now: DateTime<Utc>) -> Result<()> {
    sqlx::query("UPDATE schedule SET cursor_at = $1 WHERE cursor_at < $1").bind(micros(now)).execute(&mut **tx).await?;
    sqlx::query(
        "UPDATE occurrence SET outcome = $1, reason = $2, ended_at = $3, owner = NULL, lease_until = NULL
         WHERE outcome IS NULL",
    )
    .bind(Outcome::Failed.word())
    .bind(why.to_owned())
    .bind(micros(now))
    .execute(&mut **tx)
    .await?;
    sqlx::query("UPDATE edition SET state = 'failed', reason = $1 WHERE state = 'making'")
        .bind(why.to_owned())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Returns why nothing of a step is claimed now, if an earlier occurrence is open.
async fn busy(tx: &mut Transaction<'_, Any>, step: &Step<'_>) -> Result<Option<String>> {
    if step.overlap == Overlap::Allow {
        return Ok(None);
    }
    let row = sqlx::query(
        "SELECT COUNT(*), MIN(slot_utc) FROM occurrence WHERE outcome IS NULL AND schedule = $1 AND kind <> 'backfill'",
    )
    .bind(step.schedule.to_string())
    .fetch_one(&mut **tx)
    .await?;
    let (count, oldest): (i64, Option<i64>) = (row.try_get(0)?, row.try_get(1)?);
    let Some(oldest) = oldest.map(time).transpose()? else { return Ok(None) };
    let oldest = oldest.format("%F %T UTC");
    Ok(match step.overlap {
        Overlap::Queue if usize::try_from(count).is_ok_and(|count| count < MAX_AT_ONCE) => None,
        Overlap::Queue => Some(format!("{count} slots are waiting already, the oldest of {oldest}")),
        Overlap::Skip | Overlap::Allow => Some(format!("the edition of {oldest} was still being made")),
    })
}

/// Records a slot that passes without an edition.
async fn pass(
    tx: &mut Transaction<'_, Any>,
    schedule: &ScheduleId,
    passed: &SkippedOccurrence,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO occurrence (schedule, kind, slot_utc, nonce, due_utc, outcome, reason, actor, attempt,
         claimed_at, ended_at) VALUES ($1, 'scheduled', $2, '', $3, $4, $5, '', 0, $6, $6)
         ON CONFLICT DO NOTHING",
    )
    .bind(schedule.to_string())
    .bind(micros(passed.occurrence.slot.utc))
    .bind(micros(passed.occurrence.due))
    .bind(passed.outcome.word())
    .bind(passed.reason.clone())
    .bind(micros(now))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// An occurrence that is not in the ledger yet.
struct NewOccurrence<'a> {
    schedule: &'a ScheduleId,
    kind: OccurrenceKind,
    slot: DateTime<Utc>,
    due: DateTime<Utc>,
    nonce: &'a str,
    actor: &'a str,
}

/// Claims an occurrence; `None` if it is in the ledger already.
async fn insert(
    tx: &mut Transaction<'_, Any>,
    new: &NewOccurrence<'_>,
    until: i64,
    lease: &Lease<'_>,
) -> Result<Option<Occurrence>> {
    let row = sqlx::query(sql(format!(
        "INSERT INTO occurrence (schedule, kind, slot_utc, nonce, due_utc, reason, actor, owner, attempt, lease_until,
         claimed_at) VALUES ($1, $2, $3, $4, $5, '', $6, $7, 1, $8, $9) ON CONFLICT DO NOTHING RETURNING {COLUMNS}"
    )))
    .bind(new.schedule.to_string())
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

/// Records within a transaction how an occurrence ended. Returns false if another process has taken it over since.
pub(in crate::store) async fn record(
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

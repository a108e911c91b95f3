//! What a person decides about an edition that its gate held: it is released as it is, with the figures and PDFs that were kept,
//! or it is discarded. Either ends the occurrence for good, and who decided stays known.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Any, Row, Transaction};

use super::{
    Edition, Editions, MessageIds,
    correction::superseded_before,
    release::{enqueue, tell_of_release},
};
use crate::{
    base::ids::EditionId,
    store::{Result, columns::micros, outbox::keep_quiet_hours},
    time::schedule::{Outcome, QuietSpan},
};

/// The release of an edition that was held.
#[derive(Debug)]
pub struct HeldRelease<'a> {
    /// Who decided, and why.
    pub why: &'a str,
    /// What its mails' Message-IDs are made from.
    pub message_ids: MessageIds<'a>,
    /// The current time.
    pub now: DateTime<Utc>,
    /// Time after which mails that were not sent are given up.
    pub give_up_after: TimeDelta,
    /// Times in which no mail goes out, in their order.
    pub quiet: &'a [QuietSpan],
}

impl Editions<'_> {
    /// Whether an edition was made when it was held: its texts and PDFs are kept.
    pub async fn is_made(self, edition: EditionId) -> Result<bool> {
        let row = sqlx::query("SELECT 1 FROM edition_text WHERE edition = $1 LIMIT 1").bind(edition);
        Ok(row.fetch_optional(&self.store.pool).await?.is_some())
    }

    /// Releases a held edition with what was kept of it: a delivery for each subscription that is active now. Returns the number
    /// of deliveries; `None` if it is not held any more, a later one went out, or another one supersedes what it was made to.
    pub async fn release_held(self, edition: &Edition, release: &HeldRelease<'_>) -> Result<Option<u64>> {
        let mut tx = self.store.begin().await?;
        // As a release does: the occurrence first.
        self.store.one_at_a_time(&mut tx, &edition.brief).await?;
        let later =
            sqlx::query("SELECT 1 FROM edition WHERE brief = $1 AND number > $2 AND state = 'released' LIMIT 1");
        let later = later.bind(edition.brief.clone()).bind(edition.number).fetch_optional(&mut *tx).await?;
        let is_late = later.is_some() || superseded_before(&mut tx, edition.id).await?.is_some();
        if is_late || !decide(&mut tx, edition.id, "released", release.why, release.now).await? {
            tx.rollback().await?;
            return Ok(None);
        }
        end_occurrence(&mut tx, edition.id, Outcome::Late, release.why).await?;
        keep_quiet_hours(&mut tx, edition.id, release.quiet).await?;
        let until = release.now + release.give_up_after;
        let mails = enqueue(&mut tx, edition, release.message_ids, release.quiet, release.now, until).await?;
        sqlx::query("UPDATE edition SET reason = '', released_at = $2 WHERE id = $1")
            .bind(edition.id)
            .bind(micros(release.now))
            .execute(&mut *tx)
            .await?;
        tell_of_release(self.store, tx, release.now).await?;
        Ok(Some(mails))
    }

    /// Discards a held edition: nothing of it is ever sent, and its number stays. Returns false if it is not held any more.
    pub async fn discard(self, edition: &Edition, why: &str, now: DateTime<Utc>) -> Result<bool> {
        let mut tx = self.store.begin().await?;
        self.store.one_at_a_time(&mut tx, &edition.brief).await?;
        if !decide(&mut tx, edition.id, "discarded", why, now).await? {
            tx.rollback().await?;
            return Ok(false);
        }
        end_occurrence(&mut tx, edition.id, Outcome::Discarded, why).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Discards every edition that is held, since the store is of an earlier time: it may have been released or discarded since.
pub(in crate::store) async fn discard_held(tx: &mut Transaction<'_, Any>, why: &str, now: DateTime<Utc>) -> Result<()> {
    let rows = sqlx::query("SELECT id FROM edition WHERE state = 'held' ORDER BY id").fetch_all(&mut **tx).await?;
    let why = format!("discarded: {why}, and what became of it since is not known");
    for row in rows {
        let edition: EditionId = row.try_get(0)?;
        decide(tx, edition, "discarded", &why, now).await?;
        end_occurrence(tx, edition, Outcome::Discarded, &why).await?;
    }
    Ok(())
}

/// Notes what was decided about an edition that is held. Returns false if it is not.
async fn decide(
    tx: &mut Transaction<'_, Any>,
    edition: EditionId,
    state: &str,
    why: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE edition SET state = $2, decided_at = $3, decided_why = $4 WHERE id = $1 AND state = 'held'",
    )
    .bind(edition)
    .bind(state.to_owned())
    .bind(micros(now))
    .bind(why.to_owned())
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The ledger says what came of the slot in the end.
async fn end_occurrence(tx: &mut Transaction<'_, Any>, edition: EditionId, outcome: Outcome, why: &str) -> Result<()> {
    sqlx::query(
        "UPDATE occurrence SET outcome = $2, reason = CAST($3 AS TEXT) || '; held by: ' || reason
         WHERE outcome = 'held-by-gate' AND id IN (SELECT occurrence FROM edition WHERE id = $1)",
    )
    .bind(edition)
    .bind(outcome.word())
    .bind(why.to_owned())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

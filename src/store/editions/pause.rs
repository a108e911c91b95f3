//! One edition's mails wait because the server refuses us, until a person resumes the edition.

use chrono::{DateTime, Utc};

use sqlx::{Any, Transaction};

use super::{Edition, EditionPause, Editions};
use crate::{
    base::ids::{EditionId, MailId},
    delivery::rules::State,
    store::{
        Result,
        columns::micros,
        dialect::sql,
        hold::GATE,
        outbox::{Claimed, list, next_range, take_claims_back},
    },
};

/// Number of mails that come back in one commit.
const PART: i64 = 2_000;

/// An edition that goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResumedEdition {
    /// The pause that ended; `None` if there was none.
    pub was: Option<EditionPause>,
    /// Number of mails that were put aside, and now wait again.
    pub back: u64,
}

/// Number of paused editions of one brief.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PausedCount {
    /// The brief's id.
    pub brief: String,
    /// Number of its editions that are paused.
    pub count: i64,
}

impl Editions<'_> {
    /// Pauses an edition: none of its mails is sent until `resume`. `refused_with_it` are mails that counted as refused
    /// before it was known that the refusals are not about their readers: they wait again. Returns false if the edition is
    /// paused already, or not being sent.
    pub async fn pause(
        self,
        edition: EditionId,
        why: &str,
        refused_with_it: &[MailId],
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let mut tx = self.store.begin().await?;
        let done = sqlx::query(
            "UPDATE edition SET paused_at = $2, paused_why = $3
             WHERE id = $1 AND paused_at IS NULL AND state = 'released'",
        )
        .bind(edition)
        .bind(micros(now))
        .bind(why.to_owned())
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 1 {
            take_claims_back(self.store, &mut tx, Claimed::OfEdition(edition), why, now).await?;
            refused_wait_again(&mut tx, edition, refused_with_it, now).await?;
        }
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends an edition's pause and those of its domains, and makes the mails wait again that were put aside meanwhile. They
    /// come back in parts: a call that breaks off may be repeated.
    pub async fn resume(self, edition: &Edition, now: DateTime<Utc>) -> Result<ResumedEdition> {
        let mut tx = self.store.begin().await?;
        self.store.one_at_a_time(&mut tx, GATE).await?;
        sqlx::query("DELETE FROM domain_pause WHERE edition = $1").bind(edition.id).execute(&mut *tx).await?;
        sqlx::query("UPDATE edition SET paused_at = NULL, paused_why = NULL WHERE id = $1")
            .bind(edition.id)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        let mut back = 0;
        for state in [State::Pending, State::Deferred] {
            let mut after = None;
            loop {
                let mut tx = self.store.begin().await?;
                let Some(part) = next_range(&mut tx, edition.id, state, after, PART).await? else { break };
                let done = sqlx::query(
                    "UPDATE mail SET due_at = $1 WHERE edition = $2 AND state = $3 AND id > $4 AND id <= $5
                     AND due_at = give_up_at",
                )
                .bind(micros(now))
                .bind(edition.id)
                .bind(state.code())
                .bind(after.map_or(0, MailId::get))
                .bind(part.last)
                .execute(&mut *tx)
                .await?;
                tx.commit().await?;
                back += done.rows_affected();
                after = Some(part.last);
            }
        }
        Ok(ResumedEdition { was: edition.paused.clone(), back })
    }
}

/// Makes mails of an edition wait again that counted as refused, since the refusals were not about their readers.
pub(super) async fn refused_wait_again(
    tx: &mut Transaction<'_, Any>,
    edition: EditionId,
    mails: &[MailId],
    now: DateTime<Utc>,
) -> Result<()> {
    if mails.is_empty() {
        return Ok(());
    }
    sqlx::query(sql(format!(
        "UPDATE mail SET state = {}, due_at = $1, changed_at = $1 WHERE id IN ({}) AND edition = $2 AND state = {}",
        State::Pending.code(),
        list(mails.iter().map(|id| id.get())),
        State::Failed.code()
    )))
    .persistent(false)
    .bind(micros(now))
    .bind(edition)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

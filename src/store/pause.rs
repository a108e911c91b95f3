//! What waits for a person's word: everything (`pause --all`, or after a restore), or one edition whose sender the server
//! refuses. Who pauses and why is decided elsewhere; here it is kept, and nothing gets past it.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{Any, Row, Transaction};

use super::{
    Edition, Result, Setting, Store, micros,
    questions::{list, range, to_park},
    settings, sql,
};
use crate::base::ids::{EditionId, MailId};

/// How many mails of a paused edition are put aside in one step, and come back in one commit.
const STEP: i64 = 2_000;
/// So that a gate and a pause are one after the other, also on PostgreSQL.
pub(super) const GATE: &str = "gate";

/// Everything is paused by a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Who
    pub by: String,
    /// Since when
    pub since: DateTime<Utc>,
    /// Why, in that person's words; may be empty
    pub reason: String,
}

impl fmt::Display for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "paused by {} since {}", self.by, self.since.format("%F %T UTC"))?;
        if self.reason.is_empty() { Ok(()) } else { write!(f, ": {}", self.reason) }
    }
}

/// Why nothing is sent, if that is so.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OnHold {
    /// The store was restored: a person looks at it first. Schedules run.
    pub restored: Option<String>,
    /// A person paused everything, schedules included
    pub paused: Option<Pause>,
}

impl OnHold {
    /// In words.
    pub fn why(&self) -> Option<String> {
        let paused = self.paused.as_ref().map(Pause::to_string);
        let all: Vec<String> = self.restored.iter().cloned().chain(paused).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
}

/// What a pause found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Paused {
    /// The pause that holds now: an earlier one stays
    pub pause: Pause,
    /// Mails that were with a courier and not written; they wait again
    pub taken_back: u64,
    /// Mails whose final dot may be written: what the server says of them is still noted
    pub at_the_dot: i64,
}

/// Why the mails of one edition wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EditionPause {
    /// Since when
    pub since: DateTime<Utc>,
    /// What the server said
    pub why: String,
}

impl Store {
    /// Pauses everything, for every process on this store. When this returns no further mail passes the gate.
    ///
    /// # Errors
    /// Those of the database; then nothing is paused.
    pub async fn pause(&self, pause: Pause) -> Result<Paused> {
        let mut tx = self.begin().await?;
        self.one_at_a_time(&mut tx, GATE).await?;
        let before = read(&mut tx, Setting::Pause).await?.and_then(|text| serde_json::from_str(&text).ok());
        let pause = match before {
            Some(before) => before,
            None => {
                settings::write(&mut tx, Setting::Pause, &super::to_json(&pause)?).await?;
                pause
            }
        };
        let taken_back = self.take_claims_back(&mut tx, None, &pause.to_string(), pause.since).await?;
        let row = sqlx::query("SELECT COUNT(*) FROM mail WHERE state = 2").fetch_one(&mut *tx).await?;
        let at_the_dot = row.try_get(0)?;
        tx.commit().await?;
        Ok(Paused { pause, taken_back, at_the_dot })
    }

    /// Why nothing is sent now, if that is so.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn on_hold(&self) -> Result<OnHold> {
        let restored = self.setting(Setting::Hold).await?;
        let paused = self.setting(Setting::Pause).await?;
        Ok(OnHold { restored, paused: paused.map(|text| read_pause(&text)).transpose()? })
    }

    /// Ends what holds everything up; gives what that was.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn resume(&self) -> Result<OnHold> {
        let was = self.on_hold().await?;
        self.set(Setting::Pause, None).await?;
        self.set(Setting::Hold, None).await?;
        Ok(was)
    }

    /// Pauses an edition: nothing of it is sent until `resume_edition`. `refused_with_it` are mails that were taken for
    /// refused until it was known that the refusals are not about their readers: they wait again. False if it is paused
    /// already, or not being sent.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn pause_edition(
        &self,
        edition: EditionId,
        why: &str,
        refused_with_it: &[MailId],
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let mut tx = self.begin().await?;
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
            self.take_claims_back(&mut tx, Some(edition), why, now).await?;
            let ids = list(refused_with_it.iter().map(|id| id.get()));
            if !ids.is_empty() {
                sqlx::query(sql(format!(
                    "UPDATE mail SET state = 0, due_at = $1, changed_at = $1
                     WHERE id IN ({ids}) AND edition = $2 AND state = 5"
                )))
                .persistent(false)
                .bind(micros(now))
                .bind(edition)
                .execute(&mut *tx)
                .await?;
            }
        }
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends an edition's pause, and has the mails wait again that were put aside meanwhile, part after part: after one
    /// that broke off it can be called again. Gives why it was paused, and how many mails came back.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn resume_edition(&self, edition: &Edition, now: DateTime<Utc>) -> Result<(Option<EditionPause>, u64)> {
        let mut tx = self.begin().await?;
        self.one_at_a_time(&mut tx, GATE).await?;
        sqlx::query("UPDATE edition SET paused_at = NULL, paused_why = NULL WHERE id = $1")
            .bind(edition.id)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        let mut back = 0;
        for state in [0, 4] {
            let mut after = 0;
            loop {
                let mut tx = self.begin().await?;
                let Some((last, _)) = next_range(&mut tx, edition.id, state, after, STEP).await? else { break };
                let done = sqlx::query(
                    "UPDATE mail SET due_at = $1 WHERE edition = $2 AND state = $3 AND id > $4 AND id <= $5
                     AND due_at = give_up_at",
                )
                .bind(micros(now))
                .bind(edition.id)
                .bind(state)
                .bind(after)
                .bind(last)
                .execute(&mut *tx)
                .await?;
                tx.commit().await?;
                back += done.rows_affected();
                after = last;
            }
        }
        Ok((edition.paused.clone(), back))
    }

    /// Mails that are with a courier and not written, of one edition or of all, wait again as if nothing had been: their
    /// dot is refused.
    async fn take_claims_back(
        &self,
        tx: &mut Transaction<'_, Any>,
        edition: Option<EditionId>,
        why: &str,
        now: DateTime<Utc>,
    ) -> Result<u64> {
        let which = if edition.is_some() { "edition = $3" } else { "$3 = 0" };
        let done = sqlx::query(sql(format!(
            "UPDATE mail SET state = 0, reply = $1, changed_at = $2, owner = NULL, lease_until = NULL,
             uncounted = uncounted + 1
             WHERE id IN (SELECT id FROM mail WHERE state = 1 AND {which} ORDER BY id{})",
            self.dialect.locked()
        )))
        .bind(why.to_owned())
        .bind(micros(now))
        .bind(edition.map_or(0, EditionId::get))
        .execute(&mut **tx)
        .await?;
        Ok(done.rows_affected())
    }

    /// Puts mails of a paused edition aside that are due: until they are given up, they are not looked at again. A bounded
    /// number, so that a large edition does not hold up the others.
    pub(super) async fn put_aside(&self, tx: &mut Transaction<'_, Any>, edition: EditionId, now: i64) -> Result<()> {
        self.one_at_a_time(tx, GATE).await?;
        sqlx::query(sql(format!("UPDATE mail SET due_at = give_up_at WHERE id IN ({})", to_park(self.dialect))))
            .persistent(false)
            .bind(now)
            .bind(STEP)
            .bind(edition)
            .execute(&mut **tx)
            .await?;
        Ok(())
    }
}

fn read_pause(text: &str) -> Result<Pause> {
    serde_json::from_str(text).map_err(|error| super::Error::Corrupt(format!("the pause: {error}")))
}

async fn read(tx: &mut Transaction<'_, Any>, setting: Setting) -> Result<Option<String>> {
    let row =
        sqlx::query("SELECT value FROM meta WHERE key = $1").bind(setting.key()).fetch_optional(&mut **tx).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// The next part of an edition's mails in one state, after number `after`: its last number, and how many they are.
pub(super) async fn next_range(
    tx: &mut Transaction<'_, Any>,
    edition: EditionId,
    state: i64,
    after: i64,
    limit: i64,
) -> Result<Option<(i64, i64)>> {
    let row = sqlx::query(sql(range(state))).bind(after).bind(limit).bind(edition).fetch_one(&mut **tx).await?;
    let last: Option<i64> = row.try_get(0)?;
    let count = row.try_get(1)?;
    Ok(last.map(|last| (last, count)))
}

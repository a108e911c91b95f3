//! The quiet hours of editions: when no mail of one goes out. They are reckoned once, at the release, by `schedule`; here
//! they are kept, and mails that become due in them are put off until they end.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::{Any, Row, Transaction};

use super::{Result, Store, micros, questions::to_put_off, sql};
use crate::base::ids::EditionId;

/// How many mails are put off in one step.
const STEP: i64 = 2_000;

/// Keeps when an edition is quiet.
pub(super) async fn keep(
    tx: &mut Transaction<'_, Any>,
    edition: EditionId,
    spans: &[(DateTime<Utc>, DateTime<Utc>)],
) -> Result<()> {
    for (from, until) in spans {
        sqlx::query("INSERT INTO quiet (edition, from_at, until_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(edition)
            .bind(micros(*from))
            .bind(micros(*until))
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// The quiet hours that hold now or are to come, by edition, in UTC microseconds.
pub(super) struct Quiet {
    now: i64,
    spans: HashMap<EditionId, Vec<(i64, i64)>>,
}

impl Quiet {
    pub async fn read(tx: &mut Transaction<'_, Any>, now: i64) -> Result<Quiet> {
        let rows = sqlx::query("SELECT edition, from_at, until_at FROM quiet WHERE until_at > $1")
            .bind(now)
            .fetch_all(&mut **tx)
            .await?;
        let mut spans: HashMap<EditionId, Vec<(i64, i64)>> = HashMap::new();
        for row in rows {
            spans.entry(row.try_get(0)?).or_default().push((row.try_get(1)?, row.try_get(2)?));
        }
        Ok(Quiet { now, spans })
    }

    fn of(&self, edition: EditionId) -> impl Iterator<Item = &(i64, i64)> {
        self.spans.get(&edition).into_iter().flatten()
    }

    /// When those end that hold now.
    pub fn until(&self, edition: EditionId) -> Option<i64> {
        self.of(edition).filter(|(from, _)| *from <= self.now).map(|(_, until)| *until).max()
    }

    /// When the next ones begin.
    pub fn next(&self, edition: EditionId) -> Option<i64> {
        self.of(edition).map(|(from, _)| *from).filter(|from| *from > self.now).min()
    }
}

impl Store {
    /// When no mail of an edition goes out, from and until, in their order.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn quiet(&self, edition: EditionId) -> Result<Vec<(DateTime<Utc>, DateTime<Utc>)>> {
        let rows = sqlx::query("SELECT from_at, until_at FROM quiet WHERE edition = $1 ORDER BY from_at")
            .bind(edition)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|row| Ok((super::time(row.try_get(0)?)?, super::time(row.try_get(1)?)?))).collect()
    }

    /// Puts mails of an edition off that are due: until then, or until they are given up. A bounded number, so that a large
    /// edition does not hold up the others.
    pub(super) async fn put_off(
        &self,
        tx: &mut Transaction<'_, Any>,
        edition: EditionId,
        now: i64,
        until: i64,
    ) -> Result<()> {
        sqlx::query(sql(format!(
            "UPDATE mail SET due_at = CASE WHEN give_up_at < $4 THEN give_up_at ELSE $4 END WHERE id IN ({})",
            to_put_off(self.dialect)
        )))
        .persistent(false)
        .bind(now)
        .bind(STEP)
        .bind(edition)
        .bind(until)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}

//! The quiet hours of editions, during which no mail of an edition goes out. `schedule` computes them once, at the release;
//! here they are kept and read.

use std::collections::HashMap;

use sqlx::{Any, Row, Transaction};

use crate::{
    base::ids::EditionId,
    store::{Result, columns::micros},
    time::schedule::QuietSpan,
};

/// Keeps an edition's quiet hours.
pub(in crate::store) async fn keep(
    tx: &mut Transaction<'_, Any>,
    edition: EditionId,
    spans: &[QuietSpan],
) -> Result<()> {
    for span in spans {
        sqlx::query("INSERT INTO quiet (edition, from_at, until_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(edition)
            .bind(micros(span.from))
            .bind(micros(span.until))
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// The quiet hours that hold now or later, by edition, in UTC microseconds.
pub(super) struct QuietHours {
    now: i64,
    spans: HashMap<EditionId, Vec<(i64, i64)>>,
}

impl QuietHours {
    pub async fn read(tx: &mut Transaction<'_, Any>, now: i64) -> Result<QuietHours> {
        let rows = sqlx::query("SELECT edition, from_at, until_at FROM quiet WHERE until_at > $1")
            .bind(now)
            .fetch_all(&mut **tx)
            .await?;
        let mut spans: HashMap<EditionId, Vec<(i64, i64)>> = HashMap::new();
        for row in rows {
            spans.entry(row.try_get(0)?).or_default().push((row.try_get(1)?, row.try_get(2)?));
        }
        Ok(QuietHours { now, spans })
    }

    fn of(&self, edition: EditionId) -> impl Iterator<Item = &(i64, i64)> {
        self.spans.get(&edition).into_iter().flatten()
    }

    /// Returns the end of the quiet hours that hold now.
    pub fn until(&self, edition: EditionId) -> Option<i64> {
        self.of(edition).filter(|(from, _)| *from <= self.now).map(|(_, until)| *until).max()
    }

    /// Returns the begin of the next quiet hours.
    pub fn next(&self, edition: EditionId) -> Option<i64> {
        self.of(edition).map(|(from, _)| *from).filter(|from| *from > self.now).min()
    }
}

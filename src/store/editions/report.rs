//! The report on an edition that is over: which editions still lack one, and that each gets one. What a report says is not
//! decided here.

use chrono::{DateTime, Utc};

use super::{
    Edition, Editions,
    edition::{COLUMNS, edition},
};
use crate::store::{
    Result,
    columns::micros,
    dialect::sql,
    outbox::{NewMail, put_in, unreported},
};

impl Editions<'_> {
    /// Returns the editions that are over and were not reported: none of their mails is open, or only such as should have
    /// been given up.
    pub async fn unreported(self, now: DateTime<Utc>) -> Result<Vec<Edition>> {
        let rows = sqlx::query(sql(unreported(COLUMNS))).bind(micros(now)).fetch_all(&self.store.pool).await?;
        rows.iter().map(edition).collect()
    }

    /// Puts the report on an edition into the outbox, once. Returns false if another process has done so.
    pub async fn report(self, edition: &Edition, mails: &[NewMail<'_>], now: DateTime<Utc>) -> Result<bool> {
        let mut tx = self.store.begin().await?;
        let done = sqlx::query("UPDATE edition SET reported_at = $2 WHERE id = $1 AND reported_at IS NULL")
            .bind(edition.id)
            .bind(micros(now))
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        // None of its mails waits any more: what is sent again later tries all domains.
        sqlx::query("DELETE FROM domain_pause WHERE edition = $1").bind(edition.id).execute(&mut *tx).await?;
        for mail in mails {
            put_in(&mut *tx, mail).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

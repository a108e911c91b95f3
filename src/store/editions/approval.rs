//! Approvals of an edition that waits for several people. Each is for the PDFs that were kept when it was given: it counts for no
//! others.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{Row, any::AnyRow};

use super::Editions;
use crate::{
    base::ids::EditionId,
    store::{
        Result,
        blobs::sha256,
        columns::{micros, time},
    },
};

/// An approval of an edition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Approval {
    /// Who.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

impl Editions<'_> {
    /// Returns the SHA-256 over the PDFs of an edition, by which an approval names them.
    pub async fn pdfs(self, edition: EditionId) -> Result<String> {
        let rows = sqlx::query("SELECT language, pdf FROM edition_text WHERE edition = $1 ORDER BY language")
            .bind(edition)
            .fetch_all(&self.store.pool)
            .await?;
        let mut all = String::new();
        for row in &rows {
            let (language, pdf): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            all += &format!("{language} {pdf}\n");
        }
        Ok(sha256(all.as_bytes()))
    }

    /// Notes an approval of these PDFs; one of the same person for others is replaced. Returns false if this person has approved
    /// them already.
    pub async fn approve(self, edition: EditionId, pdfs: &str, approval: &Approval) -> Result<bool> {
        let done = sqlx::query(
            "INSERT INTO approval (edition, actor, pdfs, at, reason) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (edition, actor) DO UPDATE SET pdfs = excluded.pdfs, at = excluded.at, reason = excluded.reason
             WHERE approval.pdfs <> excluded.pdfs",
        )
        .bind(edition)
        .bind(approval.by.clone())
        .bind(pdfs.to_owned())
        .bind(micros(approval.at))
        .bind(approval.reason.clone())
        .execute(&self.store.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Returns the approvals of these PDFs, the oldest first.
    pub async fn approvals(self, edition: EditionId, pdfs: &str) -> Result<Vec<Approval>> {
        let rows =
            sqlx::query("SELECT actor, at, reason FROM approval WHERE edition = $1 AND pdfs = $2 ORDER BY at, actor")
                .bind(edition)
                .bind(pdfs.to_owned())
                .fetch_all(&self.store.pool)
                .await?;
        let approval =
            |row: &AnyRow| Ok(Approval { by: row.try_get(0)?, at: time(row.try_get(1)?)?, reason: row.try_get(2)? });
        rows.iter().map(approval).collect()
    }

    /// Returns the schedule of an edition's occurrence, or the brief of one that a person asked for.
    pub async fn schedule(self, edition: EditionId) -> Result<Option<String>> {
        let row =
            sqlx::query("SELECT o.schedule FROM occurrence o JOIN edition e ON e.occurrence = o.id WHERE e.id = $1")
                .bind(edition)
                .fetch_optional(&self.store.pool)
                .await?;
        row.map(|row| Ok(row.try_get(0)?)).transpose()
    }
}

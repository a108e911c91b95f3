//! Links to drafts: who may see an edition before it goes out, until when. The tokens of these links are made elsewhere.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{Row, any::AnyRow};

use super::{ArchivedEdition, EditionState, Editions, archive::archived};
use crate::{
    base::{ids::EditionId, language::Language},
    store::{
        Result,
        columns::{micros, time, word},
    },
};

/// A link to an edition's draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Share {
    /// Its number: random, below 2⁴⁰.
    #[serde(skip)]
    pub id: i64,
    /// The edition.
    #[serde(skip)]
    pub edition: EditionId,
    /// When it was made.
    pub made: DateTime<Utc>,
    /// From then on it opens nothing.
    pub ends: DateTime<Utc>,
    /// Who made it.
    pub by: String,
}

/// What a link to a draft leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedEdition {
    /// The edition's brief.
    pub brief: String,
    /// What became of the edition since.
    pub state: EditionState,
    /// When it was taken back.
    pub withdrawn: Option<DateTime<Utc>>,
    /// Its languages, as they are kept.
    pub drafts: Vec<ArchivedEdition>,
}

impl Editions<'_> {
    /// Keeps a link. Returns false if its number is taken: then nothing is kept.
    pub async fn share(self, share: &Share) -> Result<bool> {
        let done = sqlx::query(
            "INSERT INTO share (id, edition, made_at, ends_at, actor) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        )
        .bind(share.id)
        .bind(share.edition)
        .bind(micros(share.made))
        .bind(micros(share.ends))
        .bind(share.by.clone())
        .execute(&self.store.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends all links to an edition's draft that are good at `now`. Returns how many there were.
    pub async fn end_shares(self, edition: EditionId, now: DateTime<Utc>) -> Result<u64> {
        let done = sqlx::query("UPDATE share SET ends_at = $2 WHERE edition = $1 AND ends_at > $2")
            .bind(edition)
            .bind(micros(now))
            .execute(&self.store.pool)
            .await?;
        Ok(done.rows_affected())
    }

    /// Returns the links to an edition's draft, the newest first.
    pub async fn shares(self, edition: EditionId) -> Result<Vec<Share>> {
        let rows = sqlx::query("SELECT * FROM share WHERE edition = $1 ORDER BY made_at DESC, id")
            .bind(edition)
            .fetch_all(&self.store.pool)
            .await?;
        rows.iter().map(share).collect()
    }

    /// Returns the link with this number.
    pub async fn share_of(self, id: i64) -> Result<Option<Share>> {
        let row = sqlx::query("SELECT * FROM share WHERE id = $1").bind(id).fetch_optional(&self.store.pool).await?;
        row.as_ref().map(share).transpose()
    }

    /// Returns what a link to this edition's draft shows; `None` if there is no such edition.
    pub async fn shared(self, edition: EditionId) -> Result<Option<SharedEdition>> {
        let row = sqlx::query("SELECT brief, state, withdrawn_at FROM edition WHERE id = $1")
            .bind(edition)
            .fetch_optional(&self.store.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let rows = sqlx::query(
            "SELECT e.number, e.slot_utc, e.released_at, t.language, t.subject, t.pdf, t.pdf_name, t.pdf_ascii_name,
             t.pages, CAST(LENGTH(b.bytes) AS BIGINT) AS pdf_bytes,
             p.headline, p.summary, p.issue, p.dated, p.html, p.picture, p.figures,
             CAST(NULL AS BIGINT) AS superseded_by, CAST(NULL AS BIGINT) AS superseded_at,
             CAST(NULL AS BIGINT) AS corrects
             FROM edition e JOIN edition_text t ON t.edition = e.id JOIN blob b ON b.sha256 = t.pdf
             LEFT JOIN edition_page p ON p.edition = e.id AND p.language = t.language
             WHERE e.id = $1",
        )
        .bind(edition)
        .fetch_all(&self.store.pool)
        .await?;
        let mut drafts = rows.iter().map(archived).collect::<Result<Vec<_>>>()?;
        drafts.sort_by_key(|draft| Language::ALL.iter().position(|language| *language == draft.language));
        Ok(Some(SharedEdition {
            brief: row.try_get("brief")?,
            state: word(&row, "state")?,
            withdrawn: row.try_get::<Option<i64>, _>("withdrawn_at")?.map(time).transpose()?,
            drafts,
        }))
    }
}

fn share(row: &AnyRow) -> Result<Share> {
    Ok(Share {
        id: row.try_get("id")?,
        edition: row.try_get("edition")?,
        made: time(row.try_get("made_at")?)?,
        ends: time(row.try_get("ends_at")?)?,
        by: row.try_get("actor")?,
    })
}

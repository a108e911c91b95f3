//! Editions: numbers, frozen snapshots, texts and PDFs. [`release`] makes and ends them, [`pause`] and [`domain_pause`] hold
//! their mails back, [`report`] tells the operators how they went, [`archive`] shows readers those that went out; [`share`] keeps who may see a draft; here they are
//! read. What goes into an edition is decided in `edition`.

mod approval;
mod archive;
mod correction;
mod decision;
mod domain_pause;
mod edition;
mod made_of;
mod pause;
mod release;
mod report;
mod share;

use chrono::{DateTime, Utc};
use sqlx::Row;

pub(super) use self::decision::discard_held;
use self::edition::{COLUMNS, edition};
pub use self::{
    approval::Approval,
    archive::{ArchivePart, ArchivedEdition, ArchivedPage, ArchivedPdf, EditionPage},
    correction::{CorrectionRecord, NewCorrection},
    decision::HeldRelease,
    domain_pause::{DomainPause, ResumedDomain},
    edition::{Edition, EditionDecision, EditionPause, EditionState, EditionText, EditionWithdrawal, HeldEdition},
    made_of::{KeptFile, MadeOf, MadeOn},
    pause::{PausedCount, ResumedEdition},
    release::{HeldContent, MessageIds, NewEdition, Release},
    share::{Share, SharedEdition},
};
use super::{
    Error, Result, Store,
    columns::{time, word},
    dialect::sql,
    outbox::codes,
};
use crate::{
    base::{
        ids::{EditionId, EditionName},
        language::Language,
        problem::Problems,
    },
    delivery::rules::State,
    time::schedule::QuietSpan,
};

/// Held editions that no later one made moot.
pub(super) const HELD: &str = "SELECT brief, number, slot_utc FROM edition e WHERE state = 'held' AND NOT EXISTS
     (SELECT 1 FROM edition later WHERE later.brief = e.brief AND later.number > e.number
     AND later.state = 'released') ORDER BY brief, number";

/// Editions that are paused since the server refuses us.
pub(super) const PAUSED: &str = "SELECT brief, COUNT(*) FROM edition
     WHERE paused_at IS NOT NULL AND state = 'released' GROUP BY brief ORDER BY brief";

/// Which editions are meant; all that are not named are meant.
#[derive(Debug, Clone, Copy, Default)]
pub struct EditionQuery<'a> {
    /// Those of this brief.
    pub brief: Option<&'a str>,
    /// Those in this state.
    pub state: Option<EditionState>,
}

/// The editions of a store.
#[derive(Debug, Clone, Copy)]
pub struct Editions<'a> {
    pub(super) store: &'a Store,
}

impl Editions<'_> {
    /// Returns the edition with this name.
    pub async fn named(self, name: &EditionName) -> Result<Option<Edition>> {
        let row = sqlx::query(sql(format!("SELECT {COLUMNS} FROM edition WHERE brief = $1 AND number = $2")))
            .bind(name.brief.clone())
            .bind(name.number)
            .fetch_optional(&self.store.pool)
            .await?;
        row.as_ref().map(edition).transpose()
    }

    /// Returns the newest edition of a brief that was released, and not stopped since.
    pub async fn last_released(self, brief: &str) -> Result<Option<Edition>> {
        let row = sqlx::query(sql(format!(
            "SELECT {COLUMNS} FROM edition WHERE brief = $1 AND state = 'released'
             ORDER BY number DESC LIMIT 1"
        )))
        .bind(brief.to_owned())
        .fetch_optional(&self.store.pool)
        .await?;
        row.as_ref().map(edition).transpose()
    }

    /// Returns the newest edition of a brief that was released for a slot before `slot`, and not stopped since.
    pub async fn last_released_before(self, brief: &str, slot: DateTime<Utc>) -> Result<Option<Edition>> {
        let row = sqlx::query(sql(format!(
            "SELECT {COLUMNS} FROM edition WHERE brief = $1 AND state = 'released' AND slot_utc < $2
             ORDER BY number DESC LIMIT 1"
        )))
        .bind(brief.to_owned())
        .bind(slot.timestamp_micros())
        .fetch_optional(&self.store.pool)
        .await?;
        row.as_ref().map(edition).transpose()
    }

    /// Returns the keys of the figures that an edition printed, packed, by language.
    pub async fn figures(self, edition: EditionId) -> Result<Vec<(Language, String)>> {
        let rows = sqlx::query("SELECT language, figures FROM edition_page WHERE edition = $1 ORDER BY language")
            .bind(edition)
            .fetch_all(&self.store.pool)
            .await?;
        rows.iter().map(|row| Ok((word(row, "language")?, row.try_get("figures")?))).collect()
    }

    /// Returns the keys of the files that an edition was made from, by their names: `template/en.md`, `config/…`. Their bytes
    /// are blobs.
    pub async fn inputs(self, edition: EditionId) -> Result<Vec<(String, String)>> {
        let rows = sqlx::query("SELECT name, sha256 FROM edition_input WHERE edition = $1 ORDER BY name")
            .bind(edition)
            .fetch_all(&self.store.pool)
            .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// Returns what a person must mend for an edition like this one to pass; none if it was not held, or by an earlier version.
    pub async fn problems(self, edition: EditionId) -> Result<Problems> {
        let row =
            sqlx::query("SELECT problems FROM edition WHERE id = $1").bind(edition).fetch_one(&self.store.pool).await?;
        let text: Option<String> = row.try_get(0)?;
        let read = |text: String| serde_json::from_str(&text).map_err(|error| Error::Corrupt(error.to_string()));
        Ok(text.map(read).transpose()?.unwrap_or_default())
    }

    /// Returns the name of an edition.
    pub async fn name(self, id: EditionId) -> Result<Option<EditionName>> {
        let row = sqlx::query("SELECT brief, number FROM edition WHERE id = $1")
            .bind(id)
            .fetch_optional(&self.store.pool)
            .await?;
        row.map(|row| Ok(EditionName { brief: row.try_get(0)?, number: row.try_get(1)? })).transpose()
    }

    /// Returns up to `limit` editions of one brief or of all, the newest first.
    pub async fn newest(self, brief: Option<&str>, limit: i64) -> Result<Vec<Edition>> {
        self.listed(EditionQuery { brief, state: None }, limit).await
    }

    /// As `newest`, for any query.
    pub async fn listed(self, query: EditionQuery<'_>, limit: i64) -> Result<Vec<Edition>> {
        let rows = sqlx::query(sql(format!(
            "SELECT {COLUMNS} FROM edition WHERE ($1 = '' OR brief = $1) AND ($3 = '' OR state = $3)
             ORDER BY id DESC LIMIT $2"
        )))
        .bind(query.brief.unwrap_or_default().to_owned())
        .bind(limit)
        .bind(query.state.map_or("", EditionState::word))
        .fetch_all(&self.store.pool)
        .await?;
        rows.iter().map(edition).collect()
    }

    /// Returns an edition's text and PDF in one language.
    pub async fn text(self, edition: EditionId, language: Language) -> Result<Option<EditionText>> {
        let row = sqlx::query("SELECT * FROM edition_text WHERE edition = $1 AND language = $2")
            .bind(edition)
            .bind(language.code())
            .fetch_optional(&self.store.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(EditionText {
            language: word(&row, "language")?,
            subject: row.try_get("subject")?,
            text: row.try_get("text")?,
            html: row.try_get("html")?,
            pdf_name: row.try_get("pdf_name")?,
            pdf_ascii_name: row.try_get("pdf_ascii_name")?,
            pdf: self.store.blob(&row.try_get::<String, _>("pdf")?).await?,
            pages: row.try_get("pages")?,
            attached: row.try_get::<i64, _>("attached")? != 0,
        }))
    }

    /// Returns an edition's texts and PDFs in all its languages.
    pub async fn texts(self, edition: EditionId) -> Result<Vec<EditionText>> {
        let mut texts = Vec::new();
        for language in Language::ALL {
            texts.extend(self.text(edition, language).await?);
        }
        Ok(texts)
    }

    /// Returns an edition's quiet hours in their order.
    pub async fn quiet_hours(self, edition: EditionId) -> Result<Vec<QuietSpan>> {
        let rows = sqlx::query("SELECT from_at, until_at FROM quiet WHERE edition = $1 ORDER BY from_at")
            .bind(edition)
            .fetch_all(&self.store.pool)
            .await?;
        rows.iter().map(|row| Ok(QuietSpan { from: time(row.try_get(0)?)?, until: time(row.try_get(1)?)? })).collect()
    }

    /// Returns the editions that are held, if no later edition of their brief went out since.
    pub async fn held(self) -> Result<Vec<HeldEdition>> {
        let rows = sqlx::query(HELD).fetch_all(&self.store.pool).await?;
        let held = |row: &sqlx::any::AnyRow| {
            let name = EditionName { brief: row.try_get(0)?, number: row.try_get(1)? };
            Ok(HeldEdition { name, slot: time(row.try_get(2)?)? })
        };
        rows.iter().map(held).collect()
    }

    /// Returns the editions that are paused since the server refuses us, and whose mails wait; the oldest first.
    pub async fn paused(self) -> Result<Vec<Edition>> {
        let open = codes(State::ALL.into_iter().filter(|state| state.is_open()));
        let rows = sqlx::query(sql(format!(
            "SELECT {COLUMNS} FROM edition WHERE paused_at IS NOT NULL AND state = 'released'
             AND EXISTS (SELECT 1 FROM mail m WHERE m.edition = edition.id AND m.state IN ({open})) ORDER BY id"
        )))
        .fetch_all(&self.store.pool)
        .await?;
        rows.iter().map(edition).collect()
    }

    /// Counts the editions of each brief that are paused since the server refuses us.
    pub async fn paused_by_brief(self) -> Result<Vec<PausedCount>> {
        let rows = sqlx::query(PAUSED).fetch_all(&self.store.pool).await?;
        rows.iter().map(|row| Ok(PausedCount { brief: row.try_get(0)?, count: row.try_get(1)? })).collect()
    }
}

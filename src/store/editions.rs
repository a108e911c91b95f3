//! Editions: a number and a frozen snapshot first, then texts and PDFs with their mails, in one step that is the
//! release. What goes into them is decided in `edition`.

use std::{fmt, str::FromStr};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use sqlx::{Any, Row, Transaction, any::AnyRow};

use super::{EditionPause, Error, Occurrence, Result, Store, blobs, micros, occurrences, quiet, time, word};
use crate::{
    base::{
        ids::{EditionId, EditionName},
        language::Language,
    },
    delivery::rules::State as MailState,
    people::subscribers,
    time::schedule::Outcome,
};

/// Where an edition stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EditionState {
    /// It has its number and its snapshot; its PDFs are being made.
    Making,
    /// It did not pass the gate; nothing was sent.
    Held,
    /// Making it broke; nothing was sent.
    Failed,
    /// Its mails are in the outbox.
    Released,
    /// A person stopped it: no further mail of it is sent.
    Stopped,
}

impl EditionState {
    const ALL: [EditionState; 5] =
        [EditionState::Making, EditionState::Held, EditionState::Failed, EditionState::Released, EditionState::Stopped];

    /// The word for people, programs and the database.
    pub const fn word(self) -> &'static str {
        match self {
            EditionState::Making => "making",
            EditionState::Held => "held",
            EditionState::Failed => "failed",
            EditionState::Released => "released",
            EditionState::Stopped => "stopped",
        }
    }
}

impl fmt::Display for EditionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for EditionState {
    type Err = String;

    fn from_str(word: &str) -> std::result::Result<Self, String> {
        EditionState::ALL.into_iter().find(|state| state.word() == word).ok_or_else(|| word.to_owned())
    }
}

/// One numbered issue of a brief.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edition {
    /// Its number in the store
    #[serde(skip)]
    pub id: EditionId,
    /// Of which brief
    pub brief: String,
    /// Counts per brief, from 1
    pub number: i64,
    /// Where it stands
    pub state: EditionState,
    /// Why it is held, failed or stopped; else empty
    pub reason: String,
    /// The slot whose edition it is
    pub slot: DateTime<Utc>,
    /// The key of its snapshot's bytes: also the snapshot's id
    pub snapshot: String,
    /// When the snapshot was taken
    pub snapshot_at: DateTime<Utc>,
    /// The version of the program that made it
    pub program: String,
    /// When its mails were committed
    pub released: Option<DateTime<Utc>>,
    /// Its mails wait for a person: the server refuses us
    pub paused: Option<EditionPause>,
}

impl Edition {
    /// `BRIEF/N`.
    pub fn name(&self) -> EditionName {
        EditionName { brief: self.brief.clone(), number: self.number }
    }
}

/// What an edition begins with.
#[derive(Debug)]
pub struct NewEdition<'a> {
    /// The brief's id
    pub brief: &'a str,
    /// The frozen figures, as bytes
    pub snapshot: &'a [u8],
    /// Template, theme and config, by name: what it takes to build it again
    pub inputs: &'a [(String, Vec<u8>)],
    /// Now
    pub now: DateTime<Utc>,
    /// The program's version
    pub program: &'a str,
}

/// An edition in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditionText {
    /// Its language
    pub language: Language,
    /// The mail's subject
    pub subject: String,
    /// `text/plain`
    pub text: String,
    /// `text/html`
    pub html: String,
    /// The attachment's name
    pub pdf_name: String,
    /// The same for readers that know ASCII only
    pub pdf_ascii_name: String,
    /// The PDF
    pub pdf: Vec<u8>,
    /// How many pages it has
    pub pages: i64,
}

/// What a release needs beside the texts.
#[derive(Debug)]
pub struct Release<'a> {
    /// The occurrence that ends with it
    pub occurrence: &'a Occurrence,
    /// How it ends
    pub outcome: Outcome,
    /// In words
    pub reason: &'a str,
    /// The domain of Message-IDs, and the store's id in them
    pub message_ids: (&'a str, &'a str),
    /// Now
    pub now: DateTime<Utc>,
    /// How long its mails may still be sent
    pub give_up_after: TimeDelta,
    /// When none of them goes out, from and until, in their order
    pub quiet: &'a [(DateTime<Utc>, DateTime<Utc>)],
}

pub(super) const COLUMNS: &str =
    "id, brief, number, state, reason, slot_utc, snapshot, snapshot_at, program, released_at,
     paused_at, paused_why";

impl Store {
    /// Gives an edition its number and freezes its snapshot. An occurrence that was begun before keeps the number and
    /// the snapshot that it had.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn freeze(&self, occurrence: &Occurrence, new: &NewEdition<'_>) -> Result<Edition> {
        let mut tx = self.begin().await?;
        // Numbers have no gaps: one edition of a brief is numbered at a time. Before looking, since two attempts at one
        // occurrence must end with one edition.
        self.one_at_a_time(&mut tx, new.brief).await?;
        let found = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM edition WHERE occurrence = $1")))
            .bind(occurrence.id)
            .fetch_optional(&mut *tx)
            .await?;
        if let Some(row) = found {
            tx.rollback().await?;
            return edition(&row);
        }
        let snapshot = blobs::keep(&mut tx, new.snapshot).await?;
        let row = sqlx::query(sqlx::AssertSqlSafe(format!(
            "INSERT INTO edition (brief, number, occurrence, state, reason, slot_utc, snapshot, snapshot_at, program)
             SELECT $1, COALESCE(MAX(number), 0) + 1, $2, 'making', '', $3, $4, $5, $6 FROM edition WHERE brief = $1
             RETURNING {COLUMNS}"
        )))
        .bind(new.brief.to_owned())
        .bind(occurrence.id)
        .bind(micros(occurrence.slot))
        .bind(snapshot)
        .bind(micros(new.now))
        .bind(new.program.to_owned())
        .fetch_one(&mut *tx)
        .await?;
        let made = edition(&row)?;
        for (name, bytes) in new.inputs {
            let key = blobs::keep(&mut tx, bytes).await?;
            sqlx::query("INSERT INTO edition_input (edition, name, sha256) VALUES ($1, $2, $3)")
                .bind(made.id)
                .bind(name.clone())
                .bind(key)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(made)
    }

    /// Keeps an edition's texts and PDFs, puts a delivery into the outbox for each active subscription in its languages,
    /// and ends its occurrence: all or nothing. Gives the number of deliveries; `None` if somebody else has taken the
    /// occurrence over since.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn release(
        &self,
        edition: &Edition,
        texts: &[EditionText],
        release: &Release<'_>,
    ) -> Result<Option<u64>> {
        let mut tx = self.begin().await?;
        if !occurrences::record(&mut tx, release.occurrence, release.outcome, release.reason, release.now).await? {
            tx.rollback().await?;
            return Ok(None);
        }
        for text in texts {
            write_text(&mut tx, edition.id, text).await?;
        }
        quiet::keep(&mut tx, edition.id, release.quiet).await?;
        let begins = release.quiet.iter().find(|(from, until)| *from <= release.now && release.now < *until);
        let (domain, store_id) = release.message_ids;
        let mails = sqlx::query(
            "INSERT INTO mail (kind, edition, subscriber, address, language, message_id, state, due_at, give_up_at,
             attempts, reply, unknowns, created_at, changed_at)
             SELECT 'edition', $1, u.id, u.address_ascii, s.language,
             '<' || CAST($2 AS TEXT) || '.' || CAST(u.id AS TEXT) || '.' || CAST($3 AS TEXT) || '>',
             $4, $9, $6, 0, '', 0, $5, $5
             FROM subscription s
             JOIN subscriber u ON u.id = s.subscriber
             JOIN edition_text t ON t.edition = $1 AND t.language = s.language
             LEFT JOIN suppression x ON x.address_key = u.address_key
             WHERE s.brief = $7 AND s.state = $8 AND x.address_key IS NULL
             ORDER BY s.id ON CONFLICT DO NOTHING",
        )
        .bind(edition.id)
        .bind(edition.name().dotted())
        .bind(format!("{store_id}@{domain}"))
        .bind(MailState::Pending.code())
        .bind(micros(release.now))
        .bind(micros(release.now + release.give_up_after))
        .bind(edition.brief.clone())
        .bind(subscribers::SubscriptionState::Active.code())
        .bind(micros(begins.map_or(release.now, |(_, until)| *until)))
        .execute(&mut *tx)
        .await?
        .rows_affected();
        sqlx::query("UPDATE edition SET state = 'released', reason = '', released_at = $2 WHERE id = $1")
            .bind(edition.id)
            .bind(micros(release.now))
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(Some(mails))
    }

    /// Ends an edition that is not released, and its occurrence. False if somebody else has taken it over since.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn set_aside(
        &self,
        edition: &Edition,
        occurrence: &Occurrence,
        state: EditionState,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let outcome = if state == EditionState::Held { Outcome::HeldByGate } else { Outcome::Failed };
        let mut tx = self.begin().await?;
        if !occurrences::record(&mut tx, occurrence, outcome, reason, now).await? {
            tx.rollback().await?;
            return Ok(false);
        }
        sqlx::query("UPDATE edition SET state = $2, reason = $3 WHERE id = $1")
            .bind(edition.id)
            .bind(state.word())
            .bind(reason.to_owned())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Stops an edition: every mail of it whose body was not fully written is cancelled, at once. Gives how many. One
    /// that is still being made is not released any more; its occurrence ends here.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn stop(&self, edition: &Edition, reason: &str, now: DateTime<Utc>) -> Result<u64> {
        let mut tx = self.begin().await?;
        // The ledger first, as in a release: then the two cannot wait for each other, and one of them is first.
        sqlx::query(
            "UPDATE occurrence SET outcome = $1, reason = $2, ended_at = $3, owner = NULL, lease_until = NULL
             WHERE outcome IS NULL AND id IN (SELECT occurrence FROM edition WHERE id = $4)",
        )
        .bind(Outcome::Failed.word())
        .bind(reason.to_owned())
        .bind(micros(now))
        .bind(edition.id)
        .execute(&mut *tx)
        .await?;
        sqlx::query("UPDATE edition SET state = 'stopped', reason = $2 WHERE id = $1")
            .bind(edition.id)
            .bind(reason.to_owned())
            .execute(&mut *tx)
            .await?;
        let cancelled = sqlx::query(sqlx::AssertSqlSafe(format!(
            "UPDATE mail SET state = 7, reply = 'the edition was stopped', owner = NULL, lease_until = NULL,
             changed_at = $2
             WHERE id IN (SELECT id FROM mail WHERE edition = $1 AND state IN (0, 1, 4) ORDER BY id{})",
            self.dialect.locked()
        )))
        .bind(edition.id)
        .bind(micros(now))
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(cancelled.rows_affected())
    }

    /// The edition `BRIEF/N`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn edition(&self, name: &EditionName) -> Result<Option<Edition>> {
        let row =
            sqlx::query(sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM edition WHERE brief = $1 AND number = $2")))
                .bind(name.brief.clone())
                .bind(name.number)
                .fetch_optional(&self.pool)
                .await?;
        row.as_ref().map(edition).transpose()
    }

    /// The name of an edition.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn edition_name(&self, id: EditionId) -> Result<Option<EditionName>> {
        let row =
            sqlx::query("SELECT brief, number FROM edition WHERE id = $1").bind(id).fetch_optional(&self.pool).await?;
        row.map(|row| Ok(EditionName { brief: row.try_get(0)?, number: row.try_get(1)? })).transpose()
    }

    /// The newest editions, of one brief or of all; newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn editions(&self, brief: Option<&str>, limit: i64) -> Result<Vec<Edition>> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM edition WHERE ($1 = '' OR brief = $1) ORDER BY id DESC LIMIT $2"
        )))
        .bind(brief.unwrap_or_default().to_owned())
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(edition).collect()
    }

    /// An edition's text and PDF in one language.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn edition_text(&self, edition: EditionId, language: Language) -> Result<Option<EditionText>> {
        let row = sqlx::query("SELECT * FROM edition_text WHERE edition = $1 AND language = $2")
            .bind(edition)
            .bind(language.code())
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(EditionText {
            language: word(&row, "language")?,
            subject: row.try_get("subject")?,
            text: row.try_get("text")?,
            html: row.try_get("html")?,
            pdf_name: row.try_get("pdf_name")?,
            pdf_ascii_name: row.try_get("pdf_ascii_name")?,
            pdf: self.blob(&row.try_get::<String, _>("pdf")?).await?,
            pages: row.try_get("pages")?,
        }))
    }
}

async fn write_text(tx: &mut Transaction<'_, Any>, edition: EditionId, text: &EditionText) -> Result<()> {
    let pdf = blobs::keep(tx, &text.pdf).await?;
    sqlx::query(
        "INSERT INTO edition_text (edition, language, subject, text, html, pdf_name, pdf_ascii_name, pdf, pages)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(edition)
    .bind(text.language.code())
    .bind(text.subject.clone())
    .bind(text.text.clone())
    .bind(text.html.clone())
    .bind(text.pdf_name.clone())
    .bind(text.pdf_ascii_name.clone())
    .bind(pdf)
    .bind(text.pages)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) fn edition(row: &AnyRow) -> Result<Edition> {
    let released: Option<i64> = row.try_get("released_at")?;
    let paused: Option<i64> = row.try_get("paused_at")?;
    let why: Option<String> = row.try_get("paused_why")?;
    let state: String = row.try_get("state")?;
    Ok(Edition {
        id: row.try_get("id")?,
        brief: row.try_get("brief")?,
        number: row.try_get("number")?,
        state: state.parse().map_err(|word| Error::Corrupt(format!("the state `{word}`")))?,
        reason: row.try_get("reason")?,
        slot: time(row.try_get("slot_utc")?)?,
        snapshot: row.try_get("snapshot")?,
        snapshot_at: time(row.try_get("snapshot_at")?)?,
        program: row.try_get("program")?,
        released: released.map(time).transpose()?,
        paused: paused
            .map(|at| Ok::<_, Error>(EditionPause { since: time(at)?, why: why.unwrap_or_default() }))
            .transpose()?,
    })
}

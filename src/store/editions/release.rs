//! How an edition is made and ends: its number and frozen snapshot first, then texts and PDFs with their mails, in one step
//! that is the release. Or it is held, fails, or is stopped.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Any, Transaction};

use super::{
    Edition, EditionPage, EditionState, EditionText, Editions,
    archive::write_page,
    edition::{COLUMNS, edition},
};
use crate::{
    base::{ids::EditionId, problem::Problems},
    delivery::rules::State as MailState,
    people::subscribers,
    store::{
        Result, blobs,
        columns::{micros, to_json},
        dialect::sql,
        edition_numbers::HIGHEST,
        identity::next_generation,
        ledger::{Occurrence, record},
        outbox::{Cancelled, cancel, keep_quiet_hours},
    },
    time::schedule::{Outcome, QuietSpan},
};

/// The record of a new edition.
#[derive(Debug)]
pub struct NewEdition<'a> {
    /// The brief's id.
    pub brief: &'a str,
    /// The frozen figures.
    pub snapshot: &'a [u8],
    /// The newest import among them.
    pub import: i64,
    /// Template, theme and config by name: what it takes to build the edition again.
    pub inputs: &'a [(String, Vec<u8>)],
    /// A number that was given already, as PDFs of editions show that this store does not hold; 0 if there are none.
    pub above: i64,
    /// The current time.
    pub now: DateTime<Utc>,
    /// The program's version.
    pub program: &'a str,
}

/// The data that a release needs besides the texts.
#[derive(Debug)]
pub struct Release<'a> {
    /// The occurrence that ends with it.
    pub occurrence: &'a Occurrence,
    /// How the occurrence ends.
    pub outcome: Outcome,
    /// The same in words.
    pub reason: &'a str,
    /// What its mails' Message-IDs are made from.
    pub message_ids: MessageIds<'a>,
    /// The current time.
    pub now: DateTime<Utc>,
    /// Time after which mails that were not sent are given up.
    pub give_up_after: TimeDelta,
    /// Times in which no mail goes out, in their order.
    pub quiet: &'a [QuietSpan],
    /// What the archive keeps, a page for each language.
    pub pages: &'a [EditionPage],
}

/// What makes Message-IDs unique: `<BRIEF.N.SUBSCRIBER.STORE@DOMAIN>`.
#[derive(Debug, Clone, Copy)]
pub struct MessageIds<'a> {
    /// The domain behind the `@`.
    pub domain: &'a str,
    /// The store's id.
    pub store_id: &'a str,
}

impl Editions<'_> {
    /// Gives an edition its number and freezes its snapshot. An occurrence that was begun before keeps the number and the
    /// snapshot that it had.
    pub async fn freeze(self, occurrence: &Occurrence, new: &NewEdition<'_>) -> Result<Edition> {
        let mut tx = self.store.begin().await?;
        // Numbers have no gaps but where some were lost: one edition of a brief is numbered at a time. Before looking, since
        // two attempts at one occurrence must end with one edition.
        self.store.one_at_a_time(&mut tx, new.brief).await?;
        let found = sqlx::query(sql(format!("SELECT {COLUMNS} FROM edition WHERE occurrence = $1")))
            .bind(occurrence.id)
            .fetch_optional(&mut *tx)
            .await?;
        if let Some(row) = found {
            tx.rollback().await?;
            return edition(&row);
        }
        let snapshot = blobs::keep(&mut tx, new.snapshot).await?;
        let row = sqlx::query(sql(format!(
            "INSERT INTO edition (brief, number, occurrence, state, reason, slot_utc, snapshot, snapshot_at, program,
             import)
             SELECT $1, CASE WHEN {HIGHEST} > $7 THEN {HIGHEST} ELSE $7 END + 1, $2, 'making', '', $3, $4, $5, $6, $8
             RETURNING {COLUMNS}"
        )))
        .bind(new.brief.to_owned())
        .bind(occurrence.id)
        .bind(micros(occurrence.slot))
        .bind(snapshot)
        .bind(micros(new.now))
        .bind(new.program.to_owned())
        .bind(new.above)
        .bind(new.import)
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

    /// Releases an edition: keeps its texts and PDFs, enqueues a delivery for each active subscription in its languages, and
    /// ends its occurrence, all or nothing. Returns the number of deliveries; `None` if another process has taken the
    /// occurrence over since.
    pub async fn release(self, edition: &Edition, texts: &[EditionText], release: &Release<'_>) -> Result<Option<u64>> {
        let mut tx = self.store.begin().await?;
        if !record(&mut tx, release.occurrence, release.outcome, release.reason, release.now).await? {
            tx.rollback().await?;
            return Ok(None);
        }
        for text in texts {
            write_text(&mut tx, edition.id, text).await?;
        }
        for page in release.pages {
            write_page(&mut tx, edition.id, page).await?;
        }
        keep_quiet_hours(&mut tx, edition.id, release.quiet).await?;
        let begins = release.quiet.iter().find(|span| span.from <= release.now && release.now < span.until);
        let MessageIds { domain, store_id } = release.message_ids;
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
        .bind(micros(begins.map_or(release.now, |span| span.until)))
        .execute(&mut *tx)
        .await?
        .rows_affected();
        sqlx::query("UPDATE edition SET state = 'released', reason = '', released_at = $2 WHERE id = $1")
            .bind(edition.id)
            .bind(micros(release.now))
            .execute(&mut *tx)
            .await?;
        // A store that loses this edition is recognised: its mails would be made and sent again.
        let identity = next_generation(&mut tx, self.store.dialect, 0, release.now).await?;
        tx.commit().await?;
        self.store.tell_outside(&identity);
        Ok(Some(mails))
    }

    /// Ends an edition that is not released, and its occurrence. Returns false if another process has taken it over since.
    pub async fn set_aside(
        self,
        edition: &Edition,
        occurrence: &Occurrence,
        state: EditionState,
        problems: &Problems,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let reason = problems.0.first().map_or("", |problem| &*problem.what);
        let outcome = if state == EditionState::Held { Outcome::HeldByGate } else { Outcome::Failed };
        let mut tx = self.store.begin().await?;
        if !record(&mut tx, occurrence, outcome, reason, now).await? {
            tx.rollback().await?;
            return Ok(false);
        }
        sqlx::query("UPDATE edition SET state = $2, reason = $3, problems = $4 WHERE id = $1")
            .bind(edition.id)
            .bind(state.word())
            .bind(reason.to_owned())
            .bind(to_json(problems)?)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Stops an edition: every mail of it whose body was not fully written is cancelled at once. Returns how many. An edition
    /// that is still being made is not released any more; its occurrence ends here.
    pub async fn stop(self, edition: &Edition, reason: &str, now: DateTime<Utc>) -> Result<u64> {
        let mut tx = self.store.begin().await?;
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
        let cancelled = cancel(self.store, &mut tx, Cancelled::OfStopped(edition.id), now).await?;
        tx.commit().await?;
        Ok(cancelled)
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

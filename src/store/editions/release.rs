//! How an edition is made and ends: its number and frozen snapshot first, then texts and PDFs with their mails, in one step
//! that is the release. Or it is held, fails, or is stopped.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Any, Transaction};

use super::{
    Edition, EditionPage, EditionState, EditionText, Editions, MadeOn, NewCorrection,
    archive::write_page,
    correction,
    edition::{COLUMNS, edition},
};
use crate::{
    base::{
        ids::{EditionId, EditionName},
        problem::Problems,
    },
    delivery::rules::State as MailState,
    people::subscribers,
    store::{
        Result, Store, blobs,
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
    /// What it is made on, beside the program's version.
    pub made_on: MadeOn<'a>,
    /// The edition that it supersedes.
    pub correction: Option<NewCorrection<'a>>,
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

/// What is kept of an edition that is made and held.
#[derive(Debug, Clone, Copy)]
pub struct HeldContent<'a> {
    /// Why it is held.
    pub problems: &'a Problems,
    /// Its texts and PDFs.
    pub texts: &'a [EditionText],
    /// What the archive shows once it is released.
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
            let mut made = edition(&row)?;
            // Its figures stay; what else it is made from may have been changed since.
            if made.state == EditionState::Making {
                keep_made_of(&mut tx, made.id, new).await?;
                tx.commit().await?;
                new.program.clone_into(&mut made.program);
            } else {
                tx.rollback().await?;
            }
            return Ok(made);
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
        keep_made_of(&mut tx, made.id, new).await?;
        if let Some(correction) = &new.correction {
            correction.keep(&mut tx, made.id, new.now).await?;
        }
        tx.commit().await?;
        Ok(made)
    }

    /// Releases an edition: keeps its texts and PDFs, enqueues a delivery for each active subscription in its languages, and
    /// ends its occurrence, all or nothing. Returns the number of deliveries; `None` if another process has taken the
    /// occurrence over since, or another edition supersedes what this one was made to supersede: see
    /// [`Editions::superseded_before`].
    pub async fn release(self, edition: &Edition, texts: &[EditionText], release: &Release<'_>) -> Result<Option<u64>> {
        let mut tx = self.store.begin().await?;
        // Of two corrections of one edition one is first.
        self.store.one_at_a_time(&mut tx, &edition.brief).await?;
        let is_late = correction::superseded_before(&mut tx, edition.id).await?.is_some();
        if is_late || !record(&mut tx, release.occurrence, release.outcome, release.reason, release.now).await? {
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
        let until = release.now + release.give_up_after;
        let mails = enqueue(&mut tx, edition, release.message_ids, release.quiet, release.now, until).await?;
        sqlx::query("UPDATE edition SET state = 'released', reason = '', released_at = $2 WHERE id = $1")
            .bind(edition.id)
            .bind(micros(release.now))
            .execute(&mut *tx)
            .await?;
        tell_of_release(self.store, tx, release.now).await?;
        Ok(Some(mails))
    }

    /// The edition that superseded, meanwhile, the one that this edition was made to supersede: it cannot be released any more.
    pub async fn superseded_before(self, edition: EditionId) -> Result<Option<EditionName>> {
        let mut tx = self.store.pool.begin().await?;
        let found = correction::superseded_before(&mut tx, edition).await?;
        tx.rollback().await?;
        Ok(found)
    }

    /// Holds an edition that is made: keeps its texts, PDFs and pages for the release, and ends its occurrence. Returns false if
    /// another process has taken it over since.
    pub async fn hold(
        self,
        edition: &Edition,
        occurrence: &Occurrence,
        held: &HeldContent<'_>,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let mut tx = self.store.begin().await?;
        if !end_unsent(&mut tx, edition, occurrence, EditionState::Held, held.problems, now).await? {
            tx.rollback().await?;
            return Ok(false);
        }
        for text in held.texts {
            write_text(&mut tx, edition.id, text).await?;
        }
        for page in held.pages {
            write_page(&mut tx, edition.id, page).await?;
        }
        tx.commit().await?;
        Ok(true)
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
        let mut tx = self.store.begin().await?;
        if !end_unsent(&mut tx, edition, occurrence, state, problems, now).await? {
            tx.rollback().await?;
            return Ok(false);
        }
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

/// Keeps what an edition is made of: the files, and what of the program counts.
async fn keep_made_of(tx: &mut Transaction<'_, Any>, edition: EditionId, new: &NewEdition<'_>) -> Result<()> {
    sqlx::query("UPDATE edition SET program = $2, architecture = $3, fonts = $4 WHERE id = $1")
        .bind(edition)
        .bind(new.program.to_owned())
        .bind(new.made_on.architecture.to_owned())
        .bind(new.made_on.fonts.to_owned())
        .execute(&mut **tx)
        .await?;
    sqlx::query("DELETE FROM edition_input WHERE edition = $1").bind(edition).execute(&mut **tx).await?;
    for (name, bytes) in new.inputs {
        let key = blobs::keep(tx, bytes).await?;
        sqlx::query("INSERT INTO edition_input (edition, name, sha256) VALUES ($1, $2, $3)")
            .bind(edition)
            .bind(name.clone())
            .bind(key)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// Notes that an edition is not released, why, and that its occurrence ends so. Returns false if the occurrence is another's.
async fn end_unsent(
    tx: &mut Transaction<'_, Any>,
    edition: &Edition,
    occurrence: &Occurrence,
    state: EditionState,
    problems: &Problems,
    now: DateTime<Utc>,
) -> Result<bool> {
    // The first error: it is what holds, and a warning may stand before it.
    let reason = problems.0.iter().min_by_key(|problem| problem.severity).map_or("", |problem| &*problem.what);
    let outcome = match state {
        EditionState::Held => Outcome::HeldByGate,
        EditionState::Discarded => Outcome::Discarded,
        _ => Outcome::Failed,
    };
    if !record(tx, occurrence, outcome, reason, now).await? {
        return Ok(false);
    }
    sqlx::query("UPDATE edition SET state = $2, reason = $3, problems = $4 WHERE id = $1")
        .bind(edition.id)
        .bind(state.word())
        .bind(reason.to_owned())
        .bind(to_json(problems)?)
        .execute(&mut **tx)
        .await?;
    Ok(true)
}

/// Enqueues a delivery for each active subscription in the languages of an edition; of a correction, for those of who has the
/// superseded one, which is superseded now. Returns their number.
pub(super) async fn enqueue(
    tx: &mut Transaction<'_, Any>,
    edition: &Edition,
    MessageIds { domain, store_id }: MessageIds<'_>,
    quiet: &[QuietSpan],
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<u64> {
    let audience = correction::put_in_force(tx, edition.id).await?;
    let begins = quiet.iter().find(|span| span.from <= now && now < span.until);
    let done = sqlx::query(sql(format!(
        "{} INSERT INTO mail (kind, edition, subscriber, address, language, message_id, state, due_at, give_up_at,
         attempts, reply, unknowns, created_at, changed_at)
         SELECT 'edition', $1, u.id, u.address_ascii, s.language,
         '<' || CAST($2 AS TEXT) || '.' || CAST(u.id AS TEXT) || '.' || CAST($3 AS TEXT) || '>',
         $4, $9, $6, 0, '', 0, $5, $5
         FROM subscription s
         JOIN subscriber u ON u.id = s.subscriber
         JOIN edition_text t ON t.edition = $1 AND t.language = s.language
         LEFT JOIN suppression x ON x.address_key = u.address_key
         WHERE s.brief = $7 AND s.state = $8 AND x.address_key IS NULL {}
         ORDER BY s.id ON CONFLICT DO NOTHING",
        audience.with, audience.only
    )))
    .bind(edition.id)
    .bind(edition.name().dotted())
    .bind(format!("{store_id}@{domain}"))
    .bind(MailState::Pending.code())
    .bind(micros(now))
    .bind(micros(until))
    .bind(edition.brief.clone())
    .bind(subscribers::SubscriptionState::Active.code())
    .bind(micros(begins.map_or(now, |span| span.until)))
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected())
}

/// Commits a release. A store that loses the edition is recognised by its generation: its mails would be made and sent again.
pub(super) async fn tell_of_release(store: &Store, mut tx: Transaction<'_, Any>, now: DateTime<Utc>) -> Result<()> {
    let identity = next_generation(&mut tx, store.dialect, 0, now).await?;
    tx.commit().await?;
    store.tell_outside(&identity);
    Ok(())
}

async fn write_text(tx: &mut Transaction<'_, Any>, edition: EditionId, text: &EditionText) -> Result<()> {
    let pdf = blobs::keep(tx, &text.pdf).await?;
    sqlx::query(
        "INSERT INTO edition_text (edition, language, subject, text, html, pdf_name, pdf_ascii_name, pdf, pages, attached)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
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
    .bind(i64::from(text.attached))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

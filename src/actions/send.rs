//! An edition now, by a person's word: it is made and released, or it is only said what would be sent.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use tracing::info;

use super::{Actor, Error, Installation, Result, prepare::prepare, random_word::random_word, snapshot};
use crate::{
    base::{ids::EditionName, language::Language, problem::Problems},
    edition::{self, EditionSpec, LedgerEntry, Made},
    store::{CourierLock, DomainPause, Edition, Lease, Occurrence, Store},
    time::schedule::Outcome,
};

/// Maximum time that making an edition may take.
const LEASE: TimeDelta = TimeDelta::minutes(15);

/// A process that releases editions. While no other process is at work on the store, it is the one to send them.
#[derive(Debug)]
pub struct Sender {
    /// The random word by which the process owns what it makes and sends
    pub owner: String,
    /// The right to run a courier; `None` if a daemon has it, or several may run
    pub lock: Option<CourierLock>,
}

impl Sender {
    /// Makes the store ready for an edition.
    ///
    /// # Errors
    /// The config does not suffice for sending, or sending waits for a person.
    pub(super) async fn prepare(installation: &Installation) -> Result<Sender> {
        let config = installation.settings()?;
        config.ready_to_serve().into_result(()).map_err(Error::Files)?;
        let store = installation.store().await?;
        let owner = random_word()?;
        let lock = store.lock_courier()?.filter(CourierLock::is_alone);
        if lock.is_some() {
            config.secrets()?;
        }
        prepare(store, &owner).await?;
        if let Some(reason) = store.on_hold().await?.why() {
            return Err(Error::refused(format!("sending waits: {reason}; `greenbrief resume` ends that")));
        }
        Ok(Sender { owner, lock })
    }

    /// The lease for an occurrence that begins now.
    pub(super) fn lease(&self, now: DateTime<Utc>) -> Lease<'_> {
        Lease { owner: &self.owner, now, length: LEASE }
    }
}

/// An edition whose mails are in the outbox.
#[derive(Debug)]
pub struct Released {
    /// The edition
    pub edition: Edition,
    /// Number of its mails
    pub deliveries: u64,
    /// What its gate has found that does not hold it
    pub warnings: Problems,
}

/// How the making of an edition ended.
#[derive(Debug)]
pub enum SendOutcome {
    /// Its mails are in the outbox, and `Sender` tells who is to send them.
    Released(Released, Sender),
    /// The figures or the template did not pass: nothing is sent.
    Held {
        /// The edition
        edition: EditionName,
        /// Why
        problems: Problems,
    },
}

/// Makes an edition of a brief now and releases it. It takes no slot of a schedule. `at` is the date printed, and the day up
/// to which figures are known.
///
/// # Errors
/// There is no such brief, its template has a mistake, sending waits for a person, or the edition cannot be made.
pub async fn send(installation: &Installation, actor: &Actor, brief: &str, at: DateTime<Utc>) -> Result<SendOutcome> {
    let spec = installation.edition_spec(installation.brief(brief)?, &[])?;
    let sender = Sender::prepare(installation).await?;
    let store = installation.store().await?;
    let now = installation.now();
    let occurrence =
        store.ledger().manual_occurrence(brief, at, &sender.owner, actor.name(), &sender.lease(now)).await?;
    match edition::make(store, &spec, &occurrence, LedgerEntry::ON_TIME, now).await {
        Ok(Made::Released { edition, deliveries, warnings }) => {
            info!(by = %actor, edition = %edition.name(), deliveries, "a person sends an edition");
            Ok(SendOutcome::Released(Released { edition, deliveries, warnings }, sender))
        }
        Ok(Made::Held { edition, problems }) => Ok(SendOutcome::Held { edition: edition.name(), problems }),
        Ok(Made::TakenOver) => Err(Error::refused("another process took this edition over")),
        Err(error) => Err(record_failure(installation, store, &occurrence, error).await),
    }
}

/// Ends an occurrence whose edition cannot be made. Returns the error, with what it means if that cannot be recorded.
async fn record_failure(
    installation: &Installation,
    store: &Store,
    occurrence: &Occurrence,
    error: anyhow::Error,
) -> Error {
    match store.ledger().record(occurrence, Outcome::Failed, &format!("{error:#}"), installation.now()).await {
        Ok(_) => error.into(),
        // The first error is the one that a person needs; but it is not over.
        Err(second) => Error::Failed(error.context(format!(
            "the failure of this edition cannot be recorded ({second}); the next `greenbrief serve` records it; nothing was sent"
        ))),
    }
}

/// Why released mails do not go on by themselves.
#[derive(Debug)]
pub enum Standstill {
    /// The edition is paused.
    Edition(String),
    /// All its mails that wait go to domains that refuse us.
    Domains(Vec<DomainPause>),
    /// All sending waits.
    Everything(String),
}

/// Why the mails of an edition wait for a person, if they do.
///
/// # Errors
/// The store cannot be read.
pub async fn standstill(installation: &Installation, edition: &EditionName) -> Result<Option<Standstill>> {
    let store = installation.store().await?;
    if let Some(pause) = store.editions().named(edition).await?.and_then(|edition| edition.paused) {
        return Ok(Some(Standstill::Edition(pause.why)));
    }
    if let Some(why) = store.on_hold().await?.why() {
        return Ok(Some(Standstill::Everything(why)));
    }
    let Some(edition) = store.editions().named(edition).await? else { return Ok(None) };
    let domains = store.editions().paused_domains(Some(edition.id)).await?;
    if domains.is_empty() || store.editions().is_on_its_way(edition.id).await? {
        return Ok(None);
    }
    Ok(Some(Standstill::Domains(domains)))
}

/// The mails that would be sent in one language.
#[derive(Debug, Serialize)]
pub struct DryRunRow {
    /// The language
    pub language: Language,
    /// The mails' subject
    pub subject: String,
    /// The PDF's number of pages
    pub pages: usize,
    /// The PDF's size
    pub bytes: usize,
    /// Number of readers
    pub recipients: i64,
}

/// What [`send`] would send, and to how many, in each language of the brief; and what does not hold it.
///
/// # Errors
/// There is no such brief, or its template or the figures have a mistake.
pub async fn dry_run(
    installation: &Installation,
    brief: &str,
    at: DateTime<Utc>,
) -> Result<(Vec<DryRunRow>, Problems)> {
    let (spec, pressed) = draft(installation, brief, at).await?;
    let snapshot = snapshot(installation.figures().await?, &spec, at);
    // What the gate would hold is not sent.
    let warnings = spec.template.check(&snapshot, &spec.frame(None, at), &spec.languages).without_errors()?;
    let store = installation.found_store().await?;
    let mut rows = Vec::new();
    for pressed in pressed {
        let recipients = match store {
            Some(store) => store.people().audience(brief, pressed.language).await?,
            None => 0,
        };
        rows.push(DryRunRow {
            language: pressed.language,
            subject: pressed.mail.subject,
            pages: pressed.pages,
            bytes: pressed.pdf.len(),
            recipients,
        });
    }
    Ok((rows, warnings))
}

/// A brief as a draft in all its languages, and what it was made from.
pub(super) async fn draft(
    installation: &Installation,
    brief: &str,
    at: DateTime<Utc>,
) -> Result<(EditionSpec, Vec<edition::LanguageVersion>)> {
    let spec = installation.edition_spec(installation.brief(brief)?, &[])?;
    let snapshot = snapshot(installation.figures().await?, &spec, at);
    let frame = spec.frame(None, at);
    let pressed = edition::typeset(&spec.template, &snapshot, &spec.languages, &frame)?;
    Ok((spec, pressed))
}

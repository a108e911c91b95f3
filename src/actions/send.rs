//! An edition now, by a person's word: it is made and released, or it is only said what would be sent.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use tracing::{error, info};

use super::{Actor, Error, Installation, Result, prepare::prepare, random_word::random_word, snapshot};
use crate::{
    base::{
        ids::EditionName,
        language::Language,
        problem::{Problem, Problems},
    },
    edition::{self, EditionSpec, LedgerEntry, Made},
    figures::{Known, Snapshot},
    monitoring::operator_mail::OperatorMailer,
    store::{AtWork, CourierLock, DomainPause, Edition, Lease, Occurrence, Store},
    time::schedule::Outcome,
};

pub use crate::edition::how_to_settle;

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
        // An edition that should be signed is signed by whoever makes it.
        if config.signing.as_ref().is_some_and(|signing| signing.key.is_none()) {
            config.secrets()?;
        }
        let mut lock = store.lock_courier()?.filter(CourierLock::is_alone);
        if let Some(lock) = &mut lock {
            lock.tell(AtWork::Command);
            config.secrets()?;
        }
        prepare(store, &owner, installation.now()).await?;
        if let Some(reason) = store.on_hold().await?.why() {
            return Err(Error::refused(format!("sending waits: {reason}; `greenbrief resume` ends that")));
        }
        Ok(Sender { owner, lock })
    }

    /// Takes over from the process that was to send: `None` while it is at work.
    ///
    /// # Errors
    /// The lock or a secret cannot be read.
    pub async fn take_over(installation: &Installation) -> Result<Option<CourierLock>> {
        let mut lock = installation.store().await?.lock_courier()?.filter(CourierLock::is_alone);
        if let Some(lock) = &mut lock {
            lock.tell(AtWork::Command);
            installation.settings()?.secrets()?;
        }
        Ok(lock)
    }

    /// Who sends what is released while this process may not; `None` where that cannot be seen.
    ///
    /// # Errors
    /// The store cannot be opened.
    pub async fn who_sends(installation: &Installation) -> Result<Option<AtWork>> {
        Ok(installation.store().await?.at_work())
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
    Released(Box<Released>, Sender),
    /// The figures or the template did not pass: nothing is sent.
    Held {
        /// The edition
        edition: EditionName,
        /// Why
        problems: Problems,
        /// It can be released as it is
        is_made: bool,
    },
}

/// Makes an edition of a brief now and releases it. It takes no slot of a schedule. `at` is the date printed, and the day up
/// to which figures are known. `allow_empty`: also if nobody is subscribed.
///
/// # Errors
/// There is no such brief, nobody is subscribed to it, its template has a mistake, sending waits for a person, or the edition
/// cannot be made.
pub async fn send(
    installation: &Installation,
    actor: &Actor,
    brief: &str,
    at: DateTime<Utc>,
    allow_empty: bool,
) -> Result<SendOutcome> {
    let spec = installation.edition_spec(installation.brief(brief)?, &[])?;
    let sender = Sender::prepare(installation).await?;
    if !allow_empty {
        has_readers(installation, &spec).await?;
    }
    make_now(installation, actor, &spec, at, sender).await
}

/// Makes an edition and releases it, outside of all slots.
pub(super) async fn make_now(
    installation: &Installation,
    actor: &Actor,
    spec: &EditionSpec,
    at: DateTime<Utc>,
    sender: Sender,
) -> Result<SendOutcome> {
    let store = installation.store().await?;
    let now = installation.now();
    let occurrence =
        store.ledger().manual_occurrence(&spec.brief, at, &sender.owner, actor.name(), &sender.lease(now)).await?;
    match edition::make(store, spec, &occurrence, LedgerEntry::ON_TIME, now).await {
        Ok(Made::Released { edition, deliveries, warnings }) => {
            info!(by = %actor, edition = %edition.name(), deliveries, "a person sends an edition");
            Ok(SendOutcome::Released(Box::new(Released { edition, deliveries, warnings }), sender))
        }
        Ok(Made::Held { edition, problems, is_made }) => {
            // Others than who had it made may have to decide.
            let (name, settle) = (edition.name(), how_to_settle(&edition.name(), is_made));
            let mailer = OperatorMailer::of(installation.settings()?, store);
            if let Err(problem) = mailer.held(&edition, &problems, &settle, Some(actor.name()), now).await {
                error!(%problem, "the operators could not be notified");
            }
            Ok(SendOutcome::Held { edition: name, problems, is_made })
        }
        Ok(Made::Skipped { since }) => Err(Error::refused(format!("nothing has changed since {since}"))),
        Ok(Made::Superseded { edition, by }) => {
            let what =
                format!("{by} came first, and supersedes the same edition: {edition} is discarded, nothing was sent");
            Err(Problem::error(what).hint(format!("`greenbrief editions correct {by}` corrects that one")).into())
        }
        Ok(Made::TakenOver) => Err(Error::refused("another process took this edition over")),
        Err(error) => Err(record_failure(installation, store, &occurrence, error).await),
    }
}

/// Refuses a brief that nobody has subscribed to in the languages of the edition: it would take a number for nothing.
async fn has_readers(installation: &Installation, spec: &EditionSpec) -> Result<()> {
    let (brief, store) = (&spec.brief, installation.store().await?);
    for language in &spec.languages {
        if store.people().audience(brief, *language).await? > 0 {
            return Ok(());
        }
    }
    let language = spec.languages.first().map_or("en", |language| language.code());
    let problem = Problem::error(format!("nobody is subscribed to {brief}: no edition was made"))
        .hint(format!("`greenbrief subscribers add ADDRESS --brief {brief} --language {language} --consent TEXT` subscribes somebody"))
        .hint(format!(
            "`greenbrief send {brief} --to YOU@…` sends a test; --allow-empty makes the edition all the same"
        ));
    Err(Error::Refused(problem.into()))
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
    /// No server, or not the folder, can be reached. They go by themselves once one can.
    Server(String),
}

impl Standstill {
    /// What waits, or for what, in a word for programs.
    pub const fn word(&self) -> &'static str {
        match self {
            Standstill::Edition(_) => "edition",
            Standstill::Domains(_) => "domains",
            Standstill::Everything(_) => "everything",
            Standstill::Server(_) => "server",
        }
    }

    /// Why they wait.
    pub fn why(&self) -> Option<&str> {
        match self {
            Standstill::Edition(why) | Standstill::Everything(why) | Standstill::Server(why) => Some(why),
            Standstill::Domains(domains) => domains.first().map(|domain| domain.why.as_str()),
        }
    }
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

/// As [`standstill`], and also if they wait for a server that cannot be reached.
///
/// # Errors
/// The store cannot be read.
pub async fn standstill_or_away(installation: &Installation, edition: &EditionName) -> Result<Option<Standstill>> {
    if let Some(found) = standstill(installation, edition).await? {
        return Ok(Some(found));
    }
    Ok(installation.store().await?.outbox().away().await?.map(|away| Standstill::Server(away.why)))
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
    let (spec, snapshot, pressed) = draft(installation, brief, at).await?;
    // What the gate would hold is not sent.
    let input = installation.gate_input(brief).await?;
    let warnings = spec.gate_findings(snapshot, at, input).await?.into_problems().without_errors()?;
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
) -> Result<(EditionSpec, Snapshot, Vec<edition::LanguageVersion>)> {
    let spec = installation.edition_spec(installation.brief(brief)?, &[])?;
    let spec = installation.compared(spec, at).await?;
    let snapshot = snapshot(installation.figures_for(&spec, at, Known::Now).await?, &spec, at);
    let frame = spec.frame(None, at);
    let pressed = edition::typeset(&spec.template, &snapshot, &spec.languages, &frame)?;
    Ok((spec, snapshot, pressed))
}

//! The whole story of one edition, top to bottom in [`make`]: freeze the figures, fill the template, lay it out, write the
//! PDFs, put them where people find them, and queue a mail for each subscriber. It is given checked types, never config, and
//! sends nothing itself. What is wrong with a brief before it is made is found in `check`.

mod archive_page;
mod check;
mod figures;
mod finished_pdfs;
mod gate;
mod held;
mod mail_chart;
pub mod reach;
pub mod rebuild;
mod signing;
mod since;
mod spec;
mod superseded;

use std::thread;

use anyhow::Context;
use chrono::{DateTime, Utc};
use tracing::{info, warn};

use crate::{
    base::{file_name, ids::EditionName, language::Language, problem::Problems, report_files},
    document::{
        brief::{Filled, Frame, MailText, Template},
        layout, pdf,
    },
    figures::{
        Known, Snapshot,
        checks::{Check, Verdict},
    },
    store::{
        Edition, EditionPage, EditionState, EditionText, HeldContent, MadeOn, MessageIds, NewCorrection, NewEdition,
        Occurrence, Release, Store,
    },
    time::schedule::{IfUnchanged, Outcome},
};

use self::{archive_page::archive_page, finished_pdfs::write_pdfs, gate::Printed, held::to_approve};
pub use self::{
    check::placed,
    figures::{Draft, FoundFigures, asked_of, figures_for},
    gate::{Findings, GateInput, LastPrinted},
    held::{how_to_settle, release_held},
    mail_chart::draw_chart,
    signing::Signing,
    spec::{Appearance, Correction, EditionSpec},
};

/// The name among an edition's files of what its pages say beside template and figures.
pub const FRAME: &str = "frame.json";
/// The program's version.
pub const PROGRAM: &str = env!("CARGO_PKG_VERSION");
/// What the program runs on: the same bytes are promised for the same.
pub const ARCHITECTURE: &str = std::env::consts::ARCH;

/// Makes the edition of an occurrence, and releases it: all its mails are queued together, or none. When this is
/// interrupted, call it again: number and snapshot stay the same, files are replaced by the same bytes, and mails are queued
/// once.
///
/// # Errors
/// Fails for reasons that may pass, such as an unreachable database or a full disk. Nothing was released then.
pub async fn make(
    store: &Store,
    spec: &EditionSpec,
    occurrence: &Occurrence,
    on_release: LedgerEntry<'_>,
    now: DateTime<Utc>,
) -> anyhow::Result<Made> {
    // The edition gets its number and its figures, unless there would be nothing new in it.
    let input = match spec.supersedes {
        None => GateInput::of(store, &spec.brief).await?,
        Some(_) => GateInput::of_correction(store).await?,
    };
    let spec = &spec.clone().compared(Some(store), occurrence.slot).await?;
    let gathered = gather(store, spec, occurrence).await?;
    if spec.if_unchanged == IfUnchanged::Skip
        && let Some(since) = spec.unchanged_since(&gathered.snapshot, occurrence.slot, input.last.as_ref()).await?
    {
        return skip(store, occurrence, since, now).await;
    }
    let edition = freeze(store, spec, occurrence, gathered, now).await?;
    let snapshot = frozen_figures(store, &edition).await?;
    let spec = &spec.as_frozen(store, &edition).await?;

    // Each language becomes a PDF and the text of a mail. What a person must mend holds the edition.
    let Typeset { mut versions, findings } = match typeset_in_background(spec, snapshot, &edition, input).await {
        Ok(made) => made,
        Err(error) => {
            let problems = error.downcast::<Problems>()?;
            return set_aside(store, edition, occurrence, problems, now).await;
        }
    };
    let pages: Vec<EditionPage> = versions.iter_mut().filter_map(|version| version.page.take()).collect();
    let texts: Vec<EditionText> = versions.into_iter().map(|version| version.into_text(spec, &edition)).collect();

    // What the checks hold waits for a person, as it is.
    let is_held = findings.hold();
    let mut problems = findings.into_problems();
    if spec.approvals > 0 {
        problems.push(to_approve(&edition, spec.approvals));
    }
    if is_held || spec.approvals > 0 {
        let content = Content { texts: &texts, pages: &pages };
        return hold(store, edition, content, occurrence, problems, now).await;
    }
    let warnings = problems;
    write_pdfs(spec, &edition, &texts)?;

    // Texts, PDFs, the archive's pages and mails are committed together; the courier sends the mails.
    let made =
        release(store, spec, edition, Content { texts: &texts, pages: &pages }, occurrence, on_release, now).await?;
    Ok(made.with_warnings(warnings))
}

/// What the ledger records for the occurrence when its edition is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerEntry<'a> {
    /// [`Outcome::Ran`] or [`Outcome::Late`]
    pub outcome: Outcome,
    /// Why it is late, for people; empty if it is not
    pub reason: &'a str,
}

impl LedgerEntry<'_> {
    /// The edition was made when it was due.
    pub const ON_TIME: LedgerEntry<'static> = LedgerEntry { outcome: Outcome::Ran, reason: "" };
}

/// How the making of an edition ended.
#[derive(Debug)]
pub enum Made {
    /// Its mails are in the outbox.
    Released {
        /// The edition
        edition: Edition,
        /// Number of mails queued
        deliveries: u64,
        /// What the gate has found that does not hold it
        warnings: Problems,
    },
    /// The figures or the template did not pass: nothing was sent.
    Held {
        /// The edition, with its number
        edition: Edition,
        /// Why
        problems: Problems,
        /// It is made and can be released as it is; else a person must mend something, and another one is made
        is_made: bool,
    },
    /// It would have printed what this edition did: there is none.
    Skipped {
        /// The edition that printed it
        since: EditionName,
    },
    /// It was made to supersede an edition that another one has superseded meanwhile. It is discarded.
    Superseded {
        /// The edition
        edition: EditionName,
        /// The one that came first
        by: EditionName,
    },
    /// Another process took the occurrence over.
    TakenOver,
}

impl Made {
    /// With what the gate has found, which is logged if the edition is released.
    fn with_warnings(self, found: Problems) -> Made {
        let Made::Released { edition, deliveries, .. } = self else { return self };
        for problem in &found.0 {
            let place = problem.place.as_ref().map(|place| format!("{}:{}:{}", place.file, place.line, place.column));
            warn!(edition = edition.name().to_string(), place, "{}", problem.what);
        }
        Made::Released { edition, deliveries, warnings: found }
    }
}

/// The figures that an edition uses.
struct Gathered {
    snapshot: Snapshot,
    /// The newest import among them
    import: i64,
}

/// Finds the figures that the edition uses.
async fn gather(store: &Store, spec: &EditionSpec, occurrence: &Occurrence) -> anyhow::Result<Gathered> {
    // The number of the edition is not known yet; no brief asks for other figures because of it.
    let drafts = vec![spec.draft(occurrence.slot)];
    let FoundFigures { data, asked, import } = figures_for(store, Known::Now, drafts).await?;
    Ok(Gathered { snapshot: Snapshot::new(spec.as_known(occurrence.slot), data.only(&asked)), import })
}

/// Ends an occurrence without an edition.
async fn skip(store: &Store, occurrence: &Occurrence, since: EditionName, now: DateTime<Utc>) -> anyhow::Result<Made> {
    let reason = format!("nothing that it prints has changed since {since}");
    let recorded = store.ledger().record(occurrence, Outcome::SkippedUnchanged, &reason, now).await;
    info!(schedule = occurrence.schedule.as_str(), since = since.to_string(), "no edition: nothing has changed");
    Ok(if recorded.context("that it is skipped cannot be recorded")? {
        Made::Skipped { since }
    } else {
        Made::TakenOver
    })
}

/// Gives the edition its number, and stores the figures that it uses, the template and the config that it is made from.
async fn freeze(
    store: &Store,
    spec: &EditionSpec,
    occurrence: &Occurrence,
    Gathered { snapshot, import }: Gathered,
    now: DateTime<Utc>,
) -> anyhow::Result<Edition> {
    let snapshot = snapshot.to_bytes()?;
    let template = spec.template.files.iter().map(|(name, bytes)| (format!("template/{name}"), bytes.clone()));
    let config = spec.config.iter().map(|(name, bytes)| (format!("config/{name}"), bytes.clone()));
    let frame = serde_json::to_vec(&spec.frame(None, occurrence.slot))?;
    let inputs: Vec<(String, Vec<u8>)> = template.chain(config).chain([(FRAME.to_owned(), frame)]).collect();
    let reason = spec.supersedes.as_ref().map(|it| serde_json::to_string(&it.told.reason)).transpose()?;
    let correction = spec.supersedes.as_ref().zip(reason.as_deref());
    // A store that was restored by other means, or that comes after a lost one, does not know of all of them.
    let above = match spec.keeps_reports {
        true => report_files::highest(&spec.reports, &spec.brief)
            .with_context(|| format!("{} cannot be read", spec.reports.display()))?,
        false => 0,
    };
    let new = NewEdition {
        brief: &spec.brief,
        snapshot: &snapshot,
        import,
        inputs: &inputs,
        above,
        now,
        program: PROGRAM,
        made_on: MadeOn { architecture: ARCHITECTURE, fonts: layout::fonts::sha256() },
        correction: correction.map(|(it, reason)| NewCorrection { supersedes: it.edition, reason, by: &it.by }),
    };
    store.editions().freeze(occurrence, &new).await.context("the figures cannot be frozen")
}

/// Reads the figures back as they were frozen, be it by an attempt that was interrupted.
async fn frozen_figures(store: &Store, edition: &Edition) -> anyhow::Result<Snapshot> {
    let bytes = store.blob(&edition.snapshot).await.context("the snapshot cannot be read back")?;
    let snapshot = Snapshot::from_bytes(&bytes).context("the snapshot cannot be read back")?;
    info!(edition = edition.name().to_string(), snapshot = edition.snapshot, as_known = %snapshot.as_known, "figures are frozen");
    Ok(snapshot)
}

/// Holds an edition that is made until a person has decided.
async fn hold(
    store: &Store,
    edition: Edition,
    content: Content<'_>,
    occurrence: &Occurrence,
    problems: Problems,
    now: DateTime<Utc>,
) -> anyhow::Result<Made> {
    let Content { texts, pages } = content;
    let held = HeldContent { problems: &problems, texts, pages };
    let held = store.editions().hold(&edition, occurrence, &held, now).await.context("the edition cannot be held")?;
    Ok(if held { Made::Held { edition, problems, is_made: true } } else { Made::TakenOver })
}

/// Sets the edition aside: a person must mend the problems, and another one is made.
async fn set_aside(
    store: &Store,
    edition: Edition,
    occurrence: &Occurrence,
    problems: Problems,
    now: DateTime<Utc>,
) -> anyhow::Result<Made> {
    let held = store.editions().set_aside(&edition, occurrence, EditionState::Held, &problems, now).await;
    let held = held.context("the edition cannot be held")?;
    Ok(if held { Made::Held { edition, problems, is_made: false } } else { Made::TakenOver })
}

/// What is kept of an edition.
#[derive(Clone, Copy)]
struct Content<'a> {
    texts: &'a [EditionText],
    pages: &'a [EditionPage],
}

/// Commits texts, PDFs, pages and mails together.
async fn release(
    store: &Store,
    spec: &EditionSpec,
    edition: Edition,
    content: Content<'_>,
    occurrence: &Occurrence,
    on_release: LedgerEntry<'_>,
    now: DateTime<Utc>,
) -> anyhow::Result<Made> {
    let LedgerEntry { outcome, reason } = on_release;
    let quiet = spec.quiet_hours.map_or_else(Vec::new, |hours| hours.spans(now, now + spec.give_up_after));
    let store_id = store.setting(crate::store::Setting::StoreId).await?.unwrap_or_default();
    let release = Release {
        occurrence,
        outcome,
        reason,
        message_ids: MessageIds { domain: &spec.domain, store_id: &store_id },
        now,
        give_up_after: spec.give_up_after,
        quiet: &quiet,
        pages: content.pages,
    };
    match store.editions().release(&edition, content.texts, &release).await.context("the edition cannot be released")? {
        None => match store.editions().superseded_before(edition.id).await? {
            Some(by) if superseded::discard(store, &edition, occurrence, &by, now).await? => {
                Ok(Made::Superseded { edition: edition.name(), by })
            }
            Some(_) => Ok(Made::TakenOver),
            None => Ok(Made::TakenOver),
        },
        Some(deliveries) => {
            info!(edition = edition.name().to_string(), deliveries, "released");
            Ok(Made::Released { edition, deliveries, warnings: Problems::new() })
        }
    }
}

/// A brief or an edition in one language: its PDF and its mail.
#[derive(Debug)]
pub struct LanguageVersion {
    /// Its language
    pub language: Language,
    /// The brief's name
    pub title: String,
    /// `No. 12` or `Draft`, in its language
    pub issue: String,
    /// The texts of its mail
    pub mail: MailText,
    /// The PDF
    pub pdf: Vec<u8>,
    /// Number of pages
    pub pages: usize,
    /// What the archive keeps, if it was asked for
    pub page: Option<EditionPage>,
}

impl LanguageVersion {
    /// Returns the PDF's file name for people, in its language: `Grüne-Wirtschaft-Nr-12-2026-11-23.pdf`. Every system takes
    /// it; of a title that is too long the end is missing, never the number or the date.
    pub fn file_name(&self, date: chrono::NaiveDate) -> String {
        let [title, issue] = [&self.title, &self.issue].map(|text| file_name::words(text));
        file_name::joined(&title, &format!("-{issue}-{date}.pdf"))
    }

    fn into_text(self, spec: &EditionSpec, edition: &Edition) -> EditionText {
        EditionText {
            language: self.language,
            pdf_name: self.file_name(spec.as_known(edition.slot)),
            pdf_ascii_name: format!("{}-{}-{}.pdf", edition.brief, edition.number, self.language),
            pages: i64::try_from(self.pages).unwrap_or(i64::MAX),
            subject: self.mail.subject,
            text: self.mail.text,
            html: self.mail.html,
            pdf: self.pdf,
            attached: spec.attaches_pdf(),
        }
    }
}

/// Makes a brief in several languages, from template to PDF, each on a thread of its own. The result is in the order of
/// `languages`.
///
/// # Errors
/// Returns the `Problems` that a person must mend in the template or the figures, of all languages together; otherwise what
/// went wrong while writing a PDF.
pub fn typeset(
    template: &Template,
    snapshot: &Snapshot,
    languages: &[Language],
    frame: &Frame,
) -> anyhow::Result<Vec<LanguageVersion>> {
    typeset_all(template, snapshot, languages, frame, For::Draft)
}

/// As [`typeset`], with what the archive keeps, and signed.
///
/// # Errors
/// As [`typeset`].
pub fn typeset_for_archive(
    template: &Template,
    snapshot: &Snapshot,
    languages: &[Language],
    frame: &Frame,
    signing: &Signing,
) -> anyhow::Result<Vec<LanguageVersion>> {
    typeset_all(template, snapshot, languages, frame, For::Archive(signing))
}

/// What a brief is made for.
#[derive(Clone, Copy)]
enum For<'a> {
    /// To be looked at
    Draft,
    /// For readers and the archive, signed
    Archive(&'a Signing),
}

fn typeset_all(
    template: &Template,
    snapshot: &Snapshot,
    languages: &[Language],
    frame: &Frame,
    made_for: For<'_>,
) -> anyhow::Result<Vec<LanguageVersion>> {
    let made: Vec<anyhow::Result<LanguageVersion>> = thread::scope(|scope| {
        let threads: Vec<_> = languages
            .iter()
            .map(|language| scope.spawn(|| typeset_one(template, snapshot, *language, frame, made_for)))
            .collect();
        let broken = |_| Err(anyhow::anyhow!("making a PDF stopped unexpectedly"));
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(broken)).collect()
    });
    let (mut done, mut problems) = (Vec::new(), Problems::new());
    for made in made {
        match made.map_err(anyhow::Error::downcast::<Problems>) {
            Ok(version) => done.push(version),
            Err(Ok(found)) => problems.extend(found),
            Err(Err(error)) => return Err(error),
        }
    }
    Ok(problems.each_once().into_result(done)?)
}

fn typeset_one(
    template: &Template,
    snapshot: &Snapshot,
    language: Language,
    frame: &Frame,
    made_for: For<'_>,
) -> anyhow::Result<LanguageVersion> {
    let Filled { mut brief, mut mail, .. } = template.fill(snapshot, language, frame)?;
    draw_chart(&mut mail, &brief, &template.theme);
    if let For::Archive(signing) = made_for {
        brief.attachments.extend(signing.attachment(language, &brief.snapshot));
    }
    let document =
        layout::lay_out(&brief, &template.theme).map_err(|found| placed(found, template, snapshot, frame, language))?;
    let mut pdf = pdf::write(&document)?;
    let page = match made_for {
        For::Draft => None,
        For::Archive(signing) => {
            signing.sign(language, &mut pdf);
            Some(archive_page(&brief, &document))
        }
    };
    let pages = document.pages.len();
    Ok(LanguageVersion { language, title: brief.title, issue: brief.edition, mail, pdf, pages, page })
}

/// An edition in all its languages, and what its gate has found.
struct Typeset {
    versions: Vec<LanguageVersion>,
    findings: Findings,
}

/// Makes all languages of an edition, away from the async threads, if they pass the gate: what `check` finds wrong holds the
/// edition, however it came about. Also returns what does not hold it. Fails as [`typeset`] does.
async fn typeset_in_background(
    spec: &EditionSpec,
    snapshot: Snapshot,
    edition: &Edition,
    input: GateInput,
) -> anyhow::Result<Typeset> {
    let (template, languages) = (spec.template.clone(), spec.languages.clone());
    let (mut rules, frame) = (spec.gate.clone(), spec.frame(Some(edition.number), edition.slot));
    if spec.if_unchanged == IfUnchanged::Hold {
        rules.set(Check::News, Verdict::Hold);
    }
    let signing = spec.signing_key.clone().map_or(Signing::None, |key| Signing::With(edition.name(), key));
    let work = move || {
        let printed = Printed::by(&template, &snapshot, &languages, &frame)?;
        let found = gate::examine(&rules, &template, &snapshot, &printed, &input);
        let findings = gate::told(found, &rules, &input);
        Ok(Typeset { versions: typeset_for_archive(&template, &snapshot, &languages, &frame, &signing)?, findings })
    };
    tokio::task::spawn_blocking(work).await.context("making the PDFs stopped unexpectedly")?
}

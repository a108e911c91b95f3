//! The whole story of one edition, top to bottom in [`make`]: freeze the figures, fill the template, lay it out, write the
//! PDFs, put them where people find them, and queue a mail for each subscriber. It is given checked types, never config, and
//! sends nothing itself. What is wrong with a brief before it is made is found in `check`.

mod archive_page;
mod check;
mod figures;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, thread};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use tracing::{info, warn};

use crate::{
    base::{
        archive, file_name,
        language::{Language, PerLanguage},
        problem::Problems,
        report_files,
    },
    document::{
        brief::{Filled, Frame, ImprintLine, LeaveLinks, MailText, Template},
        layout, pdf,
    },
    figures::{Known, Snapshot},
    store::{Edition, EditionPage, EditionState, EditionText, MessageIds, NewEdition, Occurrence, Release, Store},
    time::schedule::{Outcome, QuietHours},
};

use self::archive_page::archive_page;
pub use self::{
    check::placed,
    figures::{Draft, FoundFigures, asked_of, figures_for},
};

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
    // The edition gets its number and its figures.
    let edition = freeze(store, spec, occurrence, now).await?;
    let snapshot = frozen_figures(store, &edition).await?;

    // Each language becomes a PDF and the text of a mail. What a person must mend holds the edition.
    let (mut versions, warnings) = match typeset_in_background(spec, snapshot, &edition).await {
        Ok(made) => made,
        Err(error) => {
            let problems = error.downcast::<Problems>()?;
            return hold(store, edition, occurrence, problems, now).await;
        }
    };
    let pages: Vec<EditionPage> = versions.iter_mut().filter_map(|version| version.page.take()).collect();
    let texts: Vec<EditionText> = versions.into_iter().map(|version| version.into_text(spec, &edition)).collect();
    write_pdfs(spec, &edition, &texts)?;

    // Texts, PDFs, the archive's pages and mails are committed together; the courier sends the mails.
    let made =
        release(store, spec, edition, Content { texts: &texts, pages: &pages }, occurrence, on_release, now).await?;
    Ok(made.with_warnings(warnings))
}

/// What every edition of a brief is made from, whenever it is made.
#[derive(Debug, Clone, PartialEq)]
pub struct EditionSpec {
    /// The brief's id
    pub brief: String,
    /// Its name
    pub title: PerLanguage<String>,
    /// The zone of the date that is printed
    pub timezone: Tz,
    /// The languages it is made in
    pub languages: Vec<Language>,
    /// Its texts and blocks
    pub template: Arc<Template>,
    /// The imprint without the privacy page
    pub imprint: Vec<ImprintLine>,
    /// URL of the privacy page
    pub privacy_url: Option<String>,
    /// The links by which a subscription ends or is changed
    pub leave: LeaveLinks,
    /// What the addresses of its editions on public pages begin with, before their number
    pub editions_url: Option<String>,
    /// The domain of Message-IDs
    pub domain: String,
    /// Maximum age of an edition at which its mails are still sent
    pub give_up_after: TimeDelta,
    /// The hours in which its schedule lets no mail out
    pub quiet_hours: Option<QuietHours>,
    /// The folder for finished PDFs
    pub reports: PathBuf,
    /// What is in that folder stays: numbers go on behind those of its PDFs, and none is written over. Not so in a folder that
    /// is written anew each time
    pub keeps_reports: bool,
    /// Config files by name, stored with the edition so that it can be built again
    pub config: Arc<BTreeMap<String, Vec<u8>>>,
}

impl EditionSpec {
    /// Returns what surrounds the figures in the edition of `slot`. Without a number it is a draft.
    pub fn frame(&self, number: Option<i64>, slot: DateTime<Utc>) -> Frame {
        Frame {
            title: self.title.clone(),
            edition: number,
            date: slot.with_timezone(&self.timezone).date_naive(),
            created: slot,
            imprint: self.imprint.clone(),
            privacy_url: self.privacy_url.clone(),
            leave: self.leave.clone(),
            editions_url: self.editions_url.clone(),
        }
    }

    /// Returns the draft of `slot`, which tells what figures it asks for.
    pub fn draft(&self, slot: DateTime<Utc>) -> Draft {
        Draft { template: self.template.clone(), languages: self.languages.clone(), frame: self.frame(None, slot) }
    }

    /// Returns every problem that an edition would have if it were made with these figures, in the order of their places.
    pub fn check(&self, snapshot: &Snapshot, frame: &Frame) -> Problems {
        check::check(&self.template, &self.languages, snapshot, frame)
    }

    /// Returns the day up to which published values count as known in the edition of `slot`.
    pub fn as_known(&self, slot: DateTime<Utc>) -> chrono::NaiveDate {
        slot.with_timezone(&self.timezone).date_naive()
    }
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
        /// What a person must mend
        problems: Problems,
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

/// Gives the edition its number, and stores the figures that it uses, the template and the config that it is made from.
async fn freeze(
    store: &Store,
    spec: &EditionSpec,
    occurrence: &Occurrence,
    now: DateTime<Utc>,
) -> anyhow::Result<Edition> {
    // The number of the edition is not known yet; no brief asks for other figures because of it.
    let drafts = vec![spec.draft(occurrence.slot)];
    let FoundFigures { data, asked, import } = figures_for(store, Known::Now, drafts).await?;
    let snapshot = Snapshot { as_known: spec.as_known(occurrence.slot), data: data.only(&asked) }.to_bytes()?;
    let template = spec.template.files.iter().map(|(name, bytes)| (format!("template/{name}"), bytes.clone()));
    let config = spec.config.iter().map(|(name, bytes)| (format!("config/{name}"), bytes.clone()));
    let inputs: Vec<(String, Vec<u8>)> = template.chain(config).collect();
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
        program: env!("CARGO_PKG_VERSION"),
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

/// Sets the edition aside until a person has mended the problems.
async fn hold(
    store: &Store,
    edition: Edition,
    occurrence: &Occurrence,
    problems: Problems,
    now: DateTime<Utc>,
) -> anyhow::Result<Made> {
    let held = store.editions().set_aside(&edition, occurrence, EditionState::Held, &problems, now).await;
    Ok(if held.context("the edition cannot be held")? { Made::Held { edition, problems } } else { Made::TakenOver })
}

/// Writes the PDFs into the folder for reports. Another PDF that stands there, be it of an attempt with another template or of
/// another store, gets a name of its own.
fn write_pdfs(spec: &EditionSpec, edition: &Edition, texts: &[EditionText]) -> anyhow::Result<()> {
    for text in texts {
        let path = report_files::path(&spec.reports, &edition.brief, edition.number, text.language.code());
        let written = match spec.keeps_reports {
            true => archive::write_beside_another(&path, &text.pdf),
            false => archive::write_atomically(&path, &text.pdf).map(|()| None),
        };
        if let Some(kept) = written.with_context(|| format!("{} could not be written", path.display()))? {
            warn!(edition = edition.name().to_string(), path = %path.display(), kept = %kept.display(), "another PDF was there: it is kept");
        }
        info!(edition = edition.name().to_string(), language = %text.language, pages = text.pages, bytes = text.pdf.len(), path = %path.display(), "a PDF is ready");
    }
    Ok(())
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
        None => Ok(Made::TakenOver),
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
    typeset_all(template, snapshot, languages, frame, false)
}

/// As [`typeset`], with what the archive keeps.
///
/// # Errors
/// As [`typeset`].
pub fn typeset_for_archive(
    template: &Template,
    snapshot: &Snapshot,
    languages: &[Language],
    frame: &Frame,
) -> anyhow::Result<Vec<LanguageVersion>> {
    typeset_all(template, snapshot, languages, frame, true)
}

fn typeset_all(
    template: &Template,
    snapshot: &Snapshot,
    languages: &[Language],
    frame: &Frame,
    for_archive: bool,
) -> anyhow::Result<Vec<LanguageVersion>> {
    let made: Vec<anyhow::Result<LanguageVersion>> = thread::scope(|scope| {
        let threads: Vec<_> = languages
            .iter()
            .map(|language| scope.spawn(|| typeset_one(template, snapshot, *language, frame, for_archive)))
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
    for_archive: bool,
) -> anyhow::Result<LanguageVersion> {
    let Filled { brief, mail } = template.fill(snapshot, language, frame)?;
    let document =
        layout::lay_out(&brief, &template.theme).map_err(|found| placed(found, template, snapshot, frame, language))?;
    let pdf = pdf::write(&document)?;
    let page = for_archive.then(|| archive_page(&brief, &document));
    let pages = document.pages.len();
    Ok(LanguageVersion { language, title: brief.title, issue: brief.edition, mail, pdf, pages, page })
}

/// Makes all languages of an edition, away from the async threads, if they pass the gate: what `check` finds wrong holds the
/// edition, however it came about. Also returns what does not hold it. Fails as [`typeset`] does.
async fn typeset_in_background(
    spec: &EditionSpec,
    snapshot: Snapshot,
    edition: &Edition,
) -> anyhow::Result<(Vec<LanguageVersion>, Problems)> {
    let (template, languages) = (spec.template.clone(), spec.languages.clone());
    let frame = spec.frame(Some(edition.number), edition.slot);
    let work = move || {
        let warnings = template.check(&snapshot, &frame, &languages).without_errors()?;
        Ok((typeset_for_archive(&template, &snapshot, &languages, &frame)?, warnings))
    };
    tokio::task::spawn_blocking(work).await.context("making the PDFs stopped unexpectedly")?
}

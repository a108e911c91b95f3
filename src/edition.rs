//! The whole story of one edition, top to bottom: freeze the figures, fill the template, lay it out, write the PDFs,
//! put them where people find them, and queue a mail for each subscriber. It gets checked types, never config, and
//! sends nothing itself.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, thread};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use tracing::info;

use crate::{
    base::{
        archive,
        language::{Language, PerLanguage},
        problem::Problems,
    },
    document::{
        brief::{Filled, Frame, ImprintLine, MailText, Template},
        layout, pdf,
    },
    figures::Snapshot,
    store::{Edition, EditionState, EditionText, MessageIds, NewEdition, Occurrence, Release, Store},
    time::schedule::{Outcome, QuietHours},
};

/// What a brief is, wherever and whenever an edition of it is made.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// The brief's id
    pub brief: String,
    /// Its name
    pub title: PerLanguage<String>,
    /// The zone of the date that is printed
    pub timezone: Tz,
    /// In which languages
    pub languages: Vec<Language>,
    /// Its text and blocks
    pub template: Arc<Template>,
    /// The imprint without the privacy page
    pub imprint: Vec<ImprintLine>,
    /// The privacy page
    pub privacy_url: Option<String>,
    /// Where to write to leave: a `mailto:` URL
    pub unsubscribe: String,
    /// The domain of Message-IDs
    pub domain: String,
    /// How long its mails may still be sent
    pub give_up_after: TimeDelta,
    /// When none of them goes out, if its schedule has quiet hours
    pub quiet_hours: Option<QuietHours>,
    /// The folder for finished PDFs
    pub reports: PathBuf,
    /// Config files by name, kept with the edition to build it again
    pub config: Arc<BTreeMap<String, Vec<u8>>>,
}

impl Order {
    /// What stands around the figures of the edition of `slot`; without a number it is a draft.
    pub fn frame(&self, number: Option<i64>, slot: DateTime<Utc>) -> Frame {
        Frame {
            title: self.title.clone(),
            edition: number,
            date: slot.with_timezone(&self.timezone).date_naive(),
            created: slot,
            imprint: self.imprint.clone(),
            privacy_url: self.privacy_url.clone(),
            unsubscribe: self.unsubscribe.clone(),
        }
    }

    /// The day up to which values count as known in the edition of `slot`.
    pub fn as_known(&self, slot: DateTime<Utc>) -> chrono::NaiveDate {
        slot.with_timezone(&self.timezone).date_naive()
    }
}

/// How the making of an edition ended.
#[derive(Debug)]
pub enum Made {
    /// Its mails are in the outbox.
    Released {
        /// The edition
        edition: Edition,
        /// How many mails
        deliveries: u64,
    },
    /// The figures or the template did not pass: nothing was sent.
    Held {
        /// The edition, with its number
        edition: Edition,
        /// Why
        problems: Problems,
    },
    /// Another process took the occurrence over.
    TakenOver,
}

/// Makes the edition of an occurrence. Whenever it is broken off, it may simply be begun again: number and snapshot stay
/// the same, files are replaced by the same bytes, and mails are queued once.
///
/// # Errors
/// What may pass: the database is away, the disk is full. Then nothing was released.
pub async fn make(
    store: &Store,
    order: &Order,
    occurrence: &Occurrence,
    ending: (Outcome, &str),
    now: DateTime<Utc>,
) -> anyhow::Result<Made> {
    let edition = freeze(store, order, occurrence, now).await?;
    let name = edition.name().to_string();
    let bytes = store.blob(&edition.snapshot).await.context("the snapshot cannot be read back")?;
    let snapshot = Snapshot::from_bytes(&bytes).context("the snapshot cannot be read back")?;
    info!(edition = name, snapshot = edition.snapshot, as_known = %snapshot.as_known, "figures are frozen");

    let pressed = match press_all(order, snapshot, &edition).await? {
        Ok(pressed) => pressed,
        Err(problems) => {
            let reason = problems.0.first().map_or_else(String::new, |problem| problem.what.clone());
            let held = store.editions().set_aside(&edition, occurrence, EditionState::Held, &reason, now).await;
            if !held.context("the edition cannot be held")? {
                return Ok(Made::TakenOver);
            }
            return Ok(Made::Held { edition, problems });
        }
    };
    let texts: Vec<EditionText> = pressed.into_iter().map(|pressed| pressed.into_text(order, &edition)).collect();
    for text in &texts {
        let folder = order.reports.join(&edition.brief).join(edition.number.to_string());
        let path = folder.join(format!("{}-{}-{}.pdf", edition.brief, edition.number, text.language));
        archive::write_atomically(&path, &text.pdf)
            .with_context(|| format!("{} could not be written", path.display()))?;
        info!(edition = name, language = %text.language, pages = text.pages, bytes = text.pdf.len(), path = %path.display(), "a PDF is ready");
    }
    release(store, order, edition, &texts, (occurrence, ending), now).await
}

/// The first step: the edition gets its number and its figures.
async fn freeze(store: &Store, order: &Order, occurrence: &Occurrence, now: DateTime<Utc>) -> anyhow::Result<Edition> {
    let data = store.figures().dataset().await.context("the figures cannot be read")?;
    let snapshot = Snapshot { as_known: order.as_known(occurrence.slot), data }.to_bytes()?;
    let template = order.template.files.iter().map(|(name, bytes)| (format!("template/{name}"), bytes.clone()));
    let config = order.config.iter().map(|(name, bytes)| (format!("config/{name}"), bytes.clone()));
    let inputs: Vec<(String, Vec<u8>)> = template.chain(config).collect();
    let new = NewEdition {
        brief: &order.brief,
        snapshot: &snapshot,
        inputs: &inputs,
        now,
        program: env!("CARGO_PKG_VERSION"),
    };
    store.editions().freeze(occurrence, &new).await.context("the figures cannot be frozen")
}

/// The last step: texts, PDFs and mails are committed together.
async fn release(
    store: &Store,
    order: &Order,
    edition: Edition,
    texts: &[EditionText],
    (occurrence, (outcome, reason)): (&Occurrence, (Outcome, &str)),
    now: DateTime<Utc>,
) -> anyhow::Result<Made> {
    let quiet = order.quiet_hours.map_or_else(Vec::new, |hours| hours.spans(now, now + order.give_up_after));
    let store_id = store.setting(crate::store::Setting::StoreId).await?.unwrap_or_default();
    let release = Release {
        occurrence,
        outcome,
        reason,
        message_ids: MessageIds { domain: &order.domain, store_id: &store_id },
        now,
        give_up_after: order.give_up_after,
        quiet: &quiet,
    };
    match store.editions().release(&edition, texts, &release).await.context("the edition cannot be released")? {
        None => Ok(Made::TakenOver),
        Some(deliveries) => {
            info!(edition = edition.name().to_string(), deliveries, "released");
            Ok(Made::Released { edition, deliveries })
        }
    }
}

/// A brief in one language: its mail, its bytes.
#[derive(Debug)]
pub struct Pressed {
    /// Its language
    pub language: Language,
    /// The brief's name, and `No. 12` or `Draft`
    pub name: (String, String),
    /// What its mail says
    pub mail: MailText,
    /// The PDF
    pub pdf: Vec<u8>,
    /// How many pages it has
    pub pages: usize,
}

impl Pressed {
    /// The PDF's name for people, in its language: `Grüne-Wirtschaft-Nr-12-2026-11-23.pdf`.
    pub fn file_name(&self, date: chrono::NaiveDate) -> String {
        let (title, edition) = &self.name;
        let words: Vec<String> = format!("{title} {edition}")
            .split(|c: char| c.is_whitespace() || "./\\:".contains(c))
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        format!("{}-{date}.pdf", words.join("-"))
    }

    fn into_text(self, order: &Order, edition: &Edition) -> EditionText {
        EditionText {
            language: self.language,
            pdf_name: self.file_name(order.as_known(edition.slot)),
            pdf_ascii_name: format!("{}-{}-{}.pdf", edition.brief, edition.number, self.language),
            pages: i64::try_from(self.pages).unwrap_or(i64::MAX),
            subject: self.mail.subject,
            text: self.mail.text,
            html: self.mail.html,
            pdf: self.pdf,
        }
    }
}

/// Several languages, from template to bytes, each on a thread of its own; in the order in which they were asked for.
///
/// # Errors
/// `Problems` that a person must mend in the template or the figures, of all languages together; else what went wrong
/// while writing a PDF.
pub fn press(
    template: &Template,
    snapshot: &Snapshot,
    languages: &[Language],
    frame: &Frame,
) -> anyhow::Result<Vec<Pressed>> {
    let made: Vec<anyhow::Result<Pressed>> = thread::scope(|scope| {
        let threads: Vec<_> =
            languages.iter().map(|language| scope.spawn(|| press_one(template, snapshot, *language, frame))).collect();
        let broken = |_| Err(anyhow::anyhow!("making a PDF broke off"));
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(broken)).collect()
    });
    let (mut done, mut problems) = (Vec::new(), Problems::new());
    for made in made {
        match made.map_err(anyhow::Error::downcast::<Problems>) {
            Ok(pressed) => done.push(pressed),
            Err(Ok(found)) => problems.extend(found),
            Err(Err(error)) => return Err(error),
        }
    }
    Ok(problems.each_once().into_result(done)?)
}

fn press_one(template: &Template, snapshot: &Snapshot, language: Language, frame: &Frame) -> anyhow::Result<Pressed> {
    let Filled { brief, mail } = template.fill(snapshot, language, frame)?;
    let document = layout::lay_out(&brief, &template.theme)?;
    let pdf = pdf::write(&document)?;
    Ok(Pressed { language, name: (brief.title, brief.edition), mail, pdf, pages: document.pages.len() })
}

/// All languages of an edition, away from the async threads. The inner error is what a person must mend.
async fn press_all(
    order: &Order,
    snapshot: Snapshot,
    edition: &Edition,
) -> anyhow::Result<Result<Vec<Pressed>, Problems>> {
    let (template, languages) = (order.template.clone(), order.languages.clone());
    let frame = order.frame(Some(edition.number), edition.slot);
    let work = move || press(&template, &snapshot, &languages, &frame);
    match tokio::task::spawn_blocking(work).await.context("making the PDFs broke off")? {
        Ok(pressed) => Ok(Ok(pressed)),
        Err(error) => error.downcast::<Problems>().map(Err),
    }
}

//! Everything that an occurrence at a time would do, but sending: the gate, the PDFs, each reader's mail with its size, and
//! when the mails would go by which relay. Nothing is sent, and nothing is written to the store.

mod mails;
mod notes;
mod routes;

use std::{collections::HashMap, path::PathBuf};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Serialize;

use self::{
    mails::measure_mails,
    notes::of_schedule,
    routes::{SendTimes, relay_shares, send_times, warm_up_days},
};
pub use self::{
    notes::{Note, RehearsalNote, WarmUpDay},
    routes::RelayShare,
};
use super::{Error, Installation, Result, build::write_pdf, snapshot};
use crate::{
    base::{ids::ScheduleId, language::Language, problem::Problems},
    config::Schedule,
    edition::{self, EditionSpec, LanguageVersion},
    figures::Known,
    store::EditionText,
};

/// What is rehearsed.
#[derive(Debug)]
pub struct RehearsalRequest {
    /// The brief's id
    pub brief: String,
    /// The time of the occurrence
    pub at: DateTime<Utc>,
    /// The schedule of the brief to which the occurrence would belong
    pub schedule: Option<String>,
    /// The folder for the PDFs; they are not written if it is not given
    pub out: Option<PathBuf>,
}

/// What the gate makes of the edition.
#[derive(Debug)]
pub enum Gate {
    /// The figures or the template did not pass: nothing would be sent.
    Held(Problems),
    /// The edition would be released.
    Passed(Box<TypesetDraft>),
}

/// A draft that has passed the gate.
#[derive(Debug)]
pub struct TypesetDraft {
    /// What the gate has found that does not hold the edition
    pub warnings: Problems,
    request: RehearsalRequest,
    schedule: Option<ScheduleId>,
    notes: Vec<Note>,
    spec: EditionSpec,
    versions: Vec<LanguageVersion>,
}

/// What would go out in one language.
#[derive(Debug, Serialize)]
pub struct RehearsedLanguage {
    /// The language
    pub language: Language,
    /// Number of readers
    pub recipients: u64,
    /// The PDF's number of pages
    pub pages: usize,
    /// The PDF's size
    pub pdf_bytes: usize,
    /// The size of all its mails together
    pub mail_bytes: u64,
    /// The size of its largest mail
    pub largest_mail: usize,
    /// The mails' subject
    pub subject: String,
    /// The PDF's path, if it was written
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// What would go out, and when.
#[derive(Debug, Serialize)]
pub struct Rehearsal {
    /// Always true: nothing of this was sent or stored
    pub draft: bool,
    /// The brief's id
    pub brief: String,
    /// The schedule, if one was named
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// The time of the occurrence
    pub at: DateTime<Utc>,
    /// Number of readers
    pub recipients: u64,
    /// The size of all mails together
    pub mail_bytes: u64,
    /// The size of the largest mail
    pub largest_mail: usize,
    /// Each relay's part of the mails
    pub relays: Vec<RelayShare>,
    /// The folder into which they would be written, if no server sends them
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// The time of the first mail
    pub first_mail: Option<DateTime<Utc>>,
    /// The earliest time of the last mail
    pub last_mail: Option<DateTime<Utc>>,
    /// The time after which no mail goes
    pub give_up_at: DateTime<Utc>,
    /// What the schedule and the warm-up make of the time, if that is not simply an edition, in words
    pub notes: Vec<String>,
    /// The same, each with a code and its parameters
    pub remarks: Vec<Note>,
    /// Each language
    #[serde(skip)]
    pub languages: Vec<RehearsedLanguage>,
    /// The brief's time zone
    #[serde(skip)]
    pub timezone: Tz,
}

/// Checks and typesets the edition as the gate does.
///
/// # Errors
/// There is no such brief, or no such schedule of it; or the template or the figures cannot be read.
pub async fn pass_gate(installation: &Installation, request: RehearsalRequest) -> Result<Gate> {
    let brief = installation.brief(&request.brief)?;
    let schedule = request.schedule.as_deref().map(|id| schedule_of(installation, &request.brief, id)).transpose()?;
    let languages = schedule.map_or(&[][..], |schedule| &schedule.languages);
    let spec = installation.edition_spec(brief, languages)?;
    let spec = EditionSpec { quiet_hours: schedule.and_then(|schedule| schedule.quiet_hours), ..spec };
    let spec = installation.compared(spec, request.at).await?;
    let snapshot = snapshot(installation.figures_for(&spec, request.at, Known::Now).await?, &spec, request.at);
    let frame = spec.frame(None, request.at);
    let input = installation.gate_input(&request.brief).await?;
    let mut problems = match spec.gate_findings(snapshot.clone(), request.at, input).await {
        Ok(found) => found.into_problems(),
        Err(error) => Error::from(error).into_problems()?,
    };
    if problems.has_errors() {
        return Ok(Gate::Held(problems));
    }
    let versions = match edition::typeset(&spec.template, &snapshot, &spec.languages, &frame) {
        Ok(versions) => versions,
        Err(error) => {
            problems.extend(Error::from(error).into_problems()?);
            if problems.has_errors() {
                return Ok(Gate::Held(problems));
            }
            Vec::new()
        }
    };
    Ok(Gate::Passed(Box::new(TypesetDraft {
        warnings: problems,
        schedule: schedule.map(|schedule| schedule.id.clone()),
        notes: schedule.map(|schedule| of_schedule(schedule, request.at)).unwrap_or_default(),
        request,
        spec,
        versions,
    })))
}

/// Writes the PDFs if they are wanted, makes every reader's mail, and tells what would go out and when.
///
/// # Errors
/// A PDF cannot be written, a mail cannot be made, or the store cannot be read.
pub async fn rehearse(installation: &Installation, draft: TypesetDraft) -> Result<Rehearsal> {
    let TypesetDraft { request, schedule, mut notes, spec, versions, .. } = draft;
    let (config, at) = (installation.settings()?, request.at);
    let (mut languages, mut texts) = (Vec::new(), Vec::new());
    let store = installation.found_store().await?;
    for version in versions {
        languages.push(RehearsedLanguage {
            language: version.language,
            recipients: 0,
            pages: version.pages,
            pdf_bytes: version.pdf.len(),
            mail_bytes: 0,
            largest_mail: 0,
            subject: version.mail.subject.clone(),
            path: write_if_wanted(&request, &version)?,
        });
        texts.push(text(version, &spec, at));
    }
    let mails_per_domain = match store {
        Some(store) => measure_mails(config, store, &spec, &texts, at, &mut languages).await?,
        None => HashMap::new(),
    };
    let recipients = languages.iter().map(|row| row.recipients).sum();
    let times = match recipients {
        0 => SendTimes::default(),
        _ => send_times(config, &spec, at, &mails_per_domain),
    };
    let give_up_at = at + spec.give_up_after;
    notes.extend(warm_up_days(config, at, give_up_at, &mails_per_domain));
    Ok(Rehearsal {
        draft: true,
        brief: request.brief,
        schedule: schedule.map(|id| id.as_str().to_owned()),
        at,
        recipients,
        mail_bytes: languages.iter().map(|row| row.mail_bytes).sum(),
        largest_mail: languages.iter().map(|row| row.largest_mail).max().unwrap_or(0),
        relays: relay_shares(config, recipients),
        folder: config.outbox_folder().map(|folder| folder.display().to_string()),
        first_mail: times.first,
        last_mail: times.last,
        give_up_at,
        notes: notes.iter().map(ToString::to_string).collect(),
        remarks: notes,
        languages,
        timezone: spec.timezone,
    })
}

/// The schedule `SCHEDULE` or `BRIEF/SCHEDULE` of this brief.
fn schedule_of<'a>(installation: &'a Installation, brief: &str, id: &str) -> Result<&'a Schedule> {
    let full = if id.contains('/') { id.to_owned() } else { format!("{brief}/{id}") };
    let schedule = installation.schedule(&full)?;
    if schedule.id.brief() != brief {
        return Err(Error::refused(format!("{} is not a schedule of {brief}", schedule.id)));
    }
    Ok(schedule)
}

fn write_if_wanted(request: &RehearsalRequest, version: &LanguageVersion) -> Result<Option<String>> {
    let Some(out) = &request.out else { return Ok(None) };
    let path = out.join(format!("{}-draft-{}.pdf", request.brief, version.language));
    write_pdf(&path, &version.pdf)?;
    Ok(Some(path.display().to_string()))
}

/// The text as an edition keeps it. The edition has no number yet, so that a mail may be some bytes shorter or longer.
fn text(version: LanguageVersion, spec: &EditionSpec, at: DateTime<Utc>) -> EditionText {
    EditionText {
        language: version.language,
        pdf_name: version.file_name(spec.as_known(at)),
        pdf_ascii_name: format!("{}-draft-{}.pdf", spec.brief, version.language),
        pages: i64::try_from(version.pages).unwrap_or(i64::MAX),
        subject: version.mail.subject,
        text: version.mail.text,
        html: version.mail.html,
        pdf: version.pdf,
        attached: spec.attaches_pdf(),
    }
}

//! An edition that supersedes another one: made now, of the figures that are known now, and sent to those who have the other.

use chrono::{DateTime, Utc};
use serde::Serialize;
use tracing::info;

use super::{
    Actor, Error, Installation, Result,
    progress::wait_for_answers,
    send::{SendOutcome, Sender, make_now},
    snapshot,
};
use crate::{
    base::{
        ids::EditionName,
        language::{Language, PerLanguage},
        plural::counted,
        problem::{Problem, Problems},
    },
    delivery::rules::State,
    document::brief::Superseded,
    edition::{self, Correction, EditionSpec, GateInput},
    figures::Known,
    store::{Edition, EditionState, Store},
};

/// What is corrected, and why.
#[derive(Debug, Clone, Copy)]
pub struct CorrectionRequest<'a> {
    /// The edition that is superseded
    pub edition: &'a EditionName,
    /// Why, for all languages without words of their own
    pub reason: &'a str,
    /// Why, in the words of a language
    pub reasons: &'a [(Language, String)],
}

/// What a correction would send, and to how many.
#[derive(Debug, Serialize)]
pub struct CorrectionPlan {
    /// The edition that would be superseded
    pub supersedes: EditionName,
    /// Readers to whom it was sent, or may have been
    pub have_it: i64,
    /// Readers among them who would get the correction
    pub recipients: i64,
    /// The mails of each language
    pub languages: Vec<CorrectionMail>,
    /// What the gate has found that does not hold it
    #[serde(skip)]
    pub warnings: Problems,
}

/// The mails of a correction in one language.
#[derive(Debug, Serialize)]
pub struct CorrectionMail {
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
    /// The reason as it is printed
    pub reason: String,
}

/// What [`correct`] would send, and to how many.
///
/// # Errors
/// As [`correct`].
pub async fn dry_run(
    installation: &Installation,
    actor: &Actor,
    request: CorrectionRequest<'_>,
) -> Result<CorrectionPlan> {
    let at = installation.now();
    let (spec, mut plan) = planned(installation, actor, request, at).await?;
    // What its gate would hold is told before it is made; it is not compared with what it corrects.
    let snapshot = snapshot(installation.figures_for(&spec, at, Known::Now).await?, &spec, at);
    let input = GateInput::of_correction(installation.existing_store().await?).await?;
    plan.warnings = spec.gate_findings(snapshot, at, input).await?.into_problems().without_errors()?;
    Ok(plan)
}

/// Makes an edition that supersedes another, and releases it to those to whom that one was sent or may have been, and who have not
/// left since. It takes no slot of a schedule; its date is today's.
///
/// # Errors
/// There is no such edition, nobody has it, mails of it still wait, it is superseded already, the reason is empty, a template or
/// the figures have a mistake, sending waits for a person, or the edition cannot be made.
pub async fn correct(
    installation: &Installation,
    actor: &Actor,
    request: CorrectionRequest<'_>,
) -> Result<SendOutcome> {
    let at = installation.now();
    // What is wrong is told before a number is taken.
    let (spec, plan) = planned(installation, actor, request, at).await?;
    let sender = Sender::prepare(installation).await?;
    info!(by = %actor, edition = %plan.supersedes, reason = request.reason, recipients = plan.recipients, "an edition is corrected");
    make_now(installation, actor, &spec, at, sender).await
}

async fn planned(
    installation: &Installation,
    actor: &Actor,
    request: CorrectionRequest<'_>,
    at: DateTime<Utc>,
) -> Result<(EditionSpec, CorrectionPlan)> {
    let reason = reason_of(request)?;
    let edition = installation.edition(request.edition).await?;
    let (store, name) = (installation.existing_store().await?, edition.name());
    let have_it = correctable(store, &edition).await?;
    let mut spec = installation.edition_spec(installation.brief(&edition.brief)?, &[])?;
    let told = Superseded { number: edition.number, date: spec.as_known(edition.slot), reason };
    spec.supersedes = Some(Correction { edition: edition.id, told: told.clone(), by: actor.name().to_owned() });
    let spec = installation.compared(spec, at).await?;
    let snapshot = snapshot(installation.figures_for(&spec, at, Known::Now).await?, &spec, at);
    let frame = spec.frame(None, at);
    let warnings = spec.check(&snapshot, &frame).without_errors()?;
    let mut languages = Vec::new();
    for made in edition::typeset(&spec.template, &snapshot, &spec.languages, &frame)? {
        languages.push(CorrectionMail {
            language: made.language,
            subject: made.mail.subject,
            pages: made.pages,
            bytes: made.pdf.len(),
            recipients: store.editions().correction_audience(edition.id, made.language).await?,
            reason: told.reason.get(made.language).clone(),
        });
    }
    let recipients = languages.iter().map(|mail| mail.recipients).sum();
    if recipients == 0 {
        let who = counted(have_it.unsigned_abs(), "reader");
        let problem = Problem::error(format!("{who} had {name}, and none of them is subscribed any more"));
        return Err(problem
            .hint(format!("`greenbrief editions withdraw {name} --reason TEXT` takes it out of the archive"))
            .into());
    }
    Ok((spec, CorrectionPlan { supersedes: name, have_it, recipients, languages, warnings }))
}

/// The reason in the words of each language: its own, or those that were given for all.
fn reason_of(CorrectionRequest { reason, reasons, .. }: CorrectionRequest<'_>) -> Result<PerLanguage<String>> {
    if let Some((language, _)) = reasons.iter().enumerate().find_map(|(at, (language, text))| {
        reasons.iter().take(at).any(|(before, _)| before == language).then_some((language, text))
    }) {
        let problem = Problem::error(format!("--reason-in gives two reasons in one language: {}", language.code()));
        return Err(problem.hint("give one in each language").into());
    }
    let own = |language| reasons.iter().find(|(own, _)| *own == language).map_or(reason, |(_, text)| text.as_str());
    let [en, de, zh] = Language::ALL.map(|language| own(language).split_whitespace().collect::<Vec<_>>().join(" "));
    if [&en, &de, &zh].iter().any(|text| text.is_empty()) {
        let problem = Problem::error("a correction has a reason, which its readers are told");
        return Err(problem.hint("write --reason TEXT, and --reason-in de=TEXT for other words in a language").into());
    }
    Ok(PerLanguage { en, de, zh })
}

/// Looks whether an edition can be superseded. Returns how many readers have it, or may have it.
async fn correctable(store: &Store, edition: &Edition) -> Result<i64> {
    let name = edition.name();
    if !matches!(edition.state, EditionState::Released | EditionState::Stopped) {
        return Err(Error::refused(format!(
            "{name} is {}: nobody has it, and there is nothing to correct",
            edition.state
        )));
    }
    if let Some(correction) = store.editions().superseded_by(edition.id).await? {
        let newer = correction.edition;
        let problem = Problem::error(format!("{name} is superseded already, by {newer}"));
        return Err(problem.hint(format!("`greenbrief editions correct {newer}` corrects that one")).into());
    }
    let mails = wait_for_answers(store, Some(edition.id)).await?;
    if mails.open() > 0 {
        let waiting = counted(mails.open().unsigned_abs(), "mail");
        let problem = Problem::error(format!(
            "{waiting} of {name} still wait to be sent: their readers would get the wrong edition"
        ));
        return Err(problem.hint(format!("`greenbrief stop {name}` keeps them back; then correct it")).into());
    }
    match mails.of(State::Sent) + mails.of(State::Unknown) {
        0 => Err(Error::refused(format!("{name} has reached nobody: there is nothing to correct"))),
        have_it => Ok(have_it),
    }
}

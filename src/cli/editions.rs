//! `editions list`, `editions show` and `stop`.

use std::process::ExitCode;

use serde::Serialize;

use super::{
    context::Context,
    output::counted,
    progress::{Progress, after_the_dots},
    send::told,
};
use crate::{
    base::ids::EditionName,
    delivery::rules::State,
    monitoring::operator_mail::{ReasonGroup, group_by_reason},
    store::{Edition, EditionState, Tally},
};

/// How many editions a list shows.
const NEWEST: i64 = 50;
/// How many unknown mails `show` names.
const NAMED: i64 = 20;

#[derive(Serialize)]
struct Listed {
    #[serde(flatten)]
    edition: Edition,
    mails: Tally,
}

/// `editions list`.
pub(super) async fn list(context: &Context) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    let mut rows = Vec::new();
    if let Some(store) = context.found_store(&config).await? {
        for edition in store.editions(None, NEWEST).await? {
            let mails = store.tally(Some(edition.id)).await?;
            rows.push(Listed { edition, mails });
        }
    }
    context.output.table(&["EDITION", "STATE", "SLOT (UTC)", "MAILS"], &rows, |row| {
        vec![
            row.edition.name().to_string(),
            state_of(&row.edition).to_owned(),
            row.edition.slot.format("%F %T").to_string(),
            if row.edition.reason.is_empty() { told(&row.mails) } else { row.edition.reason.clone() },
        ]
    })?;
    if rows.is_empty() {
        context.output.say("There are no editions yet: `greenbrief plan` shows when the next is due.")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A released edition whose mails wait for a person says so.
pub(super) const fn state_of(edition: &Edition) -> &'static str {
    if edition.paused.is_some() { "paused" } else { edition.state.word() }
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    edition: Edition,
    mails: Tally,
    progress: Progress,
    reasons: Vec<Reason>,
}

/// Mails that did not go for the same reason.
#[derive(Serialize)]
struct Reason {
    state: State,
    count: u64,
    code: Option<u16>,
    /// Such as 5.1.1 (RFC 3463)
    enhanced: Option<String>,
    word: String,
    /// One address and what was said of it
    address: String,
    reply: String,
    #[serde(skip)]
    line: String,
}

impl From<ReasonGroup> for Reason {
    fn from(group: ReasonGroup) -> Reason {
        let address = group.addresses.into_iter().next().unwrap_or_default();
        let line = format!("{} {}: {}", group.count, group.state, group.reason);
        let enhanced = group.reason.enhanced.map(|(class, subject, detail)| format!("{class}.{subject}.{detail}"));
        Reason {
            state: group.state,
            count: group.count,
            code: group.reason.code,
            enhanced,
            word: group.reason.word,
            address,
            reply: group.example,
            line,
        }
    }
}

/// `editions show`.
pub(super) async fn show(context: &Context, edition: &EditionName) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    let store = context.needed_store(&config).await?;
    let edition = context.edition(&store, edition).await?;
    let id = edition.id;
    let mails = store.tally(Some(id)).await?;
    let progress = Progress::new(&mails, store.rate(Some(id), context.now()).await?);
    let groups = group_by_reason(&store, id, &[State::Failed, State::Deferred], 1).await?;
    let reasons = groups.into_iter().map(Reason::from).collect();
    let shown = Shown { edition, mails, progress, reasons };
    context.output.result(&shown, || text(&shown))?;
    for mail in store.mails(Some(id), Some(State::Unknown), None, NAMED).await? {
        context.output.say(format!("  {} {}: {}", mail.state, mail.address, mail.reply))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn text(shown: &Shown) -> String {
    let edition = &shown.edition;
    let name = edition.name();
    let mut lines = vec![
        format!("{name}  {}", state_of(edition)),
        format!("slot       {}", edition.slot.format("%F %T UTC")),
        format!("snapshot   {}, taken {}", edition.snapshot, edition.snapshot_at.format("%F %T UTC")),
        format!("made by    greenbrief {}", edition.program),
    ];
    if let Some(released) = edition.released {
        lines.push(format!("released   {}", released.format("%F %T UTC")));
    }
    if !edition.reason.is_empty() {
        lines.push(format!("reason     {}", edition.reason));
    }
    if let Some(pause) = &edition.paused {
        lines.push(format!("paused     {}: {}", pause.since.format("%F %T UTC"), pause.why));
        lines.push(format!("           `greenbrief editions resume {name}` goes on"));
    }
    lines.push(format!("mails      {}", told(&shown.mails)));
    lines.extend(shown.progress.pace().map(|pace| format!("pace       {pace}")));
    for reason in &shown.reasons {
        lines.push(format!("  {}", reason.line));
        lines.push(format!("    such as {}: {}", reason.address, reason.reply));
    }
    lines.join("\n")
}

#[derive(Serialize)]
struct Stopped {
    edition: EditionName,
    cancelled: u64,
    /// Mails of which a server has the envelope and maybe more, and has not said what becomes of them
    at_the_dot: i64,
}

/// `stop`.
pub(super) async fn stop(context: &Context, edition: &EditionName) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    let store = context.needed_store(&config).await?;
    let edition = context.edition(&store, edition).await?;
    if !matches!(edition.state, EditionState::Released | EditionState::Stopped) {
        anyhow::bail!("{} is {}: there is nothing to stop", edition.name(), edition.state);
    }
    let cancelled = store.stop(&edition, &format!("stopped by {}", context.actor()), context.now()).await?;
    let tally = after_the_dots(&store, Some(edition.id)).await?;
    let at_the_dot = tally.of(State::DotWritten);
    let stopped = Stopped { edition: edition.name(), cancelled, at_the_dot };
    context.output.result(&stopped, || {
        let mut text = format!(
            "{} is stopped: {} cancelled; in all {}",
            stopped.edition,
            counted(cancelled, "mail"),
            told(&tally)
        );
        if at_the_dot > 0 {
            let mails = counted(at_the_dot, "mail");
            text.push_str(&format!("\n{mails} had been given to the server before: what it says is still noted."));
        }
        text
    })?;
    Ok(ExitCode::SUCCESS)
}

//! `editions list`, `show`, `export`, `withdraw` and `resume`, and `stop`.

use std::path::Path;

use super::{context::Context, ending::Ending};
use crate::{
    actions::{
        edition_export,
        editions::{self, EditionDetails, shown_state},
    },
    base::{ids::EditionName, plural::counted, problem::Severity},
    store::EditionQuery,
};

/// `editions list`.
pub(super) async fn list(context: &Context, query: EditionQuery<'_>, last: usize) -> anyhow::Result<Ending> {
    let rows = editions::list(&context.installation()?, query, last).await?;
    context.output.table(&["EDITION", "STATE", "SLOT (UTC)", "MAILS"], &rows, |row| {
        vec![
            row.edition.name().to_string(),
            shown_state(&row.edition).to_owned(),
            row.edition.slot.format("%F %T").to_string(),
            if row.edition.reason.is_empty() { row.mails.to_string() } else { row.edition.reason.clone() },
        ]
    })?;
    if rows.is_empty() {
        context.output.say(match query {
            EditionQuery { brief: None, state: None } => {
                "There are no editions yet: `greenbrief plan` shows when the next is due."
            }
            _ => "There are no such editions.",
        })?;
    }
    Ok(Ending::Done)
}

/// `editions show`.
pub(super) async fn show(context: &Context, edition: &EditionName) -> anyhow::Result<Ending> {
    let shown = editions::show(&context.installation()?, edition).await?;
    context.output.result(&shown, || details(&shown))?;
    for mail in &shown.unknown {
        context.output.say(format!("  {} {}: {}", mail.state, mail.address, mail.reply))?;
    }
    Ok(Ending::Done)
}

fn details(shown: &EditionDetails) -> String {
    let edition = &shown.edition;
    let name = edition.name();
    let after = edition.import.map_or_else(String::new, |import| format!(" after import {import}"));
    let mut lines = vec![
        format!("{name}  {}", shown_state(edition)),
        format!("slot       {}", edition.slot.format("%F %T UTC")),
        format!("snapshot   {}, taken {}{after}", edition.snapshot, edition.snapshot_at.format("%F %T UTC")),
        format!("made by    greenbrief {}", edition.program),
    ];
    if let Some(released) = edition.released {
        lines.push(format!("released   {}", released.format("%F %T UTC")));
    }
    if !edition.reason.is_empty() && shown.problems.is_empty() {
        lines.push(format!("reason     {}", edition.reason));
    }
    if let Some(pause) = edition.pause() {
        lines.push(format!("paused     {}: {}", pause.since.format("%F %T UTC"), pause.why));
        lines.push(format!("           `greenbrief editions resume {name}` goes on"));
    }
    if let Some(withdrawal) = &edition.withdrawn {
        // What is kept says the word itself, for those who read it alone.
        let why =
            withdrawal.why.strip_prefix("withdrawn ").map_or(format!(": {}", withdrawal.why), |by| format!(" {by}"));
        lines.push(format!("withdrawn  {}{why}", withdrawal.at.format("%F %T UTC")));
        lines.push(format!("           `greenbrief editions withdraw {name} --undo` shows it again"));
    }
    let before = edition.withdrawn_before.iter().map(|before| before.replacen(": withdrawn by ", " by ", 1));
    lines.extend(before.map(|before| format!("withdrawn  from {before}")));
    for pause in &shown.paused_domains {
        let (domain, since) = (&pause.domain, pause.since.format("%F %T UTC"));
        lines.push(format!(
            "refused by {domain} since {since}, {} wait: {}",
            counted(pause.waiting, "mail"),
            pause.why
        ));
        lines.push(format!("           `greenbrief editions resume {name} --domain {domain}` goes on"));
    }
    lines.push(format!("mails      {}", shown.mails));
    for (name, counts) in [("bounced", &shown.bounces), ("came back", &shown.came_back)] {
        let counts: Vec<String> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
        if !counts.is_empty() {
            lines.push(format!("{name:<10} {}", counts.join(", ")));
        }
    }
    lines.extend(shown.progress.pace().map(|pace| format!("pace       {pace}")));
    for reason in &shown.reasons {
        lines.push(format!("  {}", reason.summary));
        lines.push(format!("    such as {}: {}", reason.address, reason.reply));
    }
    if !shown.problems.is_empty() {
        let errors = shown.problems.0.iter().filter(|problem| problem.severity == Severity::Error).count();
        lines.push(format!(
            "held by    {}; mend them, then `greenbrief send {}`",
            counted(errors, "error"),
            edition.brief
        ));
        lines.push(format!("\n{}", shown.problems));
    }
    lines.join("\n")
}

/// `editions export`.
pub(super) async fn export(context: &Context, edition: &EditionName, out: &Path) -> anyhow::Result<Ending> {
    let exported = edition_export::export(&context.installation()?, edition, out).await?;
    context.output.result(&exported, || {
        let files = exported.files.iter().map(|file| format!("  {}  {} bytes", file.name, file.bytes));
        let head = format!("{} is exported to {}:", exported.edition, exported.folder.display());
        [head].into_iter().chain(files).collect::<Vec<_>>().join("\n")
    })?;
    Ok(Ending::Done)
}

/// `editions withdraw`.
pub(super) async fn withdraw(context: &Context, edition: &EditionName, reason: Option<&str>) -> anyhow::Result<Ending> {
    let done = editions::withdraw(&context.installation()?, &context.actor(), edition, reason).await?;
    context.output.result(&done, || {
        let name = &done.edition;
        match (done.shown, done.unchanged) {
            (true, false) => format!("{name} is shown in the archive again"),
            (true, true) => format!("{name} was not withdrawn"),
            (false, true) => format!("{name} was withdrawn already"),
            (false, false) => {
                let mut text =
                    format!("{name} is withdrawn from the archive; who has it keeps it, and a cache may for a day");
                if done.waiting > 0 {
                    let mails = counted(u64::try_from(done.waiting).unwrap_or_default(), "mail");
                    text.push_str(&format!("\n{mails} of it still go out: `greenbrief stop {name}` keeps them back"));
                }
                text
            }
        }
    })?;
    Ok(Ending::Done)
}

/// `editions resume`.
pub(super) async fn resume(context: &Context, edition: &EditionName, domain: Option<&str>) -> anyhow::Result<Ending> {
    let resumed = editions::resume(&context.installation()?, &context.actor(), edition, domain).await?;
    let mails = counted(resumed.back, "mail");
    context.output.result(&resumed, || match (&resumed.domain, &resumed.waited) {
        (Some(domain), Some(why)) => format!("{} goes to {domain} again (it waited: {why})", resumed.edition),
        (Some(domain), None) if resumed.back > 0 => {
            format!("{} goes to {domain} again: {mails} were still put aside", resumed.edition)
        }
        (Some(domain), None) => format!("{domain} was not paused for {}", resumed.edition),
        (None, Some(why)) if resumed.finished.is_some() => {
            let end = resumed.finished.as_deref().unwrap_or_default();
            format!("{} is not paused any more (it waited: {why}); {end}", resumed.edition)
        }
        (None, Some(why)) => format!("{} is sent again (it waited: {why})", resumed.edition),
        (None, None) if resumed.back > 0 => {
            format!("{} is sent again: {mails} were still put aside", resumed.edition)
        }
        (None, None) => match &resumed.finished {
            Some(end) => format!("{} was not paused: {end}", resumed.edition),
            None => format!("{} was not paused", resumed.edition),
        },
    })?;
    Ok(Ending::Done)
}

/// `stop`.
pub(super) async fn stop(context: &Context, edition: &EditionName, reason: &str) -> anyhow::Result<Ending> {
    let stopped = editions::stop(&context.installation()?, &context.actor(), edition, reason).await?;
    context.output.result(&stopped, || {
        let cancelled = counted(stopped.cancelled, "mail");
        let mut text = format!("{} is stopped: {cancelled} cancelled; in all {}", stopped.edition, stopped.mails);
        if stopped.at_the_dot > 0 {
            let mails = counted(stopped.at_the_dot, "mail");
            text.push_str(&format!("\n{mails} had been given to the server before: its answers are still recorded."));
        }
        text
    })?;
    Ok(Ending::Done)
}

//! `editions …` and `stop`.

use std::path::Path;

use super::{
    arguments::Editions, context::Context, edition_correct, edition_diff, edition_rebuild, edition_share,
    ending::Ending, held_edition, resend,
};
use crate::{
    actions::{
        edition_correct::CorrectionRequest,
        edition_export,
        editions::{self, EditionDetails, shown_state},
        send::how_to_settle,
    },
    base::{ids::EditionName, plural::counted, problem::Severity},
    store::{CorrectionRecord, EditionQuery, MadeOf},
};

/// `editions …`.
pub(super) async fn run(context: &Context, command: &Editions) -> anyhow::Result<Ending> {
    match command {
        Editions::List { brief, state, last } => {
            list(context, EditionQuery { brief: brief.as_deref(), state: *state }, last.get()).await
        }
        Editions::Show { edition } => show(context, edition).await,
        Editions::Export { edition, out } => export(context, edition, out).await,
        Editions::Diff { before, after } => edition_diff::run(context, [before, after]).await,
        Editions::Rebuild { edition, out } => edition_rebuild::run(context, edition, out.as_deref()).await,
        Editions::Correct { edition, reason, reason_in, dry_run } => {
            edition_correct::run(context, CorrectionRequest { edition, reason, reasons: reason_in }, *dry_run).await
        }
        Editions::Resend { edition, only, dry_run } => resend::run(context, edition, *only, *dry_run).await,
        Editions::Withdraw { edition, reason, undo: _ } => withdraw(context, edition, reason.as_deref()).await,
        Editions::Release { edition, reason } => held_edition::release(context, edition, reason).await,
        Editions::Discard { edition, reason } => held_edition::discard(context, edition, reason).await,
        Editions::Share { edition, end: true, .. } => edition_share::end(context, edition).await,
        Editions::Share { edition, days, end: false } => edition_share::share(context, edition, *days).await,
        Editions::Resume { edition, domain } => resume(context, edition, domain.as_deref()).await,
    }
}

/// `editions list`.
async fn list(context: &Context, query: EditionQuery<'_>, last: usize) -> anyhow::Result<Ending> {
    let rows = editions::list(&context.installation()?, query, last).await?;
    context.output.table(&["EDITION", "STATE", "SLOT (UTC)", "MAILS"], &rows, |row| {
        vec![
            row.edition.name().to_string(),
            shown_state(&row.edition).to_owned(),
            row.edition.slot.format("%F %T").to_string(),
            [if row.edition.reason.is_empty() { row.mails.to_string() } else { row.edition.reason.clone() }]
                .into_iter()
                .chain(row.corrects.iter().map(|it| format!("corrects {it}")))
                .chain(row.superseded_by.iter().map(|it| format!("superseded by {it}")))
                .collect::<Vec<_>>()
                .join("; "),
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
async fn show(context: &Context, edition: &EditionName) -> anyhow::Result<Ending> {
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
    lines.extend(made_of(&shown.made_of));
    lines.extend(
        shown
            .corrects
            .as_ref()
            .map(|it| correction(if it.in_force { "corrects" } else { "would correct" }, &it.supersedes, it)),
    );
    lines.extend(shown.superseded_by.as_ref().map(|it| correction("superseded", &it.edition, it)));
    if let Some(released) = edition.released {
        lines.push(format!("released   {}", released.format("%F %T UTC")));
    }
    if !edition.reason.is_empty() && shown.problems.is_empty() {
        lines.push(format!("reason     {}", edition.reason));
    }
    for approval in &shown.approvals {
        lines.push(format!("approved   {} by {}: {}", approval.at.format("%F %T UTC"), approval.by, approval.reason));
    }
    for share in &shown.shares {
        lines.push(format!("shared     by {} until {}", share.by, share.ends.format("%F %T UTC")));
    }
    if let Some(decision) = &edition.decided {
        lines.push(format!("decided    {}: {}", decision.at.format("%F %T UTC"), decision.why));
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
        let then = match shown.is_made {
            true => "it waits for a person".to_owned(),
            false => format!("mend them, then `greenbrief send {}`", edition.brief),
        };
        lines.push(format!("held by    {}; {then}", counted(errors, "error")));
        lines.extend(how_to_settle(&name, shown.is_made).into_iter().map(|way| format!("           {way}")));
        lines.push(format!("\n{}", shown.problems));
    }
    lines.join("\n")
}

/// The lines on what an edition was made of, beside the program's version.
fn made_of(made: &MadeOf) -> Vec<String> {
    let on = made.architecture.iter().map(|on| format!("made on    {on}"));
    let fonts = made.fonts.iter().map(|fonts| format!("fonts      {fonts}"));
    let files = made.files.iter().enumerate().map(|(index, file)| {
        let head = if index == 0 { "made of" } else { "" };
        format!("{head:<10} {}  {}", file.sha256, file.name)
    });
    on.chain(fonts).chain(files).collect()
}

/// The line on a correction, from one side or the other.
fn correction(head: &str, other: &EditionName, record: &CorrectionRecord) -> String {
    format!("{head:<10} {other}: {} by {}: {}", record.at.format("%F %T UTC"), record.by, record.reason.en)
}

/// `editions export`.
async fn export(context: &Context, edition: &EditionName, out: &Path) -> anyhow::Result<Ending> {
    let exported = edition_export::export(&context.installation()?, edition, out).await?;
    context.output.result(&exported, || {
        let files = exported.files.iter().map(|file| format!("  {}  {} bytes", file.name, file.bytes));
        let head = format!("{} is exported to {}:", exported.edition, exported.folder.display());
        [head].into_iter().chain(files).collect::<Vec<_>>().join("\n")
    })?;
    Ok(Ending::Done)
}

/// `editions withdraw`.
async fn withdraw(context: &Context, edition: &EditionName, reason: Option<&str>) -> anyhow::Result<Ending> {
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
async fn resume(context: &Context, edition: &EditionName, domain: Option<&str>) -> anyhow::Result<Ending> {
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

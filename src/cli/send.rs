//! `send`: sends a new edition and waits for its mails; `--dry-run` only tells what would be sent, `--to` sends a test.

use std::process::ExitCode;

use anyhow::bail;
use chrono::{DateTime, Utc};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::{context::Context, serve};
use crate::{
    actions::{
        Installation,
        progress::{Progress, follow},
        send::{self, Released, SendOutcome, Sender, Standstill},
        test_mail::{DraftReceipt, send_draft},
    },
    base::{ids::EditionName, plural::counted, problem::Problem},
    daemon::command_courier,
    delivery::rules::State,
    store::{Edition, Tally},
};

pub(super) async fn run(context: &Context, brief: &str, at: Option<DateTime<Utc>>) -> anyhow::Result<ExitCode> {
    serve::logs(context.global.format, "warn");
    let installation = context.installation()?;
    let at = at.unwrap_or_else(|| context.now());
    match send::send(&installation, &context.actor(), brief, at).await? {
        SendOutcome::Released(released, sender) => {
            let all_sent = see_through(context, &installation, sender, &[released]).await?;
            Ok(if all_sent { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        SendOutcome::Held { edition, problems } => {
            context.output.problems(&problems);
            bail!("{edition} is held: nothing was sent")
        }
    }
}

/// The outcome of an edition, for programs.
#[derive(Serialize)]
struct Sent<'a> {
    edition: EditionName,
    deliveries: u64,
    tally: &'a Tally,
}

/// Waits until released editions are settled, with a courier of this process if no other process sends, and tells what became
/// of each. Returns whether all mails were sent.
pub(super) async fn see_through(
    context: &Context,
    installation: &Installation,
    Sender { owner, lock }: Sender,
    released: &[Released],
) -> anyhow::Result<bool> {
    let output = context.output;
    for Released { edition, deliveries } in released {
        output.say(format!("{} is released to {}", edition.name(), counted(*deliveries, "subscriber")))?;
    }
    let settled = wait_for_all(context, installation, released);
    let tallies = match &lock {
        Some(lock) => {
            let (config, clock) = (installation.settings()?, &installation.clock);
            let store = installation.store().await?;
            command_courier::send_until(config, store, clock, &owner, lock, settled).await?
        }
        None => {
            output.say("The daemon sends it.")?;
            settled.await?
        }
    };
    let mut all_sent = true;
    for (Released { edition, deliveries }, tally) in released.iter().zip(&tallies) {
        let sent = Sent { edition: edition.name(), deliveries: *deliveries, tally };
        output.result(&sent, || tally.to_string())?;
        let edition = sent.edition;
        match send::standstill(installation, &edition).await? {
            Some(Standstill::Edition(why)) => {
                let hint = format!("once that is mended, `greenbrief editions resume {edition}` goes on");
                output.problems(&Problem::error(format!("{edition} is paused: {why}")).hint(hint).into());
            }
            Some(Standstill::Everything(why)) => {
                let hint = "`greenbrief resume` ends that";
                output.problems(&Problem::error(format!("sending waits: {why}")).hint(hint).into());
            }
            None if tally.of(State::Deferred) > 0 => {
                output.say("Deferred mails are tried again by `greenbrief serve`.")?;
            }
            None => {}
        }
        all_sent &= tally.all() == tally.of(State::Sent);
    }
    Ok(all_sent)
}

async fn wait_for_all(
    context: &Context,
    installation: &Installation,
    released: &[Released],
) -> anyhow::Result<Vec<Tally>> {
    let mut tallies = Vec::new();
    for Released { edition, deliveries } in released {
        tallies.push(wait_for(context, installation, edition, *deliveries).await?);
    }
    Ok(tallies)
}

/// How far an edition has come, for programs.
#[derive(Serialize)]
struct ProgressLine<'a> {
    edition: &'a EditionName,
    progress: &'a Progress,
}

/// Waits until no mail of the edition is on its way, with a bar on a terminal and a line every second for programs. Ctrl-C
/// ends the waiting, and so does a pause, since nobody knows how long it lasts.
async fn wait_for(
    context: &Context,
    installation: &Installation,
    edition: &Edition,
    deliveries: u64,
) -> anyhow::Result<Tally> {
    // indicatif draws nothing where standard error is no terminal.
    let bar = ProgressBar::new(deliveries).with_style(
        ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let (name, mut pace) = (edition.name(), String::new());
    let show = |tally: &Tally, progress: Option<&Progress>| {
        if let Some(progress) = progress {
            pace = progress.pace().map_or_else(String::new, |pace| format!("  {pace}"));
            if context.output.is_json() {
                context.output.result(&ProgressLine { edition: &name, progress }, String::new)?;
            }
        }
        bar.set_position(u64::try_from(tally.all() - Progress::new(tally, 0.0).waiting).unwrap_or(0));
        bar.set_message(format!("{tally}{pace}"));
        Ok(())
    };
    tokio::select! {
        followed = follow(installation, edition, show) => followed?,
        _ = tokio::signal::ctrl_c() => {}
    }
    bar.finish_and_clear();
    // Once more, since it may have moved meanwhile.
    Ok(installation.store().await?.outbox().tally(Some(edition.id)).await?)
}

/// `send --dry-run`.
pub(super) async fn dry_run(context: &Context, brief: &str, at: Option<DateTime<Utc>>) -> anyhow::Result<ExitCode> {
    let at = at.unwrap_or_else(|| context.now());
    let rows = send::dry_run(&context.installation()?, brief, at).await?;
    context.output.table(&["LANGUAGE", "RECIPIENTS", "PAGES", "KB", "SUBJECT"], &rows, |row| {
        vec![
            row.language.to_string(),
            row.recipients.to_string(),
            row.pages.to_string(),
            row.bytes.div_ceil(1000).to_string(),
            row.subject.clone(),
        ]
    })?;
    context.output.say("Nothing was sent.")?;
    Ok(ExitCode::SUCCESS)
}

/// `send --to`.
pub(super) async fn test(
    context: &Context,
    brief: &str,
    at: Option<DateTime<Utc>>,
    to: &[String],
) -> anyhow::Result<ExitCode> {
    let (installation, at) = (context.installation()?, at.unwrap_or_else(|| context.now()));
    let show = |sent: &DraftReceipt| {
        context.output.result(sent, || format!("{} to {}: {}", sent.language, sent.to, sent.reply))
    };
    send_draft(&installation, &context.actor(), brief, at, to, show).await?;
    Ok(ExitCode::SUCCESS)
}

//! `send`: sends a new edition and waits for its mails; `--dry-run` only tells what would be sent, `--to` sends a test.

use std::{pin::pin, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use tokio::time::sleep;

use super::{context::Context, ending::Ending, serve};
use crate::{
    actions::{
        Installation,
        given_time::GivenTime,
        progress::{Progress, follow},
        send::{self, Released, SendOutcome, Sender, Standstill},
        test_mail::{DraftReceipt, send_draft},
    },
    base::{
        ids::EditionName,
        plural::counted,
        problem::{Problem, Problems},
    },
    daemon::command_courier,
    delivery::rules::State,
    store::{AtWork, CourierLock, DomainPause, Edition, Tally},
};

/// Interval between looks whether the process that is to send is still there.
const TAKE_OVER_INTERVAL: Duration = Duration::from_secs(1);

pub(super) async fn run(
    context: &Context,
    brief: &str,
    at: Option<GivenTime>,
    allow_empty: bool,
) -> anyhow::Result<Ending> {
    serve::logs(context.global.format, "warn");
    let installation = context.installation()?;
    let at = installation.time_for(brief, at)?;
    match send::send(&installation, &context.actor(), brief, at, allow_empty).await? {
        SendOutcome::Released(released, sender) => {
            let all_sent = see_through(context, &installation, sender, &[*released]).await?;
            Ok(if all_sent { Ending::Done } else { Ending::Attention })
        }
        SendOutcome::Held { edition, problems, is_made } => {
            tell_held(context, edition, problems, is_made)?;
            Ok(Ending::Held)
        }
    }
}

/// An edition that did not pass its gate, for programs.
#[derive(Serialize)]
struct Held {
    edition: EditionName,
    held: bool,
}

/// Tells why an edition is held.
pub(super) fn tell_held(
    context: &Context,
    edition: EditionName,
    mut problems: Problems,
    is_made: bool,
) -> anyhow::Result<()> {
    let problem = Problem::error(format!("{edition} is held: nothing was sent"));
    let settle = send::how_to_settle(&edition, is_made);
    problems.push(settle.into_iter().fold(problem, |problem, hint| problem.hint(hint)));
    context.output.problems(&problems);
    if context.output.is_json() { context.output.result(&Held { edition, held: true }, String::new) } else { Ok(()) }
}

/// The outcome of an edition, for programs.
#[derive(Serialize)]
struct Sent<'a> {
    edition: EditionName,
    deliveries: u64,
    tally: &'a Tally,
    /// Its mails wait: for a person, since `edition` or `everything` is paused or `domains` refuse us; or since no `server`,
    /// or not the folder, can be reached
    waits: Option<&'static str>,
    /// Why they wait
    reason: Option<&'a str>,
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
    for Released { edition, deliveries, warnings } in released {
        output.problems(warnings);
        output.say(format!("{} is released to {}", edition.name(), counted(*deliveries, "subscriber")))?;
    }
    let (lock, tallies) = settled_by_whom(context, installation, &owner, lock, released).await?;
    let folder = folder(installation)?;
    let mut all_sent = true;
    for (Released { edition, deliveries, .. }, tally) in released.iter().zip(&tallies) {
        let name = edition.name();
        let standstill = match tally.open() {
            0 => send::standstill(installation, &name).await?,
            _ => send::standstill_or_away(installation, &name).await?,
        };
        let (waits, reason) =
            (standstill.as_ref().map(Standstill::word), standstill.as_ref().and_then(Standstill::why));
        output.result(
            &Sent { edition: name.clone(), deliveries: *deliveries, tally, waits, reason },
            || match &folder {
                Some(folder) if tally.of(State::Sent) > 0 => format!("{tally}: written into the folder {folder}"),
                _ => tally.to_string(),
            },
        )?;
        match standstill {
            Some(standstill) => {
                let is_ours = lock.is_some();
                output.problems(&standstill_problems(&name, tally, standstill, is_ours, folder.is_none()));
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

/// Waits until released editions are settled, and sends them if nobody else does. Whoever was at work when they were released may
/// end before that: another command, or a daemon that is killed. Returns the lock of who sent if that was this process.
async fn settled_by_whom(
    context: &Context,
    installation: &Installation,
    owner: &str,
    lock: Option<CourierLock>,
    released: &[Released],
) -> anyhow::Result<(Option<CourierLock>, Vec<Tally>)> {
    let mut settled = pin!(wait_for_all(context, installation, released));
    let lock = match lock {
        Some(lock) => lock,
        None => {
            context.output.say(match Sender::who_sends(installation).await? {
                Some(AtWork::Daemon) => "The daemon sends it.",
                Some(AtWork::Command) => "Another command is at work on this store: it sends it.",
                None => "Whoever is at work on this store sends it.",
            })?;
            loop {
                tokio::select! {
                    tallies = &mut settled => return Ok((None, tallies?)),
                    () = sleep(TAKE_OVER_INTERVAL) => {}
                }
                if let Some(lock) = Sender::take_over(installation).await? {
                    break lock;
                }
            }
        }
    };
    let (config, store) = (installation.settings()?, installation.store().await?);
    let tallies = command_courier::send_until(config, store, &installation.clock, owner, &lock, settled).await?;
    Ok((Some(lock), tallies))
}

/// Why the mails of an edition wait, and how they go on. `is_ours`: no daemon sends them; `by_server`: they are not written
/// into a folder.
fn standstill_problems(
    name: &EditionName,
    tally: &Tally,
    standstill: Standstill,
    is_ours: bool,
    by_server: bool,
) -> Problems {
    match standstill {
        Standstill::Edition(why) => {
            let hint = format!("once that is mended, `greenbrief editions resume {name}` goes on");
            Problem::error(format!("{name} is paused: {why}")).hint(hint).into()
        }
        Standstill::Domains(domains) => {
            let problem = |DomainPause { domain, why, waiting, .. }: DomainPause| {
                let problem = format!("{domain} refuses {name}, {} wait: {why}", counted(waiting, "mail"));
                let hint =
                    format!("once that is mended, `greenbrief editions resume {name} --domain {domain}` goes on");
                Problem::error(problem).hint(hint)
            };
            let mut problems = Problems::new();
            problems.extend(domains.into_iter().map(problem));
            problems
        }
        Standstill::Everything(why) => {
            Problem::error(format!("sending waits: {why}")).hint("`greenbrief resume` ends that").into()
        }
        Standstill::Server(why) => {
            let waiting = counted(tally.open(), "mail");
            let goes_on = match is_ours {
                true => "`greenbrief serve` goes on with them by itself, and so does the next `greenbrief send`",
                false => "the daemon goes on with them by itself",
            };
            let test = if by_server { "`greenbrief mail test YOU@…` tries the server step by step" } else { "" };
            let problem = Problem::error(format!("nothing takes the mails of {name}, {waiting} wait: {why}"));
            problem.hint(goes_on).hint(test).into()
        }
    }
}

/// The folder into which mails are written, if no server sends them.
fn folder(installation: &Installation) -> anyhow::Result<Option<String>> {
    Ok(installation.settings()?.outbox_folder().map(|folder| folder.display().to_string()))
}

async fn wait_for_all(
    context: &Context,
    installation: &Installation,
    released: &[Released],
) -> anyhow::Result<Vec<Tally>> {
    let mut tallies = Vec::new();
    for Released { edition, deliveries, .. } in released {
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
/// ends the waiting, and so does a pause or a server that cannot be reached, since nobody knows how long that lasts.
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
pub(super) async fn dry_run(context: &Context, brief: &str, at: Option<GivenTime>) -> anyhow::Result<Ending> {
    let installation = context.installation()?;
    let (rows, warnings) = send::dry_run(&installation, brief, installation.time_for(brief, at)?).await?;
    context.output.problems(&warnings);
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
    Ok(Ending::Done)
}

/// `send --to`.
pub(super) async fn test(
    context: &Context,
    brief: &str,
    at: Option<GivenTime>,
    to: &[String],
) -> anyhow::Result<Ending> {
    let installation = context.installation()?;
    let at = installation.time_for(brief, at)?;
    let show = |sent: &DraftReceipt| {
        context.output.result(sent, || format!("{} to {}: {}", sent.language, sent.to, sent.reply))
    };
    send_draft(&installation, &context.actor(), brief, at, to, show).await?;
    Ok(Ending::Done)
}

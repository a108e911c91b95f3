//! `send`: a manual edition now; the same without doing it (`--dry-run`); and a test mail of the brief (`--to`).

use std::{process::ExitCode, sync::Arc, time::Duration};

use anyhow::bail;
use chrono::{DateTime, TimeDelta, Utc};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use tokio::sync::Notify;

use super::{
    context::{Context, random, snapshot},
    mail, serve,
};
use crate::{
    actions::{prepare::prepare, progress::Progress, subscribers::parse_address},
    base::{ids::EditionName, language::Language, plural::counted, problem::Problem, shutdown::Shutdown},
    config::Config,
    daemon,
    delivery::{mail::message::Attachment, rules::State},
    edition::{self, LedgerEntry, Made},
    monitoring::operator_mail::OperatorMailer,
    people::subscribers::Address,
    store::{CourierLock, Edition, Lease, Store, Tally},
    time::schedule::Outcome,
};

#[derive(Serialize)]
struct Sent<'a> {
    edition: EditionName,
    deliveries: u64,
    tally: &'a Tally,
}

/// Makes an edition and sees it through.
pub(super) async fn run(context: &Context, brief: &str, at: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    serve::logs(context.global.format, "warn");
    let config = context.config()?;
    let order = context.order(&config, context.brief(&config, brief)?, &[])?;
    config.ready_to_serve().into_result(())?;
    let store = context.store(&config).await?;
    let owner = random()?;
    // Nobody else sends? Then this process does, and settles first what others left.
    let lock = store.lock_courier()?.filter(CourierLock::is_alone);
    prepare(&store, &owner).await?;
    if let Some(reason) = store.on_hold().await?.why() {
        bail!("sending waits: {reason}; `greenbrief resume` ends that");
    }
    let now = context.now();
    let lease = Lease { owner: &owner, now, length: TimeDelta::minutes(15) };
    let occurrence = store.ledger().manual_occurrence(brief, at, &owner, context.actor().name(), &lease).await?;
    let made = edition::make(&store, &order, &occurrence, LedgerEntry::ON_TIME, now).await;
    let (edition, deliveries) = match made {
        Ok(Made::Released { edition, deliveries }) => (edition, deliveries),
        Ok(Made::Held { edition, problems }) => {
            context.output.problems(&problems);
            bail!("{} is held: nothing was sent", edition.name());
        }
        Ok(Made::TakenOver) => bail!("another process took this edition over"),
        Err(error) => {
            let recorded =
                store.ledger().record(&occurrence, Outcome::Failed, &format!("{error:#}"), context.now()).await;
            return Err(match recorded {
                Ok(_) => error,
                // The first error is the one that a person needs; but it is not over.
                Err(second) => error.context(format!(
                    "that this edition failed cannot be recorded ({second}); the next `greenbrief serve` records it; nothing was sent"
                )),
            });
        }
    };
    let well = see_through(context, &config, &store, (&owner, lock), &[(edition, deliveries)]).await?;
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Sees editions through that are released, with a courier of its own if this process has the lock, and says what became of
/// each. Were all mails of all of them sent?
pub(super) async fn see_through(
    context: &Context,
    config: &Config,
    store: &Store,
    (owner, lock): (&str, Option<CourierLock>),
    released: &[(Edition, u64)],
) -> anyhow::Result<bool> {
    for (edition, deliveries) in released {
        let readers = counted(*deliveries, "subscriber");
        context.output.say(format!("{} is released to {readers}", edition.name()))?;
    }
    let tallies = match lock {
        Some(lock) => {
            let courier = daemon::build_courier(config, store, &context.clock, owner, &lock, Arc::default())?;
            let (trigger, shutdown) = Shutdown::channel();
            let wake = Arc::new(Notify::new());
            let courier = tokio::spawn(courier.run(wake.clone(), shutdown));
            let tallies = watch_all(context, store, released).await;
            let told = tell_operators(config, store, context.now(), &wake).await;
            trigger.request();
            courier.await?;
            told?;
            tallies?
        }
        None => {
            context.output.say("The daemon sends it.")?;
            watch_all(context, store, released).await?
        }
    };
    let mut well = true;
    for ((edition, deliveries), tally) in released.iter().zip(&tallies) {
        let name = edition.name();
        let sent = Sent { edition: name, deliveries: *deliveries, tally };
        context.output.result(&sent, || tally.to_string())?;
        if let Some(edition) = store.editions().named(&edition.name()).await?
            && let Some(pause) = edition.paused
        {
            let problem = Problem::error(format!("{} is paused: {}", sent.edition, pause.why));
            let hint = format!("once that is mended, `greenbrief editions resume {}` goes on", sent.edition);
            context.output.problems(&problem.hint(hint).into());
        } else if let Some(why) = store.on_hold().await?.why() {
            let problem = Problem::error(format!("sending waits: {why}"));
            context.output.problems(&problem.hint("`greenbrief resume` ends that").into());
        } else if tally.of(State::Deferred) > 0 {
            context.output.say("Deferred mails are tried again by `greenbrief serve`.")?;
        }
        well &= tally.all() == tally.of(State::Sent);
    }
    Ok(well)
}

async fn watch_all(context: &Context, store: &Store, released: &[(Edition, u64)]) -> anyhow::Result<Vec<Tally>> {
    let mut tallies = Vec::new();
    for (edition, deliveries) in released {
        tallies.push(watch_over(context, store, edition, *deliveries).await?);
    }
    Ok(tallies)
}

/// How often it is looked at the mails, and how many looks later at their pace and at whether they wait for a person.
const LOOK: Duration = Duration::from_millis(100);
const LOOKS: u64 = 10;

#[derive(Serialize)]
struct Going<'a> {
    edition: &'a EditionName,
    progress: Progress,
}

/// Waits until no mail of the edition is on its way, with a bar on a terminal and a line every second for programs. Ctrl-C
/// ends the waiting, and so does a pause: nobody knows how long that is.
async fn watch_over(context: &Context, store: &Store, edition: &Edition, deliveries: u64) -> anyhow::Result<Tally> {
    // indicatif draws nothing where standard error is no terminal.
    let bar = ProgressBar::new(deliveries).with_style(
        ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let name = edition.name();
    let mut pace = String::new();
    for look in 1u64.. {
        let tally = store.outbox().tally(Some(edition.id)).await?;
        let open = Progress::new(&tally, 0.0).waiting;
        let mut waits = open == 0;
        if look.is_multiple_of(LOOKS) && !waits {
            let progress = Progress::new(&tally, store.outbox().rate(Some(edition.id), context.now()).await?);
            pace = progress.pace().map_or_else(String::new, |pace| format!("  {pace}"));
            if context.output.is_json() {
                context.output.result(&Going { edition: &name, progress }, String::new)?;
            }
            let now = store.editions().named(&edition.name()).await?;
            waits = now.is_some_and(|edition| edition.paused.is_some()) || store.on_hold().await?.why().is_some();
        }
        bar.set_position(u64::try_from(tally.all() - open).unwrap_or(0));
        bar.set_message(format!("{}{pace}", tally));
        if waits {
            break;
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    bar.finish_and_clear();
    // Once more, since it may have moved meanwhile.
    Ok(store.outbox().tally(Some(edition.id)).await?)
}

/// Without a daemon this is the courier that the operators' mails go with: those of this edition, if it is over, and any
/// alarm on the way to it.
async fn tell_operators(config: &Config, store: &Store, now: DateTime<Utc>, wake: &Notify) -> anyhow::Result<()> {
    OperatorMailer::of(config, store).report_editions(now).await?;
    wake.notify_one();
    for _ in 0..PATIENCE {
        if !store.outbox().others_on_their_way().await? || store.on_hold().await?.why().is_some() {
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}

/// So many looks the operators' mails may take; what has not gone then goes with the next courier.
const PATIENCE: usize = 100;

#[derive(Serialize)]
struct Rehearsed {
    language: Language,
    subject: String,
    pages: usize,
    bytes: usize,
    recipients: i64,
}

/// Says what would be sent.
pub(super) async fn rehearse(context: &Context, brief: &str, at: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    let order = context.order(&config, context.brief(&config, brief)?, &[])?;
    let snapshot = snapshot(context.figures(&config).await?, &order, at);
    let frame = order.frame(None, at);
    let store = context.found_store(&config).await?;
    let mut rows = Vec::new();
    for pressed in edition::typeset(&order.template, &snapshot, &order.languages, &frame)? {
        let recipients = match &store {
            Some(store) => store.people().audience(brief, pressed.language).await?,
            None => 0,
        };
        rows.push(Rehearsed {
            language: pressed.language,
            subject: pressed.mail.subject,
            pages: pressed.pages,
            bytes: pressed.pdf.len(),
            recipients,
        });
    }
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

/// A draft to somebody who is to look at it, in every language of the brief.
pub(super) async fn test(context: &Context, brief: &str, at: DateTime<Utc>, to: &[String]) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    let addresses = to.iter().map(|text| parse_address(text)).collect::<Result<Vec<Address>, _>>()?;
    let order = context.order(&config, context.brief(&config, brief)?, &[])?;
    let snapshot = snapshot(context.figures(&config).await?, &order, at);
    let frame = order.frame(None, at);
    let mut sender = mail::Sender::new(&config, None)?;
    for pressed in edition::typeset(&order.template, &snapshot, &order.languages, &frame)? {
        let language = pressed.language;
        let attachment = Attachment {
            name: &pressed.file_name(frame.date),
            ascii_name: &format!("{brief}-draft-{language}.pdf"),
            mime: "application/pdf",
            bytes: &pressed.pdf,
        };
        let test = mail::TestMail {
            subject: format!("[Test] {}", pressed.mail.subject),
            text: &pressed.mail.text,
            html: &pressed.mail.html,
            attachment: Some(attachment),
            language,
            brief: Some(brief),
        };
        for address in &addresses {
            let reply = sender.send(&test, address, context.now()).await?;
            let told = serde_json::json!({ "language": language, "to": address.as_str(), "reply": reply });
            context.output.result(&told, || format!("{language} to {address}: {reply}"))?;
        }
    }
    sender.end().await;
    Ok(ExitCode::SUCCESS)
}

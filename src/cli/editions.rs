//! `editions list`, `editions show`, `deliveries list`, `deliveries settle` and `stop`.

use std::process::ExitCode;

use serde::Serialize;

use super::{arguments::Editions, context::Context, output::counted, send::told};
use crate::{
    delivery::State,
    problem::{Problem, Problems},
    store::{Edition, EditionState, Mail, Store, Tally},
};

/// How many editions a list shows.
const NEWEST: i64 = 50;
/// How many mails are read at a time.
const PAGE: i64 = 1000;

#[derive(Serialize)]
struct Listed {
    #[serde(flatten)]
    edition: Edition,
    mails: Tally,
}

pub(super) async fn run(context: &Context, command: &Editions) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    match command {
        Editions::List => {
            let mut rows = Vec::new();
            if let Some(store) = context.found_store(&config).await? {
                for edition in store.editions(None, NEWEST).await? {
                    let mails = store.tally(Some(edition.id)).await?;
                    rows.push(Listed { edition, mails });
                }
            }
            context.output.table(&["EDITION", "STATE", "SLOT (UTC)", "MAILS"], &rows, |row| {
                vec![
                    format!("{}/{}", row.edition.brief, row.edition.number),
                    row.edition.state.to_string(),
                    row.edition.slot.format("%F %T").to_string(),
                    if row.edition.reason.is_empty() { told(&row.mails) } else { row.edition.reason.clone() },
                ]
            })?;
            if rows.is_empty() {
                context.output.say("There are no editions yet: `greenbrief plan` shows when the next is due.")?;
            }
        }
        Editions::Show { edition } => show(context, &context.needed_store(&config).await?, edition).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn show(context: &Context, store: &Store, edition: &(String, i64)) -> anyhow::Result<()> {
    let edition = context.edition(store, edition).await?;
    let mails = store.tally(Some(edition.id)).await?;
    let row = Listed { edition, mails };
    context.output.result(&row, || {
        let edition = &row.edition;
        let mut lines = vec![
            format!("{}/{}  {}", edition.brief, edition.number, edition.state),
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
        lines.push(format!("mails      {}", told(&row.mails)));
        lines.join("\n")
    })?;
    for state in [State::Failed, State::Unknown, State::Deferred] {
        let mails = store.mails(Some(row.edition.id), Some(state), 0, 20).await?;
        for mail in &mails {
            context.output.say(format!("  {} {}: {}", mail.state, mail.address, mail.reply))?;
        }
    }
    Ok(())
}

/// `deliveries list`.
pub(super) async fn deliveries(
    context: &Context,
    edition: Option<&(String, i64)>,
    state: Option<State>,
) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    let store = context.found_store(&config).await?;
    let edition = match edition {
        Some(edition) => Some(context.edition(&context.needed_store(&config).await?, edition).await?.id),
        None => None,
    };
    let mut after = 0;
    while let Some(store) = &store {
        let mails = store.mails(edition, state, after, PAGE).await?;
        let Some(last) = mails.last() else { break };
        let first = after == 0;
        after = last.id;
        let heads = ["ID", "EDITION", "TO", "LANGUAGE", "STATE", "TRIES", "SINCE (UTC)", "REPLY"];
        context.output.table(if first { &heads } else { &[] }, &mails, cells)?;
    }
    if after == 0 {
        context.output.say("There are no such mails.")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn cells(mail: &Mail) -> Vec<String> {
    vec![
        mail.id.to_string(),
        mail.edition.clone().unwrap_or_else(|| mail.kind.word().to_owned()),
        mail.address.clone(),
        mail.language.to_string(),
        mail.state.to_string(),
        mail.attempts.to_string(),
        mail.since.format("%F %T").to_string(),
        mail.reply.clone(),
    ]
}

#[derive(Serialize)]
struct Stopped {
    edition: String,
    cancelled: u64,
}

/// `stop`.
pub(super) async fn stop(context: &Context, edition: &(String, i64)) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    let store = context.needed_store(&config).await?;
    let edition = context.edition(&store, edition).await?;
    if !matches!(edition.state, EditionState::Released | EditionState::Stopped) {
        anyhow::bail!("{}/{} is {}: there is nothing to stop", edition.brief, edition.number, edition.state);
    }
    let cancelled = store.stop(&edition, &format!("stopped by {}", context.actor()), context.now()).await?;
    let tally = store.tally(Some(edition.id)).await?;
    let stopped = Stopped { edition: format!("{}/{}", edition.brief, edition.number), cancelled };
    context.output.result(&stopped, || {
        format!("{} is stopped: {} cancelled; in all {}", stopped.edition, counted(cancelled, "mail"), told(&tally))
    })?;
    Ok(ExitCode::SUCCESS)
}

/// `deliveries settle`.
pub(super) async fn settle(context: &Context, ids: &[i64], sent: bool) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    let store = context.needed_store(&config).await?;
    let mut refused = Problems::new();
    for id in ids {
        if store.settle_unknown(*id, sent, &context.actor(), context.now()).await? {
            let told = serde_json::json!({ "id": id, "sent": sent });
            context.output.result(&told, || {
                format!("{id} {}", if sent { "is recorded as sent" } else { "waits to be sent again" })
            })?;
        } else {
            refused.push(
                Problem::error(format!("mail {id} is not unknown"))
                    .hint("`greenbrief deliveries list --state unknown` names those that are"),
            );
        }
    }
    refused.into_result(ExitCode::SUCCESS).map_err(Into::into)
}

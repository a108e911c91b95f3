//! `deliveries list`, `deliveries show` and `deliveries settle`.

use std::process::ExitCode;

use super::context::Context;
use crate::{
    base::{
        ids::{EditionName, MailId},
        problem::{Problem, Problems},
    },
    delivery::rules::State,
    store::Mail,
};

/// How many mails are read at a time.
const PAGE: i64 = 1000;

/// `deliveries list`.
pub(super) async fn list(
    context: &Context,
    edition: Option<&EditionName>,
    state: Option<State>,
) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    let store = context.found_store(&config).await?;
    let edition = match edition {
        Some(edition) => Some(context.edition(&context.needed_store(&config).await?, edition).await?.id),
        None => None,
    };
    let mut after = None;
    while let Some(store) = &store {
        let mails = store.mails(edition, state, after, PAGE).await?;
        let Some(last) = mails.last() else { break };
        let first = after.is_none();
        after = Some(last.id);
        let heads = ["ID", "EDITION", "TO", "LANGUAGE", "STATE", "TRIES", "SINCE (UTC)", "REPLY"];
        context.output.table(if first { &heads } else { &[] }, &mails, cells)?;
    }
    if after.is_none() {
        context.output.say("There are no such mails.")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn cells(mail: &Mail) -> Vec<String> {
    vec![
        mail.id.to_string(),
        mail.edition.as_ref().map_or_else(|| mail.kind.word().to_owned(), ToString::to_string),
        mail.address.clone(),
        mail.language.to_string(),
        mail.state.to_string(),
        mail.attempts.to_string(),
        mail.since.format("%F %T").to_string(),
        mail.reply.clone(),
    ]
}

/// `deliveries show`.
pub(super) async fn show(context: &Context, id: MailId) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    let store = context.needed_store(&config).await?;
    let Some(mail) = store.mail(id).await? else {
        let problem = Problem::error(format!("there is no mail {id}"));
        return Err(Problems::from(problem.hint("`greenbrief deliveries list` shows their numbers")).into());
    };
    context.output.result(&mail, || text(&mail))?;
    Ok(ExitCode::SUCCESS)
}

fn text(mail: &Mail) -> String {
    let time = |time: chrono::DateTime<chrono::Utc>| time.format("%F %T UTC").to_string();
    let mut lines = vec![
        format!("mail       {}, {}", mail.id, mail.kind.word()),
        format!("to         {}", mail.address),
        format!("language   {}", mail.language),
        format!("state      {}, since {}", mail.state, time(mail.since)),
        format!("attempts   {}", mail.attempts),
        format!("put in     {}", time(mail.created)),
    ];
    if let Some(edition) = &mail.edition {
        lines.insert(1, format!("edition    {edition}"));
    }
    match mail.due {
        // A paused edition's are put aside until then.
        Some(due) if due == mail.give_up => lines.push("due        once its edition goes on".to_owned()),
        Some(due) => lines.push(format!("due        {}", time(due))),
        None => {}
    }
    lines.push(format!("given up   {}", time(mail.give_up)));
    lines.push(format!("id         {}", mail.message_id));
    if mail.unknowns > 0 {
        lines.push(format!("unknown    {} times so far", mail.unknowns));
    }
    if !mail.reply.is_empty() {
        lines.push(format!("last word  {}", mail.reply));
    }
    lines.extend(mail.decided.iter().map(|decided| format!("decided    {decided}")));
    lines.join("\n")
}

/// `deliveries settle`.
pub(super) async fn settle(context: &Context, ids: &[MailId], sent: bool) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    let store = context.needed_store(&config).await?;
    let mut refused = Problems::new();
    for id in ids {
        if store.settle_unknown(*id, sent, context.actor().name(), context.now()).await? {
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

//! `deliveries list`, `show` and `settle`.

use super::{context::Context, ending::Ending};
use crate::{
    actions::deliveries::{self, DeliveryDetails, ListRequest},
    base::{
        ids::{EditionName, MailId},
        plural::counted,
    },
    delivery::rules::State,
    store::{KeptBounce, Mail},
};

/// `deliveries list`.
pub(super) async fn list(context: &Context, request: &ListRequest) -> anyhow::Result<Ending> {
    let mut is_first = true;
    let print = |page: &[Mail]| {
        let heads: &[&str] = match is_first {
            true => &["ID", "EDITION", "TO", "LANGUAGE", "STATE", "TRIES", "SINCE (UTC)", "REPLY"],
            false => &[],
        };
        is_first = false;
        context.output.table(heads, page, cells)
    };
    deliveries::list(&context.installation()?, request, print).await?;
    if is_first {
        context.output.say("There are no such mails.")?;
    }
    Ok(Ending::Done)
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
pub(super) async fn show(context: &Context, id: MailId) -> anyhow::Result<Ending> {
    let shown = deliveries::show(&context.installation()?, id).await?;
    context.output.result(&shown, || details(&shown))?;
    Ok(Ending::Done)
}

fn details(DeliveryDetails { mail, bounce, came_back }: &DeliveryDetails) -> String {
    let time = |time: chrono::DateTime<chrono::Utc>| time.format("%F %T UTC").to_string();
    let mut lines = vec![
        format!("mail       {}, {}", mail.id, mail.kind.word()),
        format!("to         {}", mail.address),
        format!("language   {}", mail.language),
        format!("state      {}, since {}", mail.state, time(mail.since)),
        format!("attempts   {}", mail.attempts),
        format!("queued     {}", time(mail.created)),
    ];
    if let Some(edition) = &mail.edition {
        lines.insert(1, format!("edition    {edition}"));
    }
    match mail.due {
        // The mails of a paused edition, or to a paused domain, are put aside until they are given up.
        Some(due) if due == mail.give_up => lines.push("due        once its edition goes on".to_owned()),
        Some(due) => lines.push(format!("due        {}", time(due))),
        None => {}
    }
    match mail.state {
        State::Expired => lines.push(format!("given up   {}", time(mail.since))),
        // What has ended otherwise is not given up any more.
        state if state.is_open() => lines.push(format!("gives up   {}", time(mail.give_up))),
        _ => {}
    }
    lines.push(format!("id         {}", mail.message_id));
    if mail.unknowns > 0 {
        lines.push(format!("unknown    {} so far", counted(mail.unknowns, "time")));
    }
    if !mail.reply.is_empty() {
        lines.push(format!("last word  {}", mail.reply));
    }
    lines.extend(bounce.iter().map(|bounce| format!("bounced    {}", failed(bounce))));
    for reply in came_back {
        lines.push(format!("came back  {}, {}: {}", reply.at.format("%F %T UTC"), reply.kind, reply.outcome));
    }
    lines.extend(mail.decided.iter().map(|decided| format!("decided    {decided}")));
    lines.join("\n")
}

/// How a mail failed, in one line.
pub(super) fn failed(bounce: &KeptBounce) -> String {
    let KeptBounce { at, class, status, said, .. } = bounce;
    let status = if status.is_empty() { String::new() } else { format!(" {status}") };
    let said = if said.is_empty() { String::new() } else { format!(": {said}") };
    format!("{}, {class}{status}{said}", at.format("%F %T UTC"))
}

/// `deliveries settle`.
pub(super) async fn settle(context: &Context, ids: &[MailId], sent: bool) -> anyhow::Result<Ending> {
    let done = deliveries::settle(&context.installation()?, &context.actor(), ids, sent).await?;
    for mail in &done.settled {
        context.output.result(mail, || {
            format!("{} {}", mail.id, if sent { "is recorded as sent" } else { "waits to be sent again" })
        })?;
    }
    done.refused.into_result(Ending::Done).map_err(Into::into)
}

/// `deliveries settle --edition`.
pub(super) async fn settle_edition(
    context: &Context,
    edition: &EditionName,
    sent: bool,
    yes: bool,
) -> anyhow::Result<Ending> {
    let done = deliveries::settle_edition(&context.installation()?, &context.actor(), edition, sent, yes).await?;
    context.output.result(&done, || {
        let mails = counted(done.mails, "unknown mail");
        match (done.mails, done.done, done.sent) {
            (0, ..) => format!("{edition} has no unknown mail"),
            (_, false, true) => format!("{mails} of {edition} would be recorded as sent; --yes does it"),
            (_, false, false) => format!("{mails} of {edition} would be sent again; --yes does it"),
            (1, true, true) => format!("{mails} of {edition} is recorded as sent"),
            (_, true, true) => format!("{mails} of {edition} are recorded as sent"),
            (1, true, false) => format!("{mails} of {edition} waits to be sent again"),
            (_, true, false) => format!("{mails} of {edition} wait to be sent again"),
        }
    })?;
    Ok(Ending::Done)
}

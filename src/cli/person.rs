//! `subscribers show`, `export`, `forget`, `suppress` and `unsuppress`: all that concerns one person.

use std::io::{self, IsTerminal};

use super::{context::Context, ending::Ending, resend::confirm};
use crate::{
    actions::subscribers::{self, Forgotten},
    base::plural::counted,
    store::{PersonRecord, SignUp, SubscriptionMove},
};

pub(super) async fn show(context: &Context, address: &str) -> anyhow::Result<()> {
    let record = subscribers::record(&context.installation()?, address).await?;
    context.output.result(&record, || shown(&record))
}

/// One JSON object, whatever the format: it is handed to the person.
pub(super) async fn export(context: &Context, address: &str) -> anyhow::Result<()> {
    let record = subscribers::record(&context.installation()?, address).await?;
    let text = serde_json::to_string_pretty(&record)?;
    context.output.result(&record, || text)
}

pub(super) async fn forget(context: &Context, address: &str, yes: bool) -> anyhow::Result<Ending> {
    let installation = context.installation()?;
    let on_terminal = io::stdin().is_terminal() && io::stdout().is_terminal() && !context.output.is_json();
    if on_terminal && !yes {
        let record = subscribers::record(&installation, address).await?;
        let (subscriptions, mails) = (record.subscriptions.len() as u64, record.mails.len() as u64);
        let what = format!("{} and {}", counted(subscriptions, "subscription"), counted(mails, "mail"));
        if !confirm(&format!("Erase all that is known of {address}, with {what}? That cannot be undone."))? {
            context.output.say("Nothing was changed.")?;
            return Ok(Ending::Refused);
        }
    }
    let forgotten = subscribers::forget(&installation, &context.actor(), address).await?;
    context.output.result(&forgotten, || erased(&forgotten))?;
    Ok(Ending::Done)
}

pub(super) async fn suppress(context: &Context, address: &str, reason: &str) -> anyhow::Result<()> {
    let done = subscribers::suppress(&context.installation()?, &context.actor(), address, reason).await?;
    context.output.result(&done, || {
        let mails = counted(done.cancelled, "mail");
        format!("{} is mailed nothing any more; {mails} that waited will not be sent", done.address)
    })
}

pub(super) async fn unsuppress(context: &Context, address: &str, reason: &str) -> anyhow::Result<()> {
    let done = subscribers::unsuppress(&context.installation()?, &context.actor(), address, reason).await?;
    context.output.result(&done, || {
        let was = &done.was;
        format!("{} may be mailed again; it was suppressed on {}: {}", done.address, was.at.format("%F"), was.reason)
    })
}

fn erased(done: &Forgotten) -> String {
    let mut lines = vec![match done.known {
        true => format!(
            "{} is erased: {}, {}, {}",
            done.address,
            counted(done.subscriptions, "subscription"),
            counted(done.mails, "mail"),
            counted(done.files, "file")
        ),
        false => format!("nothing was known of {}; no import will subscribe it", done.address),
    }];
    if done.written_anew {
        lines.push("The database's file was written anew, since its free space still held the address.".to_owned());
    }
    if done.remains {
        lines.push(
            "The database's file still holds the address in free space: others kept it busy. Run this again."
                .to_owned(),
        );
    }
    for copy in &done.copies {
        lines.push(format!("This copy still holds the address: {}", copy.display()));
    }
    lines.join("\n")
}

fn shown(record: &PersonRecord) -> String {
    let mut lines = Vec::new();
    if record.is_empty() {
        lines.push(format!("Nothing is known of {}.", record.address));
    }
    if record.erased {
        lines.push("It was erased: no import subscribes it.".to_owned());
    }
    for one in &record.subscriptions {
        lines.push(format!("{} in {}: {} since {}", one.brief, one.language, one.state, one.since.format("%F %T UTC")));
        lines.extend(one.history.iter().map(moved));
    }
    lines.extend(record.sign_ups.iter().map(asked));
    for one in &record.removals {
        let from = one.brief.as_deref().unwrap_or("every brief");
        let again = one.again_at.map_or_else(String::new, |at| format!(", until {}", at.format("%F")));
        lines.push(format!("left {from} on {}{again}{}", one.at.format("%F"), said(&one.actor, &one.reason)));
    }
    if let Some(one) = &record.suppression {
        lines.push(format!("suppressed since {}{}", one.at.format("%F"), said(&one.actor, &one.reason)));
    }
    for one in &record.ended_suppressions {
        let (from, until) = (one.was.at.format("%F"), one.ended_at.format("%F"));
        let (was, ended) = (said(&one.was.actor, &one.was.reason), said(&one.ended_actor, &one.ended_reason));
        lines.push(format!("suppressed from {from} until {until}{was}{ended}"));
    }
    for mail in &record.mails {
        let what = mail.edition.as_ref().map_or_else(|| mail.kind.to_string(), ToString::to_string);
        lines.push(format!("mail {}: {what}, {} since {}", mail.id, mail.state, mail.since.format("%F %T UTC")));
    }
    lines.join("\n")
}

fn moved(made: &SubscriptionMove) -> String {
    let consent = made.consent.as_ref().map_or_else(String::new, |consent| format!("; consent: {consent}"));
    let said = said(&made.actor, &made.way);
    format!("  {} {} in {}{said}{consent}", made.at.format("%F %T"), made.state, made.language)
}

fn asked(one: &SignUp) -> String {
    let confirmed = match one.confirmed_at {
        Some(at) => format!("confirmed {}{}", at.format("%F %T"), from(&one.confirmed_network)),
        None => "not confirmed".to_owned(),
    };
    let asked = format!("{}{}", one.asked_at.format("%F %T"), from(&one.asked_network));
    format!("asked for {} by {} on {asked}, {confirmed}: “{}” ({})", one.brief, one.way, one.text, one.text_version)
}

fn from(network: &str) -> String {
    if network.is_empty() { String::new() } else { format!(" from {network}") }
}

fn said(actor: &str, why: &str) -> String {
    match (actor.is_empty(), why.is_empty()) {
        (true, true) => String::new(),
        (true, false) => format!(": {why}"),
        (false, true) => format!(", by {actor}"),
        (false, false) => format!(", by {actor}: {why}"),
    }
}

//! `subscribers list --suppressed`, `show`, `export`, `forget`, `suppress` and `unsuppress`: all that concerns one person.

use std::io::{self, IsTerminal};

use super::{context::Context, deliveries::failed, ending::Ending, resend::confirm};
use crate::{
    actions::{
        Error,
        subscribers::{self, Forgotten},
    },
    base::{plural::counted, problem::Problem},
    store::{MovedAway, PersonRecord, SignUp, SoftBounces, SubscriptionMove, SuppressedAddress},
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
    if !yes {
        let what = all_of(&subscribers::would_forget(&installation, address).await?);
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() || context.output.is_json() {
            let problem = Problem::error(format!("{address}{what} would be erased for good, and nobody can be asked"));
            return Err(Error::from(problem.hint("`--yes` erases it")).into());
        }
        if !confirm(&format!("Erase all that is known of {address}{what}? That cannot be undone."))? {
            context.output.say("Nothing was changed.")?;
            return Ok(Ending::Refused);
        }
    }
    let forgotten = subscribers::forget(&installation, &context.actor(), address).await?;
    context.output.result(&forgotten, || erased(&forgotten))?;
    Ok(Ending::Done)
}

/// `subscribers list --suppressed`.
pub(super) async fn list_suppressed(context: &Context) -> anyhow::Result<()> {
    let mut is_first = true;
    subscribers::list_suppressed(&context.installation()?, |page| {
        let heads: &[&str] = if is_first { &["ADDRESS", "SINCE (UTC)", "BY", "REASON"] } else { &[] };
        is_first = false;
        context.output.table(heads, page, |SuppressedAddress { address, suppression }| {
            let since = suppression.at.format("%F %T").to_string();
            vec![address.clone(), since, suppression.actor.clone(), suppression.reason.clone()]
        })
    })
    .await?;
    if is_first {
        context.output.say("No address is suppressed.")?;
    }
    Ok(())
}

pub(super) async fn suppress(context: &Context, address: &str, reason: &str) -> anyhow::Result<()> {
    let done = subscribers::suppress(&context.installation()?, &context.actor(), address, reason).await?;
    context.output.result(&done, || {
        let mails = counted(done.cancelled, "mail");
        let requests = not_confirmed(done.requests);
        let mut lines =
            vec![format!("{} is mailed nothing any more; {mails} that waited will not be sent{requests}", done.address)];
        if !done.known {
            lines.push("nothing is known of this address; it is suppressed all the same".to_owned());
        }
        lines.extend(done.moved.iter().map(|MovedAway { brief, address, since }| {
            let since = since.format("%F");
            format!(
                "{brief} has gone to {address} since {since}, and goes on there: `greenbrief subscribers suppress {address}` or \
                 `subscribers remove {address} --brief {brief}` ends that"
            )
        }));
        lines.join("\n")
    })
}

pub(super) async fn unsuppress(context: &Context, address: &str, reason: &str) -> anyhow::Result<()> {
    let done = subscribers::unsuppress(&context.installation()?, &context.actor(), address, reason).await?;
    context.output.result(&done, || {
        let was = &done.was;
        format!("{} may be mailed again; it was suppressed on {}: {}", done.address, was.at.format("%F"), was.reason)
    })
}

/// What is said of requests that are over.
pub(super) fn not_confirmed(requests: u64) -> String {
    match requests {
        0 => String::new(),
        1 => ", 1 request that was not confirmed yet is over".to_owned(),
        _ => format!(", {requests} requests that were not confirmed yet are over"),
    }
}

/// What is erased with an address, or would be: former addresses, and how much of each kind.
fn all_of(done: &Forgotten) -> String {
    let with = with_former(done);
    if done.known || done.in_maildir > Some(0) { format!("{with} ({})", kinds(done)) } else { with }
}

fn with_former(done: &Forgotten) -> String {
    if done.former.is_empty() { String::new() } else { format!(" with {}", done.former.join(", ")) }
}

fn kinds(done: &Forgotten) -> String {
    let mut kinds = vec![
        counted(done.subscriptions, "subscription"),
        counted(done.moves, "history entry"),
        counted(done.sign_ups, "request"),
        counted(done.refusals, "refusal"),
        counted(done.mails, "mail"),
        counted(done.came_back, "reply"),
        counted(done.files, "file"),
    ];
    kinds.extend(done.in_maildir.map(|files| counted(files, "maildir file")));
    kinds.join(", ")
}

fn erased(done: &Forgotten) -> String {
    let mut lines = vec![match done.known {
        true => format!("{}{} is erased: {}", done.address, with_former(done), kinds(done)),
        false if done.in_maildir > Some(0) => format!(
            "nothing was known of {}; no import will subscribe it; {} named it, and went",
            done.address,
            counted(done.in_maildir.unwrap_or_default(), "maildir file")
        ),
        false => format!("nothing was known of {}; no import will subscribe it", done.address),
    }];
    for path in &done.unread {
        lines.push(format!(
            "This mail of somebody else names the address, and is not read yet: {}. Run this again once `serve` has read it.",
            path.display()
        ));
    }
    lines.extend(done.left_in_maildir.iter().map(|what| format!("In the maildir {what}.")));
    if let Some(mailbox) = &done.mailbox {
        lines.push(format!("greenbrief deletes no mail in {mailbox}: search it for the address."));
    }
    if done.told > 0 {
        let (mails, operators) = (counted(done.told, "mail"), done.operators.join(", "));
        let to = if operators.is_empty() { "operators of before".to_owned() } else { operators };
        lines.push(format!("{mails} about the person went to {to}: copies stay in those mailboxes."));
    }
    for kept in &done.kept {
        lines.push(format!("{kept} was an address of the same person, but is subscribed anew: it was left as it is."));
    }
    for other in &done.lives_on {
        lines.push(format!(
            "The reader went on to {other}, of which nothing was erased: `greenbrief subscribers forget {other}`"
        ));
    }
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
        let ends = format!("`greenbrief subscribers unsuppress {} --reason TEXT` ends that", record.address);
        lines.push(match one.is_by_bounce() {
            true => format!("  {ends}, and so does the reader who confirms a mail that comes there"),
            false => format!("  {ends}; the reader alone does not"),
        });
    }
    for one in &record.ended_suppressions {
        let (from, until) = (one.was.at.format("%F"), one.ended_at.format("%F"));
        let (was, ended) = (said(&one.was.actor, &one.was.reason), said(&one.ended_actor, &one.ended_reason));
        lines.push(format!("suppressed from {from} until {until}{was}{ended}"));
    }
    for mail in &record.mails {
        let what = mail.edition.as_ref().map_or_else(|| mail.kind.to_string(), ToString::to_string);
        lines.push(format!("mail {}: {what}, {} since {}", mail.id, mail.state, mail.since.format("%F %T UTC")));
        let bounces = record.bounces.iter().filter(|bounce| bounce.mail == mail.id);
        lines.extend(bounces.map(|bounce| format!("  bounced {}", failed(bounce))));
    }
    if let Some(SoftBounces { number, first, .. }) = &record.soft_bounces {
        lines.push(format!("{} in a row since {}", counted(number.unsigned_abs(), "soft bounce"), first.format("%F")));
    }
    for reply in &record.came_back {
        let at = reply.at.format("%F %T UTC");
        lines.push(format!("came back {}: {} on {at}: {}", reply.id, reply.kind, reply.outcome));
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

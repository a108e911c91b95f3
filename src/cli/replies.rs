//! `replies read`, `show` and `list`.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use super::{arguments::RepliesCommand, context::Context, ending::Ending};
use crate::{
    actions::{
        self,
        replies::{self, Given, ReplyDetails, Verdict},
    },
    base::problem::Problem,
    delivery::replies::{Envelope, MAX_SIZE},
    store::{KeptReply, ReplyQuery},
};

pub(super) async fn run(context: &Context, command: &RepliesCommand) -> anyhow::Result<Ending> {
    match command {
        RepliesCommand::Read { files, recipient, sender } => {
            let envelope = Envelope { sender: sender.clone(), recipients: recipient.clone() };
            let installation = context.installation()?;
            for file in files {
                let name = file.display().to_string();
                let bytes = contents(file)
                    .map_err(|why| actions::Error::from(Problem::error(format!("{name} cannot be read: {why}"))))?;
                let given = Given { name: &name, bytes: &bytes, envelope: &envelope };
                let verdict = replies::read(&installation, &context.actor(), &given).await?;
                context.output.result(&verdict, || told(&name, &verdict))?;
            }
            if replies::waits_for_serve(&installation).await? {
                context.output.say(
                    "Mails that follow from this, such as confirmations and answers for the operators, wait: `greenbrief serve` sends them.",
                )?;
            }
        }
        RepliesCommand::Show { name } => {
            let shown = replies::show(&context.installation()?, name).await?;
            context.output.result(&shown, || details(&shown))?;
        }
        RepliesCommand::List { kind, address, last } => {
            let address = address.as_ref().map(|address| actions::subscribers::parse_address(address)).transpose()?;
            let key = address.as_ref().map(|address| address.key());
            let query = ReplyQuery { kind: kind.as_deref(), address: key, mail: None };
            let found = replies::list(&context.installation()?, query, last.get()).await?;
            context.output.table(
                &["NUMBER", "READ (UTC)", "KIND", "ABOUT", "EDITION", "STATUS", "OUTCOME"],
                &found,
                cells,
            )?;
            if found.is_empty() {
                context.output.say("No such mail came back.")?;
            }
        }
    }
    Ok(Ending::Done)
}

/// The beginning of a mail, which is all that is looked at; what follows is not kept in memory.
fn contents(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_SIZE).unwrap_or(u64::MAX);
    if file == Path::new("-") {
        io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    } else {
        File::open(file)?.take(most).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

fn told(name: &str, verdict: &Verdict) -> String {
    let again = if verdict.is_new { "" } else { " (read before)" };
    let mut text = format!("{name}: {}{again}", verdict.kind);
    if !verdict.address.is_empty() {
        text.push_str(&format!(", {}", verdict.address));
    }
    if let (Some(mail), Some(edition)) = (verdict.mail, &verdict.edition) {
        text.push_str(&format!(", mail {mail} of {edition} by its {}", verdict.found_by));
    }
    text.push_str(&format!("\n  {}", verdict.outcome));
    if !verdict.said.is_empty() {
        text.push_str(&format!("\n  {}", verdict.said));
    }
    text
}

fn details(ReplyDetails { reply, text }: &ReplyDetails) -> String {
    let mut lines = vec![
        format!("number     {}, {}", reply.id, reply.kind),
        format!("read       {}", reply.at.format("%F %T UTC")),
    ];
    let edition = reply.edition.as_ref().map_or_else(String::new, ToString::to_string);
    let mail = reply.mail.map_or_else(String::new, |mail| format!("{mail}, found by its {}", reply.found_by));
    for (name, value) in [
        ("about", &reply.address),
        ("edition", &edition),
        ("mail", &mail),
        ("status", &reply.status),
        ("said", &reply.said),
        ("outcome", &reply.outcome),
    ] {
        if !value.is_empty() {
            lines.push(format!("{name:<10} {value}"));
        }
    }
    lines.extend(text.iter().map(|text| format!("\n{}", text.trim_end())));
    lines.join("\n")
}

fn cells(reply: &KeptReply) -> Vec<String> {
    vec![
        reply.id.to_string(),
        reply.at.format("%F %T").to_string(),
        reply.kind.clone(),
        reply.address.clone(),
        reply.edition.as_ref().map_or_else(String::new, ToString::to_string),
        reply.status.clone(),
        reply.outcome.clone(),
    ]
}

//! `[mail]`: who sends. Over which relays is in `relays`, how fast in `pace`; sending is not here.

use super::{
    Mail, Transport, dkim,
    mailbox::{self, Mailbox},
    pace,
    reader::{Given, Reader},
    relays,
    settings::{Surroundings, address},
};
use crate::delivery::rules::DeliveryGuarantee;

pub(super) const TRANSPORTS: [&str; 2] = ["folder", "smtp"];
pub(super) const UNKNOWN: [&str; 2] = ["at_most_once", "at_least_once"];

/// Reads the section.
pub(super) fn read(section: Reader<'_>, around: &Surroundings<'_>) -> Option<Mail> {
    let mut section = section;
    let transport = section.text("transport");
    let smtp = choice(transport.as_ref(), &TRANSPORTS, around).unwrap_or("folder") == "smtp";
    let from = section.needed_text("from", "from = \"Green Economy Brief <brief@example.org>\"");
    let from = from.and_then(|given| mailbox(&given, around));
    let reply_to = section.text("reply_to").and_then(|given| mailbox(&given, around));
    let unsubscribe = section.text("unsubscribe_mailbox").and_then(|given| address(&given, around.sink));
    let unknown = section.text("unknown");
    let unknown = match choice(unknown.as_ref(), &UNKNOWN, around) {
        None | Some("at_most_once") => DeliveryGuarantee::AtMostOnce,
        Some(_) => DeliveryGuarantee::AtLeastOnce,
    };
    if smtp {
        section.need("host", "host = \"smtp.example.org\": the name of the relay");
    }
    let relay = relays::first(&mut section, smtp, around);
    let further = relays::further(&mut section, smtp, around);
    if let (Some(first), Some(further)) = (&relay, &further) {
        relays::somebody_has_a_share(&section, first, further, around);
    }
    let pace = pace::read(&mut section, around);
    let keys = section.section("dkim");
    let signers = keys.map_or_else(Vec::new, |keys| dkim::read(keys, from.as_ref().map(|from| &from.address), around));
    section.finish();
    let from = from?;
    Some(Mail {
        transport: if smtp { Transport::Smtp(relay?) } else { Transport::Folder },
        relays: further?,
        pace,
        from: from.text,
        from_address: from.address,
        reply_to: reply_to.map(|mailbox| mailbox.text),
        unsubscribe_mailbox: unsubscribe,
        unknown,
        signers,
        place_of_transport: transport.map(|given| given.place()),
    })
}

/// One of a few words.
pub(super) fn choice(
    given: Option<&Given<'_>>,
    words: &[&'static str],
    around: &Surroundings<'_>,
) -> Option<&'static str> {
    let given = given?;
    let found = words.iter().copied().find(|word| *word == given.text);
    if found.is_none() {
        let list: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        let problem = given.error(format!("this is none of {}", list.join(", ")));
        let near = words.iter().copied().find(|word| word.eq_ignore_ascii_case(given.text));
        around.sink.push(match (near, given.text.to_lowercase().as_str()) {
            (Some(word), _) => problem.hint(format!("did you mean `{word}`?")),
            (_, "ssl" | "smtps" | "tls") => {
                problem.hint("did you mean `implicit`? It is TLS from the first byte, port 465")
            }
            (_, "start_tls" | "start-tls") => problem.hint("did you mean `starttls`?"),
            _ => problem.did_you_mean(given.text, words.iter().copied()),
        });
    }
    found
}

fn mailbox(given: &Given<'_>, around: &Surroundings<'_>) -> Option<Mailbox> {
    match mailbox::parse(given.text) {
        Ok(mailbox) => Some(mailbox),
        Err((what, hint)) => {
            around.sink.push(given.error(what).hint(hint));
            None
        }
    }
}

/// Can this stand between the dots of a name?
pub(super) fn is_label(label: &str) -> bool {
    let inside = label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    (1..=63).contains(&label.len()) && inside && !label.starts_with('-') && !label.ends_with('-')
}

//! `[mail]`: who sends. Over which relays is in `relays`, how fast in `pace`; sending is not here.

use std::collections::BTreeMap;

use crate::{
    base::problem::{Place, Problem},
    config::{
        reading::{
            context::Context,
            table_reader::{TableReader, TextValue},
        },
        settings::{
            dkim,
            pace::{self, Pace},
            relays::{self, Smtp},
        },
        values::{mailboxes, words},
    },
    delivery::{dkim::Signer, rules::DeliveryGuarantee},
    people::subscribers::Address,
};

/// Who sends, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Mail {
    /// Where mails go.
    pub transport: Transport,
    /// Further relays by name; they are used with that of the transport.
    pub relays: BTreeMap<String, Smtp>,
    /// How fast mails go.
    pub pace: Pace,
    /// The From header: `"Name" <address>` or an address.
    pub from: String,
    /// The address in it: the envelope's sender.
    pub from_address: Address,
    /// The Reply-To header.
    pub reply_to: Option<String>,
    /// The address in it.
    pub reply_to_address: Option<Address>,
    /// Where a mail that ends a subscription is sent to.
    pub unsubscribe_mailbox: Option<Address>,
    /// The envelope's sender, to which each mail adds its token: `bounce@…` becomes `bounce+TOKEN@…`. Without it mails come
    /// back to the address of From.
    pub bounce_mailbox: Option<Address>,
    /// What becomes of a mail of which nobody can say whether it went out.
    pub unknown: DeliveryGuarantee,
    /// What every mail is signed with, in the order of the file; nothing if the relay signs, or nobody.
    pub signers: Vec<Signer>,
    /// Where the transport is chosen, to show it in a problem.
    pub place_of_transport: Option<Place>,
}

/// Where mails go.
#[derive(Debug, Clone, PartialEq)]
pub enum Transport {
    /// Files in `reports/outbox/`: nothing leaves the machine.
    Folder,
    /// A relay.
    Smtp(Smtp),
}

pub(in crate::config) const TRANSPORTS: [&str; 2] = ["folder", "smtp"];
pub(in crate::config) const DEFAULT_TRANSPORT: &str = "folder";
pub(in crate::config) const UNKNOWN: [&str; 2] = ["at_most_once", "at_least_once"];

/// Reads the section.
pub(in crate::config) fn read(section: TableReader<'_>, context: &Context<'_>) -> Option<Mail> {
    let mut section = section;
    let transport = section.text("transport");
    let smtp = words::read(transport.as_ref(), &TRANSPORTS, context.sink).unwrap_or(DEFAULT_TRANSPORT) == "smtp";
    let from = section.needed_text("from", "from = \"Green Economy Brief <brief@example.org>\"");
    let from = from.and_then(|given| mailboxes::read(&given, context.sink));
    let reply_to = section.text("reply_to").and_then(|given| mailboxes::read(&given, context.sink));
    let unsubscribe =
        section.text("unsubscribe_mailbox").and_then(|given| mailboxes::read_address(&given, context.sink));
    let bounce = section.text("bounce_mailbox");
    let place_of_bounce = bounce.as_ref().map(TextValue::place);
    let bounce = bounce.and_then(|given| mailboxes::read_address(&given, context.sink));
    let unknown = section.text("unknown");
    let unknown = match words::read(unknown.as_ref(), &UNKNOWN, context.sink) {
        None | Some("at_most_once") => DeliveryGuarantee::AtMostOnce,
        Some(_) => DeliveryGuarantee::AtLeastOnce,
    };
    if smtp {
        section.need("host", "host = \"smtp.example.org\": the name of the relay");
    }
    let relay = relays::first(&mut section, smtp, context);
    let further = relays::further(&mut section, smtp, context);
    if let (Some(first), Some(further)) = (&relay, &further) {
        relays::somebody_has_a_share(&section, first, further, context);
    }
    let pace = pace::read(&mut section, context);
    let keys = section.section("dkim");
    let signers = keys.map_or_else(Vec::new, |keys| dkim::read(keys, from.as_ref().map(|from| &from.address), context));
    section.finish();
    let from = from?;
    if let (Some(mailbox), Some(place)) = (&bounce, place_of_bounce) {
        is_near(mailbox, &from.address, place, context);
    }
    Some(Mail {
        transport: if smtp { Transport::Smtp(relay?) } else { Transport::Folder },
        relays: further?,
        pace,
        from: from.text,
        from_address: from.address,
        reply_to_address: reply_to.as_ref().map(|mailbox| mailbox.address.clone()),
        reply_to: reply_to.map(|mailbox| mailbox.text),
        unsubscribe_mailbox: unsubscribe,
        bounce_mailbox: bounce,
        unknown,
        signers,
        place_of_transport: transport.map(|given| given.place()),
    })
}

/// Warns of a mailbox for bounces in a domain that has nothing to do with that of From.
fn is_near(mailbox: &Address, from: &Address, place: Place, context: &Context<'_>) {
    let (domain, own) = (mailbox.domain(), from.domain());
    let is_below = |one: &str, other: &str| one.strip_suffix(other).is_some_and(|rest| rest.ends_with('.'));
    if domain != own && !is_below(domain, own) && !is_below(own, domain) {
        let what = format!("`mail.bounce_mailbox` is at {domain}, and `mail.from` at {own}");
        let problem = Problem::warning(what)
            .at(place)
            .hint(format!("SPF counts for DMARC only in the domain of From, or below or above it: bounce@{own}"))
            .hint(format!("bounces come back only if the mail server of {domain} hands them over to greenbrief, too"));
        context.sink.push(problem);
    }
}

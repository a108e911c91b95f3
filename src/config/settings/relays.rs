//! The relays: `[mail]`'s own keys are the first, further ones stand in `[mail.relays.NAME]`. Where their passwords come from
//! is in `login`.

use std::collections::BTreeMap;

use crate::{
    base::problem::Problem,
    config::{
        environment::SMTP_PASSWORD,
        reading::{
            context::Context,
            table_reader::{TableReader, TextValue},
        },
        settings::login::{GivenLogin, Login, PasswordSource},
        values::{
            hostnames::{self, is_label, is_loopback},
            words,
        },
    },
};

/// What the relay of `[mail]` itself is called beside others.
pub const FIRST_RELAY: &str = "first";

/// The relay that mails are handed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smtp {
    /// Its name or IP address.
    pub host: String,
    /// 465, 587 or 25 unless it is given.
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: Tls,
    /// Who logs in, if the relay asks for it.
    pub login: Option<Login>,
    /// The name in EHLO; the machine's if there is none.
    pub helo: Option<String>,
    /// How many connections at once, 1 to 50.
    pub connections: usize,
    /// Its share of the mails beside those of other relays; 0: it is used only while no other can be reached.
    pub weight: u32,
}

/// How a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// TLS from the first byte (RFC 8314).
    Implicit,
    /// Plain, then STARTTLS; without it nothing is sent (RFC 3207).
    Starttls,
    /// Not at all.
    None,
}

impl Tls {
    /// What the word in the config means, or what is so without one.
    pub(in crate::config) fn named(word: Option<&str>) -> Tls {
        match word {
            None | Some("implicit") => Tls::Implicit,
            Some("starttls") => Tls::Starttls,
            Some(_) => Tls::None,
        }
    }

    /// The port of an IMAP server that is asked for it (RFC 8314, RFC 9051).
    pub(in crate::config) const fn usual_imap_port(self) -> u16 {
        match self {
            Tls::Implicit => 993,
            Tls::Starttls | Tls::None => 143,
        }
    }

    /// The port of a relay that is asked for it.
    pub(in crate::config) const fn usual_port(self) -> u16 {
        match self {
            Tls::Implicit => 465,
            Tls::Starttls => 587,
            Tls::None => 25,
        }
    }
}

pub(in crate::config) const TLS: [&str; 3] = ["implicit", "starttls", "none"];
pub(in crate::config) const DEFAULT_CONNECTIONS: i64 = 2;
pub(in crate::config) const DEFAULT_WEIGHT: u32 = 1;
/// The most connections to a relay: more are taken for an attack.
pub(in crate::config) const MOST_CONNECTIONS: i64 = 50;
pub(in crate::config) const MOST_WEIGHT: i64 = 1000;
/// The name of a relay, for hints.
const EXAMPLE: &str = "smtp.example.org";
/// The environment has the password of the first relay alone.
const FIRST: PasswordSource = PasswordSource { variable: Some(SMTP_PASSWORD), file: "smtp-password" };
const FURTHER: PasswordSource = PasswordSource { variable: None, file: "smtp-password" };

/// The relay of `[mail]` itself.
pub(in crate::config) fn first(section: &mut TableReader<'_>, smtp: bool, context: &Context<'_>) -> Option<Smtp> {
    relay(section, smtp, FIRST, context)
}

/// Reads the relays of `[mail.relays.NAME]`, by name. Returns `None` if one cannot be read.
pub(in crate::config) fn further(
    section: &mut TableReader<'_>,
    smtp: bool,
    context: &Context<'_>,
) -> Option<BTreeMap<String, Smtp>> {
    let Some(mut relays) = section.section("relays") else { return Some(BTreeMap::new()) };
    let mut found = Some(BTreeMap::new());
    for (entry, table) in relays.named() {
        let mut table = table;
        let name = &entry.key;
        if *name == FIRST_RELAY {
            let what = format!("`{FIRST_RELAY}` is the relay of [mail] itself");
            context.sink.push(Problem::error(what).at(entry.span.place()).hint("give this one another name"));
        } else if !is_label(name) {
            let what = format!("`{name}` cannot be the name of a relay");
            let hint = "letters, digits, hyphens and underscores, such as [mail.relays.second]";
            context.sink.push(Problem::error(what).at(entry.span.place()).hint(hint));
        }
        table.need("host", "host = \"smtp2.example.org\": the name of the relay");
        match (relay(&mut table, smtp, FURTHER, context), &mut found) {
            (Some(relay), Some(found)) => drop(found.insert(name.clone(), relay)),
            _ => found = None,
        }
        table.finish();
    }
    relays.finish();
    found
}

/// With all weights 0 nobody would get a mail as long as all is well.
pub(in crate::config) fn somebody_has_a_share(
    section: &TableReader<'_>,
    first: &Smtp,
    further: &BTreeMap<String, Smtp>,
    context: &Context<'_>,
) {
    if first.weight > 0 || further.values().any(|relay| relay.weight > 0) {
        return;
    }
    let what = if further.is_empty() {
        "the only relay has weight 0: it is used only while another cannot be reached"
    } else {
        "all relays have weight 0: each is used only while another cannot be reached"
    };
    let mut problem = Problem::error(what).hint("give a weight of 1 or more to the one that mails usually go by");
    problem.place = section.place_of("weight");
    context.sink.push(problem);
}

/// The keys of one relay. They only matter with smtp; they are checked with the folder transport too, so that changing
/// `transport` is all that is left to do.
fn relay(section: &mut TableReader<'_>, smtp: bool, source: PasswordSource, context: &Context<'_>) -> Option<Smtp> {
    let host = section
        .text("host")
        .and_then(|given| hostnames::read(&given, EXAMPLE, context.sink).map(|host| (host, given.place())));
    let tls_given = section.text("tls");
    let tls = Tls::named(words::read(tls_given.as_ref(), &TLS, context.sink));
    let port = section.whole("port", 1..=65_535).and_then(|port| u16::try_from(port).ok());
    let port = port.unwrap_or(tls.usual_port());
    let helo = section.text("helo").and_then(|given| hostnames::read(&given, EXAMPLE, context.sink));
    let connections = section.whole("connections", 1..=MOST_CONNECTIONS).unwrap_or(DEFAULT_CONNECTIONS);
    let weight = section.whole("weight", 0..=MOST_WEIGHT);
    let given = GivenLogin::read(section, source, context);
    if let (Tls::None, Some((host, place))) = (tls, &host)
        && !is_loopback(host)
    {
        let place = tls_given.as_ref().map_or_else(|| place.clone(), TextValue::place);
        let hint = "write tls = \"implicit\" (port 465) or tls = \"starttls\" (port 587)";
        let problem = if given.has_username() {
            Problem::error(format!("the password would go to {host} without encryption"))
        } else {
            Problem::warning(format!("mails would go to {host} without encryption"))
        };
        context.sink.push(problem.at(place).hint(hint));
    }
    let login = if smtp { given.login(context) } else { None };
    if let (true, Some(file)) = (smtp, given.unused_file()) {
        let what = format!("`{0}.password_file` is not used: there is no `{0}.username`", section.name());
        context.sink.push(Problem::warning(what).at(file.place()));
    }
    let connections = usize::try_from(connections).unwrap_or(1);
    let weight = weight.and_then(|weight| u32::try_from(weight).ok()).unwrap_or(DEFAULT_WEIGHT);
    Some(Smtp { host: host?.0, port, tls, login, helo, connections, weight })
}

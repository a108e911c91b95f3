//! The relays: `[mail]`'s own keys are the first, further ones stand in `[mail.relays.NAME]`; and where their passwords
//! come from.

use std::{collections::BTreeMap, net::IpAddr};

use crate::{
    base::problem::Problem,
    config::{
        environment::SMTP_PASSWORD,
        part::Part,
        reading::{
            context::Context,
            secret_file::SecretFile,
            table_reader::{TableReader, TextValue},
            toml_tree::Entry,
        },
        secret::Secret,
        values::{hostnames::is_label, words},
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

    /// The port of a relay that is asked for it.
    pub(in crate::config) const fn usual_port(self) -> u16 {
        match self {
            Tls::Implicit => 465,
            Tls::Starttls => 587,
            Tls::None => 25,
        }
    }
}

/// A name and its password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The name.
    pub username: String,
    /// From the environment or a file, never from the config. `None` in a config that was read without its secrets.
    pub password: Option<Secret>,
}

pub(in crate::config) const TLS: [&str; 3] = ["implicit", "starttls", "none"];
pub(in crate::config) const DEFAULT_CONNECTIONS: i64 = 2;
pub(in crate::config) const DEFAULT_WEIGHT: u32 = 1;
/// The most connections to a relay: more are taken for an attack.
pub(in crate::config) const MOST_CONNECTIONS: i64 = 50;
pub(in crate::config) const MOST_WEIGHT: i64 = 1000;
const PASSWORD_FILE: SecretFile = SecretFile {
    kind: "password",
    most: 4096,
    hint: "the file holds the password and nothing else; its path is relative to this file",
};

/// Where a relay's password comes from. The environment has one, for the first relay.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    EnvironmentOrFile,
    File,
}

impl Source {
    fn hint(self, file: &str) -> String {
        let file = format!("into {file} and name that: password_file = \"smtp-password\"");
        match self {
            Source::EnvironmentOrFile => format!("put it into the environment variable {SMTP_PASSWORD}, or {file}"),
            Source::File => format!("put it {file}"),
        }
    }
}

/// The relay of `[mail]` itself.
pub(in crate::config) fn first(section: &mut TableReader<'_>, smtp: bool, context: &Context<'_>) -> Option<Smtp> {
    relay(section, smtp, Source::EnvironmentOrFile, context)
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
        match (relay(&mut table, smtp, Source::File, context), &mut found) {
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

/// The keys of one relay. They only matter with smtp; they are checked with the folder transport too, so that changing `transport` is
/// all that is left to do.
fn relay(section: &mut TableReader<'_>, smtp: bool, source: Source, context: &Context<'_>) -> Option<Smtp> {
    let host = section.text("host").and_then(|given| host(&given, context).map(|host| (host, given.place())));
    let tls_given = section.text("tls");
    let tls = Tls::named(words::read(tls_given.as_ref(), &TLS, context.sink));
    let port = section.whole("port", 1..=65_535).and_then(|port| u16::try_from(port).ok());
    let port = port.unwrap_or(tls.usual_port());
    let helo = section.text("helo").and_then(|given| self::host(&given, context));
    let connections = section.whole("connections", 1..=MOST_CONNECTIONS).unwrap_or(DEFAULT_CONNECTIONS);
    let weight = section.whole("weight", 0..=MOST_WEIGHT);
    let username = section.text("username");
    let file = section.text("password_file");
    let literal = section.forbidden("password");
    if let Some(entry) = literal {
        context.sink.push(no_password_here(entry, source));
    }
    if let (Tls::None, Some((host, place))) = (tls, &host)
        && !is_loopback(host)
    {
        let place = tls_given.as_ref().map_or_else(|| place.clone(), TextValue::place);
        let hint = "write tls = \"implicit\" (port 465) or tls = \"starttls\" (port 587)";
        let problem = match &username {
            Some(_) => Problem::error(format!("the password would go to {host} without encryption")),
            None => Problem::warning(format!("mails would go to {host} without encryption")),
        };
        context.sink.push(problem.at(place).hint(hint));
    }
    let login = match (username, smtp) {
        (Some(username), true) => Some(Login {
            username: username.text.to_owned(),
            password: context
                .sink
                .about(Part::Secrets, || password(&username, file.as_ref(), literal.is_some(), source, context)),
        }),
        (None, true) if file.is_some() => {
            let place = file.as_ref().map(TextValue::place);
            let mut problem = Problem::warning(format!(
                "`{0}.password_file` is not used: there is no `{0}.username`",
                section.name()
            ));
            problem.place = place;
            context.sink.push(problem);
            None
        }
        _ => None,
    };
    let connections = usize::try_from(connections).unwrap_or(1);
    let weight = weight.and_then(|weight| u32::try_from(weight).ok()).unwrap_or(DEFAULT_WEIGHT);
    Some(Smtp { host: host?.0, port, tls, login, helo, connections, weight })
}

/// A host's name or IP address, without anything around it.
fn host(given: &TextValue<'_>, context: &Context<'_>) -> Option<String> {
    let text = given.text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    if bare.parse::<IpAddr>().is_ok() {
        return Some(bare.to_owned());
    }
    let problem = if text.contains("://") {
        given.error("this is a URL, not the name of a host").hint("write the name alone, such as \"smtp.example.org\"")
    } else if text.contains('@') {
        given
            .error("this is a mail address, not the name of a host")
            .hint("write the relay's name, such as \"smtp.example.org\"")
    } else if text.contains(':') {
        given.error("this is not the name of a host").hint("the port has a key of its own: port = 465")
    } else if text.len() > 253 || !text.split('.').all(is_label) {
        given
            .error("this is not the name of a host")
            .hint("letters, digits and hyphens between dots; a name in other letters in its xn-- form")
    } else {
        return Some(text.to_owned());
    };
    context.sink.push(problem);
    None
}

/// Does this host mean the machine itself?
fn is_loopback(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn no_password_here(entry: &Entry, source: Source) -> Problem {
    let problem = Problem::error("a password does not belong in the config").at(entry.span.place());
    let problem = if entry.node.typed.is_some() {
        problem.hint("what is typed here appears in the shell's history and in the list of processes")
    } else {
        problem.hint("config files are copied, shown and kept; whoever saw this one may know the password: change it")
    };
    problem.hint(source.hint("a file of its own"))
}

/// The environment's password where it counts, else that of the file.
fn password(
    username: &TextValue<'_>,
    file: Option<&TextValue<'_>>,
    reported: bool,
    source: Source,
    context: &Context<'_>,
) -> Option<Secret> {
    if source == Source::EnvironmentOrFile
        && let Some(password) = context.variable(SMTP_PASSWORD)
    {
        return one_line(&password).map(Secret::new).or_else(|| {
            context.sink.push(Problem::error(format!("{SMTP_PASSWORD} is not one line of text")));
            None
        });
    }
    let Some(file) = file else {
        if !reported {
            context.sink.push(username.error("there is no password for this name").hint(source.hint("a file")));
        }
        return None;
    };
    let (bytes, shown) = PASSWORD_FILE.read(file, context)?;
    let password = String::from_utf8(bytes).ok().as_deref().and_then(one_line).map(Secret::new);
    if password.is_none() {
        PASSWORD_FILE.refuse(file, format!("{shown} does not hold one line of text"), context);
    }
    password
}

/// Without its line end; `None` if nothing is left, or more than a line.
fn one_line(text: &str) -> Option<&str> {
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    (!line.is_empty() && !line.contains(|c: char| c.is_control())).then_some(line)
}

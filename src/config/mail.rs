//! `[mail]`: who sends and over which relay, and where the password comes from. Sending is not here.

use std::net::IpAddr;

use super::{
    Login, Mail, SMTP_PASSWORD, Secret, Smtp, Tls, Transport, dkim,
    mailbox::{self, Mailbox},
    reader::{Given, Reader},
    secret_file::SecretFile,
    settings::{Surroundings, address},
    tree::Entry,
};
use crate::{delivery::Policy, problem::Problem};

const TRANSPORTS: [&str; 2] = ["folder", "smtp"];
const UNKNOWN: [&str; 2] = ["at_most_once", "at_least_once"];
const TLS: [&str; 3] = ["implicit", "starttls", "none"];
/// The most connections to a relay: more are taken for an attack.
const MOST_CONNECTIONS: i64 = 50;
const PASSWORD_FILE: SecretFile = SecretFile {
    kind: "password",
    most: 4096,
    hint: "the file holds the password and nothing else; its path is relative to this file",
};

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
        None | Some("at_most_once") => Policy::AtMostOnce,
        Some(_) => Policy::AtLeastOnce,
    };
    if smtp {
        section.need("host", "host = \"smtp.example.org\": the name of the relay");
    }
    let relay = relay(&mut section, smtp, around);
    let keys = section.section("dkim");
    let signers = keys.map_or_else(Vec::new, |keys| dkim::read(keys, from.as_ref().map(|from| &from.address), around));
    section.finish();
    let from = from?;
    Some(Mail {
        transport: if smtp { Transport::Smtp(relay?) } else { Transport::Folder },
        from: from.text,
        from_address: from.address,
        reply_to: reply_to.map(|mailbox| mailbox.text),
        unsubscribe_mailbox: unsubscribe,
        unknown,
        signers,
        place_of_transport: transport.map(|given| given.place()),
    })
}

/// The keys that only matter with smtp; they are checked with the folder transport too, so that changing `transport` is
/// all that is left to do.
fn relay(section: &mut Reader<'_>, smtp: bool, around: &Surroundings<'_>) -> Option<Smtp> {
    let host = section.text("host").and_then(|given| host(&given, around).map(|host| (host, given.place())));
    let tls_given = section.text("tls");
    let tls = match choice(tls_given.as_ref(), &TLS, around) {
        None | Some("implicit") => Tls::Implicit,
        Some("starttls") => Tls::Starttls,
        Some(_) => Tls::None,
    };
    let port = section.whole("port", 1..=65_535).and_then(|port| u16::try_from(port).ok());
    let port = port.unwrap_or(match tls {
        Tls::Implicit => 465,
        Tls::Starttls => 587,
        Tls::None => 25,
    });
    let helo = section.text("helo").and_then(|given| self::host(&given, around));
    let connections = section.whole("connections", 1..=MOST_CONNECTIONS).unwrap_or(2);
    let username = section.text("username");
    let file = section.text("password_file");
    let literal = section.forbidden("password");
    if let Some(entry) = literal {
        around.sink.push(no_password_here(entry));
    }
    if let (Tls::None, Some((host, place))) = (tls, &host)
        && !is_loopback(host)
    {
        let place = tls_given.as_ref().map_or_else(|| place.clone(), Given::place);
        let hint = "write tls = \"implicit\" (port 465) or tls = \"starttls\" (port 587)";
        let problem = match &username {
            Some(_) => Problem::error(format!("the password would go to {host} without encryption")),
            None => Problem::warning(format!("mails would go to {host} without encryption")),
        };
        around.sink.push(problem.at(place).hint(hint));
    }
    let login = match (username, smtp) {
        (Some(username), true) => Some(Login {
            username: username.text.to_owned(),
            password: password(&username, file.as_ref(), literal.is_some(), around)?,
        }),
        (None, true) if file.is_some() => {
            let place = file.as_ref().map(Given::place);
            let mut problem = Problem::warning("`mail.password_file` is not used: there is no `mail.username`");
            problem.place = place;
            around.sink.push(problem);
            None
        }
        _ => None,
    };
    Some(Smtp { host: host?.0, port, tls, login, helo, connections: usize::try_from(connections).unwrap_or(1) })
}

/// One of a few words.
fn choice(given: Option<&Given<'_>>, words: &[&'static str], around: &Surroundings<'_>) -> Option<&'static str> {
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

/// A host's name or IP address, without anything around it.
fn host(given: &Given<'_>, around: &Surroundings<'_>) -> Option<String> {
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
    around.sink.push(problem);
    None
}

/// Can this stand between the dots of a name?
pub(super) fn is_label(label: &str) -> bool {
    let inside = label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    (1..=63).contains(&label.len()) && inside && !label.starts_with('-') && !label.ends_with('-')
}

/// Does this host mean the machine itself?
fn is_loopback(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn no_password_here(entry: &Entry) -> Problem {
    let problem = Problem::error("a password does not stand in the config").at(entry.spot.place());
    let problem = if entry.node.typed.is_some() {
        problem.hint("what is typed here stands in the shell's history and in the list of processes")
    } else {
        problem.hint("config files are copied, shown and kept; whoever saw this one may know the password: change it")
    };
    problem.hint(format!(
        "put it into the environment variable {SMTP_PASSWORD}, or into a file of its own and name that: \
         password_file = \"smtp-password\""
    ))
}

/// The environment's password, else that of the file.
fn password(
    username: &Given<'_>,
    file: Option<&Given<'_>>,
    reported: bool,
    around: &Surroundings<'_>,
) -> Option<Secret> {
    if let Some(password) = around.variable(SMTP_PASSWORD) {
        return one_line(&password).map(Secret::new).or_else(|| {
            around.sink.push(Problem::error(format!("{SMTP_PASSWORD} is not one line of text")));
            None
        });
    }
    let Some(file) = file else {
        if !reported {
            around.sink.push(username.error("there is no password for this name").hint(format!(
                "put it into the environment variable {SMTP_PASSWORD}, or into a file and name that: \
                     password_file = \"smtp-password\""
            )));
        }
        return None;
    };
    let (bytes, shown) = PASSWORD_FILE.read(file, around)?;
    let password = String::from_utf8(bytes).ok().as_deref().and_then(one_line).map(Secret::new);
    if password.is_none() {
        PASSWORD_FILE.refuse(file, format!("{shown} does not hold one line of text"), around);
    }
    password
}

/// Without its line end; `None` if nothing is left, or more than a line.
fn one_line(text: &str) -> Option<&str> {
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    (!line.is_empty() && !line.contains(|c: char| c.is_control())).then_some(line)
}

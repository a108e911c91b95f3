//! Names of hosts and domains, label by label.

use std::net::IpAddr;

use crate::config::reading::{problem_sink::ProblemSink, table_reader::TextValue};

/// Can this stand between the dots of a host's name? Underscores are allowed.
pub(in crate::config) fn is_label(label: &str) -> bool {
    let inside = label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    (1..=63).contains(&label.len()) && inside && !label.starts_with('-') && !label.ends_with('-')
}

/// The name of a mail server or its IP address, without anything around it; `example` is one.
pub(in crate::config) fn read(given: &TextValue<'_>, example: &str, sink: &ProblemSink) -> Option<String> {
    let text = given.text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    if bare.parse::<IpAddr>().is_ok() {
        return Some(bare.to_owned());
    }
    let problem = if text.contains("://") {
        let hint = format!("write the name alone, such as \"{example}\"");
        given.error("this is a URL, not the name of a host").hint(hint)
    } else if text.contains('@') {
        let hint = format!("write the server's name, such as \"{example}\"");
        given.error("this is a mail address, not the name of a host").hint(hint)
    } else if text.contains(':') {
        given.error("this is not the name of a host").hint("the port has a key of its own: port = 465")
    } else if text.len() > 253 || !text.split('.').all(is_label) {
        given
            .error("this is not the name of a host")
            .hint("letters, digits and hyphens between dots; a name in other letters in its xn-- form")
    } else {
        return Some(text.to_owned());
    };
    sink.push(problem);
    None
}

/// Does this host mean the machine itself?
pub(in crate::config) fn is_loopback(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

//! The ping that an outside monitor waits for: its URL, which is a secret, and how often. Below `[operators]`, in a file or
//! in the environment. When it is sent is not here.

use std::time::Duration;

use crate::{
    base::problem::Problem,
    config::{
        environment::PING_URL,
        part::Part,
        reading::{
            context::Context,
            secret_file::SecretFile,
            table_reader::{TableReader, TextValue},
        },
        secret::Secret,
        values::{authorities, durations},
    },
};

/// An outside monitor that raises an alarm when it hears nothing (a dead man's switch).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ping {
    /// `https://…`; plain HTTP to this machine only. Who knows it could ping in our place.
    pub url: Secret,
    /// 10 seconds to a day.
    pub every: Duration,
}

pub(in crate::config) const DEFAULT_EVERY: &str = "5m";
/// More often is an attack, more seldom tells nobody in time.
const SHORTEST: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_secs(86_400);
const FILE: SecretFile = SecretFile {
    kind: "URL",
    most: 4096,
    hint: "the file holds the URL and nothing else; its path is relative to this file",
};
const HOW: &str = "write the URL as the monitor gives it: https://HOST/…";

/// Reads the keys; without the section the environment is asked alone. The environment wins over the URL in the section,
/// and that over the file.
pub(in crate::config) fn read(section: Option<&mut TableReader<'_>>, context: &Context<'_>) -> Option<Ping> {
    let (mut url, mut file, mut given_every) = (None, None, None);
    if let Some(section) = section {
        url = section.text("ping");
        file = section.text("ping_file");
        given_every = section.length("ping_every");
    }
    let every = given_every.as_ref().and_then(|given| every(given, context));
    if let (Some(_), Some(file)) = (&url, &file) {
        context.sink.push(file.error("`operators.ping` is set as well").hint("leave one of the two out"));
    }
    if let Some(given) = url.as_ref().filter(|given| given.is_typed()) {
        let problem = given.error("the URL of a ping does not belong on a command line");
        let problem = problem.hint("what is typed here appears in the shell's history and in the list of processes");
        context.sink.push(problem.hint(format!("put it into the environment variable {PING_URL}, or into a file")));
        return None;
    }
    let url = if let Some(url) = context.variable(PING_URL) {
        check(url.trim()).map_err(|(what, hint)| {
            let problem = Problem::error(format!("{what}: {PING_URL}")).hint(hint);
            context.sink.about(Part::Secrets, || context.sink.push(problem));
        })
    } else if let Some(given) = &url {
        check(given.text.trim()).map_err(|(what, hint)| context.sink.push(given.error(what).hint(hint)))
    } else if let Some(given) = &file {
        let (bytes, shown) = FILE.read(given, context)?;
        let text = String::from_utf8_lossy(&bytes);
        check(text.trim()).map_err(|(what, _)| FILE.refuse(given, format!("{what}: {shown}"), context))
    } else {
        if let Some(given) = given_every {
            let mut problem = Problem::warning("`operators.ping_every` is not used: there is no `operators.ping`");
            problem.place = Some(given.place());
            context.sink.push(problem.hint("write ping = \"https://…\" or ping_file = \"ping-url\" beside it"));
        }
        return None;
    };
    Some(Ping { url: url.ok()?, every: every.or_else(|| durations::parse(DEFAULT_EVERY).ok())? })
}

fn every(given: &TextValue<'_>, context: &Context<'_>) -> Option<Duration> {
    let length = durations::read(given, context.sink)?;
    let hint = if length < SHORTEST {
        "not more often than every 10 seconds; every 5 minutes is usual"
    } else if length > LONGEST {
        "at least once a day; every 5 minutes is usual"
    } else {
        return Some(length);
    };
    context.sink.push(given.error("this is out of range").hint(hint));
    None
}

/// A URL that can be asked for, or what is wrong and how to mend it. Neither says what stands in it.
fn check(url: &str) -> Result<Secret, (&'static str, &'static str)> {
    let encrypted = url.strip_prefix("https://");
    let Some(rest) = encrypted.or_else(|| url.strip_prefix("http://")) else {
        return Err(("this is not a URL that begins with https://", HOW));
    };
    if url.contains(|c: char| !c.is_ascii_graphic() || r#""<>\^`{|}#"#.contains(c)) {
        return Err(("this URL holds what no URL holds: spaces, a # or letters that are not ASCII", HOW));
    }
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(("this URL holds a name or a password for its host", HOW));
    }
    let Some(authority) = authorities::parse(authority) else {
        return Err(("this URL names no host", HOW));
    };
    if encrypted.is_none() && !authority.is_this_machine() {
        return Err((
            "this URL is a secret, and would be sent without encryption",
            "write https:// instead of http://",
        ));
    }
    Ok(Secret::new(url))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_can_be_asked_for_is_taken() {
        for url in [
            "https://hc.example.org/ping/3f1c",
            "https://hc.example.org:8443/ping?id=3f1c&x=%20",
            "https://hc.example.org",
            "https://192.0.2.1/x",
            "https://[2001:db8::1]:8443/x",
            "http://127.0.0.1:8000/x",
            "http://localhost/x",
            "http://[::1]:8000/x",
        ] {
            assert_eq!(check(url).map(|url| url.expose().to_owned()), Ok(url.to_owned()));
        }
    }

    #[test]
    fn a_url_that_cannot_be_pinged_is_refused_and_not_shown() {
        for (url, what) in [
            ("hc.example.org/3f1c", "begins with https://"),
            ("ftp://hc.example.org/3f1c", "begins with https://"),
            ("HTTPS://hc.example.org/3f1c", "begins with https://"),
            ("https:///3f1c", "names no host"),
            ("https://:443/3f1c", "names no host"),
            ("https://hc.example.org:0x50/3f1c", "names no host"),
            ("https://hc.example.org:70000/3f1c", "names no host"),
            ("https://[hc.example.org]/3f1c", "names no host"),
            ("https://me:3f1c@hc.example.org/", "a name or a password"),
            ("https://hc.example.org/3f1c 2", "no URL holds"),
            ("https://hc.example.org/3f1c#top", "no URL holds"),
            ("https://hc.exämple.org/3f1c", "no URL holds"),
            ("http://hc.example.org/3f1c", "without encryption"),
            ("http://127.0.0.1.example.org/3f1c", "without encryption"),
        ] {
            let (said, hint) = check(url).unwrap_err();
            assert!(said.contains(what) && !said.contains("3f1c") && !hint.contains("3f1c"), "{url}: {said}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken_or_refused(text in "(https?://)?.{0,40}|https://[a-z0-9.:@\\[\\]/?-]{0,30}") {
            if let Ok(url) = check(&text) {
                let uri: Result<hyper::Uri, _> = url.expose().parse();
                prop_assert!(uri.is_ok_and(|uri| uri.host().is_some_and(|host| !host.is_empty())), "{text}");
            }
        }
    }
}

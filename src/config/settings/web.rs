//! `[web]`: where `serve` answers those who watch it. What it answers is not here.

use std::net::SocketAddr;

use crate::{
    base::problem::{Place, Problem},
    config::reading::{context::Context, table_reader::TableReader},
};

/// Where `serve` answers those who watch it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Web {
    /// An address of this machine; one that others reach only if the config says so explicitly.
    pub listen: SocketAddr,
    /// Where it is given, to show it in a problem.
    pub place: Option<Place>,
}

/// Reads the section.
pub(in crate::config) fn read(section: TableReader<'_>, context: &Context<'_>) -> Option<Web> {
    let mut section = section;
    let listen = section.text("listen");
    let elsewhere = section.boolean("from_elsewhere");
    section.finish();
    let Some(given) = listen else {
        if let Some((true, place)) = elsewhere {
            let what = "`web.from_elsewhere` is not used: there is no `web.listen`";
            context.sink.push(Problem::warning(what).at(place));
        }
        return None;
    };
    let text = given.text.trim();
    let Ok(listen) = text.parse::<SocketAddr>() else {
        let hint = match text.rsplit_once(':') {
            Some(("localhost", port)) => format!("write 127.0.0.1:{port}"),
            Some(("" | "*", port)) => {
                format!("write 127.0.0.1:{port} for this machine, 0.0.0.0:{port} or [::]:{port} for all")
            }
            _ => "write an IP address and a port, such as \"127.0.0.1:4748\"; IPv6 in brackets: \"[::1]:4748\"".into(),
        };
        context.sink.push(given.error("this is not an IP address with a port").hint(hint));
        return None;
    };
    if listen.port() == 0 {
        let problem = given.error("nobody would find port 0: it is another one each time");
        context.sink.push(problem.hint("write a port, such as 4748"));
        return None;
    }
    // An IPv4 address in an IPv6 one too.
    let here = listen.ip().to_canonical().is_loopback();
    match elsewhere {
        Some((true, place)) if here => {
            let what = format!("`web.from_elsewhere` changes nothing: {listen} is reached from this machine only");
            context.sink.push(Problem::warning(what).at(place));
        }
        Some((true, _)) => {}
        _ if here => {}
        _ => {
            let what = format!("other machines could ask at {listen} how many mails go, and when");
            let problem = given.error(what).hint("write 127.0.0.1 for this machine alone");
            context.sink.push(problem.hint("if it is meant so, write from_elsewhere = true beside it"));
            return None;
        }
    }
    Some(Web { listen, place: Some(given.place()) })
}

//! `[web]`: where `serve` answers those who watch it. What it answers is not here.

use std::net::SocketAddr;

use super::{Web, reader::Reader, settings::Surroundings};
use crate::base::problem::Problem;

/// Reads the section.
pub(super) fn read(section: Reader<'_>, around: &Surroundings<'_>) -> Option<Web> {
    let mut section = section;
    let listen = section.text("listen");
    let elsewhere = section.boolean("from_elsewhere");
    section.finish();
    let Some(given) = listen else {
        if let Some((true, place)) = elsewhere {
            let what = "`web.from_elsewhere` is not used: there is no `web.listen`";
            around.sink.push(Problem::warning(what).at(place));
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
        around.sink.push(given.error("this is not an IP address with a port").hint(hint));
        return None;
    };
    if listen.port() == 0 {
        let problem = given.error("nobody would find port 0: it is another one each time");
        around.sink.push(problem.hint("write a port, such as 4748"));
        return None;
    }
    // An IPv4 address in an IPv6 one too.
    let here = listen.ip().to_canonical().is_loopback();
    match elsewhere {
        Some((true, place)) if here => {
            let what = format!("`web.from_elsewhere` changes nothing: {listen} is reached from this machine only");
            around.sink.push(Problem::warning(what).at(place));
        }
        Some((true, _)) => {}
        _ if here => {}
        _ => {
            let what = format!("other machines could ask at {listen} how many mails go, and when");
            let problem = given.error(what).hint("write 127.0.0.1 for this machine alone");
            around.sink.push(problem.hint("if it is meant so, write from_elsewhere = true beside it"));
            return None;
        }
    }
    Some(Web { listen, place: Some(given.place()) })
}

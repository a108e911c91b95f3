//! Addresses at which this machine listens: an IP address and a port. Who may reach one is decided where it is asked for.

use std::net::SocketAddr;

use crate::config::reading::{problem_sink::ProblemSink, table_reader::TextValue};

/// An address at which somebody can listen and be found. `example` is one.
pub(in crate::config) fn read(given: &TextValue<'_>, example: &str, sink: &ProblemSink) -> Option<SocketAddr> {
    let text = given.text.trim();
    let Ok(listen) = text.parse::<SocketAddr>() else {
        let hint = match text.rsplit_once(':') {
            Some(("localhost", port)) => format!("write 127.0.0.1:{port}"),
            Some(("" | "*", port)) => {
                format!("write 127.0.0.1:{port} for this machine, 0.0.0.0:{port} or [::]:{port} for all")
            }
            _ => {
                let six = example.replace("127.0.0.1", "[::1]");
                format!("write an IP address and a port, such as \"{example}\"; IPv6 in brackets: \"{six}\"")
            }
        };
        sink.push(given.error("this is not an IP address with a port").hint(hint));
        return None;
    };
    if listen.port() == 0 {
        let problem = given.error("nobody would find port 0: it is another one each time");
        let port = example.rsplit_once(':').map_or(example, |(_, port)| port);
        sink.push(problem.hint(format!("write a port, such as {port}")));
        return None;
    }
    Some(listen)
}

//! How a session begins: greeting, EHLO, STARTTLS, login (RFC 5321 §3.1, RFC 3207, RFC 4954). What follows is in
//! `session`.

use std::net::{IpAddr, SocketAddr};

use tokio::time::timeout;

use super::{
    encoding::base64,
    failure::{Failure, Step},
    line::{Line, expect},
    relay::{Login, Relay, Tls},
    reply::{Reply, Said},
    tls::Wire,
};
use crate::base::tls::TlsClient;

/// What a server says it can do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Offers {
    pub(super) pipelining: bool,
    pub(super) starttls: bool,
    /// SIZE is known, so that it may stand at MAIL
    pub(super) size: bool,
    /// Octets a mail may have
    pub(super) largest: Option<u64>,
    pub(super) plain: bool,
    pub(super) login: bool,
}

impl Offers {
    fn read(said: &Said) -> Offers {
        let mut offers = Offers::default();
        for line in said.lines.iter().skip(1) {
            let line = String::from_utf8_lossy(line).to_ascii_uppercase();
            // `AUTH=PLAIN` is how some old servers write it.
            let mut words = line.split([' ', '=', '\t']).filter(|word| !word.is_empty());
            match words.next() {
                Some("PIPELINING") => offers.pipelining = true,
                Some("STARTTLS") => offers.starttls = true,
                Some("SIZE") => {
                    offers.size = true;
                    // 0 means: no fixed limit (RFC 1870 §4).
                    offers.largest = words.next().and_then(|number| number.parse().ok()).filter(|size| *size > 0);
                }
                Some("AUTH") => {
                    for word in words {
                        offers.plain |= word == "PLAIN";
                        offers.login |= word == "LOGIN";
                    }
                }
                _ => {}
            }
        }
        offers
    }
}

/// Connects and does all that comes before the first mail.
pub(super) async fn open(relay: &Relay, tls_client: &TlsClient) -> Result<(Line, Offers), Failure> {
    let mut line = Line::connect(relay).await?;
    if relay.tls == Tls::Implicit {
        encrypt(&mut line, relay, tls_client).await?;
    }
    let greeting = line.hear(Step::Greeting, relay.timeouts.greeting).await?;
    expect(Step::Greeting, greeting, 2)?;
    let mut offers = hello(&mut line, relay).await?;
    if relay.tls == Tls::Starttls {
        if !offers.starttls {
            return Err(Failure::broken(Step::Tls, "the server does not offer STARTTLS"));
        }
        let said = line.ask(Step::Tls, "STARTTLS", relay.timeouts.command).await?;
        expect(Step::Tls, said, 2)?;
        // Whatever stands here was not encrypted, and would be read as if it had been.
        line.silence(Step::Tls).await?;
        encrypt(&mut line, relay, tls_client).await?;
        // What was offered before was said by anybody.
        offers = hello(&mut line, relay).await?;
    }
    if let Some(login) = &relay.login {
        log_in(&mut line, relay, login, &offers).await?;
    }
    Ok((line, offers))
}

async fn encrypt(line: &mut Line, relay: &Relay, tls_client: &TlsClient) -> Result<(), Failure> {
    let limit = relay.timeouts.command;
    match timeout(limit, line.wire.encrypt(&relay.host, tls_client)).await {
        Ok(done) => done.map_err(|error| Failure::broken(Step::Tls, error)),
        Err(_) => Err(Failure::broken(Step::Tls, format!("no handshake in {limit:?}"))),
    }
}

async fn hello(line: &mut Line, relay: &Relay) -> Result<Offers, Failure> {
    let name = relay.helo.clone().unwrap_or_else(|| literal(line.here));
    if name.is_empty() || name.len() > 255 || !name.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Failure::broken(Step::Hello, format!("`{}` is no name for EHLO", name.escape_debug())));
    }
    let limit = relay.timeouts.command;
    let said = line.ask(Step::Hello, &format!("EHLO {name}"), limit).await?;
    if matches!(said.code, 500 | 502 | 504) && relay.tls == Tls::None && relay.login.is_none() {
        let said = line.ask(Step::Hello, &format!("HELO {name}"), limit).await?;
        expect(Step::Hello, said, 2)?;
        return Ok(Offers::default());
    }
    expect(Step::Hello, said, 2).map(|said| Offers::read(&said))
}

/// An address as a name (RFC 5321 §4.1.3).
fn literal(here: SocketAddr) -> String {
    match here.ip().to_canonical() {
        IpAddr::V4(ip) => format!("[{ip}]"),
        IpAddr::V6(ip) => format!("[IPv6:{ip}]"),
    }
}

async fn log_in(line: &mut Line, relay: &Relay, login: &Login, offers: &Offers) -> Result<(), Failure> {
    let step = Step::Login;
    let encrypted = matches!(line.wire, Wire::Encrypted(_));
    if !encrypted && !line.there.ip().to_canonical().is_loopback() {
        return Err(Failure::broken(step, "a password is not sent over a connection without TLS"));
    }
    let (user, password) = (&login.username, login.password.expose());
    if user.contains('\0') || password.contains('\0') {
        return Err(Failure::broken(step, "the user name or the password holds a zero octet"));
    }
    let plain = base64(format!("\0{user}\0{password}").as_bytes());
    let coded = base64(password.as_bytes());
    let secrets = [&*plain, &*coded, password];
    let limit = relay.timeouts.command;
    let said = if offers.plain {
        line.ask(step, &format!("AUTH PLAIN {plain}"), limit).await?
    } else if offers.login {
        for (command, answer) in [("AUTH LOGIN", "the user name"), (&*base64(user.as_bytes()), "the password")] {
            let said = line.ask(step, command, limit).await?;
            expect(step, said, 3).map_err(|failure| without(failure, &secrets)).map_err(|failure| match failure {
                Failure::Broken { .. } => Failure::broken(step, format!("the server did not ask for {answer}")),
                refused => refused,
            })?;
        }
        line.ask(step, &coded, limit).await?
    } else {
        return Err(Failure::broken(step, "the server offers neither AUTH PLAIN nor AUTH LOGIN"));
    };
    expect(step, said, 2).map_err(|failure| without(failure, &secrets))?;
    Ok(())
}

/// Leaves out the text of a reply that repeats a part of the login, as servers do that quote a command they do not know.
fn without(failure: Failure, secrets: &[&str]) -> Failure {
    let repeats = |text: &str| {
        secrets.iter().any(|secret| {
            let letters: Vec<char> = secret.chars().collect();
            letters.windows(letters.len().clamp(1, 8)).any(|part| text.contains(&part.iter().collect::<String>()))
        })
    };
    match failure {
        Failure::Refused { step, reply } if repeats(&reply.text) => {
            Failure::Refused { step, reply: Reply { text: "(the text repeats the login)".to_owned(), ..reply } }
        }
        Failure::Broken { step, what } if repeats(&what) => Failure::broken(step, "a reply that does not belong there"),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_are_read_from_ehlo() {
        let said = |lines: &[&str]| Said { code: 250, lines: lines.iter().map(|l| l.as_bytes().to_vec()).collect() };
        let offers =
            Offers::read(&said(&["mx.example.org", "pipelining", "SIZE 1000", "AUTH=LOGIN PLAIN", "STARTTLS"]));
        assert_eq!(
            offers,
            Offers { pipelining: true, starttls: true, size: true, largest: Some(1000), plain: true, login: true }
        );
        assert_eq!(Offers::read(&said(&["mx", "SIZE 0"])), Offers { size: true, ..Offers::default() });
        // The first line is the server's name, and no offer.
        assert_eq!(Offers::read(&said(&["PIPELINING"])), Offers::default());
    }

    #[test]
    fn our_address_as_a_name() {
        assert_eq!(literal("192.0.2.1:1".parse().unwrap()), "[192.0.2.1]");
        assert_eq!(literal("[2001:db8::1]:1".parse().unwrap()), "[IPv6:2001:db8::1]");
        assert_eq!(literal("[::ffff:192.0.2.1]:1".parse().unwrap()), "[192.0.2.1]");
    }
}

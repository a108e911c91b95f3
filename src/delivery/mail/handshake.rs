//! How a session begins: greeting, EHLO, STARTTLS, login (RFC 5321 §3.1, RFC 3207, RFC 4954). The mails that follow are in
//! `session`.

use std::net::{IpAddr, SocketAddr};

use tokio::time::timeout;

use super::{
    connection::{Connection, expect_class},
    encoding::base64,
    failure::{Failure, Step},
    relay::{Login, Relay, Tls},
    reply::{RawReply, Reply},
    stream::SmtpStream,
};
use crate::base::tls::TlsClient;

/// The extensions that a server announces in its reply to EHLO.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Capabilities {
    pub(super) pipelining: bool,
    pub(super) starttls: bool,
    /// MAIL may declare a size
    pub(super) size: bool,
    /// Maximum size of a mail in octets, if there is a fixed one
    pub(super) max_size: Option<u64>,
    /// AUTH PLAIN
    pub(super) auth_plain: bool,
    /// AUTH LOGIN
    pub(super) auth_login: bool,
}

impl Capabilities {
    fn read(ehlo: &RawReply) -> Capabilities {
        let mut capabilities = Capabilities::default();
        for line in ehlo.lines.iter().skip(1) {
            let line = String::from_utf8_lossy(line).to_ascii_uppercase();
            // `AUTH=PLAIN` is how some old servers write it.
            let mut words = line.split([' ', '=', '\t']).filter(|word| !word.is_empty());
            match words.next() {
                Some("PIPELINING") => capabilities.pipelining = true,
                Some("STARTTLS") => capabilities.starttls = true,
                Some("SIZE") => {
                    capabilities.size = true;
                    // 0 means: no fixed limit (RFC 1870 §4).
                    capabilities.max_size =
                        words.next().and_then(|number| number.parse().ok()).filter(|size| *size > 0);
                }
                Some("AUTH") => {
                    for word in words {
                        capabilities.auth_plain |= word == "PLAIN";
                        capabilities.auth_login |= word == "LOGIN";
                    }
                }
                _ => {}
            }
        }
        capabilities
    }
}

/// Connects, encrypts and logs in as the relay asks, up to the first mail.
pub(super) async fn open(relay: &Relay, tls_client: &TlsClient) -> Result<(Connection, Capabilities), Failure> {
    let mut connection = Connection::open(relay).await?;
    if relay.tls == Tls::Implicit {
        encrypt(&mut connection, relay, tls_client).await?;
    }
    let greeting = connection.reply(Step::Greeting, relay.timeouts.greeting).await;
    let greeting = greeting.map_err(|failure| advised(failure, relay.tls))?;
    expect_class(Step::Greeting, greeting, 2)?;
    let mut capabilities = ehlo(&mut connection, relay).await?;
    if relay.tls == Tls::Starttls {
        if !capabilities.starttls {
            return Err(Failure::broken(Step::Tls, "the server does not offer STARTTLS"));
        }
        let reply = connection.command(Step::Tls, "STARTTLS", relay.timeouts.command).await?;
        expect_class(Step::Tls, reply, 2)?;
        // Whatever has arrived by now was not encrypted, and would be read as if it had been.
        connection.expect_silence(Step::Tls).await?;
        encrypt(&mut connection, relay, tls_client).await?;
        // Anybody may have written what was announced without encryption.
        capabilities = ehlo(&mut connection, relay).await?;
    }
    if let Some(login) = &relay.login {
        log_in(&mut connection, relay, login, &capabilities).await?;
    }
    Ok((connection, capabilities))
}

/// Says which way to encrypt the server may mean, where it seems to be the other one: one waits for the client to encrypt and
/// says nothing, the other speaks first, which looks like broken encryption (RFC 8314 §3.3).
fn advised(failure: Failure, tls: Tls) -> Failure {
    match (failure, tls) {
        (Failure::Broken { step: Step::Greeting, what }, Tls::Starttls) => Failure::broken(
            Step::Greeting,
            format!("{what}; a server that waits to be encrypted, as at port 465, needs tls = \"implicit\""),
        ),
        (Failure::Broken { step: Step::Tls, what }, Tls::Implicit) if what.contains("corrupt message") => {
            let advice = "the server speaks without encryption first, as at port 587: that needs tls = \"starttls\"";
            Failure::broken(Step::Tls, format!("{what}; {advice}"))
        }
        (failure, _) => failure,
    }
}

async fn encrypt(connection: &mut Connection, relay: &Relay, tls_client: &TlsClient) -> Result<(), Failure> {
    let limit = relay.timeouts.command;
    match timeout(limit, connection.stream.encrypt(&relay.host, tls_client)).await {
        Ok(done) => done.map_err(|error| advised(Failure::broken(Step::Tls, error), relay.tls)),
        Err(_) => Err(Failure::broken(Step::Tls, format!("no handshake in {limit:?}"))),
    }
}

async fn ehlo(connection: &mut Connection, relay: &Relay) -> Result<Capabilities, Failure> {
    let name = relay.helo.clone().unwrap_or_else(|| address_literal(connection.local));
    if name.is_empty() || name.len() > 255 || !name.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Failure::broken(Step::Ehlo, format!("`{}` is not a name for EHLO", name.escape_debug())));
    }
    let limit = relay.timeouts.command;
    let reply = connection.command(Step::Ehlo, &format!("EHLO {name}"), limit).await?;
    if matches!(reply.code, 500 | 502 | 504) && relay.tls == Tls::None && relay.login.is_none() {
        let reply = connection.command(Step::Ehlo, &format!("HELO {name}"), limit).await?;
        expect_class(Step::Ehlo, reply, 2)?;
        return Ok(Capabilities::default());
    }
    expect_class(Step::Ehlo, reply, 2).map(|reply| Capabilities::read(&reply))
}

/// An address literal, such as `[192.0.2.1]` (RFC 5321 §4.1.3).
fn address_literal(address: SocketAddr) -> String {
    match address.ip().to_canonical() {
        IpAddr::V4(ip) => format!("[{ip}]"),
        IpAddr::V6(ip) => format!("[IPv6:{ip}]"),
    }
}

async fn log_in(
    connection: &mut Connection,
    relay: &Relay,
    login: &Login,
    capabilities: &Capabilities,
) -> Result<(), Failure> {
    let step = Step::Login;
    let encrypted = matches!(connection.stream, SmtpStream::Encrypted(_));
    if !encrypted && !connection.peer.ip().to_canonical().is_loopback() {
        return Err(Failure::broken(step, "a password is not sent over a connection without TLS"));
    }
    let (user, password) = (&login.username, login.password.expose());
    if user.contains('\0') || password.contains('\0') {
        return Err(Failure::broken(step, "the user name or the password holds a zero octet"));
    }
    let plain = base64(format!("\0{user}\0{password}").as_bytes());
    let password_base64 = base64(password.as_bytes());
    let secrets = [&*plain, &*password_base64, password];
    let limit = relay.timeouts.command;
    let reply = if capabilities.auth_plain {
        connection.command(step, &format!("AUTH PLAIN {plain}"), limit).await?
    } else if capabilities.auth_login {
        for (command, answer) in [("AUTH LOGIN", "the user name"), (&*base64(user.as_bytes()), "the password")] {
            let reply = connection.command(step, command, limit).await?;
            expect_class(step, reply, 3).map_err(|failure| redacted(failure, &secrets)).map_err(
                |failure| match failure {
                    Failure::Broken { .. } => Failure::broken(step, format!("the server did not ask for {answer}")),
                    refused => refused,
                },
            )?;
        }
        connection.command(step, &password_base64, limit).await?
    } else {
        return Err(Failure::broken(step, "the server offers neither AUTH PLAIN nor AUTH LOGIN"));
    };
    expect_class(step, reply, 2).map_err(|failure| redacted(failure, &secrets))?;
    Ok(())
}

/// Removes the text of a reply that repeats a part of the login, as servers do that quote unknown commands.
fn redacted(failure: Failure, secrets: &[&str]) -> Failure {
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
        Failure::Broken { step, what } if repeats(&what) => Failure::broken(step, "an unexpected reply"),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_are_read_from_ehlo() {
        let reply =
            |lines: &[&str]| RawReply { code: 250, lines: lines.iter().map(|l| l.as_bytes().to_vec()).collect() };
        let capabilities =
            Capabilities::read(&reply(&["mx.example.org", "pipelining", "SIZE 1000", "AUTH=LOGIN PLAIN", "STARTTLS"]));
        assert_eq!(
            capabilities,
            Capabilities {
                pipelining: true,
                starttls: true,
                size: true,
                max_size: Some(1000),
                auth_plain: true,
                auth_login: true
            }
        );
        assert_eq!(
            Capabilities::read(&reply(&["mx", "SIZE 0"])),
            Capabilities { size: true, ..Capabilities::default() }
        );
        // The first line is the server's name.
        assert_eq!(Capabilities::read(&reply(&["PIPELINING"])), Capabilities::default());
    }

    #[test]
    fn our_address_as_a_literal() {
        assert_eq!(address_literal("192.0.2.1:1".parse().unwrap()), "[192.0.2.1]");
        assert_eq!(address_literal("[2001:db8::1]:1".parse().unwrap()), "[IPv6:2001:db8::1]");
        assert_eq!(address_literal("[::ffff:192.0.2.1]:1".parse().unwrap()), "[192.0.2.1]");
    }
}

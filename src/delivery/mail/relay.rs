//! The settings of a mail server: address, encryption, login, timeouts. Others read them from the config.

use std::{fmt, time::Duration};

/// A server that takes our mails.
#[derive(Debug, Clone)]
pub struct Relay {
    /// Name or address, as in its certificate
    pub host: String,
    /// Usually 465 for implicit TLS, 587 for STARTTLS, 25 without
    pub port: u16,
    /// How the connection is encrypted
    pub tls: Tls,
    /// `None` for a relay that knows us by our address
    pub login: Option<Login>,
    /// Our name in EHLO; `None` for an address literal, such as `[192.0.2.1]`
    pub helo: Option<String>,
    /// Timeout for each step
    pub timeouts: Timeouts,
}

/// How a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte (RFC 8314)
    Implicit,
    /// After STARTTLS (RFC 3207); a server that does not offer it is not used
    Starttls,
    /// Not at all; a login is then sent only to a server on this machine
    None,
}

impl fmt::Display for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Tls::Implicit => "implicit",
            Tls::Starttls => "by STARTTLS",
            Tls::None => "none",
        })
    }
}

/// A user name and its password.
#[derive(Debug, Clone)]
pub struct Login {
    /// Usually an address
    pub username: String,
    /// The password
    pub password: Password,
}

/// A password. Printing it shows `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Wraps a password.
    pub fn new(password: impl Into<String>) -> Password {
        Password(password.into())
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Timeouts for the steps of a session; each includes the whole reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Finding the host and connecting to it
    pub connect: Duration,
    /// The server's greeting
    pub greeting: Duration,
    /// The TLS handshake, EHLO, AUTH, MAIL, RCPT, RSET
    pub command: Duration,
    /// DATA
    pub data: Duration,
    /// Each block of the body (256 KiB)
    pub block: Duration,
    /// The final dot, while the server may check and store the mail
    pub dot: Duration,
}

impl Timeouts {
    /// The same, but none longer than this.
    #[must_use]
    pub fn at_most(self, limit: Duration) -> Timeouts {
        let Timeouts { connect, greeting, command, data, block, dot } = self;
        Timeouts {
            connect: connect.min(limit),
            greeting: greeting.min(limit),
            command: command.min(limit),
            data: data.min(limit),
            block: block.min(limit),
            dot: dot.min(limit),
        }
    }
}

impl Default for Timeouts {
    /// The timeouts of RFC 5321 §4.5.3.2, and 30 s for connecting.
    fn default() -> Self {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        Timeouts {
            connect: Duration::from_secs(30),
            greeting: minutes(5),
            command: minutes(5),
            data: minutes(2),
            block: minutes(3),
            dot: minutes(10),
        }
    }
}

//! To which server mails go, and how long each of its answers may take. Read from config by others; nothing happens here.

use std::{fmt, time::Duration};

/// The server that takes our mails.
#[derive(Debug, Clone)]
pub struct Relay {
    /// Name or address; the certificate must be for it
    pub host: String,
    /// Usually 465 for implicit TLS, 587 for STARTTLS, 25 without
    pub port: u16,
    /// How the connection is kept from being read
    pub tls: Tls,
    /// None for a relay that knows us by our address
    pub login: Option<Login>,
    /// Our name in EHLO; without it the address of our side as a literal, such as `[192.0.2.1]`
    pub helo: Option<String>,
    /// How long each step may take
    pub timeouts: Timeouts,
}

/// How a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte (RFC 8314)
    Implicit,
    /// After STARTTLS (RFC 3207); a server that does not offer it is not used
    Starttls,
    /// Not at all. A login is then given only to this machine.
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

/// Who we say we are.
#[derive(Debug, Clone)]
pub struct Login {
    /// Usually an address
    pub username: String,
    /// Never shown
    pub password: Password,
}

/// A password: no way of printing shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Keeps it.
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

/// How long each step of a session may take, the whole of its reply included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Finding the host and connecting
    pub connect: Duration,
    /// The server's first word
    pub greeting: Duration,
    /// The TLS handshake, EHLO, AUTH, MAIL, RCPT, RSET
    pub command: Duration,
    /// DATA
    pub data: Duration,
    /// Each block of 64 KiB of the body
    pub block: Duration,
    /// The final dot: the server may be checking and storing the mail
    pub dot: Duration,
}

impl Default for Timeouts {
    /// Those of RFC 5321 §4.5.3.2, and 30 s for connecting.
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

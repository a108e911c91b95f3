//! Mails from outside: what stands in them, and what a session makes of servers that behave and that do not.

mod ahead;
mod faults;
pub mod logins;
mod messages;
mod patience;
mod replies;
pub mod server;
pub mod signatures;

use std::time::Duration;

use greenbrief::delivery::mail::{
    message::{self, Attachment, Content, EncodedMessage, Recipient},
    session::{Failure, Relay, Reply, Session, Timeouts, Tls, TlsClient},
};

/// A PDF that is none, with lines that begin with dots if it were not encoded.
const BYTES: &[u8] = b"%PDF-1.7\n.\n..\n%%EOF\n";

fn content() -> Content<'static> {
    Content {
        from: "Grüne Wirtschaft <brief@example.org>",
        reply_to: Some("office@example.org"),
        subject: "Grüne Wirtschaft Nr. 12 – 绿色经济",
        text: "Guten Tag,\n\n.ein Punkt am Anfang\n.\nBestellt: täglich.\n",
        html: "<p>Guten Tag,</p>\n.\n<p>Größe</p>\n",
        attachments: &[Attachment {
            name: "Grüne-Wirtschaft-Nr-12.pdf",
            ascii_name: "Gruene-Wirtschaft-Nr-12.pdf",
            mime: "application/pdf",
            bytes: BYTES,
        }],
        language: "de",
        list_id: Some("green-economy.example.org"),
        is_answer: false,
        in_reply_to: None,
    }
}

fn recipient() -> Recipient<'static> {
    Recipient {
        to: "anna@example.net",
        message_id: "<12.7@example.org>",
        date: crate::moment(),
        leave_url: None,
        tokens: None,
        unsubscribe: Some("mailto:leave@example.org?subject=leave"),
    }
}

fn pressed() -> EncodedMessage {
    message::encode(&content()).unwrap()
}

/// Times short enough for a test.
fn timeouts() -> Timeouts {
    let short = Duration::from_millis(800);
    Timeouts { connect: 10 * short, greeting: short, command: short, data: short, block: short, dot: short }
}

pub fn relay(port: u16) -> Relay {
    Relay { host: "127.0.0.1".into(), port, tls: Tls::None, login: None, helo: None, timeouts: timeouts() }
}

pub fn nobody() -> TlsClient {
    TlsClient::with_roots(b"").unwrap()
}

async fn send(session: &mut Session, to: &str) -> Result<Reply, Failure> {
    let mail = pressed();
    let head = mail.head(&Recipient { to, ..recipient() }).unwrap();
    session.offer("bounce@example.org", to, head.len() + mail.size()).await?;
    session.write(&[&head, mail.body()]).await?;
    session.finish().await
}

//! Mails that go past the outbox because they are tests: a short one that tries the transport, and a draft of a brief for
//! somebody who is to look at it. The store records nothing about them.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use serde::Serialize;
use tracing::info;

use super::{Actor, Installation, Result, random_word::random_word, send::draft, subscribers::parse_address};
use crate::{
    base::{
        language::Language,
        problem::{Problem, Problems},
    },
    config::{Config, FIRST_RELAY},
    delivery::mail::{
        folder,
        message::{self, Attachment, Content, Recipient},
        session::{Session, Tls, TlsClient},
    },
    mailing::{Letterhead, Route, Transport},
    people::subscribers::Address,
};

/// How long a server may take for each answer to a test: a person waits for it. A campaign's mails have the times of RFC 5321,
/// up to ten minutes.
pub const TEST_PATIENCE: Duration = Duration::from_secs(30);

/// A step of [`send_test_mail`], reported once it is done.
#[derive(Debug, Serialize)]
#[serde(tag = "step", rename_all = "lowercase")]
pub enum TestStep<'a> {
    /// The mail will be written to this folder.
    Folder {
        /// The folder
        folder: &'a Path,
    },
    /// The mail will go by this relay.
    Relay {
        /// Its name in the config
        name: &'a str,
        /// Its host
        host: &'a str,
        /// Its port
        port: u16,
        /// How the connection is encrypted: `implicit`, `starttls` or `none`
        #[serde(serialize_with = "as_text")]
        tls: Tls,
    },
    /// The relay has answered, and has accepted the login of `username` if there is one.
    Connected {
        /// The name of the login
        username: Option<&'a str>,
    },
    /// The mail will be signed by the key that is published under this DNS name.
    Signature {
        /// The record's name
        record: &'a str,
        /// The signature's algorithm
        algorithm: &'static str,
    },
}

fn as_text<S: serde::Serializer>(tls: &Tls, to: S) -> std::result::Result<S::Ok, S::Error> {
    to.collect_str(tls)
}

/// A test mail that was sent.
#[derive(Debug, Serialize)]
pub struct TestMailReceipt {
    /// The envelope's sender
    pub from: String,
    /// The server's answer, or the file
    pub reply: String,
    /// The envelope's recipient
    pub to: String,
}

/// A draft that was sent.
#[derive(Debug, Serialize)]
pub struct DraftReceipt {
    /// Its language
    pub language: Language,
    /// The server's answer, or the file
    pub reply: String,
    /// The recipient's address as it was typed
    pub to: String,
}

/// Sends a short mail by the relay, or by the first one if none is given. The server has `patience` for each answer, usually
/// [`TEST_PATIENCE`].
///
/// # Errors
/// There is no such relay, `to` is no address, or the mail cannot be sent.
pub async fn send_test_mail(
    installation: &Installation,
    actor: &Actor,
    to: &str,
    relay: Option<&str>,
    patience: Duration,
    mut on_step: impl FnMut(TestStep<'_>) -> anyhow::Result<()>,
) -> Result<TestMailReceipt> {
    let address = parse_address(to)?;
    let mut sender = TestMailSender::new(installation.settings()?, relay, patience)?;
    match &sender.destination {
        Destination::Folder(path) => on_step(TestStep::Folder { folder: path })?,
        Destination::Relay(route, tls_client) => {
            let Route { relay, name, .. } = &**route;
            on_step(TestStep::Relay { name, host: &relay.host, port: relay.port, tls: relay.tls })?;
            let session = Session::open(relay, tls_client).await.map_err(anyhow::Error::from)?;
            on_step(TestStep::Connected { username: relay.login.as_ref().map(|login| login.username.as_str()) })?;
            sender.session = Some(session);
        }
    }
    for signer in &sender.letterhead.signers {
        on_step(TestStep::Signature { record: &signer.record().name, algorithm: signer.algorithm() })?;
    }
    let mail = TestMail {
        subject: "greenbrief: a test".to_owned(),
        text: "This mail was sent by `greenbrief mail test`. If you can read it, the transport works.\n",
        html: "",
        attachment: None,
        language: Language::En,
        brief: None,
    };
    let reply = sender.send(&mail, &address, &random_word()?, installation.now()).await?;
    info!(by = %actor, "a person sent a test mail");
    let from = sender.letterhead.sender.clone();
    sender.end().await;
    Ok(TestMailReceipt { from, reply, to: address.ascii().to_owned() })
}

/// Sends the brief as a draft, in each of its languages, to these addresses. `on_sent` is given each mail's receipt.
///
/// # Errors
/// There is no such brief, its template or the figures have a mistake, an address is none, or a mail cannot be sent.
pub async fn send_draft(
    installation: &Installation,
    actor: &Actor,
    brief: &str,
    at: DateTime<Utc>,
    to: &[String],
    mut on_sent: impl FnMut(&DraftReceipt) -> anyhow::Result<()>,
) -> Result<()> {
    let addresses = to.iter().map(|text| parse_address(text)).collect::<Result<Vec<Address>>>()?;
    let (spec, _, versions) = draft(installation, brief, at).await?;
    let mut sender = TestMailSender::new(installation.settings()?, None, TEST_PATIENCE)?;
    for version in versions {
        let language = version.language;
        let attachment = Attachment {
            name: &version.file_name(spec.as_known(at)),
            ascii_name: &format!("{brief}-draft-{language}.pdf"),
            mime: "application/pdf",
            bytes: &version.pdf,
        };
        let mail = TestMail {
            subject: format!("[Test] {}", version.mail.subject),
            text: &spec.leave.without_token(&version.mail.text),
            html: &spec.leave.without_token(&version.mail.html),
            attachment: Some(attachment),
            language,
            brief: Some(brief),
        };
        for address in &addresses {
            let reply = sender.send(&mail, address, &random_word()?, installation.now()).await?;
            info!(by = %actor, brief, %language, "a person sent a draft");
            on_sent(&DraftReceipt { language, reply, to: address.as_str().to_owned() })?;
        }
    }
    sender.end().await;
    Ok(())
}

/// The content of a test mail.
struct TestMail<'a> {
    subject: String,
    text: &'a str,
    html: &'a str,
    attachment: Option<Attachment<'a>>,
    language: Language,
    brief: Option<&'a str>,
}

enum Destination {
    Folder(PathBuf),
    Relay(Box<Route>, TlsClient),
}

/// Sends test mails, over one session while the server keeps it.
struct TestMailSender {
    letterhead: Letterhead,
    destination: Destination,
    session: Option<Session>,
}

impl TestMailSender {
    /// Sends by this relay, or by the first one, which has so long for each answer.
    fn new(config: &Config, relay: Option<&str>, patience: Duration) -> anyhow::Result<TestMailSender> {
        config.secrets()?;
        let destination = match (Transport::of(config)?, relay) {
            (Transport::Folder(path), None) => Destination::Folder(path),
            (Transport::Folder(_), Some(_)) => {
                let problem = Problem::error("mails become files in a folder: no relay is used")
                    .hint("--set mail.transport=smtp tries the relays that the config names");
                return Err(Problems::from(problem).into());
            }
            (Transport::Smtp(smtp), relay) => {
                let relay = relay.unwrap_or(FIRST_RELAY);
                let names: Vec<String> = smtp.routes.iter().map(|route| route.name.clone()).collect();
                let Some(mut route) = smtp.routes.into_iter().find(|route| route.name == relay) else {
                    let problem = Problem::error(format!("there is no relay `{relay}`"))
                        .did_you_mean(relay, names.iter().map(String::as_str));
                    return Err(Problems::from(problem).into());
                };
                route.relay.timeouts = route.relay.timeouts.at_most(patience);
                Destination::Relay(Box::new(route), smtp.tls_client)
            }
        };
        Ok(TestMailSender { letterhead: Letterhead::of(config), destination, session: None })
    }

    /// Sends a mail. Its id is made from the random word. Returns the server's answer, or the file.
    async fn send(
        &mut self,
        mail: &TestMail<'_>,
        to: &Address,
        random: &str,
        now: DateTime<Utc>,
    ) -> anyhow::Result<String> {
        let id = format!("test.{random}.{}", mail.language);
        let list_id = mail.brief.map(|brief| format!("{brief}.{}", self.letterhead.domain));
        let encoded = message::encode(&Content {
            from: &self.letterhead.from,
            reply_to: self.letterhead.reply_to.as_deref(),
            subject: &mail.subject,
            text: mail.text,
            html: mail.html,
            attachments: mail.attachment.as_slice(),
            language: mail.language.tag(),
            list_id: list_id.as_deref(),
            is_answer: false,
            in_reply_to: None,
        })?;
        let recipient = Recipient {
            to: to.ascii(),
            message_id: &format!("<{id}@{}>", self.letterhead.domain),
            date: now,
            leave_url: None,
            unsubscribe: None,
            tokens: None,
        };
        let head = encoded.signed_head(&recipient, &self.letterhead.signers)?;
        match &self.destination {
            Destination::Folder(path) => {
                let path = folder::deliver(path, &id, &head, &encoded.plain_body())
                    .with_context(|| format!("{} cannot be written", path.display()))?;
                Ok(format!("written to {}", path.display()))
            }
            Destination::Relay(route, tls_client) => {
                let mut session = match self.session.take().filter(Session::is_usable) {
                    Some(session) => session,
                    None => Session::open(&route.relay, tls_client).await?,
                };
                session.offer(&self.letterhead.sender, to.ascii(), head.len() + encoded.body().len()).await?;
                session.write(&[&head, encoded.body()]).await?;
                let reply = session.finish().await?;
                self.session = Some(session);
                Ok(reply.to_string())
            }
        }
    }

    /// Ends the session, if one is open.
    async fn end(self) {
        if let Some(session) = self.session {
            session.quit().await;
        }
    }
}

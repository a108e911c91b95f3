//! `mail test` and `mail dkim`, and mails that go past the outbox because they are tests: nothing about them is recorded.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use chrono::{DateTime, Utc};

use super::context::Context;
use crate::{
    actions::{random_word::random_word, subscribers::parse_address},
    base::{
        language::Language,
        problem::{Problem, Problems},
    },
    config::{Config, FIRST_RELAY},
    delivery::mail::{
        folder,
        message::{self, Attachment, Content, Recipient},
        session::{Session, TlsClient},
    },
    mailing::{Letterhead, Route, Transport},
    people::subscribers::Address,
};

/// A test mail's content.
pub(super) struct TestMail<'a> {
    pub subject: String,
    pub text: &'a str,
    pub html: &'a str,
    pub attachment: Option<Attachment<'a>>,
    pub language: Language,
    pub brief: Option<&'a str>,
}

/// Sends tests over one session.
pub(super) struct Sender {
    letterhead: Letterhead,
    way: Way,
    session: Option<Session>,
}

enum Way {
    Folder(PathBuf),
    Smtp(Box<Route>, TlsClient),
}

impl Sender {
    /// By this relay, or by the first one.
    pub fn new(config: &Config, relay: Option<&str>) -> anyhow::Result<Sender> {
        let way = match (Transport::of(config)?, relay) {
            (Transport::Folder(path), None) => Way::Folder(path),
            (Transport::Folder(_), Some(_)) => {
                let problem = Problem::error("mails become files in a folder: no relay is used")
                    .hint("--set mail.transport=smtp tries the relays that the config names");
                return Err(Problems::from(problem).into());
            }
            (Transport::Smtp(smtp), relay) => {
                let relay = relay.unwrap_or(FIRST_RELAY);
                let names: Vec<String> = smtp.routes.iter().map(|route| route.name.clone()).collect();
                let Some(route) = smtp.routes.into_iter().find(|route| route.name == relay) else {
                    let problem = Problem::error(format!("there is no relay `{relay}`"))
                        .did_you_mean(relay, names.iter().map(String::as_str));
                    return Err(Problems::from(problem).into());
                };
                Way::Smtp(Box::new(route), smtp.tls_client)
            }
        };
        Ok(Sender { letterhead: Letterhead::of(config), way, session: None })
    }

    /// Gives the server's answer, or the file.
    pub async fn send(&mut self, mail: &TestMail<'_>, to: &Address, now: DateTime<Utc>) -> anyhow::Result<String> {
        let id = format!("test.{}.{}", random_word()?, mail.language);
        let list_id = mail.brief.map(|brief| format!("{brief}.{}", self.letterhead.domain));
        let pressed = message::encode(&Content {
            from: &self.letterhead.from,
            reply_to: self.letterhead.reply_to.as_deref(),
            subject: &mail.subject,
            text: mail.text,
            html: mail.html,
            attachment: mail.attachment,
            language: mail.language.tag(),
            list_id: list_id.as_deref(),
        })?;
        let recipient = Recipient {
            to: to.ascii(),
            message_id: &format!("<{id}@{}>", self.letterhead.domain),
            date: now,
            unsubscribe: None,
        };
        let head = pressed.signed_head(&recipient, &self.letterhead.signers)?;
        match &self.way {
            Way::Folder(path) => {
                let path = folder::deliver(path, &id, &head, &pressed.plain_body())
                    .with_context(|| format!("{} cannot be written", path.display()))?;
                Ok(format!("written to {}", path.display()))
            }
            Way::Smtp(route, tls_client) => {
                let mut session = match self.session.take().filter(Session::is_usable) {
                    Some(session) => session,
                    None => Session::open(&route.relay, tls_client).await?,
                };
                session.offer(&self.letterhead.sender, to.ascii(), head.len() + pressed.body().len()).await?;
                session.write(&[&head, pressed.body()]).await?;
                let reply = session.finish().await?;
                self.session = Some(session);
                Ok(reply.to_string())
            }
        }
    }

    pub async fn end(self) {
        if let Some(session) = self.session {
            session.quit().await;
        }
    }
}

/// Tells each step of a short mail.
pub(super) async fn test(context: &Context, to: &str, relay: Option<&str>) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    let address = parse_address(to)?;
    let output = context.output;
    let mut sender = Sender::new(&config, relay)?;
    match &sender.way {
        Way::Folder(path) => output.say(format!("transport: folder, {}", path.display()))?,
        Way::Smtp(route, tls_client) => {
            let Route { relay, name, .. } = &**route;
            if !config.mail.relays.is_empty() {
                output.say(format!("relay: {name}"))?;
            }
            output.say(format!("transport: smtp, {}:{}, TLS {}", relay.host, relay.port, relay.tls))?;
            let session = Session::open(relay, tls_client).await?;
            output.say(match &relay.login {
                Some(login) => format!("connected, and logged in as {}", login.username),
                None => "connected, without a login".to_owned(),
            })?;
            sender.session = Some(session);
        }
    }
    for signer in &sender.letterhead.signers {
        output.say(format!("signed: {}, {}", signer.record().name, signer.algorithm()))?;
    }
    let mail = TestMail {
        subject: "greenbrief: a test".to_owned(),
        text: "This mail was sent by `greenbrief mail test`. If you can read it, the transport works.\n",
        html: "",
        attachment: None,
        language: Language::En,
        brief: None,
    };
    let reply = sender.send(&mail, &address, context.now()).await?;
    let told = serde_json::json!({ "from": sender.letterhead.sender, "to": address.ascii(), "reply": reply });
    output.result(&told, || format!("from {} to {}: {reply}", sender.letterhead.sender, address.ascii()))?;
    sender.end().await;
    Ok(ExitCode::SUCCESS)
}

/// The records that the domains of all keys have to publish.
pub(super) fn dkim(context: &Context) -> anyhow::Result<ExitCode> {
    let signers = context.config()?.mail.signers;
    if signers.is_empty() {
        let problem = Problem::error("no key is configured: greenbrief signs no mail").hint(
            "write [mail.dkim.SELECTOR], such as [mail.dkim.brief2026], and below it key_file = \"dkim.pem\"; \
             openssl genrsa -out dkim.pem 2048 makes a key",
        );
        return Err(Problems::from(problem).into());
    }
    for signer in &signers {
        let record = signer.record();
        let told = serde_json::json!({
            "domain": signer.domain(),
            "selector": signer.selector(),
            "algorithm": signer.algorithm(),
            "name": record.name,
            "type": "TXT",
            "text": record.text,
            "strings": record.strings().collect::<Vec<_>>(),
        });
        context.output.result(&told, || record.to_string())?;
    }
    Ok(ExitCode::SUCCESS)
}

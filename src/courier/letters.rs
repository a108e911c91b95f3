//! What a claimed mail says, as bytes. What all readers of an edition and language share is made once and kept while it
//! is being sent.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use crate::{
    config::Config,
    language::Language,
    mail::message::{self, Attachment, Content, Pressed, Recipient},
    store::{Claim, Store},
};

/// Editions × languages that are kept at a time.
const KEPT: usize = 8;

/// From whom mails come.
#[derive(Debug, Clone)]
pub struct Letterhead {
    /// From, as a mailbox
    pub from: String,
    /// The envelope's sender, ASCII
    pub sender: String,
    /// Reply-To, as a mailbox
    pub reply_to: Option<String>,
    /// Where to write to leave, ASCII
    pub unsubscribe: Option<String>,
    /// The domain of From, ASCII
    pub domain: String,
}

impl Letterhead {
    /// From the config.
    pub fn of(config: &Config) -> Letterhead {
        let mail = &config.mail;
        Letterhead {
            from: mail.from.clone(),
            sender: mail.from_address.ascii().to_owned(),
            reply_to: mail.reply_to.clone(),
            unsubscribe: mail.unsubscribe_mailbox.as_ref().map(|address| address.ascii().to_owned()),
            domain: mail.from_address.domain().to_owned(),
        }
    }
}

/// A mail that cannot be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The database, for now.
    #[error(transparent)]
    Store(#[from] crate::store::Error),
    /// The mail itself: it will never go.
    #[error(transparent)]
    Message(#[from] message::Error),
    /// Its edition has no text in its language.
    #[error("its edition has no text in its language")]
    NoText,
}

/// Makes mails.
pub(super) struct Letters {
    store: Store,
    letterhead: Letterhead,
    kept: Mutex<VecDeque<((i64, Language), Pressed)>>,
}

impl Letters {
    pub fn new(store: Store, letterhead: Letterhead) -> Letters {
        Letters { store, letterhead, kept: Mutex::default() }
    }

    pub fn sender(&self) -> &str {
        &self.letterhead.sender
    }

    /// The mail's headers and, shared with others, its body.
    pub async fn letter(&self, claim: &Claim) -> Result<(Vec<u8>, Pressed), Error> {
        let pressed = match (claim.edition, &claim.own) {
            (Some(edition), _) => self.pressed(edition, claim).await?,
            (None, Some((subject, text))) => message::press(&self.content(claim, subject, text, "", None, None))?,
            (None, None) => return Err(Error::NoText),
        };
        let unsubscribe = claim.brief.as_ref().and_then(|_| self.unsubscribe(&claim.message_id));
        let head = pressed.head(&Recipient {
            to: &claim.address,
            message_id: &claim.message_id,
            date: claim.created,
            unsubscribe: unsubscribe.as_deref(),
        })?;
        Ok((head, pressed))
    }

    async fn pressed(&self, edition: i64, claim: &Claim) -> Result<Pressed, Error> {
        let key = (edition, claim.language);
        let found = self.kept().iter().find(|(kept, _)| *kept == key).map(|(_, pressed)| pressed.clone());
        if let Some(pressed) = found {
            return Ok(pressed);
        }
        let text = self.store.edition_text(edition, claim.language).await?.ok_or(Error::NoText)?;
        let attachment = Attachment {
            name: &text.pdf_name,
            ascii_name: &text.pdf_ascii_name,
            mime: "application/pdf",
            bytes: &text.pdf,
        };
        let list_id = claim.brief.as_ref().map(|brief| format!("{brief}.{}", self.letterhead.domain));
        let content = self.content(claim, &text.subject, &text.text, &text.html, Some(attachment), list_id.as_deref());
        let pressed = message::press(&content)?;
        let mut kept = self.kept();
        kept.truncate(KEPT - 1);
        kept.push_front((key, pressed.clone()));
        Ok(pressed)
    }

    fn content<'a>(
        &'a self,
        claim: &'a Claim,
        subject: &'a str,
        text: &'a str,
        html: &'a str,
        attachment: Option<Attachment<'a>>,
        list_id: Option<&'a str>,
    ) -> Content<'a> {
        Content {
            from: &self.letterhead.from,
            reply_to: self.letterhead.reply_to.as_deref(),
            subject,
            text,
            html,
            attachment,
            language: claim.language.tag(),
            list_id,
        }
    }

    /// A `mailto:` URL whose subject tells which mail it answers.
    fn unsubscribe(&self, message_id: &str) -> Option<String> {
        let mailbox = self.letterhead.unsubscribe.as_ref()?;
        let token = message_id.trim_start_matches('<').split('@').next().unwrap_or_default();
        Some(format!("mailto:{mailbox}?subject=unsubscribe%20{token}"))
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, VecDeque<((i64, Language), Pressed)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

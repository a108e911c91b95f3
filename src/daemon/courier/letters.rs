//! What a claimed mail says, as bytes. What all readers of an edition and language share is made once and kept while it
//! is being sent. Where a signature takes long, letters are made ahead, several at a time.

use std::{collections::VecDeque, sync::Arc};

use tokio::{sync::Mutex, task::spawn_blocking};
use tracing::warn;

use super::signing::{Order, Signing};
use crate::{
    base::{ids::EditionId, language::Language},
    config::Config,
    delivery::{
        dkim::Signer,
        mail::message::{self, Attachment, Content, EncodedMessage, Recipient},
    },
    store::{Claim, EditionText, OwnText, Store},
};

/// Editions × languages that are kept at a time.
const KEPT: usize = 8;
/// So many letters go to one signing thread at a time: each time it may have to be woken.
const SHEAF: usize = 16;

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
    /// Who signs
    pub signers: Vec<Signer>,
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
            signers: mail.signers.clone(),
        }
    }

    /// The mail of an edition in a language, as all its readers share it.
    ///
    /// # Errors
    /// Something in it cannot stand in a mail.
    pub fn press(&self, text: &EditionText, brief: Option<&str>) -> Result<EncodedMessage, message::Error> {
        let attachment = Attachment {
            name: &text.pdf_name,
            ascii_name: &text.pdf_ascii_name,
            mime: "application/pdf",
            bytes: &text.pdf,
        };
        let list_id = brief.map(|brief| format!("{brief}.{}", self.domain));
        message::encode(&Content {
            html: &text.html,
            attachment: Some(attachment),
            list_id: list_id.as_deref(),
            ..content(self, &text.subject, &text.text, text.language)
        })
    }

    /// A claimed mail: its headers before the body that it shares.
    pub(super) fn letter(&self, claim: &Claim, pressed: EncodedMessage) -> Result<Letter, message::Error> {
        let unsubscribe = claim.brief.as_ref().and_then(|_| self.unsubscribe(&claim.message_id));
        let recipient = Recipient {
            to: &claim.address,
            message_id: &claim.message_id,
            date: claim.created,
            unsubscribe: unsubscribe.as_deref(),
        };
        Ok((pressed.signed_head(&recipient, &self.signers)?, pressed))
    }

    /// A `mailto:` URL whose subject tells which mail it answers.
    pub fn unsubscribe(&self, message_id: &str) -> Option<String> {
        let mailbox = self.unsubscribe.as_ref()?;
        let token = message_id.trim_start_matches('<').split('@').next().unwrap_or_default();
        Some(format!("mailto:{mailbox}?subject=unsubscribe%20{token}"))
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
    /// Making it broke.
    #[error("the mail could not be made: {0}")]
    Broken(String),
    /// Making it broke off.
    #[error("the mail is not made: its making broke off")]
    BrokeOff,
}

impl Error {
    /// May it be otherwise the next time?
    pub fn is_passing(&self) -> bool {
        match self {
            Error::Store(error) => error.is_passing(),
            Error::Message(error) => matches!(error, message::Error::Signing(_)),
            Error::BrokeOff => true,
            Error::NoText | Error::Broken(_) => false,
        }
    }
}

/// A mail's headers and, shared with others, its body.
pub(super) type Letter = (Vec<u8>, EncodedMessage);

/// Makes mails.
pub(super) struct Letters {
    store: Store,
    letterhead: Arc<Letterhead>,
    kept: Mutex<VecDeque<((EditionId, Language), EncodedMessage)>>,
    /// Where signatures take long
    signing: Option<Signing>,
}

impl Letters {
    pub fn new(store: Store, letterhead: Letterhead) -> Letters {
        let letterhead = Arc::new(letterhead);
        let signing = letterhead.signers.iter().any(Signer::takes_long).then(|| Signing::start(&letterhead));
        let signing = signing.transpose().unwrap_or_else(|problem| {
            warn!(%problem, "no thread can be had to sign mails ahead: each is signed when its turn comes");
            None
        });
        Letters { store, letterhead, kept: Mutex::default(), signing }
    }

    pub fn sender(&self) -> &str {
        &self.letterhead.sender
    }

    /// Are letters made ahead? A signature by RSA (0.25 ms) takes long enough to hold up what else the async threads do;
    /// one by Ed25519 (0.01 ms) does not.
    pub const fn are_made_ahead(&self) -> bool {
        self.signing.is_some()
    }

    /// Makes these in their order.
    pub async fn make_ahead(&self, orders: Vec<Order>) {
        let Some(signing) = &self.signing else { return };
        let mut sheaf = Vec::with_capacity(SHEAF);
        for order in orders {
            if order.is_given_up() {
                continue;
            }
            match self.body(&order.claim).await {
                Ok(pressed) => sheaf.push((order, pressed)),
                Err(error) => order.fill(Err(error)),
            }
            if sheaf.len() >= SHEAF {
                signing.sign(std::mem::replace(&mut sheaf, Vec::with_capacity(SHEAF)));
            }
        }
        if !sheaf.is_empty() {
            signing.sign(sheaf);
        }
    }

    /// Makes one here and now.
    pub async fn letter(&self, claim: &Claim) -> Result<Letter, Error> {
        let pressed = self.body(claim).await?;
        Ok(self.letterhead.letter(claim, pressed)?)
    }

    async fn body(&self, claim: &Claim) -> Result<EncodedMessage, Error> {
        match (claim.edition, &claim.own) {
            (Some(edition), _) => self.pressed(edition, claim).await,
            (None, Some(OwnText { subject, text })) => {
                Ok(message::encode(&content(&self.letterhead, subject, text, claim.language))?)
            }
            (None, None) => Err(Error::NoText),
        }
    }

    /// Whoever finds it missing makes it, away from the async threads; the others wait for that.
    async fn pressed(&self, edition: EditionId, claim: &Claim) -> Result<EncodedMessage, Error> {
        let key = (edition, claim.language);
        let mut kept = self.kept.lock().await;
        if let Some((_, pressed)) = kept.iter().find(|(kept, _)| *kept == key) {
            return Ok(pressed.clone());
        }
        let text = self.store.editions().text(edition, claim.language).await?.ok_or(Error::NoText)?;
        let (letterhead, brief) = (self.letterhead.clone(), claim.brief.clone());
        let press = spawn_blocking(move || letterhead.press(&text, brief.as_deref()));
        let pressed = press.await.map_err(|error| Error::Broken(error.to_string()))??;
        kept.truncate(KEPT - 1);
        kept.push_front((key, pressed.clone()));
        Ok(pressed)
    }
}

fn content<'a>(letterhead: &'a Letterhead, subject: &'a str, text: &'a str, language: Language) -> Content<'a> {
    Content {
        from: &letterhead.from,
        reply_to: letterhead.reply_to.as_deref(),
        subject,
        text,
        html: "",
        attachment: None,
        language: language.tag(),
        list_id: None,
    }
}

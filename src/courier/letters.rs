//! What a claimed mail says, as bytes. What all readers of an edition and language share is made once and kept while it
//! is being sent.

use std::{collections::VecDeque, sync::Arc, thread::available_parallelism};

use tokio::{
    sync::{Mutex, Semaphore},
    task::spawn_blocking,
};

use crate::{
    config::Config,
    dkim::Signer,
    language::Language,
    mail::message::{self, Attachment, Content, Pressed, Recipient},
    store::{Claim, EditionText, Store},
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
    pub fn press(&self, text: &EditionText, brief: Option<&str>) -> Result<Pressed, message::Error> {
        let attachment = Attachment {
            name: &text.pdf_name,
            ascii_name: &text.pdf_ascii_name,
            mime: "application/pdf",
            bytes: &text.pdf,
        };
        let list_id = brief.map(|brief| format!("{brief}.{}", self.domain));
        message::press(&Content {
            html: &text.html,
            attachment: Some(attachment),
            list_id: list_id.as_deref(),
            ..content(self, &text.subject, &text.text, text.language)
        })
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
}

impl Error {
    /// May it be otherwise the next time?
    pub fn is_passing(&self) -> bool {
        match self {
            Error::Store(error) => error.is_passing(),
            Error::Message(error) => matches!(error, message::Error::Unsigned(_)),
            Error::NoText | Error::Broken(_) => false,
        }
    }
}

/// Makes mails.
pub(super) struct Letters {
    store: Store,
    letterhead: Arc<Letterhead>,
    kept: Mutex<VecDeque<((i64, Language), Pressed)>>,
    /// Half of the processors sign at most, where that takes long: the others have what is signed to send.
    signing: Semaphore,
}

impl Letters {
    pub fn new(store: Store, letterhead: Letterhead) -> Letters {
        let processors = available_parallelism().map_or(1, usize::from);
        let signing = Semaphore::new((processors / 2).max(1));
        Letters { store, letterhead: Arc::new(letterhead), kept: Mutex::default(), signing }
    }

    pub fn sender(&self) -> &str {
        &self.letterhead.sender
    }

    /// The mail's headers and, shared with others, its body.
    pub async fn letter(&self, claim: &Claim) -> Result<(Vec<u8>, Pressed), Error> {
        let pressed = match (claim.edition, &claim.own) {
            (Some(edition), _) => self.pressed(edition, claim).await?,
            (None, Some((subject, text))) => message::press(&content(&self.letterhead, subject, text, claim.language))?,
            (None, None) => return Err(Error::NoText),
        };
        let unsubscribe = claim.brief.as_ref().and_then(|_| self.letterhead.unsubscribe(&claim.message_id));
        let (letterhead, claim) = (self.letterhead.clone(), claim.clone());
        let make = move || {
            let recipient = Recipient {
                to: &claim.address,
                message_id: &claim.message_id,
                date: claim.created,
                unsubscribe: unsubscribe.as_deref(),
            };
            pressed.signed_head(&recipient, &letterhead.signers).map(|head| (head, pressed))
        };
        // A signature by RSA (0.3 ms) takes long enough to hold up what else the async threads do; one by Ed25519 (0.01 ms)
        // does not.
        if !self.letterhead.signers.iter().any(Signer::takes_long) {
            return Ok(make()?);
        }
        // It is never closed.
        let _permit = self.signing.acquire().await;
        away(make).await
    }

    /// Whoever finds it missing makes it, away from the async threads; the others wait for that.
    async fn pressed(&self, edition: i64, claim: &Claim) -> Result<Pressed, Error> {
        let key = (edition, claim.language);
        let mut kept = self.kept.lock().await;
        if let Some((_, pressed)) = kept.iter().find(|(kept, _)| *kept == key) {
            return Ok(pressed.clone());
        }
        let text = self.store.edition_text(edition, claim.language).await?.ok_or(Error::NoText)?;
        let (letterhead, brief) = (self.letterhead.clone(), claim.brief.clone());
        let press = move || letterhead.press(&text, brief.as_deref());
        let pressed = away(press).await?;
        kept.truncate(KEPT - 1);
        kept.push_front((key, pressed.clone()));
        Ok(pressed)
    }
}

/// Away from the async threads.
async fn away<T: Send + 'static>(
    make: impl FnOnce() -> Result<T, message::Error> + Send + 'static,
) -> Result<T, Error> {
    Ok(spawn_blocking(make).await.map_err(|error| Error::Broken(error.to_string()))??)
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

//! A claimed mail as bytes, or why it could not be made.

use crate::{
    delivery::mail::message::{self, EncodedMessage, Recipient},
    mailing::Letterhead,
    store::Claim,
};

/// A mail as it goes out.
pub(super) struct Message {
    /// Its own headers, with signatures and the blank line
    pub head: Vec<u8>,
    /// Holds the body, which it shares with other mails
    pub content: EncodedMessage,
}

impl Message {
    /// Makes the mail of a claim: its own headers, with the signatures, before the content that it shares.
    pub fn of(claim: &Claim, letterhead: &Letterhead, content: EncodedMessage) -> Result<Message, message::Error> {
        let unsubscribe = claim.brief.as_ref().and_then(|_| letterhead.unsubscribe(&claim.message_id));
        let recipient = Recipient {
            to: &claim.address,
            message_id: &claim.message_id,
            date: claim.created,
            unsubscribe: unsubscribe.as_deref(),
        };
        Ok(Message { head: content.signed_head(&recipient, &letterhead.signers)?, content })
    }

    /// The size that the envelope declares: octets without dot-stuffing.
    pub fn size(&self) -> usize {
        self.head.len() + self.content.size()
    }
}

/// Why a mail could not be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum MessageError {
    /// The database, which may answer again.
    #[error(transparent)]
    Store(#[from] crate::store::Error),
    /// The mail itself: it will never go.
    #[error(transparent)]
    Message(#[from] message::Error),
    #[error("its edition has no text in its language")]
    NoText,
    #[error("the mail could not be made: {0}")]
    Broken(String),
    #[error("the mail is not made: making it stopped unexpectedly")]
    Interrupted,
}

impl MessageError {
    /// Might it succeed the next time?
    pub fn is_transient(&self) -> bool {
        match self {
            MessageError::Store(error) => error.is_passing(),
            MessageError::Message(error) => matches!(error, message::Error::Signing(_)),
            MessageError::Interrupted => true,
            MessageError::NoText | MessageError::Broken(_) => false,
        }
    }
}

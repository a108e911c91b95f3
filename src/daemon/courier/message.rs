//! A claimed mail as bytes, or why it could not be made.

use std::sync::Arc;

use crate::{
    delivery::mail::message::{self, EncodedMessage, Recipient},
    mailing::{Letterhead, WaysToLeave},
    people::tokens::{Purpose, Token, TokenKeys},
    store::Claim,
};

/// A mail as it goes out.
pub(super) struct Message {
    /// Its own headers, with signatures and the blank line
    pub head: Vec<u8>,
    /// Holds the body, which it shares with other mails
    content: EncodedMessage,
    /// The reader's token, which stands in the body where that has a link to leave
    token: Option<Token>,
}

impl Message {
    /// Makes the mail of a claim: its own headers, with the signatures, before the content that it shares.
    pub fn of(claim: &Claim, letterhead: &Letterhead, content: SharedContent) -> Result<Message, message::Error> {
        let SharedContent { encoded: content, keys } = content;
        let token = keys.zip(claim.subscription).map(|(keys, subject)| keys.issue(Purpose::Leave, subject));
        let ways = token.as_ref().map_or_else(WaysToLeave::default, |token| letterhead.ways_to_leave(token.as_str()));
        let recipient = Recipient {
            to: &claim.address,
            message_id: &claim.message_id,
            date: claim.created,
            leave_url: ways.url.as_deref(),
            unsubscribe: ways.mailto.as_deref(),
            token: token.as_ref().map(Token::as_str),
        };
        Ok(Message { head: content.signed_head(&recipient, &letterhead.signers)?, content, token })
    }

    /// The size that the envelope declares: octets without dot-stuffing.
    pub fn size(&self) -> usize {
        self.head.len() + self.content.size()
    }

    /// Head and body as they go over the wire, as pieces in order.
    pub fn pieces(&self) -> Vec<&[u8]> {
        let mut pieces = vec![self.head.as_slice()];
        pieces.append(&mut self.content.body_of(self.token.as_ref().map(Token::as_str)));
        pieces
    }

    /// The body as it stands in a file.
    pub fn plain_body(&self) -> Vec<u8> {
        self.content.plain_body_of(self.token.as_ref().map(Token::as_str))
    }
}

/// What a mail shares with others.
#[derive(Clone)]
pub(super) struct SharedContent {
    /// The encoded message
    pub encoded: EncodedMessage,
    /// The keys that sign its readers' tokens, if it brings an edition
    pub keys: Option<Arc<TokenKeys>>,
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

//! A claimed mail as bytes, or why it could not be made.

use std::sync::Arc;

use crate::{
    delivery::mail::message::{self, EncodedMessage, OwnTokens, Recipient},
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
    /// The reader's tokens, which stand in the body where that has links of their own
    tokens: Option<Tokens>,
}

impl Message {
    /// Makes the mail of a claim: its own headers, with the signatures, before the content that it shares.
    pub fn of(claim: &Claim, letterhead: &Letterhead, content: SharedContent) -> Result<Message, message::Error> {
        let SharedContent { encoded: content, keys } = content;
        let tokens = keys.zip(claim.subscription.zip(claim.settled)).map(|(keys, (subscription, settled))| Tokens {
            leave: keys.issue(Purpose::Leave, subscription),
            preferences: keys.issue(Purpose::Preferences, settled),
        });
        let ways =
            tokens.as_ref().map_or_else(WaysToLeave::default, |tokens| letterhead.ways_to_leave(tokens.leave.as_str()));
        let recipient = Recipient {
            to: &claim.address,
            message_id: &claim.message_id,
            date: claim.created,
            leave_url: ways.url.as_deref(),
            unsubscribe: ways.mailto.as_deref(),
            tokens: tokens.as_ref().map(Tokens::shown),
        };
        Ok(Message { head: content.signed_head(&recipient, &letterhead.signers)?, content, tokens })
    }

    /// The size that the envelope declares: octets without dot-stuffing.
    pub fn size(&self) -> usize {
        self.head.len() + self.content.size()
    }

    /// Head and body as they go over the wire, as pieces in order.
    pub fn pieces(&self) -> Vec<&[u8]> {
        let mut pieces = vec![self.head.as_slice()];
        pieces.append(&mut self.content.body_of(self.tokens.as_ref().map(Tokens::shown)));
        pieces
    }

    /// The body as it stands in a file.
    pub fn plain_body(&self) -> Vec<u8> {
        self.content.plain_body_of(self.tokens.as_ref().map(Tokens::shown))
    }
}

/// The tokens of one reader.
struct Tokens {
    leave: Token,
    preferences: Token,
}

impl Tokens {
    /// As they stand in the body.
    fn shown(&self) -> OwnTokens<'_> {
        OwnTokens { leave: self.leave.as_str(), preferences: self.preferences.as_str() }
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

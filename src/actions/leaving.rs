//! A reader leaves by the token that stands in the links and addresses of their mails (RFC 8058, RFC 2369). Public pages,
//! answered mails and the command line come here. Looking changes nothing; leaving is in force when it returns.

use chrono::{DateTime, Utc};
use serde::Serialize;
use tracing::info;

use super::{Actor, Error};
use crate::{
    base::{language::Language, problem::Problem},
    people::{
        subscribers::{SubscriptionState, masked},
        tokens::{Purpose, Subject, Token, TokenError},
    },
    store::{self, LeftByToken, NamedSubscription, NewMail, Store},
};

/// The name under which a removal is recorded that the reader made.
const READER: &str = "reader";

/// What is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The brief of the token.
    ThisBrief,
    /// Every brief, those to come included.
    AllBriefs,
}

/// How somebody leaves. It is recorded as the reason.
#[derive(Debug, Clone, Copy)]
pub enum Way<'a> {
    /// The mail provider's button (RFC 8058).
    OneClick,
    /// A button of the public page.
    Page,
    /// A mail to the address in List-Unsubscribe.
    Mail,
    /// The reader told their provider that the mail is unwanted (RFC 5965).
    Complaint,
    /// An operator does it for the reader, and says why.
    Operator {
        /// Who
        actor: &'a Actor,
        /// Why; may be empty
        reason: &'a str,
    },
}

impl<'a> Way<'a> {
    /// Who is recorded.
    fn actor(&self) -> &'a str {
        match self {
            Way::Operator { actor, .. } => actor.name(),
            _ => READER,
        }
    }

    /// The reason that is recorded.
    const fn reason(&self) -> &'a str {
        match self {
            Way::OneClick => "one click",
            Way::Page => "public page",
            Way::Mail => "mail",
            Way::Complaint => "complaint",
            Way::Operator { reason, .. } => reason,
        }
    }
}

/// What a token is about, as its reader is shown it. It does not tell the address to who does not know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeaveView {
    /// The brief's id
    pub brief: String,
    /// The language of the editions
    pub language: Language,
    /// The address, of which only its first character and its domain are shown: `a…@example.net`
    pub address: String,
    /// Is the subscription active?
    pub is_active: bool,
    /// Ids of further briefs that the reader gets
    pub others: Vec<String>,
}

impl LeaveView {
    fn of(named: &NamedSubscription) -> LeaveView {
        LeaveView {
            brief: named.brief.clone(),
            language: named.language,
            address: masked(&named.address),
            is_active: named.state == SubscriptionState::Active,
            others: named.others.clone(),
        }
    }
}

/// What came of leaving.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeaveOutcome {
    /// The subscription as it was before
    pub before: LeaveView,
    /// Number of subscriptions that ended; 0 if the reader had left already
    pub ended: u64,
    /// Mails that are not sent any more
    pub cancelled: u64,
    /// Mails that are being handed over at this moment: they may still arrive
    pub at_dot: u64,
}

impl LeaveOutcome {
    /// Had the reader left already?
    pub const fn had_left(&self) -> bool {
        self.ended == 0
    }
}

/// Why nobody leaves by a token.
#[derive(Debug, thiserror::Error)]
pub enum LeaveError {
    /// It is no token for leaving.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// Its subscription is not there: it was erased, or the store was put back to a state before it. Nothing is mailed by it.
    #[error("the token's subscription is not in this store: it was erased, or a copy of the store had it")]
    Gone,
    /// The store could not answer: nothing has changed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl From<LeaveError> for Error {
    fn from(error: LeaveError) -> Error {
        match error {
            LeaveError::Store(error) => error.into(),
            LeaveError::Token(TokenError::AnotherPurpose(_)) => Problem::error(error.to_string())
                .hint("the one in the address `unsubscribe+TOKEN@…`, or behind `/u/` in the link, is for leaving")
                .into(),
            LeaveError::Token(_) | LeaveError::Gone => {
                Problem::error(error.to_string()).hint("`greenbrief subscribers remove ADDRESS` needs no token").into()
            }
        }
    }
}

/// Shows what a token is about, and changes nothing.
///
/// # Errors
/// See [`LeaveError`].
pub async fn look_up(store: &Store, token: &str) -> Result<LeaveView, LeaveError> {
    Ok(LeaveView::of(&named(store, token).await?))
}

/// The subscription that a token is about, with its address: for operators.
pub(super) async fn named(store: &Store, token: &str) -> Result<NamedSubscription, LeaveError> {
    store.people().named(subject(store, token).await?).await?.ok_or(LeaveError::Gone)
}

/// Ends the subscription of a token, or all of its reader's. It is in force when this returns: no mail to them is claimed any
/// more, and one that is claimed gets no dot. Who has left already may leave again: that changes nothing.
///
/// # Errors
/// See [`LeaveError`]; then nothing has changed.
pub async fn leave(
    store: &Store,
    token: &str,
    scope: Scope,
    way: Way<'_>,
    now: DateTime<Utc>,
) -> Result<LeaveOutcome, LeaveError> {
    leave_and_answer(store, token, scope, way, None, now).await
}

/// As `leave`; if the reader had not left, the answer is committed with it.
///
/// # Errors
/// As `leave`.
pub(super) async fn leave_and_answer(
    store: &Store,
    token: &str,
    scope: Scope,
    way: Way<'_>,
    answer: Option<&NewMail<'_>>,
    now: DateTime<Utc>,
) -> Result<LeaveOutcome, LeaveError> {
    let subject = subject(store, token).await?;
    let all = scope == Scope::AllBriefs;
    let (people, actor, reason) = (store.people(), way.actor(), way.reason());
    let left = match answer {
        None => people.leave_by(subject, all, actor, reason, now).await?,
        Some(answer) => people.leave_and_answer(subject, all, (actor, reason), answer, now).await?,
    };
    let LeftByToken { before, ended, cancelled, at_dot } = left.ok_or(LeaveError::Gone)?;
    let (by, reason, token) = (way.actor(), way.reason(), Token::shown(token));
    // Logs hold no addresses of subscribers.
    info!(by, reason, token, brief = before.brief, all, ended, cancelled, at_dot, "a reader has left");
    Ok(LeaveOutcome { before: LeaveView::of(&before), ended, cancelled, at_dot })
}

async fn subject(store: &Store, token: &str) -> Result<Subject, LeaveError> {
    match store.token_keys().known().await? {
        Some(keys) => Ok(keys.verify(Purpose::Leave, token)?),
        // A store that has never signed has no token either.
        None => Err(crate::people::tokens::key_of(token).map_or_else(|error| error, TokenError::UnknownKey).into()),
    }
}

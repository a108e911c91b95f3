//! A reader looks at a subscription by its token, and changes its language, its brief or its address.

use chrono::{DateTime, Utc};
use serde::Serialize;
use tracing::info;

use super::{
    JoinError, Joining,
    sign_up::{Wish, ask},
    whole,
};
use crate::{
    base::language::Language,
    people::{
        joining::{Network, SignUpOutcome},
        subscribers::{Address, masked},
        tokens::Purpose,
    },
    store::OwnSubscription,
};

/// A subscription as its reader is shown it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PreferencesView {
    /// The brief's id
    pub brief: String,
    /// Its title in the language of the subscription
    pub title: String,
    /// The language of the mails
    pub language: Language,
    /// The address, of which only its first character and its domain are shown
    pub address: String,
    /// Is the subscription active?
    pub is_active: bool,
}

async fn subscription(joining: Joining<'_>, token: &str) -> Result<OwnSubscription, JoinError> {
    let subject = joining.subject(Purpose::Preferences, token).await?;
    let found = joining.store.people().subscription(subject.row()).await?;
    // Of who was erased nothing is there but a number.
    found.filter(|found| subject.is(found.id, found.made) && !found.address.is_empty()).ok_or(JoinError::Gone)
}

/// Shows what a token is about, and changes nothing.
///
/// # Errors
/// It is no token of ours, or its subscription is not there any more.
pub async fn preferences_view(joining: Joining<'_>, token: &str) -> Result<PreferencesView, JoinError> {
    let found = subscription(joining, token).await?;
    Ok(PreferencesView {
        title: joining.title(&found.brief, found.language),
        language: found.language,
        address: masked(&found.address),
        is_active: found.is_active,
        brief: found.brief,
    })
}

/// Changes the language of an active subscription. Returns false if it is not active.
///
/// # Errors
/// As [`preferences_view`]; or the brief is not written in that language.
pub async fn change_language(
    joining: Joining<'_>,
    token: &str,
    language: Language,
    now: DateTime<Utc>,
) -> Result<bool, JoinError> {
    let found = subscription(joining, token).await?;
    joining.brief(&found.brief, language)?;
    let changed = joining.store.people().change_language(found.id, language, whole(now)).await?;
    info!(brief = found.brief, %language, changed, "a reader changes the language");
    Ok(changed)
}

/// Ends an active subscription and begins one to another brief, in the same language. Returns the token of that; `None` if
/// the subscription is not active.
///
/// # Errors
/// As [`preferences_view`]; or there is no such brief in that language.
pub async fn change_brief(
    joining: Joining<'_>,
    token: &str,
    brief: &str,
    now: DateTime<Utc>,
) -> Result<Option<String>, JoinError> {
    let found = subscription(joining, token).await?;
    joining.brief(brief, found.language)?;
    let people = joining.store.people();
    let Some(other) = people.change_brief(found.id, brief, whole(now)).await? else { return Ok(None) };
    info!(from = found.brief, to = brief, "a reader changes the brief");
    let other = people.subscription(other).await?.ok_or(JoinError::Gone)?;
    Ok(Some(joining.token(Purpose::Preferences, (other.id, other.made), now).await?))
}

/// Asks at another address whether a subscription is to go there. Nothing changes before that is confirmed. The reader is told
/// the same whatever comes of it.
///
/// # Errors
/// As [`preferences_view`]; or the store cannot be written.
pub async fn request_address_change(
    joining: Joining<'_>,
    token: &str,
    address: &Address,
    network: Option<Network>,
    now: DateTime<Utc>,
) -> Result<SignUpOutcome, JoinError> {
    let found = subscription(joining, token).await?;
    let wish = Wish {
        brief: &found.brief,
        title: &joining.title(&found.brief, found.language),
        language: found.language,
        address,
        subscriber: Some(found.subscriber),
        way: "preferences",
        network,
        did_work: true,
    };
    let outcome = ask(joining, wish, now).await?;
    info!(brief = found.brief, %outcome, "a reader asks for another address");
    Ok(outcome)
}

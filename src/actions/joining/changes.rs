//! A reader looks at a subscription by its token, and changes its language, its brief or its address.

use chrono::{DateTime, Utc};
use serde::Serialize;
use tracing::info;

use super::{
    JoinError, Joining,
    sign_up::{Wanted, Wish, ask},
    whole,
};
use crate::{
    base::language::Language,
    people::{
        joining::{Network, SignUpOutcome},
        subscribers::{Address, masked},
        tokens::{Purpose, Subject},
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
    /// The token to leave it
    pub leave: String,
    /// Titles of all that the reader gets at that address, this brief among them: it goes to another address together
    pub all: Vec<String>,
}

async fn subscription(joining: Joining<'_>, token: &str) -> Result<OwnSubscription, JoinError> {
    let subject = joining.subject(Purpose::Preferences, token).await?;
    let found = joining.store.people().subscription(subject.row()).await?;
    // Of who was erased nothing is there but a number.
    found.filter(|found| subject.is(found.id, found.settled) && !found.address.is_empty()).ok_or(JoinError::Gone)
}

/// All active subscriptions of a subscription's reader.
async fn all_of(joining: Joining<'_>, found: &OwnSubscription) -> Result<Vec<OwnSubscription>, JoinError> {
    // What is kept as an address is one.
    let Ok(address) = Address::parse(&found.address) else { return Ok(Vec::new()) };
    Ok(joining.store.people().subscriptions_of(address.key()).await?)
}

fn titles(joining: Joining<'_>, all: &[OwnSubscription]) -> Vec<String> {
    all.iter().map(|one| joining.title(&one.brief, one.language)).collect()
}

/// Shows what a token is about, and changes nothing.
///
/// # Errors
/// It is no token of ours, or its subscription is not there any more.
pub async fn preferences_view(joining: Joining<'_>, token: &str) -> Result<PreferencesView, JoinError> {
    let found = subscription(joining, token).await?;
    let all = all_of(joining, &found).await?;
    // Whoever only looks makes no key: there is the one of their own token.
    let keys = joining.store.token_keys().known().await?.ok_or(JoinError::Gone)?;
    Ok(PreferencesView {
        leave: keys.issue(Purpose::Leave, Subject::new(found.id, found.made)).as_str().to_owned(),
        all: titles(joining, &all),
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
    Ok(Some(joining.token(Purpose::Preferences, (other.id, other.settled), now).await?))
}

/// Asks at another address whether all that the reader gets is to go there, and names each: whoever has a new address has it
/// for everything. Nothing changes before that is confirmed; the newest wish holds. The reader is told the same whatever comes
/// of it. `None` if the subscription is not active.
///
/// # Errors
/// As [`preferences_view`]; or the store cannot be written.
pub async fn request_address_change(
    joining: Joining<'_>,
    token: &str,
    address: &Address,
    network: Option<Network>,
    now: DateTime<Utc>,
) -> Result<Option<SignUpOutcome>, JoinError> {
    let found = subscription(joining, token).await?;
    if !found.is_active {
        return Ok(None);
    }
    let all = all_of(joining, &found).await?;
    let (briefs, titles) = (all.iter().map(|one| one.brief.clone()).collect::<Vec<_>>(), titles(joining, &all));
    let wish = Wish {
        brief: &found.brief,
        what: Wanted::Address { subscriber: found.subscriber, briefs: &briefs, titles: &titles },
        language: found.language,
        address,
        way: "preferences",
        network,
        did_work: true,
    };
    let outcome = ask(joining, wish, now).await?;
    info!(brief = found.brief, briefs = briefs.len(), %outcome, "a reader asks for another address");
    Ok(Some(outcome))
}

//! Subscriptions are listed, and who asked for one and has not confirmed: those are kept apart from the subscriptions.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Installation, Result};
use crate::{
    base::{language::Language, word_enum::word_enum},
    people::subscribers::SubscriptionState,
    store::{SignUp, Store, Subscriber, SubscriberQuery},
};

/// Number of subscriptions read at a time.
const PAGE: i64 = 1000;

word_enum! {
    "a state of a subscription";
    /// The state of a subscription as it is listed: who is subscribed and gets nothing is not shown as if they did.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum ListedState {
        /// It is in force, and mailed to.
        Active = "active",
        /// It is ended.
        Ended = "ended",
        /// Somebody asked for it, and has not confirmed.
        Pending = "pending",
        /// It is in force, but nothing is mailed to its address.
        Suppressed = "suppressed",
    }
}

impl ListedState {
    /// The state that the store keeps.
    const fn kept(self) -> SubscriptionState {
        match self {
            ListedState::Active | ListedState::Suppressed => SubscriptionState::Active,
            ListedState::Ended => SubscriptionState::Ended,
            ListedState::Pending => SubscriptionState::Pending,
        }
    }
}

/// What somebody asked for who has not confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    /// To get a brief
    Join,
    /// To get at this address what goes to another one
    AddressChange,
}

/// Which subscriptions are listed; all that are not named are.
#[derive(Debug, Clone, Copy, Default)]
pub struct ListQuery<'a> {
    /// Those to this brief
    pub brief: Option<&'a str>,
    /// Those in this state; pending ones only if they are asked for
    pub state: Option<ListedState>,
    /// Those in this language
    pub language: Option<Language>,
}

/// A subscription as it is listed.
#[derive(Debug, Serialize)]
pub struct ListedSubscription {
    /// The subscriber's number; there is none before they confirm
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// The address as it was typed
    pub address: String,
    /// The brief's id; of a change of address all of them, between blanks
    pub brief: String,
    /// The language of the editions
    pub language: Language,
    /// The state
    pub state: ListedState,
    /// What a pending one asks for
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<RequestKind>,
    /// When it entered this state
    pub since: DateTime<Utc>,
    /// Why nothing is mailed to the address, whatever the state; `None` if it is not suppressed
    pub suppressed: Option<String>,
}

impl From<Subscriber> for ListedSubscription {
    fn from(one: Subscriber) -> ListedSubscription {
        let Subscriber { id, address, brief, language, state, since, suppressed, .. } = one;
        let state = match state {
            SubscriptionState::Active if suppressed.is_some() => ListedState::Suppressed,
            SubscriptionState::Active => ListedState::Active,
            SubscriptionState::Ended => ListedState::Ended,
            SubscriptionState::Pending => ListedState::Pending,
        };
        ListedSubscription { id: Some(id), address, brief, language, state, kind: None, since, suppressed }
    }
}

impl From<SignUp> for ListedSubscription {
    fn from(one: SignUp) -> ListedSubscription {
        let SignUp { address, brief, language, subscriber, moves, asked_at, .. } = one;
        let kind = if subscriber.is_some() { RequestKind::AddressChange } else { RequestKind::Join };
        ListedSubscription {
            id: subscriber,
            address,
            brief: if moves.is_empty() { brief } else { moves.join(" ") },
            language,
            state: ListedState::Pending,
            kind: Some(kind),
            since: asked_at,
            suppressed: None,
        }
    }
}

/// Hands subscriptions to `on_page`, in the order in which they were made, a part at a time: there may be a million.
///
/// # Errors
/// There is no such brief, the store cannot be read, or `on_page` failed.
pub async fn list(
    installation: &Installation,
    query: ListQuery<'_>,
    mut on_page: impl FnMut(&[ListedSubscription]) -> anyhow::Result<()>,
) -> Result<()> {
    let store = installation.listed_store().await?;
    known_brief(installation, store, query.brief).await?;
    let Some(store) = store else { return Ok(()) };
    let ListQuery { brief, state, language } = query;
    if state == Some(ListedState::Pending) {
        return list_pending(store, query, installation.now(), on_page).await;
    }
    let kept = SubscriberQuery { brief, state: state.map(ListedState::kept), language };
    let mut after = 0;
    loop {
        let page = store.people().subscribers(kept, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.subscription;
        let listed = page.into_iter().map(ListedSubscription::from);
        let meant: Vec<_> = listed.filter(|one| state.is_none_or(|state| state == one.state)).collect();
        if !meant.is_empty() {
            on_page(&meant)?;
        }
    }
}

/// Counts who asked and has not confirmed.
///
/// # Errors
/// The store cannot be read.
pub async fn count_pending(installation: &Installation) -> Result<u64> {
    let Some(store) = installation.found_store().await? else { return Ok(0) };
    let mut count = 0;
    list_pending(store, ListQuery::default(), installation.now(), |page| {
        count += page.len() as u64;
        Ok(())
    })
    .await?;
    Ok(count)
}

/// Hands on who asked to join and has not confirmed: they are kept apart from the subscriptions.
async fn list_pending(
    store: &Store,
    query: ListQuery<'_>,
    now: DateTime<Utc>,
    mut on_page: impl FnMut(&[ListedSubscription]) -> anyhow::Result<()>,
) -> Result<()> {
    let mut after = None;
    loop {
        let page = store.people().open_sign_ups(after, PAGE, now).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some((last.asked_at, last.id));
        let is_meant = |one: &SignUp| {
            query.brief.is_none_or(|brief| brief == one.brief || one.moves.iter().any(|moved| moved == brief))
                && query.language.is_none_or(|language| language == one.language)
        };
        let meant: Vec<_> = page.into_iter().filter(is_meant).map(ListedSubscription::from).collect();
        if !meant.is_empty() {
            on_page(&meant)?;
        }
    }
}

/// Checks that a brief is one of the config or, since its people outlive it, one that somebody got.
pub(super) async fn known_brief(installation: &Installation, store: Option<&Store>, brief: Option<&str>) -> Result<()> {
    let Some(id) = brief else { return Ok(()) };
    let query = SubscriberQuery { brief, state: None, language: None };
    if let Some(store) = store
        && !store.people().subscribers(query, 0, 1).await?.is_empty()
    {
        return Ok(());
    }
    installation.brief(id).map(drop)
}

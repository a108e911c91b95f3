//! The person who reads the confirmation mail looks at what it is about, and confirms it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use tracing::info;

use super::{JoinError, Joining, whole};
use crate::{
    base::language::Language,
    people::{
        joining::{LAPSES_AFTER, Network, Sender, address_changed},
        subscribers::{Address, masked},
    },
    store::{Confirmation, Confirming, MessageIds, SignUp},
};

/// Where a sign-up stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfirmState {
    /// It waits for its reader.
    Open,
    /// It is confirmed.
    Confirmed,
    /// It was not confirmed in time.
    Lapsed,
    /// Its reader has left since: they have to ask again.
    LeftSince,
}

/// What a token confirms, as its reader is shown it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfirmView {
    /// The brief's id
    pub brief: String,
    /// Its title
    pub title: String,
    /// The language of the mails
    pub language: Language,
    /// The address, of which only its first character and its domain are shown
    pub address: String,
    /// What the reader agrees to
    pub consent: String,
    /// It is about another address for somebody who gets the brief already
    pub is_address_change: bool,
    /// Where it stands
    pub state: ConfirmState,
}

/// What came of a confirmation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Confirmed {
    /// What it was about, as it stands now
    pub view: ConfirmView,
    /// The latest edition is in the outbox: the courier is to be woken
    pub edition: bool,
}

impl ConfirmView {
    fn of(joining: Joining<'_>, found: &SignUp, state: ConfirmState) -> ConfirmView {
        ConfirmView {
            brief: found.brief.clone(),
            title: joining.title(&found.brief, found.language),
            language: found.language,
            address: masked(&found.address),
            consent: found.text.clone(),
            is_address_change: found.subscriber.is_some(),
            state,
        }
    }
}

/// Where a sign-up stands that was confirmed: its reader may have left since.
async fn confirmed_state(joining: Joining<'_>, found: &SignUp) -> Result<ConfirmState, JoinError> {
    let Ok(address) = Address::parse(&found.address) else { return Ok(ConfirmState::Confirmed) };
    // Another address may have been confirmed by somebody who gets nothing at that moment.
    let gets =
        found.subscriber.is_some() || joining.store.people().has_subscription(&address, Some(&found.brief)).await?;
    Ok(if gets { ConfirmState::Confirmed } else { ConfirmState::LeftSince })
}

/// Shows what a token confirms, and changes nothing.
///
/// # Errors
/// It is no token of ours, or what it is about is not there any more.
pub async fn confirm_view(joining: Joining<'_>, token: &str, now: DateTime<Utc>) -> Result<ConfirmView, JoinError> {
    let found = joining.sign_up(token).await?;
    let state = match found.confirmed_at {
        Some(_) => confirmed_state(joining, &found).await?,
        None if found.asked_at + LAPSES_AFTER < now => ConfirmState::Lapsed,
        None => ConfirmState::Open,
    };
    Ok(ConfirmView::of(joining, &found, state))
}

/// Confirms what a token is about: the subscription is active, and its latest edition waits for the courier. A second time
/// changes nothing.
///
/// # Errors
/// It is no token of ours, what it is about is not there any more, or the store cannot be written; then nothing has changed.
pub async fn confirm(
    joining: Joining<'_>,
    token: &str,
    network: Option<Network>,
    now: DateTime<Utc>,
) -> Result<Confirmed, JoinError> {
    let found = joining.sign_up(token).await?;
    let (store_id, lines) = (joining.store_id().await?, joining.imprint());
    let domain = joining.config.mail.from_address.domain();
    let title = joining.title(&found.brief, found.language);
    let mail = address_changed(found.language, &title, &masked(&found.address), Sender { lines: &lines });
    let message_id = format!("<changed.{}.{store_id}@{domain}>", found.id);
    let confirmation = Confirmation {
        sign_up: found.id,
        network,
        message_ids: MessageIds { domain, store_id: &store_id },
        told: found.subscriber.is_some().then_some((&mail, &*message_id)),
        now: whole(now),
    };
    let (state, edition) = match joining.store.people().confirm(confirmation).await? {
        Confirming::Unknown => return Err(JoinError::Gone),
        Confirming::Lapsed => (ConfirmState::Lapsed, false),
        Confirming::LeftSince => (ConfirmState::LeftSince, false),
        Confirming::Before(_) => (confirmed_state(joining, &found).await?, false),
        Confirming::Now { edition, .. } => {
            info!(brief = found.brief, language = %found.language, edition, "a reader confirms");
            (ConfirmState::Confirmed, edition)
        }
    };
    Ok(Confirmed { view: ConfirmView::of(joining, &found, state), edition })
}

//! The person who reads the confirmation mail looks at what it is about, and confirms it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use tracing::info;

use super::{JoinError, Joining, whole};
use crate::{
    base::language::Language,
    config::Visibility,
    people::{
        joining::{Network, Sender, address_changed, confirmed},
        subscribers::{Address, masked},
    },
    store::{Confirmation, Confirming, MailKind, MessageIds, NewMail, SignUp, SignUpStanding},
};

/// Maximum age at which the answer to a mail is still sent.
const GIVE_UP_AFTER: TimeDelta = TimeDelta::days(2);

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
    /// Its reader has left since, or was removed: they have to ask again.
    LeftSince,
    /// Nothing is mailed to the address: it was suppressed.
    Suppressed,
    /// Its reader asked for yet another address since.
    Superseded,
    /// Nobody can join the brief any more.
    Closed,
}

impl From<SignUpStanding> for ConfirmState {
    fn from(standing: SignUpStanding) -> ConfirmState {
        match standing {
            SignUpStanding::Open => ConfirmState::Open,
            SignUpStanding::Confirmed => ConfirmState::Confirmed,
            SignUpStanding::Lapsed => ConfirmState::Lapsed,
            SignUpStanding::LeftSince => ConfirmState::LeftSince,
            SignUpStanding::Suppressed => ConfirmState::Suppressed,
            SignUpStanding::Superseded => ConfirmState::Superseded,
        }
    }
}

/// What a token confirms, as its reader is shown it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfirmView {
    /// The brief's id
    pub brief: String,
    /// Its title; of a change of address, those of all briefs that move
    pub titles: Vec<String>,
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
    /// Something has changed: it was not confirmed before
    pub is_new: bool,
}

impl ConfirmView {
    fn of(joining: Joining<'_>, found: &SignUp, briefs: &[String], state: ConfirmState) -> ConfirmView {
        ConfirmView {
            brief: found.brief.clone(),
            titles: titles(joining, found, briefs),
            language: found.language,
            address: masked(&found.address),
            consent: found.text.clone(),
            is_address_change: found.subscriber.is_some(),
            state,
        }
    }
}

/// What a sign-up is about, in words; `briefs` are those that move.
pub(super) fn titles(joining: Joining<'_>, found: &SignUp, briefs: &[String]) -> Vec<String> {
    let briefs = if briefs.is_empty() { std::slice::from_ref(&found.brief) } else { briefs };
    briefs.iter().map(|brief| joining.title(brief, found.language)).collect()
}

/// Where a sign-up stands, and the briefs that a change of address moves.
async fn standing(
    joining: Joining<'_>,
    found: &SignUp,
    now: DateTime<Utc>,
) -> Result<(ConfirmState, Vec<String>), JoinError> {
    let people = joining.store.people();
    let (standing, briefs) = people.sign_up_standing(found.id, whole(now)).await?.ok_or(JoinError::Gone)?;
    let state = match standing {
        SignUpStanding::Open if found.subscriber.is_none() && !is_offered(joining, found) => ConfirmState::Closed,
        SignUpStanding::Confirmed => confirmed_state(joining, found).await?,
        standing => standing.into(),
    };
    Ok((state, briefs))
}

/// Can somebody join what was asked for? The brief may be gone since, or not be for everybody any more. Who has it already may
/// have another address all the same.
fn is_offered(joining: Joining<'_>, found: &SignUp) -> bool {
    let brief = joining.config.briefs.get(&found.brief);
    brief.is_some_and(|brief| brief.public != Visibility::Off && brief.languages.contains(&found.language))
}

/// Where a sign-up stands that was confirmed: its reader may have left since.
async fn confirmed_state(joining: Joining<'_>, found: &SignUp) -> Result<ConfirmState, JoinError> {
    let Ok(address) = Address::parse(&found.address) else { return Ok(ConfirmState::Confirmed) };
    let all = joining.store.people().subscriptions_of(address.key()).await?;
    let gets = all.iter().any(|one| one.brief == found.brief || found.moves.contains(&one.brief));
    Ok(if gets { ConfirmState::Confirmed } else { ConfirmState::LeftSince })
}

/// Shows what a token confirms, and changes nothing.
///
/// # Errors
/// It is no token of ours, or what it is about is not there any more.
pub async fn confirm_view(joining: Joining<'_>, token: &str, now: DateTime<Utc>) -> Result<ConfirmView, JoinError> {
    let found = joining.sign_up(token).await?;
    let (state, briefs) = standing(joining, &found, now).await?;
    Ok(ConfirmView::of(joining, &found, &briefs, state))
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
    confirm_found(joining, found, network, None, now).await
}

/// The subject and the text of the mail that asked for what a token confirms; empty if it is not kept any more.
///
/// # Errors
/// As [`confirm_view`].
pub async fn mail_that_asked(joining: Joining<'_>, token: &str) -> Result<(String, String), JoinError> {
    let found = joining.sign_up(token).await?;
    Ok(joining.store.outbox().own_text(&found.message_id).await?.unwrap_or_default())
}

/// As `confirm`, by a mail; `in_reply_to` is its Message-ID, if that can be quoted. If no edition goes out, the reader is
/// answered by one line. Returns the address as well, of which the answer shows no more than a part.
///
/// # Errors
/// As `confirm`.
pub async fn confirm_by_mail(
    joining: Joining<'_>,
    token: &str,
    in_reply_to: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(String, Confirmed), JoinError> {
    let found = joining.sign_up(token).await?;
    let address = found.address.clone();
    Ok((address, confirm_found(joining, found, None, Some(in_reply_to), now).await?))
}

/// `answering`: the Message-ID of the mail, if there is a mail to answer.
async fn confirm_found(
    joining: Joining<'_>,
    found: SignUp,
    network: Option<Network>,
    answering: Option<Option<&str>>,
    now: DateTime<Utc>,
) -> Result<Confirmed, JoinError> {
    let (state, briefs) = standing(joining, &found, now).await?;
    let view = |state| ConfirmView::of(joining, &found, &briefs, state);
    if state != ConfirmState::Open {
        return Ok(Confirmed { view: view(state), edition: false, is_new: false });
    }
    let (store_id, lines) = (joining.store_id().await?, joining.imprint());
    let domain = joining.config.mail.from_address.domain();
    let titles = titles(joining, &found, &briefs);
    let mail = address_changed(found.language, &titles, &masked(&found.address), Sender { lines: &lines });
    let message_id = format!("<changed.{}.{store_id}@{domain}>", found.id);
    let line = confirmed(found.language, &titles, Sender { lines: &lines });
    let address = Address::parse(&found.address);
    let answer_id = format!("<confirmed.{}.{store_id}@{domain}>", found.id);
    let answer = answering.zip(address.as_ref().ok()).map(|(in_reply_to, address)| NewMail {
        kind: MailKind::Answer,
        address: address.ascii(),
        language: found.language,
        subject: &line.subject,
        text: &line.text,
        reply_to: None,
        in_reply_to,
        message_id: &answer_id,
        now: whole(now),
        give_up_at: whole(now) + GIVE_UP_AFTER,
    });
    let confirmation = Confirmation {
        sign_up: found.id,
        network,
        message_ids: MessageIds { domain, store_id: &store_id },
        told: found.subscriber.is_some().then_some((&mail, &*message_id)),
        answer: answer.as_ref(),
        now: whole(now),
    };
    let (state, edition, is_new) = match joining.store.people().confirm(confirmation).await? {
        Confirming::Unknown => return Err(JoinError::Gone),
        // Two presses at the same moment: one of them is the first.
        Confirming::Before(_) => (confirmed_state(joining, &found).await?, false, false),
        Confirming::Over(standing) => (standing.into(), false, false),
        Confirming::Now { edition, .. } => {
            info!(brief = found.brief, language = %found.language, edition, "a reader confirms");
            (ConfirmState::Confirmed, edition, true)
        }
    };
    Ok(Confirmed { view: view(state), edition, is_new })
}

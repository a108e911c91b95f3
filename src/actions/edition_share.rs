//! Links to the draft of a held edition: made, ended, and followed. Who has one sees the draft as it is kept, without an account,
//! until the link ends or the draft is discarded.

use chrono::{DateTime, TimeDelta, Utc};
use ring::rand::{SecureRandom as _, SystemRandom};
use serde::Serialize;
use tracing::info;

use super::{Actor, Installation, Result};
use crate::{
    base::{ids::EditionName, language::Language, problem::Problem},
    people::tokens::{Purpose, Subject, TokenError},
    store::{ArchivedEdition, Edition, EditionState, Error as StoreError, Share, Store},
};

/// The outcome of [`share`].
#[derive(Debug, Serialize)]
pub struct SharedDraft {
    /// `BRIEF/N`
    pub edition: EditionName,
    /// The link: whoever has it sees the draft
    pub url: String,
    /// Until then
    pub ends: DateTime<Utc>,
}

/// Makes a link to the draft of a held edition that is good for so many days.
///
/// # Errors
/// There are no public pages, the edition is not held, or it could not be made.
pub async fn share(installation: &Installation, actor: &Actor, name: &EditionName, days: u16) -> Result<SharedDraft> {
    let edition = held(installation, name).await?;
    let Some(web) = &installation.settings()?.public_web else {
        let problem = Problem::error(format!("a draft of {name} cannot be shared: there are no public pages"));
        return Err(problem
            .hint(format!(
                "`[web.public]` `listen` and `url` turn them on; `greenbrief editions export {name} --out DIR` writes the draft"
            ))
            .into());
    };
    let store = installation.existing_store().await?;
    let made = installation.now();
    let made = DateTime::from_timestamp_micros(made.timestamp_micros()).unwrap_or(made);
    let ends = made + TimeDelta::days(days.into());
    let mut bytes = [0; 8];
    SystemRandom::new().fill(&mut bytes).map_err(|_| anyhow::anyhow!("the system provides no random numbers"))?;
    let id = i64::from_be_bytes(bytes) & ((1 << 40) - 1);
    let kept = Share { id, edition: edition.id, made, ends, by: actor.name().to_owned() };
    if !store.editions().share(&kept).await? {
        return Err(anyhow::anyhow!("the number of a new link is taken: another try takes another one").into());
    }
    let keys = store.token_keys().keys(&SystemRandom::new(), made).await?;
    let token = keys.issue(Purpose::Draft, Subject::new(id, made));
    info!(by = %actor, edition = %name, %ends, link = %token, "a draft is shared");
    Ok(SharedDraft { edition: edition.name(), url: web.url.link(&format!("/draft/{}", token.as_str())), ends })
}

/// The outcome of [`end`].
#[derive(Debug, Serialize)]
pub struct EndedShares {
    /// `BRIEF/N`
    pub edition: EditionName,
    /// Number of links that were good
    pub ended: u64,
}

/// Ends all links to the draft of an edition.
///
/// # Errors
/// There is no such edition.
pub async fn end(installation: &Installation, actor: &Actor, name: &EditionName) -> Result<EndedShares> {
    let edition = installation.edition(name).await?;
    let ended = installation.existing_store().await?.editions().end_shares(edition.id, installation.now()).await?;
    info!(by = %actor, edition = %name, ended, "links to a draft are ended");
    Ok(EndedShares { edition: edition.name(), ended })
}

async fn held(installation: &Installation, name: &EditionName) -> Result<Edition> {
    let edition = installation.edition(name).await?;
    if edition.state != EditionState::Held {
        let problem =
            Problem::error(format!("{name} is {}: only a draft that its gate holds is shared", edition.state));
        return Err(problem.hint("what went out is found in the archive of the public pages").into());
    }
    if !installation.existing_store().await?.editions().is_made(edition.id).await? {
        let problem = Problem::error(format!("{name} cannot be shared: it could not be made"));
        return Err(problem.hint(format!("`greenbrief editions show {name}` names what to mend")).into());
    }
    Ok(edition)
}

/// A draft as its link shows it.
#[derive(Debug)]
pub struct Draft {
    /// The brief's id
    pub brief: String,
    /// The link ends then
    pub ends: DateTime<Utc>,
    /// It has gone out since
    pub is_released: bool,
    /// Each language that it has; at least one
    pub languages: Vec<ArchivedEdition>,
}

/// Where a link to a draft leads.
#[derive(Debug)]
pub enum Followed {
    /// The token is none that was given.
    Nothing,
    /// The link has ended, or its key was retired, or the draft was discarded or taken back.
    Over,
    /// To a draft.
    Draft(Box<Draft>),
}

/// Follows a link to a draft. It changes nothing.
///
/// # Errors
/// The store breaks.
pub async fn follow(store: &Store, token: &str, now: DateTime<Utc>) -> Result<Followed, StoreError> {
    let Some(keys) = store.token_keys().known().await? else { return Ok(Followed::Nothing) };
    let subject = match keys.verify(Purpose::Draft, token) {
        Ok(subject) => subject,
        // It was good once, or somewhere else.
        Err(TokenError::UnknownKey(_) | TokenError::RetiredKey(_)) => return Ok(Followed::Over),
        Err(_) => return Ok(Followed::Nothing),
    };
    let share = store.editions().share_of(subject.row()).await?.filter(|it| subject.is(it.id, it.made));
    let Some(share) = share.filter(|share| share.ends > now) else { return Ok(Followed::Over) };
    let shared = store.editions().shared(share.edition).await?;
    let is_there = |state| matches!(state, EditionState::Held | EditionState::Released);
    let Some(shared) = shared.filter(|it| is_there(it.state) && it.withdrawn.is_none() && !it.drafts.is_empty()) else {
        return Ok(Followed::Over);
    };
    Ok(Followed::Draft(Box::new(Draft {
        brief: shared.brief,
        ends: share.ends,
        is_released: shared.state == EditionState::Released,
        languages: shared.drafts,
    })))
}

impl Draft {
    /// The draft in this language.
    pub fn of(&self, language: Language) -> Option<&ArchivedEdition> {
        self.languages.iter().find(|draft| draft.language == language)
    }
}

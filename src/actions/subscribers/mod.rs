//! The people who get the brief: they are added, imported from a file, listed, and removed. Who has left stays away until
//! they ask to come back.

mod forget;
mod import;
mod list;
mod maildir;
mod person;
mod rejects;
mod remove;
mod traces;

use serde::Serialize;
use tracing::info;

pub use self::{
    forget::{Forgotten, forget, would_forget},
    import::{ImportProgress, ImportRequest, Imported, import},
    list::{ListQuery, ListedState, ListedSubscription, RequestKind, count_pending, list},
    person::{Suppressed, Unsuppressed, list_suppressed, record, suppress, unsuppress},
    remove::{IfUnknown, RemovedAddress, RemovedList, remove, remove_list, remove_token},
};
use super::{Actor, Installation, Result};
use crate::{
    base::{language::Language, problem::Problem},
    people::subscribers::Address,
    store::{Added, ComeBack, Given, Left},
};

/// An address as a person typed it.
///
/// # Errors
/// It is no address.
pub fn parse_address(text: &str) -> Result<Address> {
    Ok(Address::parse(text).map_err(|bad| Problem::error(bad.what).hint(bad.hint))?)
}

/// The outcome of [`add`].
#[derive(Debug, Serialize)]
pub struct Subscribed {
    /// The address as it was typed
    pub address: String,
    /// The brief's id
    pub brief: String,
    /// The language of the subscription
    pub language: Language,
    /// What has changed
    pub result: Added,
    /// Why nothing is mailed to the address all the same
    pub suppressed: Option<String>,
    /// Whether the brief is written in that language: if not, it gets nothing until it is
    pub is_written: bool,
}

/// A person who is to be subscribed.
#[derive(Debug, Clone, Copy)]
pub struct AddRequest<'a> {
    /// The address
    pub address: &'a str,
    /// The language of the mails
    pub language: Language,
    /// The brief; the only one if none is given
    pub brief: Option<&'a str>,
    /// Why they are subscribed again although they have left
    pub again: Option<&'a str>,
    /// Where their consent comes from; it is needed unless they are subscribed again for a reason
    pub consent: Option<&'a str>,
}

/// Subscribes an address to a brief.
///
/// # Errors
/// The address is none, or has left and is not said to come back; or there is no such brief.
pub async fn add(installation: &Installation, actor: &Actor, request: AddRequest<'_>) -> Result<Subscribed> {
    let address = parse_address(request.address)?;
    let brief = brief_or_only(installation, request.brief)?;
    let language = request.language;
    let Some(consent) = request.consent.or(request.again) else { return Err(no_consent(&address).into()) };
    let people = installation.store().await?.people();
    let come_back = request.again.map(|reason| ComeBack { actor: actor.name(), reason });
    let given = Given { actor: actor.name(), way: "add", consent };
    let mut subscribing = people.subscribing(come_back, installation.now()).await?.given(given);
    subscribing.add(&address, language, &brief).await?;
    let result = subscribing.commit().await?.of_one();
    if result == Added::Left {
        let left = people.left(&address, Some(&brief)).await?;
        return Err(stays_away(&address, &brief, left).into());
    }
    // Logs hold no addresses of subscribers.
    info!(by = %actor, brief, %language, ?result, again = request.again, "an address is subscribed");
    let suppressed = people.suppression(&address).await?.map(|suppression| suppression.reason);
    let is_written = installation.brief(&brief)?.languages.contains(&language);
    Ok(Subscribed { address: address.as_str().to_owned(), brief, language, result, suppressed, is_written })
}

fn stays_away(address: &Address, brief: &str, left: Option<Left>) -> Problem {
    let since = left.map_or_else(String::new, |Left { since, actor, reason }| {
        let by = if actor.is_empty() { String::new() } else { format!(", says {actor}") };
        let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        format!(" on {}{by}{why}", since.format("%F"))
    });
    Problem::error(format!("{address} has left {brief}{since}"))
        .hint("if they ask for it again: `--again --reason TEXT`, which records who said so, and why")
}

fn no_consent(address: &Address) -> Problem {
    Problem::error(format!("nothing says where the consent of {address} comes from")).hint(
        "say it with `--consent TEXT`, such as `--consent \"asked for it on the phone, 3 May\"`; it is recorded: who is sent \
         mail may ask for it",
    )
}

fn brief_or_only(installation: &Installation, brief: Option<&str>) -> Result<String> {
    if let Some(brief) = brief {
        return Ok(installation.brief(brief)?.id.clone());
    }
    let briefs = installation.config.briefs()?;
    let mut ids = briefs.keys();
    match (ids.next(), ids.next()) {
        (Some(id), None) => Ok(id.clone()),
        _ => {
            let known: Vec<String> = briefs.keys().map(|id| format!("`{id}`")).collect();
            Err(Problem::error("to which brief?").hint(format!("--brief with one of {}", known.join(", "))).into())
        }
    }
}

//! The people who get the brief: they are added, imported from a file, listed, and removed.

use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;
use tracing::info;

use super::{Actor, Error, Installation, Result};
use crate::{
    base::{language::Language, problem::Problem},
    people::subscribers::{Address, read_csv},
    store::{Added, Subscriber, SubscriptionCounts},
};

/// Number of subscriptions read at a time.
const PAGE: i64 = 1000;

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
}

/// Subscribes an address to a brief; to the only one if none is given.
///
/// # Errors
/// The address is none, or there is no such brief.
pub async fn add(
    installation: &Installation,
    actor: &Actor,
    address: &str,
    language: Language,
    brief: Option<&str>,
) -> Result<Subscribed> {
    let address = parse_address(address)?;
    let brief = match brief {
        Some(brief) => installation.brief(brief)?.id.clone(),
        None => only_brief(installation)?,
    };
    let store = installation.store().await?;
    let result = store.people().subscribe(&address, language, &brief, installation.now()).await?;
    // Logs hold no addresses of subscribers.
    info!(by = %actor, brief, %language, ?result, "an address is subscribed");
    Ok(Subscribed { address: address.as_str().to_owned(), brief, language, result })
}

/// How far an import has come.
#[derive(Debug, Clone, Copy)]
pub struct ImportProgress {
    /// Rows that are done
    pub done: usize,
    /// Rows of the file
    pub all: usize,
}

/// Subscribes the people in a CSV file, all or none.
///
/// # Errors
/// The file cannot be read, or a row has a mistake; then nothing has changed.
pub async fn import(
    installation: &Installation,
    actor: &Actor,
    file: &Path,
    mut on_progress: impl FnMut(ImportProgress) + Send,
) -> Result<SubscriptionCounts> {
    let bytes = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let briefs: Vec<&str> = installation.config.briefs.keys().map(String::as_str).collect();
    let rows = read_csv(&file.display().to_string(), &bytes, &briefs)?;
    let default = if rows.iter().any(|row| row.brief.is_none()) { only_brief(installation)? } else { String::new() };
    let store = installation.store().await?;
    let subscriptions = rows.iter().map(|row| (&row.address, row.language, row.brief.as_deref().unwrap_or(&default)));
    let mut progress = ImportProgress { done: 0, all: rows.len() };
    let count = || {
        progress.done += 1;
        on_progress(progress);
    };
    let counts = store.people().subscribe_all(subscriptions, installation.now(), count).await?;
    info!(by = %actor, new = counts.new, changed = counts.changed, unchanged = counts.unchanged, "subscribers are imported");
    Ok(counts)
}

/// Hands all subscriptions to `on_page`, in the order in which they were made, a part at a time: there may be a million.
///
/// # Errors
/// The store cannot be read, or `on_page` failed.
pub async fn list(
    installation: &Installation,
    mut on_page: impl FnMut(&[Subscriber]) -> anyhow::Result<()>,
) -> Result<()> {
    let Some(store) = installation.found_store().await? else { return Ok(()) };
    let mut after = 0;
    loop {
        let page = store.people().subscribers(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.subscription;
        on_page(&page)?;
    }
}

/// The outcome of [`remove`].
#[derive(Debug, Serialize)]
pub struct Removed {
    /// The address as it was typed
    pub address: String,
    /// Number of subscriptions that ended
    pub ended: u64,
}

/// Ends all subscriptions of an address. What waits for it is not sent.
///
/// # Errors
/// The address has no active subscription, or there is no store.
pub async fn remove(installation: &Installation, actor: &Actor, address: &str) -> Result<Removed> {
    let address = parse_address(address)?;
    let ended = installation.existing_store().await?.people().unsubscribe(&address, installation.now()).await?;
    if ended == 0 {
        return Err(Error::refused(format!("{address} has no active subscription")));
    }
    info!(by = %actor, ended, "subscriptions of an address are ended");
    Ok(Removed { address: address.as_str().to_owned(), ended })
}

fn only_brief(installation: &Installation) -> Result<String> {
    let mut ids = installation.config.briefs.keys();
    match (ids.next(), ids.next()) {
        (Some(id), None) => Ok(id.clone()),
        _ => {
            let known: Vec<String> = installation.config.briefs.keys().map(|id| format!("`{id}`")).collect();
            Err(Problem::error("to which brief?").hint(format!("--brief with one of {}", known.join(", "))).into())
        }
    }
}

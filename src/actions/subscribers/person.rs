//! What concerns one person: all that is known of them, and whether they are mailed to.

use serde::Serialize;
use tracing::info;

use super::{Actor, Installation, Result, parse_address};
use crate::{
    actions::Error,
    base::problem::Problem,
    store::{Beyond, MovedAway, PersonRecord, SuppressedAddress, Suppression},
};

/// All that is known of the person with an address.
///
/// # Errors
/// The address is none, or the store cannot be read.
pub async fn record(installation: &Installation, address: &str) -> Result<PersonRecord> {
    let address = parse_address(address)?;
    Ok(installation.existing_store().await?.people().record(&address).await?)
}

/// Number of addresses read at a time.
const PAGE: i64 = 1000;

/// Hands the addresses to which nothing is mailed to `on_page`, in their order, a part at a time.
///
/// # Errors
/// The store cannot be read, or `on_page` failed.
pub async fn list_suppressed(
    installation: &Installation,
    mut on_page: impl FnMut(&[SuppressedAddress]) -> anyhow::Result<()>,
) -> Result<()> {
    let Some(store) = installation.found_store().await? else { return Ok(()) };
    let mut after = String::new();
    loop {
        let page = store.people().suppressed(&after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after.clone_from(&last.address);
        on_page(&page)?;
    }
}

/// The outcome of [`suppress`].
#[derive(Debug, Serialize)]
pub struct Suppressed {
    /// The address as it was typed
    pub address: String,
    /// Something was known of it before
    pub known: bool,
    /// Mails that are not sent any more
    pub cancelled: u64,
    /// Requests of the address that are over, though nobody had confirmed them
    pub requests: u64,
    /// Subscriptions that its reader has taken to another address: they stay
    pub moved: Vec<MovedAway>,
}

/// Mails nothing to an address any more. What somebody asked for at it, and has not confirmed yet, is over.
/// What its reader has taken to another address goes there still.
///
/// # Errors
/// It is none, or is suppressed already.
pub async fn suppress(installation: &Installation, actor: &Actor, address: &str, reason: &str) -> Result<Suppressed> {
    let address = parse_address(address)?;
    let people = installation.existing_store().await?.people();
    if let Some(Suppression { at, reason, .. }) = people.suppression(&address).await? {
        let since = at.format("%F");
        return Err(Error::refused(format!("{address} is suppressed since {since}: {reason}")));
    }
    let known = !people.record(&address).await?.is_empty();
    let Beyond { moved, requests } = people.beyond(&address, None, installation.now()).await?;
    let cancelled = people.suppress_by(&address, reason, actor.name(), installation.now()).await?;
    info!(by = %actor, cancelled, reason, "an address is suppressed");
    Ok(Suppressed {
        address: address.as_str().to_owned(),
        known: known || !moved.is_empty(),
        cancelled,
        requests,
        moved,
    })
}

/// The outcome of [`unsuppress`].
#[derive(Debug, Serialize)]
pub struct Unsuppressed {
    /// The address as it was typed
    pub address: String,
    /// Why it was suppressed
    pub was: Suppression,
}

/// Mails to an address again that was suppressed.
///
/// # Errors
/// It is none, or is not suppressed.
pub async fn unsuppress(
    installation: &Installation,
    actor: &Actor,
    address: &str,
    reason: &str,
) -> Result<Unsuppressed> {
    let address = parse_address(address)?;
    let people = installation.existing_store().await?.people();
    let Some(was) = people.unsuppress(&address, reason, actor.name(), installation.now()).await? else {
        let problem = Problem::error(format!("{address} is not suppressed"));
        return Err(problem.hint(format!("`greenbrief subscribers show {address}` says what is known of it")).into());
    };
    info!(by = %actor, reason, "an address is not suppressed any more");
    Ok(Unsuppressed { address: address.as_str().to_owned(), was })
}

//! What concerns one person: all that is known of them, and whether they are mailed to.

use serde::Serialize;
use tracing::info;

use super::{Actor, Installation, Result, parse_address};
use crate::{
    actions::Error,
    base::problem::Problem,
    store::{PersonRecord, Suppression},
};

/// All that is known of the person with an address.
///
/// # Errors
/// The address is none, or the store cannot be read.
pub async fn record(installation: &Installation, address: &str) -> Result<PersonRecord> {
    let address = parse_address(address)?;
    Ok(installation.existing_store().await?.people().record(&address).await?)
}

/// The outcome of [`suppress`].
#[derive(Debug, Serialize)]
pub struct Suppressed {
    /// The address as it was typed
    pub address: String,
    /// Mails that are not sent any more
    pub cancelled: u64,
}

/// Mails nothing to an address any more.
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
    let cancelled = people.suppress_by(&address, reason, actor.name(), installation.now()).await?;
    info!(by = %actor, cancelled, reason, "an address is suppressed");
    Ok(Suppressed { address: address.as_str().to_owned(), cancelled })
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

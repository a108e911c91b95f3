//! Readers leave: one by their address or by the token of a mail they answered, or many from a file.

use std::path::Path;

use serde::Serialize;
use tracing::info;

use super::{Actor, Installation, Result, parse_address};
use crate::{
    actions::{Error, leaving},
    base::{csv_table::CsvInput, problem::Problem},
    people::{
        subscribers::{Address, read_addresses},
        tokens::{self, TokenError},
    },
    store::{Removal, Store},
};

/// Minimum number of characters by which a token that is cut off is told from a word.
const SHORTEST_CUT: usize = 20;
/// Maximum size of a list of readers who leave, in bytes.
const MAX_LIST: u64 = 16 << 20;

/// The outcome of [`remove`] and [`remove_token`].
#[derive(Debug, Serialize)]
pub struct RemovedAddress {
    /// The address as it was typed
    pub address: String,
    /// The brief that they left; `None` if they left all
    pub brief: Option<String>,
    /// Number of subscriptions that ended
    pub ended: u64,
    /// Mails that are not sent any more
    pub cancelled: u64,
}

/// Ends the subscriptions of an address: all, or the one to a brief. What waits for it is not sent, and no import subscribes
/// it again.
///
/// # Errors
/// The address has no active subscription, or there is no store.
pub async fn remove(
    installation: &Installation,
    actor: &Actor,
    address: &str,
    brief: Option<&str>,
    reason: &str,
) -> Result<RemovedAddress> {
    let address = parse_address(address)?;
    remove_one(installation, actor, &address, brief, reason).await
}

async fn remove_one(
    installation: &Installation,
    actor: &Actor,
    address: &Address,
    brief: Option<&str>,
    reason: &str,
) -> Result<RemovedAddress> {
    let people = installation.existing_store().await?.people();
    // A brief that is gone from the config can be left, too.
    let known = people.has_subscription(address, brief).await?;
    if !known {
        if let Some(left) = people.left(address, brief).await? {
            return Err(Error::refused(format!(
                "{address} has no active subscription: it left on {}",
                left.since.format("%F")
            )));
        }
        let to = brief.map_or_else(String::new, |brief| format!(" to {brief}"));
        let problem = Problem::error(format!("{address} has no active subscription{to}"));
        return Err(problem.hint("`greenbrief subscribers list` shows all; look for a typing error").into());
    }
    let removal = Removal { brief, actor: actor.name(), reason };
    let done = people.remove([address], removal, installation.now()).await?;
    info!(by = %actor, brief, ended = done.ended, cancelled = done.cancelled, reason, "subscriptions of an address are ended");
    Ok(RemovedAddress {
        address: address.as_str().to_owned(),
        brief: brief.map(str::to_owned),
        ended: done.ended,
        cancelled: done.cancelled,
    })
}

/// Removes the reader of the mail whose token this is. The token stands in the subject of the mail with which a reader asks
/// to leave (`unsubscribe TOKEN`), in the address of such a mail, and in the link of each mail; the whole subject, address or
/// link will do. It names one subscription, which ends. Mails of earlier versions named a reader
/// (`green-economy.12.345.k3x9`, as Message-IDs do): by these all end, or the one to a brief.
///
/// # Errors
/// It is no token, one of another store or brief, or its reader has no active subscription.
pub async fn remove_token(
    installation: &Installation,
    actor: &Actor,
    token: &str,
    brief: Option<&str>,
    reason: &str,
) -> Result<RemovedAddress> {
    let store = installation.existing_store().await?;
    if let Some(token) = leave_token(token) {
        let named = leaving::named(store, token).await?;
        if brief.is_some_and(|brief| brief != named.brief) {
            let problem = Problem::error(format!("the token is for leaving {}", named.brief));
            return Err(problem.hint("leave out `--brief`, or name the reader's address").into());
        }
        return remove_one(installation, actor, &parse_address(&named.address)?, Some(&named.brief), reason).await;
    }
    let subscriber = subscriber_of(store, token).await?;
    let Some(address) = store.people().address_of(subscriber).await? else {
        return Err(Error::refused(format!(
            "the store has no subscriber {subscriber}, whom the token `{token}` names"
        )));
    };
    remove_one(installation, actor, &parse_address(&address)?, brief, reason).await
}

/// The token for leaving that is written in a text: alone, behind other words, in an address or in a link. One whose end is
/// missing is one, too: it is told why it does not serve.
fn leave_token(text: &str) -> Option<&str> {
    let word = text.split_whitespace().last()?.trim_matches(['<', '>', '.', ',']);
    let word = word.split('@').next()?;
    let token = word.rsplit(['/', '+', '=']).next()?;
    match tokens::purpose_of(token) {
        Ok(_) => Some(token),
        Err(TokenError::Truncated(length)) if length >= SHORTEST_CUT => Some(token),
        Err(_) => None,
    }
}

async fn subscriber_of(store: &Store, token: &str) -> Result<i64> {
    let bare = token.split_whitespace().last().unwrap_or_default().trim_start_matches('<');
    let bare = bare.split('@').next().unwrap_or_default();
    // BRIEF.N.SUBSCRIBER.STORE; a brief's id holds no dot.
    let parts: Vec<&str> = bare.split('.').collect();
    let parsed = match parts.as_slice() {
        [_, number, subscriber, id] if number.parse::<i64>().is_ok() => {
            subscriber.parse().ok().map(|subscriber: i64| (subscriber, *id))
        }
        _ => None,
    };
    let Some((subscriber, id)) = parsed else {
        let problem = Problem::error(format!("`{token}` is not the token of a mail"));
        return Err(problem
            .hint("it stands in the subject of the reader's mail, behind `unsubscribe`, and behind `/u/` in the link of each mail")
            .into());
    };
    match store.known_id(id).await? {
        Some(known) if subscriber <= known.last_subscriber => Ok(subscriber),
        // Its number is another's by now.
        Some(_) => Err(Problem::error(format!(
            "the mail with the token `{bare}` was sent before the store was restored, to somebody whom the backup did not know"
        ))
        .hint("remove the address that the reader writes from: `greenbrief subscribers remove ADDRESS`")
        .into()),
        None => Err(Error::refused(format!("the mail with the token `{bare}` was not sent from this store"))),
    }
}

/// The outcome of [`remove_list`].
#[derive(Debug, Serialize)]
pub struct RemovedList {
    /// Addresses in the file
    pub addresses: usize,
    /// The brief that they left; `None` if they left all
    pub brief: Option<String>,
    /// Number of subscriptions that ended
    pub ended: u64,
    /// Addresses that had left before
    pub before: u64,
    /// Addresses without a subscription: no import will subscribe them
    pub unknown: u64,
    /// Mails that are not sent any more
    pub cancelled: u64,
}

/// Removes all addresses of a file, or none: a CSV file with a column of addresses, or one address a line. Addresses that
/// are not subscribed are kept away, too.
///
/// # Errors
/// The file cannot be read, or a row has a mistake; then nothing has changed.
pub async fn remove_list(
    installation: &Installation,
    actor: &Actor,
    file: &Path,
    brief: Option<&str>,
    reason: &str,
) -> Result<RemovedList> {
    let mut input = CsvInput::open(file, MAX_LIST).map_err(Error::of_file)?;
    let name = input.name().to_owned();
    let addresses = read_addresses(&name, input.reader()?).map_err(Error::of_file)?;
    let removal = Removal { brief, actor: actor.name(), reason };
    let people = installation.existing_store().await?.people();
    let done = people.remove(&addresses, removal, installation.now()).await?;
    let count = addresses.len();
    info!(by = %actor, brief, addresses = count, ended = done.ended, reason, "the subscriptions of a list are ended");
    Ok(RemovedList {
        addresses: count,
        brief: brief.map(str::to_owned),
        ended: done.ended,
        before: done.before,
        unknown: done.unknown,
        cancelled: done.cancelled,
    })
}

//! Readers leave: one by their address or by the token of a mail they answered, or many from a file.

use std::path::Path;

use serde::Serialize;
use tracing::info;

use super::{Actor, Installation, Result, list::known_brief, parse_address};
use crate::{
    actions::{
        Error,
        leaving::{self, LeaveError},
    },
    base::{csv_table::CsvInput, problem::Problem},
    people::{
        subscribers::{Address, read_addresses},
        tokens::{self, Token, TokenError},
    },
    store::{Beyond, MovedAway, Removal, Store},
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
    /// Requests of the address that are over, though nobody had confirmed them
    pub requests: u64,
    /// Nothing ended: that it stays away is recorded all the same, as was asked
    pub only_recorded: bool,
    /// Subscriptions that went from it to another address, and ended there
    pub moved: Vec<MovedAway>,
}

/// Whether a removal is recorded of an address at which nothing ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfUnknown {
    /// It is refused: the address may be mistyped.
    Refuse,
    /// It is recorded: no import subscribes the address.
    Record,
}

/// Ends the subscriptions of an address: all, or the one to a brief. What waits for it is not sent, and no import subscribes
/// it again. What somebody asked for at the address, and has not confirmed yet, is over. What its reader has taken to another
/// address ends there.
///
/// # Errors
/// The address has neither an active subscription nor an open request, and that is not to be recorded all the same; there is no
/// such brief, or no store.
pub async fn remove(
    installation: &Installation,
    actor: &Actor,
    address: &str,
    removal: (Option<&str>, &str),
    if_unknown: IfUnknown,
) -> Result<RemovedAddress> {
    let address = parse_address(address)?;
    remove_one(installation, actor, &address, removal, if_unknown).await
}

async fn remove_one(
    installation: &Installation,
    actor: &Actor,
    address: &Address,
    (brief, reason): (Option<&str>, &str),
    if_unknown: IfUnknown,
) -> Result<RemovedAddress> {
    let store = installation.existing_store().await?;
    known_brief(installation, Some(store), brief).await?;
    let people = store.people();
    // A brief that is gone from the config can be left, too.
    let known = people.has_subscription(address, brief).await?;
    let beyond = people.beyond(address, brief, installation.now()).await?;
    let only_recorded = !known && beyond == Beyond::default();
    if only_recorded && if_unknown == IfUnknown::Refuse {
        if let Some(left) = people.left(address, brief).await? {
            return Err(Error::refused(format!(
                "{address} has no active subscription: it left on {}",
                left.since.format("%F")
            )));
        }
        let to = brief.map_or_else(String::new, |brief| format!(" to {brief}"));
        let problem = Problem::error(format!("{address} has no active subscription{to}"));
        return Err(problem.hint(
            "`greenbrief subscribers list` shows all: look for a typing error; if it is none, `--record` writes down that no \
             import subscribes the address",
        ).into());
    }
    let removal = Removal { brief, actor: actor.name(), reason };
    let done = people.remove([address], removal, installation.now()).await?;
    info!(by = %actor, brief, ended = done.ended, cancelled = done.cancelled, reason, "subscriptions of an address are ended");
    Ok(RemovedAddress {
        address: address.as_str().to_owned(),
        brief: brief.map(str::to_owned),
        ended: done.ended,
        cancelled: done.cancelled,
        requests: beyond.requests,
        only_recorded,
        moved: beyond.moved,
    })
}

/// Removes the reader of the mail whose token this is. The token stands in the subject of the mail with which a reader asks
/// to leave (`unsubscribe TOKEN`), in the address of such a mail, and in the link of each mail; the whole subject, address or
/// link will do, and may hold several. Each names one subscription, which ends. Mails of earlier versions named a reader
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
) -> Result<Vec<RemovedAddress>> {
    let store = installation.existing_store().await?;
    let tokens = leave_tokens(token);
    if !tokens.is_empty() {
        return remove_tokens(installation, actor, &tokens, brief, reason).await;
    }
    let subscriber = subscriber_of(store, token).await?;
    let Some(address) = store.people().address_of(subscriber).await? else {
        return Err(Error::refused(format!(
            "the store has no subscriber {subscriber}, whom the token `{token}` names"
        )));
    };
    let address = parse_address(&address)?;
    Ok(vec![remove_one(installation, actor, &address, (brief, reason), IfUnknown::Refuse).await?])
}

/// Ends what each of these tokens names. If one of them is not good, nothing has changed; one whose subscription is over
/// already does not keep the others from ending.
async fn remove_tokens(
    installation: &Installation,
    actor: &Actor,
    tokens: &[&str],
    brief: Option<&str>,
    reason: &str,
) -> Result<Vec<RemovedAddress>> {
    let store = installation.existing_store().await?;
    let mut meant: Vec<(Address, String)> = Vec::new();
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for (number, token) in (1..).zip(tokens) {
        match leaving::named(store, token).await {
            Err(LeaveError::Store(error)) => return Err(error.into()),
            Err(error) => bad.push(BadToken { number, token, why: error.to_string(), alone: error.into() }),
            Ok(named) if brief.is_some_and(|brief| brief != named.brief) => {
                let why = format!("the token is for leaving {}", named.brief);
                let alone = Problem::error(&why).hint("leave out `--brief`, or name the reader's address").into();
                bad.push(BadToken { number, token, why, alone });
            }
            Ok(named) => {
                good.push(number);
                let one = (parse_address(&named.address)?, named.brief);
                if !meant.contains(&one) {
                    meant.push(one);
                }
            }
        }
    }
    if !bad.is_empty() {
        return Err(refused(bad, &good));
    }
    let (mut removed, mut refused) = (Vec::new(), None);
    for (address, brief) in &meant {
        match remove_one(installation, actor, address, (Some(brief), reason), IfUnknown::Refuse).await {
            Ok(done) => removed.push(done),
            Err(error @ Error::Refused(_)) => refused = refused.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    match refused {
        Some(refused) if removed.is_empty() => Err(refused),
        _ => Ok(removed),
    }
}

/// A token by which nobody is removed.
struct BadToken<'a> {
    /// Its number among those that were given, from 1
    number: usize,
    token: &'a str,
    why: String,
    /// What is said if it is the only one
    alone: Error,
}

/// What is said if not all tokens are good: which are not, and that nothing was done by the others either.
fn refused(mut bad: Vec<BadToken<'_>>, good: &[usize]) -> Error {
    let count = bad.len() + good.len();
    if count == 1
        && let Some(only) = bad.pop()
    {
        return only.alone;
    }
    let named = |one: &BadToken<'_>| format!("token {} (`{}`): {}", one.number, Token::shown(one.token), one.why);
    let bad: Vec<String> = bad.iter().map(named).collect();
    let good: Vec<String> = good.iter().map(usize::to_string).collect();
    let good = match good.as_slice() {
        [] => "none is good".to_owned(),
        [one] => format!("token {one} is good"),
        [before @ .., last] => format!("the tokens {} and {last} are good", before.join(", ")),
    };
    let problem = Problem::error(format!("nothing was done, of {count} tokens; {}; {good}", bad.join("; ")));
    problem.hint("give the good ones alone; `greenbrief subscribers remove ADDRESS` needs no token").into()
}

/// The tokens for leaving that are written in a text: alone, behind other words, in addresses or in links. One whose end is
/// missing is one, too: it is told why it does not serve.
fn leave_tokens(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        // `%20` in front of it ends in a digit that is none of its own.
        .map(|word| word.strip_prefix("20").unwrap_or(word))
        .filter(|word| match tokens::purpose_of(word) {
            Ok(_) => true,
            Err(TokenError::Truncated(length)) => length >= SHORTEST_CUT,
            Err(_) => false,
        })
        .collect()
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
/// The file cannot be read, a row has a mistake, or there is no such brief; then nothing has changed.
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
    let store = installation.existing_store().await?;
    known_brief(installation, Some(store), brief).await?;
    let people = store.people();
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

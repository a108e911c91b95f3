//! Somebody asks to join at an address to which nothing is mailed because of a complaint, or because an operator said so. They
//! are told the same as all others, and no mail goes there: only an operator can end that, and is told.

use chrono::{DateTime, Utc};

use super::{JoinError, Joining};
use crate::{monitoring::operator_mail::OperatorMailer, people::subscribers::Address, store::sha256};

/// Tells the operators of somebody who asked for a brief, if the address is suppressed and no confirmation can end that: once a
/// day. How long it takes depends on that, so that nobody who fills in a form may wait for it.
///
/// # Errors
/// The store cannot be read or written.
pub async fn tell_of_suppressed(
    joining: Joining<'_>,
    address: &Address,
    brief: &str,
    now: DateTime<Utc>,
) -> Result<(), JoinError> {
    let suppression = joining.store.people().suppression(address).await?;
    let Some(suppression) = suppression.filter(|suppression| !suppression.is_by_bounce()) else { return Ok(()) };
    let by = if suppression.actor.is_empty() { String::new() } else { format!(", by {}", suppression.actor) };
    let text = format!(
        "Somebody asked to have {brief} sent to {address}, and was answered as everybody is. No mail goes there: the address is \
         suppressed since {}{by}: {}.\n\nIf its owner wants mails again:\n\
         \x20 greenbrief subscribers unsuppress {address} --reason \"asked again\"\n\
         Then they can ask once more, a day after they asked, and confirm.",
        suppression.at.format("%F"),
        suppression.reason
    );
    let hash = sha256(address.key().as_bytes());
    let key = format!("suppressed.{}.{}", hash.get(..16).unwrap_or(&hash), now.format("%Y%m%d"));
    let mailer = OperatorMailer::of(joining.config, joining.store);
    Ok(mailer.notify(&format!("{address} wants to join and is suppressed"), &text, &key, now).await?)
}

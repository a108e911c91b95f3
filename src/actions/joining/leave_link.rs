//! Somebody without a mail at hand asks how to leave: the links go to the address, if it is known.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::{Instant, sleep_until};
use tracing::info;

use super::{JoinError, Joining, whole};
use crate::{
    people::{
        joining::{LeaveLink, Sender, leave_links},
        subscribers::Address,
        tokens::Purpose,
    },
    store::{MailKind, NewMail},
};

/// Every answer takes this long, whether or not the address is known: more than a mail takes to be written down.
const ANSWER_AFTER: Duration = Duration::from_millis(250);

/// Sends an address the links that end its subscriptions, once a day. The answer, and the time it takes, do not tell whether
/// the address is known.
///
/// # Errors
/// Only if nobody at all could leave in this way, or the store cannot be read.
pub async fn request_leave_link(joining: Joining<'_>, address: &Address, now: DateTime<Utc>) -> Result<(), JoinError> {
    let answer = Instant::now() + ANSWER_AFTER;
    let sent = send(joining, address, whole(now)).await;
    sleep_until(answer).await;
    // Logs hold no addresses of subscribers.
    info!(sent = sent.as_ref().is_ok_and(|sent| *sent), "somebody asks for the links to leave");
    sent.map(drop)
}

async fn send(joining: Joining<'_>, address: &Address, now: DateTime<Utc>) -> Result<bool, JoinError> {
    // Before it is known whether there is anything to send.
    joining.link("u", "unsubscribe", "")?;
    let found = joining.store.people().subscriptions_of(address.key()).await?;
    let Some(first) = found.first() else { return Ok(false) };
    let language = first.language;
    let mut links = Vec::with_capacity(found.len());
    for one in &found {
        let token = joining.token(Purpose::Leave, (one.id, one.made), now).await?;
        let link = joining.link("u", "unsubscribe", &token)?.into_text();
        links.push(LeaveLink { title: joining.title(&one.brief, one.language), link });
    }
    let lines = joining.imprint();
    let mail = leave_links(language, &links, Sender { lines: &lines });
    let (store_id, domain) = (joining.store_id().await?, joining.config.mail.from_address.domain());
    // One a day: a Message-ID is written down once.
    let day = now.format("%Y%m%d");
    let new = NewMail {
        kind: MailKind::Confirmation,
        address: address.ascii(),
        language,
        subject: &mail.subject,
        text: &mail.text,
        message_id: &format!("<leave.{}.{day}.{store_id}@{domain}>", first.subscriber),
        now,
        give_up_at: now + TimeDelta::days(1),
    };
    Ok(joining.store.outbox().enqueue(&new).await?)
}

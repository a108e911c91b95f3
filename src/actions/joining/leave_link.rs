//! Somebody without a mail at hand asks how to leave: the links go to the address, if it is known.

use chrono::{DateTime, TimeDelta, Utc};
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

/// Sends an address the links that end its subscriptions; the first is that of this brief, if it gets that. Once a day for
/// each brief. How long it takes depends on whether the address is known, so that nobody who asks may wait for it.
///
/// # Errors
/// Only if nobody at all could leave in this way, or the store cannot be read or written.
pub async fn request_leave_link(
    joining: Joining<'_>,
    brief: Option<&str>,
    address: &Address,
    now: DateTime<Utc>,
) -> Result<(), JoinError> {
    let sent = send(joining, brief, address, now).await?;
    // Logs hold no addresses of subscribers.
    info!(sent, "somebody asks for the links to leave");
    Ok(())
}

/// As `request_leave_link`, for somebody who writes from that address: says whether the links go out.
///
/// # Errors
/// As `request_leave_link`.
pub(in crate::actions) async fn send_leave_links(
    joining: Joining<'_>,
    address: &Address,
    now: DateTime<Utc>,
) -> Result<bool, JoinError> {
    send(joining, None, address, now).await
}

async fn send(
    joining: Joining<'_>,
    brief: Option<&str>,
    address: &Address,
    now: DateTime<Utc>,
) -> Result<bool, JoinError> {
    let now = whole(now);
    // Before it is known whether there is anything to send.
    joining.ways_to_leave("")?;
    let mut found = joining.store.people().subscriptions_of(address.key()).await?;
    // Which of them is asked about; none if it is one that does not come here.
    let asked = brief.filter(|brief| found.iter().any(|one| one.brief == *brief));
    found.sort_by_key(|one| Some(&*one.brief) != asked);
    let Some(first) = found.first() else { return Ok(false) };
    let language = first.language;
    let mut links = Vec::with_capacity(found.len());
    for one in &found {
        let token = joining.token(Purpose::Leave, (one.id, one.made), now).await?;
        let link = joining.ways_to_leave(&token)?.into_text();
        let change = match &joining.config.public_web {
            Some(web) => {
                let token = joining.token(Purpose::Preferences, (one.id, one.settled), now).await?;
                Some(web.url.link(&format!("/p/{token}")))
            }
            None => None,
        };
        links.push(LeaveLink { title: joining.title(&one.brief, one.language), link, change });
    }
    let lines = joining.imprint();
    let mail = leave_links(language, &links, Sender { lines: &lines });
    let (store_id, domain) = (joining.store_id().await?, joining.config.mail.from_address.domain());
    // One a day and brief: a Message-ID is written down once.
    let (day, about) = (now.format("%Y%m%d"), asked.map_or_else(String::new, |brief| format!("{brief}.")));
    let new = NewMail {
        kind: MailKind::LeaveLinks,
        address: address.ascii(),
        language,
        subject: &mail.subject,
        text: &mail.text,
        reply_to: None,
        in_reply_to: None,
        message_id: &format!("<leave.{about}{}.{day}.{store_id}@{domain}>", first.subscriber),
        now,
        give_up_at: now + TimeDelta::days(1),
    };
    Ok(joining.store.outbox().enqueue(&new).await?)
}

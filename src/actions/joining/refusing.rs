//! The person who reads the confirmation mail answers no: what was asked for is over.

use chrono::{DateTime, TimeDelta, Utc};
use tracing::info;

use super::{JoinError, Joining, confirming::titles, whole};
use crate::{
    people::{
        joining::{Sender, refused},
        subscribers::Address,
    },
    store::{MailKind, NewMail, Refused},
};

/// Maximum age at which the answer is still sent.
const GIVE_UP_AFTER: TimeDelta = TimeDelta::days(2);
/// How it is recorded why somebody is away.
const REASON: &str = "said no to the mail that asked";

/// Ends what a token would confirm, or has confirmed, and what goes to that address of the same brief. The reader is answered
/// by one line if that changes anything; `in_reply_to` is the Message-ID of the mail, if that can be quoted. Returns the
/// address and the brief as well.
///
/// # Errors
/// It is no token of ours, what it is about is not there any more, or the store cannot be written; then nothing has changed.
pub async fn refuse_by_mail(
    joining: Joining<'_>,
    token: &str,
    in_reply_to: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(String, String, Refused), JoinError> {
    let found = joining.sign_up(token).await?;
    let (store_id, lines) = (joining.store_id().await?, joining.imprint());
    let titles = titles(joining, &found, &found.moves);
    let mail = refused(found.language, &titles, Sender { lines: &lines });
    let domain = joining.config.mail.from_address.domain();
    let now = whole(now);
    // It goes out with what it says only, so that the same octets may be answered once more another time.
    let message_id = format!("<refused.{}.{}.{store_id}@{domain}>", found.id, now.timestamp_micros());
    let address = Address::parse(&found.address);
    let answer = address.as_ref().ok().map(|address| NewMail {
        kind: MailKind::Answer,
        address: address.ascii(),
        language: found.language,
        subject: &mail.subject,
        text: &mail.text,
        reply_to: None,
        in_reply_to,
        message_id: &message_id,
        now,
        give_up_at: now + GIVE_UP_AFTER,
    });
    let done = joining.store.people().refuse(found.id, REASON, answer.as_ref(), now).await?.ok_or(JoinError::Gone)?;
    info!(brief = found.brief, was_open = done.was_open, ended = done.ended, "a reader says no to a confirmation mail");
    Ok((found.address, found.brief, done))
}

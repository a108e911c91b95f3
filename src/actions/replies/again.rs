//! A mail whose octets were read before. It is the same mail once more, or another one that somebody wrote in the same words:
//! some programs write neither Date nor Message-ID. A "no" counts each time, so that whoever came back meanwhile leaves again.
//! If it was the same one after all, nothing changes, and nobody is answered a second time.

use chrono::{DateTime, TimeDelta, Utc};

use super::{IncomingMail, ReplyReader, TakeInError, Verdict};
use crate::{
    delivery::replies::{self, Envelope, LeaveRequest, ReplyKind},
    store::{KeptReply, sha256},
};

/// For how long a mail without a token is taken for the one of before.
const SAME: TimeDelta = TimeDelta::days(1);

impl ReplyReader {
    /// Does what follows from a mail that is known, if something does; `None` if nothing.
    pub(super) async fn again(
        &self,
        mail: &IncomingMail,
        envelope: &Envelope,
        known: &KeptReply,
        now: DateTime<Utc>,
    ) -> Result<Option<Verdict>, TakeInError> {
        if !["leave", "confirm"].contains(&known.kind.as_str()) {
            return Ok(None);
        }
        let reply = replies::read(mail.beginning(), envelope, &self.mailboxes)?;
        let hash = &known.sha256;
        let (outcome, word) = match &reply.kind {
            ReplyKind::Leave(LeaveRequest::Tokens(tokens)) => {
                (self.leaves_by_tokens(&reply, tokens, hash, now).await?, now.timestamp_micros())
            }
            ReplyKind::Confirm(tokens) => (self.refuses(&reply, tokens, now).await?, now.timestamp_micros()),
            // The links go out once a day.
            ReplyKind::Leave(request) if known.at + SAME < now => {
                let day = now.timestamp() / SAME.num_seconds();
                let hash = sha256(format!("{hash} {day}").as_bytes());
                if let Some(known) = self.store.replies().known(&hash).await? {
                    return Ok(Some(known.into()));
                }
                let outcome = self.leaves(&reply, request, &hash, now).await?;
                return Ok(Some(self.write_down(&reply, &outcome, &hash, now).await?));
            }
            _ => return Ok(None),
        };
        let Some(outcome) = outcome.filter(|outcome| outcome.has_ended) else { return Ok(None) };
        let hash = sha256(format!("{hash} {word}").as_bytes());
        Ok(Some(self.write_down(&reply, &outcome, &hash, now).await?))
    }
}

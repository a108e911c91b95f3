//! Readers who leave by mail. Only a token ends a subscription: whatever else a mail says of its reader, its From included, can
//! be made up by anybody. Who leaves is answered once, in one line, in the language of their brief, and the answer is committed
//! with what it says; a program that asks for them gets no answer. Who has no token gets one, at their own address.

use chrono::{DateTime, TimeDelta, Utc};

use super::{ReplyReader, TakeInError, act::Outcome, forward};
use crate::{
    actions::{
        Result,
        joining::{JoinError, Joining, imprint, send_leave_links},
        leaving::{self, LeaveError, Scope, Way},
        subscribers::parse_address,
    },
    base::language::Language,
    delivery::replies::{LeaveRequest, MAX_LEAVES, Reply},
    people::{
        joining::{JoinMail, Sender, has_left},
        subscribers::Address,
        tokens::{Purpose, Token},
    },
    store::{MailKind, NamedSubscription, NewMail, Setting},
};

/// Number of characters up to which a mail says no more than that somebody wants to leave.
const SAYS_LITTLE: usize = 300;
/// What is noted of a mail with more tokens than are read.
const MORE: &str = "it holds more tokens than are read";
/// Maximum age at which an answer is still sent.
const GIVE_UP_AFTER: TimeDelta = TimeDelta::days(2);

impl ReplyReader {
    pub(super) async fn leaves(
        &self,
        reply: &Reply,
        request: &LeaveRequest,
        hash: &str,
        now: DateTime<Utc>,
    ) -> Result<Outcome, TakeInError> {
        let done = match request {
            LeaveRequest::Tokens(tokens) => self.leaves_by_tokens(reply, tokens, hash, now).await?,
            LeaveRequest::Sender => self.asks_how_to_leave(reply, now).await?,
        };
        match done {
            Some(outcome) if outcome.says_more => {
                let advice = forward::left_and_more(reply);
                let forwarded = self.forward_with(reply, "", &advice, hash, now).await?;
                let words = format!("{}; {MORE}: {}", outcome.words, forwarded.words);
                Ok(Outcome { words, ..outcome })
            }
            Some(outcome) => Ok(outcome),
            // Whatever it is, somebody wants to leave: a person looks.
            None => self.forward(reply, hash, now).await,
        }
    }

    /// Every token counts, whatever the others are, up to [`MAX_LEAVES`]: if there are more, a person has to read the mail. `None`
    /// if none is good.
    pub(super) async fn leaves_by_tokens(
        &self,
        reply: &Reply,
        tokens: &[String],
        hash: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Outcome>> {
        let mut done: Option<Outcome> = None;
        for (number, token) in tokens.iter().take(MAX_LEAVES).enumerate() {
            let Some(left) = self.leaves_by_token(reply, (number, token), hash, now).await? else { continue };
            done = Some(match done {
                None => left,
                Some(before) => {
                    let words = format!("{}; {}", before.words, left.words);
                    Outcome { words, has_ended: before.has_ended || left.has_ended, ..before }
                }
            });
        }
        Ok(done.map(|done| Outcome { says_more: tokens.len() > MAX_LEAVES, ..done }))
    }

    /// By the token with that number in the mail; `None` if it is not good.
    async fn leaves_by_token(
        &self,
        reply: &Reply,
        (number, token): (usize, &str),
        hash: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Outcome>> {
        let Some(named) = self.named(token).await? else { return Ok(None) };
        // Of who was erased there is no address: nobody is answered.
        let address = parse_address(&named.address).ok();
        let answer = self.answer(reply, &named.brief, named.language, (hash, number), now).await?;
        let answer = answer.as_ref().zip(address.as_ref());
        let answer = answer.map(|(answer, address)| answer.mail(address, named.language, now));
        let (scope, way) = (Scope::ThisBrief, Way::Mail);
        let left = match leaving::leave_and_answer(&self.store, token, scope, way, answer.as_ref(), now).await {
            Ok(left) => left,
            Err(LeaveError::Store(error)) => return Err(error.into()),
            Err(LeaveError::Token(_) | LeaveError::Gone) => return Ok(None),
        };
        let (token, brief) = (Token::shown(token), &named.brief);
        let has_ended = !left.had_left();
        let words = if left.had_left() {
            format!("had left {brief} before, by the token {token}")
        } else {
            let mut words =
                format!("left {brief} by the token {token}; mails that are not sent any more: {}", left.cancelled);
            if left.at_dot > 0 {
                words.push_str(&format!("; being handed over at this moment: {}", left.at_dot));
            }
            words
        };
        let address = address.map_or_else(String::new, |address| address.key().to_owned());
        Ok(Some(Outcome { address, words, has_ended, ..Outcome::default() }))
    }

    /// Sends the links to leave to somebody who is known and says little else: once a day, and only to the address itself.
    /// `None` if a person has to look.
    async fn asks_how_to_leave(&self, reply: &Reply, now: DateTime<Utc>) -> Result<Option<Outcome>> {
        let says_more = reply.text.chars().count() > SAYS_LITTLE;
        let config = self.config.as_deref().filter(|_| !reply.is_automatic && !says_more);
        let (Some(config), Some(address)) = (config, self.sender_of(reply)) else { return Ok(None) };
        match send_leave_links(Joining::of(config, &self.store), &address, now).await {
            Ok(true) => {
                let words = "the links to leave go to that address".to_owned();
                Ok(Some(Outcome { address: address.key().to_owned(), words, ..Outcome::default() }))
            }
            Err(JoinError::Failed(error)) => Err(error.into()),
            Ok(false) | Err(_) => Ok(None),
        }
    }

    /// The subscription that a token ends; `None` if it is none of ours.
    pub(super) async fn named(&self, token: &str) -> Result<Option<NamedSubscription>> {
        let subject = match self.store.token_keys().known().await? {
            Some(keys) => keys.verify(Purpose::Leave, token).ok(),
            None => None,
        };
        match subject {
            Some(subject) => Ok(self.store.people().named(subject).await?),
            None => Ok(None),
        }
    }

    /// The answer to a mail, in one line; `None` if a program wrote it, which would answer the answer, or nobody would read it
    /// (RFC 3834 §2).
    async fn answer(
        &self,
        reply: &Reply,
        brief: &str,
        language: Language,
        (hash, number): (&str, usize),
        now: DateTime<Utc>,
    ) -> Result<Option<Answer>> {
        if reply.is_automatic {
            return Ok(None);
        }
        let config = self.config.as_deref();
        let title = config.and_then(|config| config.briefs.get(brief)).map(|brief| brief.title.get(language).as_str());
        let lines = config.map(imprint).unwrap_or_default();
        let store_id = self.store.setting(Setting::StoreId).await?.unwrap_or_default();
        let hash = hash.get(..16).unwrap_or(hash);
        Ok(Some(Answer {
            mail: has_left(language, title.unwrap_or(brief), Sender { lines: &lines }),
            // It goes out with what it says only, so that the same octets may be answered once more another time.
            message_id: format!("<left.{hash}.{number}.{}.{store_id}@{}>", now.timestamp_micros(), self.own_domain()),
            in_reply_to: reply.quotable_id(),
        }))
    }
}

/// The one answer to a mail: it is committed with what it says, so that the mail may be read again.
struct Answer {
    mail: JoinMail,
    message_id: String,
    in_reply_to: Option<String>,
}

impl Answer {
    fn mail<'a>(&'a self, to: &'a Address, language: Language, now: DateTime<Utc>) -> NewMail<'a> {
        NewMail {
            kind: MailKind::Answer,
            address: to.ascii(),
            language,
            subject: &self.mail.subject,
            text: &self.mail.text,
            reply_to: None,
            in_reply_to: self.in_reply_to.as_deref(),
            message_id: &self.message_id,
            now,
            give_up_at: now + GIVE_UP_AFTER,
        }
    }
}

//! Readers who leave by mail: by the token in the address, or by the subject that mails had before there were tokens. Each is
//! answered once, in one line, in the language of their brief; a program that asks for them gets no answer.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    ReplyReader, TakeInError,
    act::{Outcome, READER},
};
use crate::{
    actions::{
        Result,
        leaving::{self, LeaveError, Scope, Way},
        subscribers::parse_address,
    },
    base::language::Language,
    delivery::replies::{LeaveRequest, Reply},
    people::{
        subscribers::Address,
        tokens::{Purpose, Token},
    },
    store::{MailKind, NamedSubscription, NewMail, Removal, Setting},
};

/// Maximum age at which an answer is still sent.
const GIVE_UP_AFTER: TimeDelta = TimeDelta::days(2);

/// Who is answered, and about which brief.
struct Answered<'a> {
    address: &'a str,
    language: Language,
    brief: &'a str,
}

impl ReplyReader {
    pub(super) async fn leaves(
        &self,
        reply: &Reply,
        request: &LeaveRequest,
        hash: &str,
        now: DateTime<Utc>,
    ) -> Result<Outcome, TakeInError> {
        // A program would answer the answer, or nobody would read it (RFC 3834 §2).
        let answers = !reply.is_automatic;
        let done = match request {
            LeaveRequest::Token(token) => self.leaves_by_token(token, answers, hash, now).await?,
            LeaveRequest::Mail(stem) => self.leaves_by_mail(reply, stem, answers, hash, now).await?,
            LeaveRequest::Sender => None,
        };
        match done {
            Some(outcome) => Ok(outcome),
            // Whatever it is, somebody wants to leave: a person looks.
            None => self.forward(reply, hash, now).await,
        }
    }

    /// `None` if the token is not good.
    async fn leaves_by_token(
        &self,
        token: &str,
        answers: bool,
        hash: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Outcome>> {
        let Some(named) = self.named(token).await? else { return Ok(None) };
        let left = match leaving::leave(&self.store, token, Scope::ThisBrief, Way::Mail, now).await {
            Ok(left) => left,
            Err(LeaveError::Store(error)) => return Err(error.into()),
            Err(LeaveError::Token(_) | LeaveError::Gone) => return Ok(None),
        };
        let (token, brief) = (Token::shown(token), &named.brief);
        let words = if left.had_left() {
            format!("had left {brief} before, by the token {token}")
        } else {
            let address = parse_address(&named.address)?;
            let answered = Answered { address: address.ascii(), language: named.language, brief };
            if answers {
                self.answer(&answered, hash, now).await?;
            }
            let mut words =
                format!("left {brief} by the token {token}; mails that are not sent any more: {}", left.cancelled);
            if left.at_dot > 0 {
                words.push_str(&format!("; being handed over at this moment: {}", left.at_dot));
            }
            words
        };
        Ok(Some(Outcome { address: named.address.clone(), words, ..Outcome::default() }))
    }

    async fn named(&self, token: &str) -> Result<Option<NamedSubscription>> {
        let subject = match self.store.token_keys().known().await? {
            Some(keys) => keys.verify(Purpose::Leave, token).ok(),
            None => None,
        };
        match subject {
            Some(subject) => Ok(self.store.people().named(subject).await?),
            None => Ok(None),
        }
    }

    /// `None` if no mail of this store had that first part of its Message-ID, or it is not its reader who writes: such a part
    /// can be guessed by whoever has one mail.
    async fn leaves_by_mail(
        &self,
        reply: &Reply,
        stem: &str,
        answers: bool,
        hash: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Outcome>> {
        let Some((address, brief)) = self.reader_of(stem).await? else { return Ok(None) };
        let sender = reply.sender.as_deref().and_then(|sender| Address::parse(sender).ok());
        if sender.is_none_or(|sender| sender.key() != address.key()) {
            return Ok(None);
        }
        let removal = Removal { brief: Some(&brief), actor: READER, reason: "mail" };
        let removed = self.store.people().remove([&address], removal, now).await?;
        let words = match (removed.ended, removed.before) {
            (0, 1..) => format!("had left {brief} before"),
            _ => format!("left {brief}; mails that are not sent any more: {}", removed.cancelled),
        };
        let id = format!("<{stem}@{}>", self.own_domain());
        // The mail knows the language, as long as it is kept.
        if let Some(mail) = self.store.outbox().with_message_id(&id).await?.filter(|_| answers && removed.ended > 0) {
            let answered = Answered { address: address.ascii(), language: mail.language, brief: &brief };
            self.answer(&answered, hash, now).await?;
        }
        Ok(Some(Outcome { address: address.key().to_owned(), words, ..Outcome::default() }))
    }

    /// The reader and the brief of the mail with this first part of a Message-ID: `BRIEF.N.SUBSCRIBER.STORE`.
    async fn reader_of(&self, stem: &str) -> Result<Option<(Address, String)>> {
        let parts: Vec<&str> = stem.split('.').collect();
        let [brief, _, subscriber, store] = parts.as_slice() else { return Ok(None) };
        let (Ok(subscriber), Some(known)) = (subscriber.parse::<i64>(), self.store.known_id(store).await?) else {
            return Ok(None);
        };
        // After a restore, a number that the backup did not know is another's.
        if subscriber > known.last_subscriber {
            return Ok(None);
        }
        let address = self.store.people().address_of(subscriber).await?;
        Ok(address.and_then(|address| parse_address(&address).ok()).map(|address| (address, (*brief).to_owned())))
    }

    /// Answers once: a mail has one answer, however often it is read.
    async fn answer(&self, answered: &Answered<'_>, hash: &str, now: DateTime<Utc>) -> Result<()> {
        let store_id = self.store.setting(Setting::StoreId).await?.unwrap_or_default();
        let (subject, text) = line(answered.language, answered.brief);
        let hash = hash.get(..16).unwrap_or(hash);
        let mail = NewMail {
            kind: MailKind::Answer,
            address: answered.address,
            language: answered.language,
            subject: &subject,
            text: &text,
            message_id: &format!("<left.{hash}.{store_id}@{}>", self.own_domain()),
            now,
            give_up_at: now + GIVE_UP_AFTER,
        };
        self.store.outbox().enqueue(&mail).await?;
        Ok(())
    }
}

/// Subject and text of the answer.
fn line(language: Language, brief: &str) -> (String, String) {
    match language {
        Language::En => (format!("You have left {brief}"), format!("You no longer get {brief}.\n")),
        Language::De => (format!("{brief} ist abbestellt"), format!("Sie erhalten {brief} nicht mehr.\n")),
        Language::Zh => (format!("已退订 {brief}"), format!("您将不再收到 {brief}。\n")),
    }
}

//! Finds the mail of ours that a reply is about. A token in the address counts first, since only we can make one; then what
//! the report says of the mail; last the address, if a mail went there lately. Only the token proves something: whatever else
//! was written into a report can be made up, and is noted only.

use chrono::{DateTime, TimeDelta, Utc};

use super::ReplyReader;
use crate::{
    actions::{Result, subscribers::parse_address},
    delivery::replies::About,
    people::tokens::{Purpose, Token},
    store::Mail,
};

/// How long after it went out a mail is found by the reader's address alone.
const BY_ADDRESS: TimeDelta = TimeDelta::days(30);

/// A mail, and by which sign it was found.
pub(super) struct FoundMail {
    pub mail: Mail,
    pub found_by: &'static str,
}

impl FoundMail {
    /// Can nobody but us and the reader's side have said it? The other signs can be known or guessed by strangers, who could
    /// have every reader suppressed.
    pub fn is_proven(&self) -> bool {
        self.found_by == TOKEN
    }
}

/// The sign that only we can make.
const TOKEN: &str = "token";

/// What the signs lead to.
pub(super) enum Found {
    Mail(Box<FoundMail>),
    /// The address has a token that is not good: the other signs say nothing either.
    BadToken(String),
    Nothing,
}

impl ReplyReader {
    /// Finds the mail.
    pub(super) async fn find(&self, about: &About, now: DateTime<Utc>) -> Result<Found> {
        if let Some(tag) = &about.bounce_tag {
            return self.by_token(tag).await;
        }
        for tag in &about.quoted_tags {
            if let found @ Found::Mail(_) = self.by_token(tag).await? {
                return Ok(found);
            }
        }
        let outbox = self.store.outbox();
        for (ids, found_by) in [(&about.envelope_ids, "envelope id"), (&about.message_ids, "message id")] {
            for id in ids {
                let id = if id.starts_with('<') { id.clone() } else { format!("<{id}>") };
                if let Some(mail) = outbox.with_message_id(&id).await? {
                    return Ok(Found::Mail(Box::new(FoundMail { mail, found_by })));
                }
            }
        }
        for address in &about.addresses {
            if let Some(mail) = self.by_address(address, now).await? {
                return Ok(Found::Mail(Box::new(FoundMail { mail, found_by: "address" })));
            }
        }
        Ok(Found::Nothing)
    }

    /// The mail that went last to a reader, lately.
    pub(super) async fn by_address(&self, address: &str, now: DateTime<Utc>) -> Result<Option<Mail>> {
        match parse_address(address) {
            Ok(address) => Ok(self.store.outbox().last_sent_to(&address, now - BY_ADDRESS).await?),
            Err(_) => Ok(None),
        }
    }

    async fn by_token(&self, tag: &str) -> Result<Found> {
        let bad = |why: String| Ok(Found::BadToken(format!("the token {} is not good: {why}", Token::shown(tag))));
        let Some(keys) = self.store.token_keys().known().await? else {
            return bad("this store has made none".to_owned());
        };
        let subject = match keys.verify(Purpose::Bounce, tag) {
            Ok(subject) => subject,
            Err(why) => return bad(why.to_string()),
        };
        match self.store.outbox().mail(crate::base::ids::MailId::new(subject.row())).await? {
            Some(mail) if subject.is(mail.id.get(), mail.created) => {
                Ok(Found::Mail(Box::new(FoundMail { mail, found_by: TOKEN })))
            }
            _ => bad("its mail is forgotten".to_owned()),
        }
    }
}

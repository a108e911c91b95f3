//! Finds the mail of ours that a reply is about. A token in the address counts first, since only we can make one; then the
//! token for leaving in the mail that came back; then what the report says of the mail; last the address, if a mail went there
//! lately. Only tokens prove something: whatever else was written into a report can be made up, and is noted only.

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
        matches!(self.found_by, TOKEN | LEAVE_TOKEN)
    }
}

/// The sign that only we can make.
const TOKEN: &str = "token";

/// Another one: it stands in the reader's mail, and whoever has it may end what is sent to them.
const LEAVE_TOKEN: &str = "leave token";
/// How long after it went out a mail is found by that.
const BY_LEAVE_TOKEN: TimeDelta = TimeDelta::days(400);

/// What the signs lead to.
pub(super) enum Found {
    Mail(Box<FoundMail>),
    /// The address has a token that is not good, and none that is: the other signs say nothing either.
    BadToken(String),
    Nothing,
}

impl ReplyReader {
    /// Finds the mail.
    pub(super) async fn find(&self, about: &About, now: DateTime<Utc>) -> Result<Found> {
        let mut bad = None;
        for tag in &about.bounce_tags {
            match self.by_token(tag).await? {
                found @ Found::Mail(_) => return Ok(found),
                none => bad = bad.or(Some(none)),
            }
        }
        if let Some(bad) = bad {
            return Ok(bad);
        }
        for tag in &about.quoted_tags {
            if let found @ Found::Mail(_) = self.by_token(tag).await? {
                return Ok(found);
            }
        }
        for token in &about.leave_tokens {
            if let Some(mail) = self.by_leave_token(token, about, now).await? {
                return Ok(Found::Mail(Box::new(FoundMail { mail, found_by: LEAVE_TOKEN })));
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

    /// The mail of the subscription that a token ends: that with one of these ids, or the last one. It may have gone to an
    /// address that the reader had before.
    async fn by_leave_token(&self, token: &str, about: &About, now: DateTime<Utc>) -> Result<Option<Mail>> {
        let Some(named) = self.named(token).await? else { return Ok(None) };
        let addresses = self.store.people().addresses_of(&named).await?;
        let is_its = |mail: &Mail| {
            let brief = mail.edition.as_ref().map(|edition| &edition.brief);
            brief == Some(&named.brief) && addresses.iter().any(|one| one.eq_ignore_ascii_case(&mail.address))
        };
        for id in &about.message_ids {
            if let Some(mail) = self.store.outbox().with_message_id(id).await?.filter(is_its) {
                return Ok(Some(mail));
            }
        }
        // Without an id that is known, those to whom it went by its own words come first.
        let parsed = |address: &String| parse_address(address).ok();
        let said: Vec<_> = about.addresses.iter().filter_map(parsed).collect();
        let mut all: Vec<_> = addresses.iter().filter_map(parsed).collect();
        // Where the name is blacked out, the domain is not (RFC 6590).
        all.sort_by_key(|one| {
            let is_named = said.iter().any(|said| said.key() == one.key());
            (!is_named, !said.iter().any(|said| said.domain() == one.domain()))
        });
        for address in &all {
            let since = now - BY_LEAVE_TOKEN;
            let mail = self.store.outbox().last_of(named.first, address.key(), &named.brief, since).await?;
            if mail.is_some() {
                return Ok(mail);
            }
        }
        Ok(None)
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
            Some(mail) if mail.address.is_empty() => bad("its reader was erased".to_owned()),
            Some(mail) if subject.is(mail.id.get(), mail.created) => {
                Ok(Found::Mail(Box::new(FoundMail { mail, found_by: TOKEN })))
            }
            _ => bad("its mail is forgotten".to_owned()),
        }
    }
}

//! What operators are told by mail: an alarm at once, and one account of each edition when it is over. A mail is queued
//! once, by its Message-ID, however often it is told; sending is the courier's.

mod account;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use self::account::Account;
use crate::{
    base::language::Language,
    config::{AfterEdition, Config},
    delivery::rules::{Reason, State},
    store::{Error, MailKind, NewMail, Setting, Store},
};

/// How long a mail to the operators may still be sent.
const KEPT: TimeDelta = TimeDelta::days(2);
/// How many replies are read at a time.
const PAGE: i64 = 5_000;

/// Where operators are told things.
#[derive(Debug, Clone)]
pub struct Desk {
    store: Store,
    addresses: Vec<String>,
    domain: String,
    after: AfterEdition,
}

/// Mails with the same reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// In which state they are
    pub state: State,
    /// What the server said, or what broke
    pub reason: Reason,
    /// How many they are
    pub count: u64,
    /// The addresses of the first of them
    pub addresses: Vec<String>,
    /// The first one's whole reply
    pub example: String,
}

impl Desk {
    /// For these addresses; `domain` is that of Message-IDs.
    pub const fn new(store: Store, addresses: Vec<String>, domain: String, after: AfterEdition) -> Desk {
        Desk { store, addresses, domain, after }
    }

    /// As the config says.
    pub fn of(config: &Config, store: &Store) -> Desk {
        let addresses = config.operators.iter().map(|address| address.ascii().to_owned()).collect();
        let domain = config.mail.from_address.domain().to_owned();
        Desk::new(store.clone(), addresses, domain, config.after_edition)
    }

    /// Tells nobody.
    pub const fn nobody(store: Store) -> Desk {
        Desk::new(store, Vec::new(), String::new(), AfterEdition::Never)
    }

    /// Tells all operators, once for each `key`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn tell(&self, subject: &str, text: &str, key: &str, now: DateTime<Utc>) -> Result<(), Error> {
        let (subject, ids) = (format!("greenbrief: {subject}"), self.message_ids(key).await?);
        for mail in self.mails(&subject, text, &ids, now) {
            self.store.enqueue(&mail).await?;
        }
        Ok(())
    }

    /// Tells how those editions went that are over since the last call. Gives how many mails were queued.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn tell_of_editions(&self, now: DateTime<Utc>) -> Result<usize, Error> {
        let mut queued = 0;
        for edition in self.store.unreported(now).await? {
            let tally = self.store.tally(Some(edition.id)).await?;
            let wanted = match self.after {
                AfterEdition::Never => false,
                AfterEdition::Problems => tally.all() > tally.of(State::Sent),
                AfterEdition::Always => tally.all() > 0,
            };
            if !wanted {
                self.store.report(&edition, &[], now).await?;
                continue;
            }
            let refused = groups(&self.store, edition.id, &account::TOLD, account::ADDRESSES).await?;
            let ended = self.store.last_move(edition.id).await?;
            let account = Account { edition: &edition, tally: &tally, ended, refused };
            // Both are made of the edition alone, so that nobody can tell of it twice.
            let ids = self.message_ids(&format!("edition.{}.{}", edition.brief, edition.number)).await?;
            let (subject, text) = (format!("greenbrief: {}", account.subject()), account.text());
            let mails = self.mails(&subject, &text, &ids, now);
            if self.store.report(&edition, &mails, now).await? {
                queued += mails.len();
            }
        }
        Ok(queued)
    }

    async fn message_ids(&self, key: &str) -> Result<Vec<String>, Error> {
        let store_id = self.store.setting(Setting::StoreId).await?.unwrap_or_default();
        let id = |number| format!("<{key}.{number}.{store_id}@{}>", self.domain);
        Ok((0..self.addresses.len()).map(id).collect())
    }

    fn mails<'a>(&'a self, subject: &'a str, text: &'a str, ids: &'a [String], now: DateTime<Utc>) -> Vec<NewMail<'a>> {
        let mail = |(address, message_id): (&'a String, &'a String)| NewMail {
            kind: MailKind::Operator,
            address,
            language: Language::En,
            subject,
            text,
            message_id,
            now,
            give_up_at: now + KEPT,
        };
        self.addresses.iter().zip(ids).map(mail).collect()
    }
}

/// An edition's mails in these states, those with the same reason together, the largest group first; `most` addresses of
/// each. Read part after part: a million refusals take the memory of their reasons.
///
/// # Errors
/// Those of the database.
pub async fn groups(store: &Store, edition: i64, states: &[State], most: usize) -> Result<Vec<Group>, Error> {
    let mut found: BTreeMap<(State, Reason), Group> = BTreeMap::new();
    for state in states {
        let mut after = 0;
        loop {
            let page = store.replies(edition, *state, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            for word in page {
                let reason = Reason::of(&word.reply);
                let group = found.entry((*state, reason.clone())).or_insert_with(|| Group {
                    state: *state,
                    reason,
                    count: 0,
                    addresses: Vec::new(),
                    example: word.reply,
                });
                group.count += 1;
                if group.addresses.len() < most {
                    group.addresses.push(word.address);
                }
            }
        }
    }
    let mut groups: Vec<Group> = found.into_values().collect();
    groups.sort_by_key(|group| (group.state, std::cmp::Reverse(group.count)));
    Ok(groups)
}

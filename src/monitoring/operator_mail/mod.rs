//! Mails to operators: an alarm at once, and a report on each edition that is over. A mail is queued once, by
//! its Message-ID, however often it is reported; the courier sends it.

mod came_back;
mod edition_report;
mod gathered;
mod held;
mod origin;
mod reasons;

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};

pub use self::reasons::{ReasonGroup, group_by_reason};
use self::{edition_report::EditionReport, origin::origin};
use crate::{
    base::language::Language,
    config::{AfterEdition, Config},
    delivery::rules::State,
    store::{Error, MailKind, NewMail, Setting, Store},
};

/// Maximum age at which a mail to the operators is still sent.
const GIVE_UP_AFTER: TimeDelta = TimeDelta::days(2);

/// Queues mails to the operators.
#[derive(Debug, Clone)]
pub struct OperatorMailer {
    store: Store,
    addresses: Vec<String>,
    domain: String,
    after: AfterEdition,
    /// The lines that say from which machine and store it comes
    origin: String,
    /// The folder into which mails are written, if no server sends them
    folder: Option<PathBuf>,
}

impl OperatorMailer {
    /// For these addresses; `domain` is the domain of the Message-IDs.
    pub fn new(store: Store, addresses: Vec<String>, domain: String, after: AfterEdition) -> OperatorMailer {
        let origin = origin(&store, None);
        OperatorMailer { store, addresses, domain, after, origin, folder: None }
    }

    /// For the operators of the config.
    pub fn of(config: &Config, store: &Store) -> OperatorMailer {
        let addresses = config.operators.iter().map(|address| address.ascii().to_owned()).collect();
        let domain = config.mail.from_address.domain().to_owned();
        let origin = origin(store, Some(config));
        let folder = config.outbox_folder();
        OperatorMailer { store: store.clone(), addresses, domain, after: config.after_edition, origin, folder }
    }

    /// For nobody: queues nothing.
    pub fn nobody(store: Store) -> OperatorMailer {
        OperatorMailer::new(store, Vec::new(), String::new(), AfterEdition::Never)
    }

    /// Whether there is somebody to whom mails go.
    pub fn has_somebody(&self) -> bool {
        !self.addresses.is_empty()
    }

    /// Queues a mail to each operator, once for each `key`.
    ///
    /// # Errors
    /// Fails if the database does.
    pub async fn notify(&self, subject: &str, text: &str, key: &str, now: DateTime<Utc>) -> Result<(), Error> {
        self.forward((subject, text), None, key, now).await
    }

    /// As [`notify`](Self::notify), of what somebody wrote, to whom an answer goes.
    ///
    /// # Errors
    /// As [`notify`](Self::notify).
    pub async fn forward(
        &self,
        (subject, text): (&str, &str),
        reply_to: Option<&str>,
        key: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let (subject, ids) = (format!("greenbrief: {subject}"), self.message_ids(key).await?);
        for mail in self.mails(&subject, &self.signed(text), &ids, now) {
            self.store.outbox().enqueue(&NewMail { reply_to, ..mail }).await?;
        }
        Ok(())
    }

    /// Queues a report on each edition that is over and not yet reported. Returns the number of mails queued.
    ///
    /// # Errors
    /// Fails if the database does.
    pub async fn report_editions(&self, now: DateTime<Utc>) -> Result<usize, Error> {
        let mut queued = 0;
        for edition in self.store.editions().unreported(now).await? {
            let tally = self.store.outbox().tally(Some(edition.id)).await?;
            let wanted = match self.after {
                AfterEdition::Never => false,
                AfterEdition::Problems => tally.all() > tally.of(State::Sent),
                AfterEdition::Always => tally.all() > 0,
            };
            if !wanted {
                self.store.editions().report(&edition, &[], now).await?;
                continue;
            }
            let refused =
                group_by_reason(&self.store, edition.id, &edition_report::EXPLAINED, edition_report::ADDRESSES).await?;
            let ended = self.store.outbox().last_move(edition.id).await?;
            let report =
                EditionReport { edition: &edition, tally: &tally, ended, refused, folder: self.folder.as_deref() };
            // Derived from the edition alone, so that no two processes report it twice.
            let ids = self.message_ids(&format!("edition.{}", edition.name().dotted())).await?;
            let (subject, text) = (format!("greenbrief: {}", report.subject()), self.signed(&report.text()));
            let mails = self.mails(&subject, &text, &ids, now);
            if self.store.editions().report(&edition, &mails, now).await? {
                queued += mails.len();
            }
        }
        Ok(queued)
    }

    /// The text with its last lines.
    fn signed(&self, text: &str) -> String {
        format!("{}\n\n{}", text.trim_end(), self.origin)
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
            reply_to: None,
            in_reply_to: None,
            message_id,
            now,
            give_up_at: now + GIVE_UP_AFTER,
        };
        self.addresses.iter().zip(ids).map(mail).collect()
    }
}

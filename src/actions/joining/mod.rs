//! A reader joins with proof, and changes what they get. Anyone can type any address into a form: so a form causes one mail to
//! that address, and nothing else; the person who reads it confirms by a button. What a form is told does not tell whether an
//! address is known. Public pages, answered mails and tests come here; the daemon's courier sends what is put into the outbox.

mod changes;
mod confirming;
mod leave_link;
mod mails;
mod refusing;
mod sign_up;
mod suppressed;

use chrono::{DateTime, Utc};
use ring::rand::{SecureRandom, SystemRandom};

pub use self::{
    changes::{PreferencesView, change_brief, change_language, preferences_view, request_address_change},
    confirming::{ConfirmState, ConfirmView, Confirmed, confirm, confirm_by_mail, confirm_view, mail_that_asked},
    leave_link::request_leave_link,
    refusing::refuse_by_mail,
    sign_up::{Asked, FormProof, JoinForm, SignUp, join_form, sign_up},
    suppressed::tell_of_suppressed,
};
pub(super) use self::{leave_link::send_leave_links, mails::imprint};
use super::random_word::random_word;
use crate::{
    base::language::Language,
    config::{Brief, Config},
    people::{
        subscribers::Address,
        tokens::{Purpose, Subject, TokenError},
    },
    store::{self, SignUp as KeptSignUp, Store},
};

/// What it takes to let readers join: a config, its store, and how a reader's answer comes back.
#[derive(Debug, Clone, Copy)]
pub struct Joining<'a> {
    /// The config in force
    pub config: &'a Config,
    /// The store
    pub store: &'a Store,
    /// The mailbox for leaving, if what comes to it with a token is read, and to `confirm+TOKEN@` at its domain: then
    /// readers may answer by mail.
    pub mailbox: Option<&'a Address>,
}

/// Why a reader's wish cannot be fulfilled.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// There is no such brief.
    #[error("there is no brief `{0}`")]
    NoBrief(String),
    /// The brief is not written in that language.
    #[error("the brief `{0}` is not written in {1}")]
    NoLanguage(String, Language),
    /// It is no token of ours.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// What the token is about is not there: it lapsed, or was erased.
    #[error("what this link is about is not there any more")]
    Gone,
    /// A reader could not answer.
    #[error("nobody can confirm: the config has neither `web.public.url` nor a mailbox whose mails are read")]
    NoWayBack,
    /// The store, or the machine's random numbers.
    #[error(transparent)]
    Failed(#[from] store::Error),
    /// The machine gives no random numbers.
    #[error("the system provides no random numbers")]
    NoRandomNumbers,
}

impl<'a> Joining<'a> {
    /// As the config says it.
    pub fn of(config: &'a Config, store: &'a Store) -> Joining<'a> {
        let mailbox = config.mail.unsubscribe_mailbox.as_ref().filter(|_| config.replies.are_read());
        Joining { config, store, mailbox }
    }

    /// A brief that is written in a language.
    fn brief(&self, id: &str, language: Language) -> Result<&'a Brief, JoinError> {
        let brief = self.config.briefs.get(id).ok_or_else(|| JoinError::NoBrief(id.to_owned()))?;
        if !brief.languages.contains(&language) {
            return Err(JoinError::NoLanguage(id.to_owned(), language));
        }
        Ok(brief)
    }

    /// The title of a brief; its id if the config knows it no more.
    fn title(&self, id: &str, language: Language) -> String {
        self.config.briefs.get(id).map_or_else(|| id.to_owned(), |brief| brief.title.get(language).clone())
    }

    /// Who publishes.
    fn publisher(&self) -> &'a str {
        self.config.imprint.as_ref().map_or(self.config.mail.from_address.domain(), |imprint| &imprint.name)
    }

    /// The token of a row, which was made then.
    async fn token(
        &self,
        purpose: Purpose,
        (row, made): (i64, DateTime<Utc>),
        now: DateTime<Utc>,
    ) -> Result<String, JoinError> {
        let keys = self.store.token_keys().keys(&SystemRandom::new(), now).await?;
        Ok(keys.issue(purpose, Subject::new(row, made)).as_str().to_owned())
    }

    /// What a token is about.
    async fn subject(&self, purpose: Purpose, token: &str) -> Result<Subject, JoinError> {
        let keys = self.store.token_keys().known().await?.ok_or(JoinError::Gone)?;
        Ok(keys.verify(purpose, token)?)
    }

    /// The sign-up of a token.
    async fn sign_up(&self, token: &str) -> Result<KeptSignUp, JoinError> {
        let subject = self.subject(Purpose::Confirm, token).await?;
        let found = self.store.people().sign_up_of(subject.row()).await?;
        found.filter(|found| subject.is(found.id, found.asked_at)).ok_or(JoinError::Gone)
    }

    /// The store's id, which stands in Message-IDs.
    async fn store_id(&self) -> Result<String, JoinError> {
        let random = random_word().map_err(|_| JoinError::NoRandomNumbers)?;
        Ok(self.store.id(&random).await?)
    }
}

/// A random number below 2⁴⁰.
fn random_number() -> Result<i64, JoinError> {
    let mut bytes = [0; 8];
    SystemRandom::new().fill(&mut bytes).map_err(|_| JoinError::NoRandomNumbers)?;
    Ok(i64::from_be_bytes(bytes) & ((1 << 40) - 1))
}

/// The time as the store keeps it: whole microseconds.
fn whole(now: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
}

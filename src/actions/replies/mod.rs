//! What comes back by mail is acted on: bounces, complaints, requests to leave and to join, answers of people. A mail is taken
//! in whole: when [`ReplyReader::take_in`] returns, all that follows from it is committed, and the mail may be removed where
//! it came from. Read twice, it is acted on once.
//!
//! | file | what it does |
//! |---|---|
//! | `incoming` | keeps a mail while it comes in |
//! | `again` | takes a "no" in the octets of an earlier one |
//! | `find` | finds the mail of ours that a reply is about |
//! | `act` | does what follows |
//! | `leave` | ends subscriptions by their tokens, and answers |
//! | `join` | asks whether somebody really wants to join, and takes the answer |
//! | `forward` | the texts for operators |
//!
//! What a mail is, is decided in `delivery::replies`; how mails come in is not here.

mod act;
mod again;
mod find;
mod forward;
mod incoming;
mod join;
mod leave;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;
use tracing::info;

use self::act::Outcome;
pub use self::incoming::IncomingMail;
use super::{Actor, Error, Installation, Result, subscribers::parse_address};
use crate::{
    base::{
        ids::{EditionName, MailId},
        problem::{Problem, Problems},
    },
    config::Config,
    delivery::replies::{self, Envelope, Mailboxes, Reply, Unreadable},
    monitoring::operator_mail::OperatorMailer,
    people::joining::SignUpOutcome,
    store::{self, KeptReply, NewReply, ReplyQuery, Store},
};

/// The kinds of mails that come back, as [`Verdict::kind`] has them.
pub const KINDS: [&str; 10] = replies::KINDS;

/// Takes in mails that come back.
#[derive(Debug, Clone)]
pub struct ReplyReader {
    store: Store,
    mailboxes: Mailboxes,
    operator_mailer: OperatorMailer,
    /// The address in From of our mails, in ASCII
    own_address: String,
    /// The address in Reply-To, in ASCII, if it is another one
    reply_to: Option<String>,
    /// Says which briefs there are, and how they are joined; without it nobody joins by mail
    config: Option<Arc<Config>>,
}

/// Why a mail was not taken in: nothing follows from it, and nothing is written down.
#[derive(Debug, thiserror::Error)]
pub enum TakeInError {
    /// It is no mail, and will never be one.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// It was written by a person, and no operator is there to whom it could go. It should stay where it is until there is.
    #[error("a person wrote, and nobody is named to whom that could be forwarded")]
    NobodyToTell,
    /// Something broke, such as the store. It should stay where it is.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<store::Error> for TakeInError {
    fn from(error: store::Error) -> TakeInError {
        TakeInError::Failed(error.into())
    }
}

impl From<TakeInError> for Error {
    fn from(error: TakeInError) -> Error {
        let problem = Problem::error(error.to_string());
        match error {
            TakeInError::Unreadable(_) => problem.into(),
            TakeInError::NobodyToTell => {
                problem.hint("name the operators: [operators] email = [\"ops@example.org\"]").into()
            }
            TakeInError::Failed(error) => error,
        }
    }
}

/// What a mail is, and what was done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// What it is: `bounce`, `delayed`, `delivered`, `complaint`, `report`, `leave`, `join`, `confirm`, `auto-reply`
    /// or `person`.
    pub kind: String,
    /// Whether it was read for the first time. Nothing was done about one that was read before.
    pub is_new: bool,
    /// The reader whom it is about, or who wrote it; empty if that is not known.
    pub address: String,
    /// The mail of ours that it is about.
    pub mail: Option<MailId>,
    /// The edition of that mail.
    pub edition: Option<EditionName>,
    /// By which sign that mail was found: `token`, `leave token`, `envelope id`, `message id` or `address`; empty if it was
    /// not.
    pub found_by: String,
    /// The enhanced status; empty if there is none.
    pub status: String,
    /// What a server said; empty if nothing is known.
    pub said: String,
    /// What was done about it.
    pub outcome: String,
    /// What came of the wish to join, if it is one: for those who count.
    #[serde(skip)]
    pub sign_up: Option<SignUpOutcome>,
    /// The hash of its octets and, if it is known to which address with a token it came, of that token; in hexadecimal
    /// digits.
    pub sha256: String,
}

impl ReplyReader {
    /// A reader for the mailboxes and the operators of the config.
    pub fn of(config: &Config, store: &Store) -> ReplyReader {
        let mail = &config.mail;
        let leave = mail.unsubscribe_mailbox.as_ref();
        let mailboxes = Mailboxes {
            leave: leave.map(|address| address.ascii().to_owned()),
            join: leave.map(|address| format!("subscribe@{}", address.domain())),
            confirm: leave.map(|address| format!("confirm@{}", address.domain())),
            bounce: mail.bounce_mailbox.as_ref().map(|address| address.ascii().to_owned()),
        };
        let reply_to = mail.reply_to_address.as_ref().map(|address| address.ascii().to_owned());
        let reader = ReplyReader::new(store, mailboxes, OperatorMailer::of(config, store), mail.from_address.ascii());
        ReplyReader { reply_to, config: Some(Arc::new(config.clone())), ..reader }
    }

    /// A reader for these mailboxes; people's answers go on by `operator_mailer`. `own_address` is that in From of our mails,
    /// in ASCII.
    pub fn new(
        store: &Store,
        mailboxes: Mailboxes,
        operator_mailer: OperatorMailer,
        own_address: impl Into<String>,
    ) -> ReplyReader {
        ReplyReader {
            store: store.clone(),
            mailboxes,
            operator_mailer,
            own_address: own_address.into(),
            reply_to: None,
            config: None,
        }
    }

    /// The domain of our mails.
    fn own_domain(&self) -> &str {
        self.own_address.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// Is the address one of those to which our readers' mails come back: for leaving, joining, confirming and bounces, in From
    /// and in Reply-To?
    pub fn takes(&self, address: &str) -> bool {
        let Ok(address) = parse_address(address) else { return false };
        let own = [Some(&self.own_address), self.reply_to.as_ref()].into_iter().flatten();
        self.mailboxes.has(address.ascii())
            || own
                .map(|own| Mailboxes { leave: Some(own.clone()), ..Mailboxes::default() })
                .any(|own| own.has(address.ascii()))
    }

    /// Takes in a mail: decides what it is, does what follows and writes that down. Of a mail that is longer than
    /// [`replies::MAX_READ`] only the beginning is looked at.
    ///
    /// # Errors
    /// See [`TakeInError`].
    pub async fn take_in(
        &self,
        mail: &IncomingMail,
        envelope: &Envelope,
        now: DateTime<Utc>,
    ) -> Result<Verdict, TakeInError> {
        // The same octets for two readers are two requests.
        let hash = mail.hash_for(envelope.recipients.iter().filter_map(|address| self.mailboxes.tag_of(address)));
        if let Some(known) = self.store.replies().known(&hash).await? {
            let again = self.again(mail, envelope, &known, now).await?;
            return Ok(again.unwrap_or_else(|| known.into()));
        }
        let reply = replies::read(mail.beginning(), envelope, &self.mailboxes)?;
        let outcome = self.act(&reply, &hash, now).await?;
        let verdict = self.write_down(&reply, &outcome, &hash, now).await?;
        // Where no daemon runs, nobody else does.
        self.tell_gathered(now).await?;
        Ok(verdict)
    }

    /// Tells the operators of mails that were gathered, if it is time. Returns whether it was.
    ///
    /// # Errors
    /// The store does not answer; the next call tells it.
    pub async fn tell_gathered(&self, now: DateTime<Utc>) -> Result<bool> {
        if !self.operator_mailer.has_somebody() {
            return Ok(false);
        }
        let Some(gathered) = self.store.replies().gathered(now).await? else { return Ok(false) };
        self.operator_mailer.gathered(&gathered, now).await?;
        Ok(true)
    }

    async fn write_down(&self, reply: &Reply, outcome: &Outcome, hash: &str, now: DateTime<Utc>) -> Result<Verdict> {
        let kind = reply.kind.word();
        let mail = outcome.mail.as_ref();
        let status = outcome.status.map_or_else(String::new, |status| status.to_string());
        let edition = match mail.and_then(|mail| mail.edition.as_ref()) {
            Some(name) => self.store.editions().named(name).await?.map(|edition| edition.id),
            None => None,
        };
        let written = NewReply {
            sha256: hash,
            kind,
            address: &outcome.address.to_lowercase(),
            mail: mail.map(|mail| mail.id),
            edition,
            found_by: outcome.found_by,
            status: &status,
            said: &outcome.said,
            outcome: &outcome.words,
        };
        // Another process may have read the same mail meanwhile: whatever was done takes effect once.
        let is_new = self.store.replies().record(&written, now).await?;
        info!(
            kind,
            mail = mail.map(|mail| mail.id.get()),
            found_by = outcome.found_by,
            status,
            outcome = outcome.words,
            "a mail came back"
        );
        Ok(Verdict {
            kind: kind.to_owned(),
            is_new,
            address: written.address.to_owned(),
            mail: written.mail,
            edition: mail.and_then(|mail| mail.edition.clone()),
            found_by: outcome.found_by.to_owned(),
            said: outcome.said.clone(),
            outcome: outcome.words.clone(),
            sign_up: outcome.sign_up,
            sha256: hash.to_owned(),
            status,
        })
    }
}

impl From<KeptReply> for Verdict {
    fn from(known: KeptReply) -> Verdict {
        let KeptReply { kind, address, mail, edition, found_by, status, said, outcome, sha256, .. } = known;
        Verdict { kind, is_new: false, address, mail, edition, found_by, status, said, outcome, sign_up: None, sha256 }
    }
}

/// A mail to read, and where it comes from.
#[derive(Debug)]
pub struct Given<'a> {
    /// Its file; `-` for standard input.
    pub name: &'a str,
    /// Its octets.
    pub bytes: &'a [u8],
    /// To whom and from whom it came, as far as that is known beside its headers.
    pub envelope: &'a Envelope,
}

/// Reads a mail that a person or a program hands over.
///
/// # Errors
/// As [`ReplyReader::take_in`]; what is wrong with the mail is told with its file.
pub async fn read(installation: &Installation, actor: &Actor, given: &Given<'_>) -> Result<Verdict> {
    let (config, store) = (installation.settings()?, installation.existing_store().await?);
    let reader = ReplyReader::of(config, store);
    let verdict =
        match reader.take_in(&given.bytes.into(), given.envelope, installation.now()).await.map_err(Error::from) {
            Err(Error::Refused(problems)) => {
                let of_file =
                    |problem: Problem| Problem { what: format!("{}: {}", given.name, problem.what), ..problem };
                return Err(Error::Refused(Problems(problems.0.into_iter().map(of_file).collect())));
            }
            verdict => verdict?,
        };
    info!(by = %actor, file = given.name, kind = verdict.kind, outcome = verdict.outcome, "a mail was read");
    Ok(verdict)
}

/// Do mails that follow from what was read wait, since no `serve` is seen that would send them? On PostgreSQL none is seen.
///
/// # Errors
/// The store cannot be read.
pub async fn waits_for_serve(installation: &Installation) -> Result<bool> {
    let store = installation.existing_store().await?;
    Ok(store.is_served()? != Some(true) && store.outbox().others_on_their_way().await?)
}

/// A mail that came back, with what a person wrote.
#[derive(Debug, Clone, Serialize)]
pub struct ReplyDetails {
    /// The mail
    #[serde(flatten)]
    pub reply: KeptReply,
    /// What the operators are told of it; `None` if it did not go to them, or is forgotten
    pub text: Option<String>,
}

/// Everything that is known of one mail that came back, by its number or by at least 8 characters of its hash.
///
/// # Errors
/// There is no such mail, or no store.
pub async fn show(installation: &Installation, name: &str) -> Result<ReplyDetails> {
    let replies = installation.existing_store().await?.replies();
    let unknown = || {
        Problem::error(format!("no mail with the number {name} came back"))
            .hint("`greenbrief replies list` shows their numbers")
    };
    let numbered = match name.parse() {
        Ok(number) => replies.numbered(number).await?,
        Err(_) => None,
    };
    let reply = match numbered {
        Some(reply) => reply,
        None => replies.hashed(&name.to_lowercase()).await?.ok_or_else(unknown)?,
    };
    let text = replies.forwarded_text(&reply.sha256).await?;
    Ok(ReplyDetails { reply, text })
}

/// The last mails that came back, the newest first.
///
/// # Errors
/// The store cannot be read.
pub async fn list(installation: &Installation, query: ReplyQuery<'_>, last: usize) -> Result<Vec<KeptReply>> {
    match installation.listed_store().await? {
        Some(store) => Ok(store.replies().list(query, i64::try_from(last).unwrap_or(i64::MAX)).await?),
        None => Ok(Vec::new()),
    }
}

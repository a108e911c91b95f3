//! The types of the outbox: a mail that goes in, a claimed mail and its moves, a mail as people see it; and how rows are read
//! as such. What is done with them is in the files beside this one.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{Row, any::AnyRow};

use crate::store::{
    Error, Result,
    columns::{time, word},
};
use crate::{
    base::{
        ids::{EditionId, EditionName, MailId},
        language::Language,
        word_enum::word_enum,
    },
    delivery::rules::State,
    people::tokens::Subject,
};

word_enum! {
    "a kind of mail";
    /// The purpose of a mail.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum MailKind {
        /// Delivers one edition to one subscriber.
        Edition = "edition",
        /// Asks whether somebody really wants to subscribe.
        Confirmation = "confirmation",
        /// Brings the links to leave to somebody without a mail at hand.
        LeaveLinks = "leave_links",
        /// Tells the old address that the reader has another one now.
        AddressChanged = "address_changed",
        /// Answers a mail that asked for something, in one line.
        Answer = "answer",
        /// Tells the operators something.
        Operator = "operator",
    }
}

/// Number of mails of one kind in one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailCount {
    /// Their kind.
    pub kind: MailKind,
    /// Their state.
    pub state: State,
    /// Number of mails.
    pub count: i64,
}

/// A mail that belongs to no edition, with its own text.
#[derive(Debug)]
pub struct NewMail<'a> {
    /// Its purpose.
    pub kind: MailKind,
    /// The recipient's address.
    pub address: &'a str,
    /// Its language.
    pub language: Language,
    /// The subject, one line.
    pub subject: &'a str,
    /// The body as `text/plain`.
    pub text: &'a str,
    /// The address to which an answer goes, if not to that of all mails.
    pub reply_to: Option<&'a str>,
    /// The Message-ID of the mail that it answers, with its angle brackets.
    pub in_reply_to: Option<&'a str>,
    /// The Message-ID with its angle brackets; a mail with the same one is enqueued only once.
    pub message_id: &'a str,
    /// The current time.
    pub now: DateTime<Utc>,
    /// The mail is not sent later than this.
    pub give_up_at: DateTime<Utc>,
}

/// A mail that this process may send now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Its id.
    pub id: MailId,
    /// Number of claims so far: the fencing token.
    pub attempt: i64,
    /// Number of attempts to send it, including this one. Claims that came to nothing do not count.
    pub tries: i64,
    /// Its purpose.
    pub kind: MailKind,
    /// The edition that it delivers.
    pub edition: Option<EditionId>,
    /// The recipient's address.
    pub address: String,
    /// Its language.
    pub language: Language,
    /// Its own text, if it delivers no edition.
    pub own: Option<OwnText>,
    /// The Message-ID with its angle brackets.
    pub message_id: String,
    /// When it was enqueued: its Date.
    pub created: DateTime<Utc>,
    /// The brief, for the list headers.
    pub brief: Option<String>,
    /// The subscription for which it is sent, as its tokens name it.
    pub subscription: Option<Subject>,
    /// The same, as the tokens by which it is changed name it: with the time since when it goes to this address.
    pub settled: Option<Subject>,
    /// When the next quiet hours of its edition begin.
    pub quiet_from: Option<DateTime<Utc>>,
    /// It does not wait behind the mails of an edition.
    pub urgent: bool,
}

/// The text of a mail that delivers no edition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnText {
    /// The subject, one line.
    pub subject: String,
    /// The body as `text/plain`.
    pub text: String,
    /// The address to which an answer goes, if not to that of all mails.
    pub reply_to: Option<String>,
    /// The Message-ID of the mail that it answers, with its angle brackets.
    pub in_reply_to: Option<String>,
    /// The edition whose PDFs it brings.
    pub pages_of: Option<EditionId>,
}

/// A claimed mail's move to another state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The mail.
    pub id: MailId,
    /// The attempt that moves it.
    pub attempt: i64,
    /// The new state.
    pub to: State,
    /// The server's reply, or what broke.
    pub reply: String,
    /// When the mail is tried again: for a deferred mail, or an unknown one that is to be sent again and is then deferred.
    pub due: Option<DateTime<Utc>>,
}

/// A mail as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mail {
    /// Its id.
    pub id: MailId,
    /// Its purpose.
    pub kind: MailKind,
    /// The edition that it delivers.
    pub edition: Option<EditionName>,
    /// The recipient's address.
    pub address: String,
    /// Its language.
    pub language: Language,
    /// Its state.
    pub state: State,
    /// Number of attempts to send it.
    pub attempts: i64,
    /// Number of times that nobody could say whether it went out.
    pub unknowns: i64,
    /// The server's last reply, or what broke.
    pub reply: String,
    /// The Message-ID with its angle brackets.
    pub message_id: String,
    /// When it entered this state.
    pub since: DateTime<Utc>,
    /// When it is tried next, while it waits.
    pub due: Option<DateTime<Utc>>,
    /// When it is given up.
    pub give_up: DateTime<Utc>,
    /// When it was enqueued.
    pub created: DateTime<Utc>,
    /// A person's last decision about it, with the person's name.
    pub decided: Option<String>,
}

/// The reply recorded for one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailReply {
    /// The mail.
    pub id: MailId,
    /// The recipient's address.
    pub address: String,
    /// The server's last reply, or what broke.
    pub reply: String,
}

/// Number of mails in each state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Tally(pub std::collections::BTreeMap<State, i64>);

impl Tally {
    /// Number of mails in that state.
    pub fn of(&self, state: State) -> i64 {
        self.0.get(&state).copied().unwrap_or(0)
    }

    /// Number of mails in all.
    pub fn all(&self) -> i64 {
        self.0.values().sum()
    }

    /// Number of mails that will still move by themselves.
    pub fn open(&self) -> i64 {
        self.0.iter().filter(|(state, _)| state.is_open()).map(|(_, count)| count).sum()
    }
}

impl fmt::Display for Tally {
    /// `3 sent, 1 deferred`, or `no mails`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self.0.iter().map(|(state, count)| format!("{count} {}", state.word())).collect();
        f.pad(&if words.is_empty() { "no mails".to_owned() } else { words.join(", ") })
    }
}

/// The state of a mail and who holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whereabouts {
    /// Its id.
    pub id: MailId,
    /// Its state.
    pub state: State,
    /// Number of claims so far.
    pub attempt: i64,
    /// The courier that holds it.
    pub owner: Option<String>,
}

/// Mails that couriers left that are gone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Mails of which nothing was written that a server could have taken: they wait again.
    pub returned: u64,
    /// Mails whose dot may have been written: nobody can say whether they went out. With the policy of at least once they
    /// wait again too.
    pub unknown: u64,
}

pub(super) fn state(code: i64) -> Result<State> {
    State::from_code(code).ok_or_else(|| Error::Corrupt(format!("the mail state {code}")))
}

pub(super) fn claim(row: &AnyRow) -> Result<Claim> {
    let subject: Option<String> = row.try_get("subject")?;
    let text: Option<String> = row.try_get("text")?;
    let (reply_to, in_reply_to) = (row.try_get("reply_to")?, row.try_get("in_reply_to")?);
    let pages_of = row.try_get("pages_of")?;
    let subscription: Option<i64> = row.try_get("subscription")?;
    let made = row.try_get::<Option<i64>, _>("subscription_made")?.map(time).transpose()?;
    let settled = row.try_get::<Option<i64>, _>("settled_at")?.map(time).transpose()?;
    Ok(Claim {
        id: row.try_get("id")?,
        // This one is not counted in the row yet.
        attempt: row.try_get::<i64, _>("attempts")? + 1,
        tries: row.try_get::<i64, _>("attempts")? + 1 - row.try_get::<i64, _>("uncounted")?,
        kind: word(row, "kind")?,
        edition: row.try_get("edition")?,
        address: row.try_get("address")?,
        language: word(row, "language")?,
        own: subject.zip(text).map(|(subject, text)| OwnText { subject, text, reply_to, in_reply_to, pages_of }),
        message_id: row.try_get("message_id")?,
        created: time(row.try_get("created_at")?)?,
        brief: row.try_get("brief")?,
        subscription: subscription.zip(made).map(|(row, made)| Subject::new(row, made)),
        settled: subscription.zip(settled).map(|(row, settled)| Subject::new(row, settled)),
        quiet_from: None,
        urgent: row.try_get::<i64, _>("urgent")? == 1,
    })
}

pub(super) fn mail(row: &AnyRow) -> Result<Mail> {
    let brief: Option<String> = row.try_get("brief")?;
    let number: Option<i64> = row.try_get("number")?;
    let state = state(row.try_get("state")?)?;
    let waits = matches!(state, State::Pending | State::Deferred);
    Ok(Mail {
        id: row.try_get("id")?,
        kind: word(row, "kind")?,
        edition: brief.zip(number).map(|(brief, number)| EditionName { brief, number }),
        address: row.try_get("address")?,
        language: word(row, "language")?,
        state,
        attempts: row.try_get::<i64, _>("attempts")? - row.try_get::<i64, _>("uncounted")?,
        unknowns: row.try_get("unknowns")?,
        reply: row.try_get("reply")?,
        message_id: row.try_get("message_id")?,
        since: time(row.try_get("changed_at")?)?,
        due: if waits { Some(time(row.try_get("due_at")?)?) } else { None },
        give_up: time(row.try_get("give_up_at")?)?,
        created: time(row.try_get("created_at")?)?,
        decided: row.try_get("decided")?,
    })
}

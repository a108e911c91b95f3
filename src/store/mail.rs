//! What the outbox holds, as types: a mail that goes in, a mail that is claimed, its moves, and a mail as people see it.
//! What is done with them is in `mails`.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{Row, any::AnyRow};

use super::{Error, Result, time, word};
use crate::{
    base::{
        ids::{EditionId, EditionName, MailId},
        language::Language,
    },
    delivery::rules::State,
};

/// What a mail is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MailKind {
    /// A delivery: one edition to one subscriber.
    Edition,
    /// Asks whether somebody really wants to subscribe.
    Confirmation,
    /// Tells the operators something.
    Operator,
}

impl MailKind {
    /// Every kind.
    pub const ALL: [MailKind; 3] = [MailKind::Edition, MailKind::Confirmation, MailKind::Operator];

    /// The word for people, programs and the database.
    pub const fn word(self) -> &'static str {
        match self {
            MailKind::Edition => "edition",
            MailKind::Confirmation => "confirmation",
            MailKind::Operator => "operator",
        }
    }

    pub(super) fn of(word: &str) -> Result<MailKind> {
        let found = MailKind::ALL.into_iter().find(|kind| kind.word() == word);
        found.ok_or_else(|| Error::Corrupt(format!("the mail kind `{word}`")))
    }
}

/// A mail that belongs to no edition, with its own text.
#[derive(Debug)]
pub struct NewMail<'a> {
    /// What it is for
    pub kind: MailKind,
    /// To whom
    pub address: &'a str,
    /// In which language
    pub language: Language,
    /// One line
    pub subject: &'a str,
    /// `text/plain`
    pub text: &'a str,
    /// With its angle brackets; a mail with the same one is put in only once
    pub message_id: &'a str,
    /// Now
    pub now: DateTime<Utc>,
    /// Not sent later than this
    pub give_up_at: DateTime<Utc>,
}

/// A mail that this process may send now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Its number
    pub id: MailId,
    /// How often it was claimed: the fencing token
    pub attempt: i64,
    /// How often it was tried, this one included: claims that came to nothing do not count
    pub tries: i64,
    /// What it is for
    pub kind: MailKind,
    /// Which edition it brings
    pub edition: Option<EditionId>,
    /// To whom
    pub address: String,
    /// In which language
    pub language: Language,
    /// Its own subject and text, if it brings no edition
    pub own: Option<(String, String)>,
    /// With its angle brackets
    pub message_id: String,
    /// When it was put into the outbox: its Date
    pub created: DateTime<Utc>,
    /// Which brief, for its list
    pub brief: Option<String>,
    /// From when on it may not go out, for a while
    pub quiet_from: Option<DateTime<Utc>>,
}

/// A move of a claimed mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Which mail
    pub id: MailId,
    /// The attempt that moves it
    pub attempt: i64,
    /// Where to
    pub to: State,
    /// What the server said, or what broke
    pub reply: String,
    /// When it is tried again: a deferred one, or an unknown one that is to be sent again, which is then deferred
    pub due: Option<DateTime<Utc>>,
}

/// A mail as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mail {
    /// Its number
    pub id: MailId,
    /// What it is for
    pub kind: MailKind,
    /// `BRIEF/N`, for a delivery
    pub edition: Option<EditionName>,
    /// To whom
    pub address: String,
    /// In which language
    pub language: Language,
    /// Where it stands
    pub state: State,
    /// How often it was tried
    pub attempts: i64,
    /// How often nobody could say whether it went out
    pub unknowns: i64,
    /// The server's last word, or what broke
    pub reply: String,
    /// With its angle brackets
    pub message_id: String,
    /// When it came into this state
    pub since: DateTime<Utc>,
    /// When it is tried next, while it waits
    pub due: Option<DateTime<Utc>>,
    /// When it is given up
    pub give_up: DateTime<Utc>,
    /// When it was put into the outbox
    pub created: DateTime<Utc>,
    /// What a person decided about it last, and who that was
    pub decided: Option<String>,
}

/// How many mails are in each state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Tally(pub std::collections::BTreeMap<State, i64>);

impl Tally {
    /// How many are in that state.
    pub fn of(&self, state: State) -> i64 {
        self.0.get(&state).copied().unwrap_or(0)
    }

    /// How many there are.
    pub fn all(&self) -> i64 {
        self.0.values().sum()
    }

    /// How many will still move by themselves.
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

/// Where a mail stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whereabouts {
    /// Its number
    pub id: MailId,
    /// In which state
    pub state: State,
    /// How often it was claimed so far
    pub attempt: i64,
    /// Who holds it
    pub owner: Option<String>,
}

/// What a dead courier left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Claimed with nothing written that a server could have taken: they wait again.
    pub returned: u64,
    /// The dot may have been written: nobody can say whether they went out. With the policy of at least once they wait
    /// again, too.
    pub unknown: u64,
}

pub(super) fn state(code: i64) -> Result<State> {
    State::from_code(code).ok_or_else(|| Error::Corrupt(format!("the mail state {code}")))
}

pub(super) fn claim(row: &AnyRow) -> Result<Claim> {
    let subject: Option<String> = row.try_get("subject")?;
    let text: Option<String> = row.try_get("text")?;
    Ok(Claim {
        id: row.try_get("id")?,
        // This one is not counted in the row yet.
        attempt: row.try_get::<i64, _>("attempts")? + 1,
        tries: row.try_get::<i64, _>("attempts")? + 1 - row.try_get::<i64, _>("uncounted")?,
        kind: MailKind::of(&row.try_get::<String, _>("kind")?)?,
        edition: row.try_get("edition")?,
        address: row.try_get("address")?,
        language: word(row, "language")?,
        own: subject.zip(text),
        message_id: row.try_get("message_id")?,
        created: time(row.try_get("created_at")?)?,
        brief: row.try_get("brief")?,
        quiet_from: None,
    })
}

pub(super) fn mail(row: &AnyRow) -> Result<Mail> {
    let brief: Option<String> = row.try_get("brief")?;
    let number: Option<i64> = row.try_get("number")?;
    let state = state(row.try_get("state")?)?;
    let waits = matches!(state, State::Pending | State::Deferred);
    Ok(Mail {
        id: row.try_get("id")?,
        kind: MailKind::of(&row.try_get::<String, _>("kind")?)?,
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

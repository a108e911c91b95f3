//! Editions as types, with their states; and how rows are read as such.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{Row, any::AnyRow};

use crate::{
    base::{
        ids::{EditionId, EditionName},
        language::Language,
    },
    store::{Error, Result, columns::time},
};

/// The state of an edition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EditionState {
    /// It has its number and its snapshot; its PDFs are being made.
    Making,
    /// It did not pass the gate; nothing was sent.
    Held,
    /// Making it broke; nothing was sent.
    Failed,
    /// Its mails are in the outbox.
    Released,
    /// A person stopped it: no further mail of it is sent.
    Stopped,
}

impl EditionState {
    const ALL: [EditionState; 5] =
        [EditionState::Making, EditionState::Held, EditionState::Failed, EditionState::Released, EditionState::Stopped];

    /// The word for people, programs and the database.
    pub const fn word(self) -> &'static str {
        match self {
            EditionState::Making => "making",
            EditionState::Held => "held",
            EditionState::Failed => "failed",
            EditionState::Released => "released",
            EditionState::Stopped => "stopped",
        }
    }
}

impl fmt::Display for EditionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for EditionState {
    type Err = String;

    fn from_str(word: &str) -> std::result::Result<Self, String> {
        EditionState::ALL.into_iter().find(|state| state.word() == word).ok_or_else(|| word.to_owned())
    }
}

/// One numbered issue of a brief.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edition {
    /// Its id in the store.
    #[serde(skip)]
    pub id: EditionId,
    /// The brief's id.
    pub brief: String,
    /// Counts per brief, from 1.
    pub number: i64,
    /// Its state.
    pub state: EditionState,
    /// Why it is held, failed or stopped; else empty.
    pub reason: String,
    /// The slot that it was made for.
    pub slot: DateTime<Utc>,
    /// The snapshot's id, which is the key of its bytes.
    pub snapshot: String,
    /// When the snapshot was taken.
    pub snapshot_at: DateTime<Utc>,
    /// The version of the program that made it.
    pub program: String,
    /// When its mails were committed.
    pub released: Option<DateTime<Utc>>,
    /// Why its mails wait for a person, if they do: the server refuses us.
    pub paused: Option<EditionPause>,
}

impl Edition {
    /// `BRIEF/N`.
    pub fn name(&self) -> EditionName {
        EditionName { brief: self.brief.clone(), number: self.number }
    }
}

/// Why the mails of one edition wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EditionPause {
    /// When the pause began.
    pub since: DateTime<Utc>,
    /// The server's reply.
    pub why: String,
}

/// An edition in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditionText {
    /// Its language.
    pub language: Language,
    /// The mail's subject.
    pub subject: String,
    /// The mail's body as `text/plain`.
    pub text: String,
    /// The mail's body as `text/html`.
    pub html: String,
    /// The attachment's name.
    pub pdf_name: String,
    /// The attachment's name for mail programs that know ASCII only.
    pub pdf_ascii_name: String,
    /// The PDF's bytes.
    pub pdf: Vec<u8>,
    /// Number of pages.
    pub pages: i64,
}

/// An edition that waits for a person; no later edition of its brief went out since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldEdition {
    /// Its name.
    pub name: EditionName,
    /// The slot that it was made for.
    pub slot: DateTime<Utc>,
}

/// The columns that [`edition`] reads.
pub(super) const COLUMNS: &str =
    "id, brief, number, state, reason, slot_utc, snapshot, snapshot_at, program, released_at,
     paused_at, paused_why";

pub(super) fn edition(row: &AnyRow) -> Result<Edition> {
    let released: Option<i64> = row.try_get("released_at")?;
    let paused: Option<i64> = row.try_get("paused_at")?;
    let why: Option<String> = row.try_get("paused_why")?;
    let state: String = row.try_get("state")?;
    Ok(Edition {
        id: row.try_get("id")?,
        brief: row.try_get("brief")?,
        number: row.try_get("number")?,
        state: state.parse().map_err(|word| Error::Corrupt(format!("the state `{word}`")))?,
        reason: row.try_get("reason")?,
        slot: time(row.try_get("slot_utc")?)?,
        snapshot: row.try_get("snapshot")?,
        snapshot_at: time(row.try_get("snapshot_at")?)?,
        program: row.try_get("program")?,
        released: released.map(time).transpose()?,
        paused: paused
            .map(|at| Ok::<_, Error>(EditionPause { since: time(at)?, why: why.unwrap_or_default() }))
            .transpose()?,
    })
}

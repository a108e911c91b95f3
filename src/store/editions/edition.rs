//! Editions as types, with their states; and how rows are read as such.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{Row, any::AnyRow};

use crate::{
    base::{
        ids::{EditionId, EditionName},
        language::Language,
        word_enum::word_enum,
    },
    store::{Error, Result, columns::time},
};

word_enum! {
    "a state of an edition";
    /// The state of an edition.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum EditionState {
        /// It has its number and its snapshot; its PDFs are being made.
        Making = "making",
        /// It did not pass the gate; nothing was sent.
        Held = "held",
        /// Making it broke; nothing was sent.
        Failed = "failed",
        /// Its mails are in the outbox.
        Released = "released",
        /// Its gate held it, and a person discarded it: nothing of it was sent.
        Discarded = "discarded",
        /// A person stopped it: no further mail of it is sent.
        Stopped = "stopped",
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
    /// The newest import among its figures; `None` of an edition from before imports were numbered.
    pub import: Option<i64>,
    /// The version of the program that made it.
    pub program: String,
    /// When its mails were committed.
    pub released: Option<DateTime<Utc>>,
    /// Why its mails wait for a person, if they do: the server refuses us.
    pub paused: Option<EditionPause>,
    /// What a person decided about it when its gate held it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided: Option<Box<EditionDecision>>,
    /// Who took it out of the public archive, if somebody did.
    pub withdrawn: Option<Box<EditionWithdrawal>>,
    /// Earlier withdrawals, the oldest first: when, by whom and why, and until when.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub withdrawn_before: Vec<String>,
}

impl Edition {
    /// `BRIEF/N`.
    pub fn name(&self) -> EditionName {
        EditionName { brief: self.brief.clone(), number: self.number }
    }

    /// The pause for which its mails wait. One that was stopped waits for nothing, whatever paused it before.
    pub fn pause(&self) -> Option<&EditionPause> {
        self.paused.as_ref().filter(|_| self.state == EditionState::Released)
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

/// What a person decided about an edition that its gate held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EditionDecision {
    /// When.
    pub at: DateTime<Utc>,
    /// What, who, and why: `released by anna: the jump is right`.
    pub why: String,
}

/// Why readers are not shown an edition any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EditionWithdrawal {
    /// When it was withdrawn.
    pub at: DateTime<Utc>,
    /// Who did it, and why. Readers are not told.
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
    /// Is the PDF attached to the mail? Else the mail has a link to it.
    pub attached: bool,
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
     paused_at, paused_why, withdrawn_at, withdrawn_why, withdrawn_before, import, decided_at, decided_why";

pub(super) fn edition(row: &AnyRow) -> Result<Edition> {
    let released: Option<i64> = row.try_get("released_at")?;
    let paused: Option<i64> = row.try_get("paused_at")?;
    let why: Option<String> = row.try_get("paused_why")?;
    let withdrawn: Option<i64> = row.try_get("withdrawn_at")?;
    let withdrawn_why: Option<String> = row.try_get("withdrawn_why")?;
    let withdrawn_before: &str = row.try_get("withdrawn_before")?;
    let decided: Option<i64> = row.try_get("decided_at")?;
    let decided_why: Option<String> = row.try_get("decided_why")?;
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
        import: row.try_get("import")?,
        program: row.try_get("program")?,
        released: released.map(time).transpose()?,
        paused: paused
            .map(|at| Ok::<_, Error>(EditionPause { since: time(at)?, why: why.unwrap_or_default() }))
            .transpose()?,
        decided: decided
            .map(|at| Ok::<_, Error>(Box::new(EditionDecision { at: time(at)?, why: decided_why.unwrap_or_default() })))
            .transpose()?,
        withdrawn: withdrawn
            .map(|at| {
                let why = withdrawn_why.unwrap_or_default();
                Ok::<_, Error>(Box::new(EditionWithdrawal { at: time(at)?, why }))
            })
            .transpose()?,
        withdrawn_before: withdrawn_before.lines().map(str::to_owned).collect(),
    })
}

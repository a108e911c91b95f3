//! The record of an import: one numbered change of the figures, with who, when and from what. Withdrawals and what undoes
//! an import are imports too: one row of numbers tells what the store knew at any moment.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::base::word_enum::word_enum;

word_enum! {
    "a kind of import";
    /// How the figures changed.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum ImportKind {
        /// All that the store held before imports were numbered.
        Earlier = "earlier",
        /// The figures that come with the program.
        Shipped = "shipped",
        /// Files.
        File = "file",
        /// Files; observations that were withdrawn count again.
        Again = "again",
        /// An observation was withdrawn.
        Withdrawal = "withdrawal",
        /// Everything is as it was before another import.
        Undo = "undo",
    }
}

/// A file that was imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedFile {
    /// Its name as it was given.
    pub name: String,
    /// The SHA-256 of its bytes in lower-case hex.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

/// A numbered import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportRecord {
    /// Its number, from 1.
    pub number: i64,
    /// When the store learned it; `None` of what was there before imports were numbered.
    pub at: Option<DateTime<Utc>>,
    /// Who imported; empty if that is not known.
    pub by: String,
    /// How the figures changed.
    pub kind: ImportKind,
    /// Why, if a reason was given.
    pub reason: String,
    /// The files.
    pub files: Vec<ImportedFile>,
    /// Number of units, series, observations and events that it brought.
    pub new: i64,
    /// Number of those that were there with other content.
    pub revised: i64,
    /// Number of those that were there with the same content.
    pub unchanged: i64,
    /// Number of those that count again, of what undoes an import.
    pub back: i64,
    /// Number of those that do not count any more, of a withdrawal or of what undoes an import.
    pub gone: i64,
    /// The import that it undid.
    pub undid: Option<i64>,
    /// The import that undid it last.
    pub undone_by: Option<i64>,
    /// Whether its changes stand: it is not undone, or what undid it is undone itself.
    pub in_force: bool,
}

/// What is recorded of a new import.
#[derive(Debug, Clone, Copy)]
pub struct NewImport<'a> {
    /// Who imports.
    pub by: &'a str,
    /// When.
    pub at: DateTime<Utc>,
    /// How the figures change. [`ImportKind::Again`] lets withdrawn observations count again.
    pub kind: ImportKind,
    /// The files.
    pub files: &'a [ImportedFile],
    /// Why, if a reason was given.
    pub reason: &'a str,
}

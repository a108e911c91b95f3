//! Errors of the store. No text holds the URL, which may hold a password.

use std::path::PathBuf;

use crate::people::tokens::NoRandomNumbers;

/// Errors of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The URL's scheme is none that is known.
    #[error("the store's URL begins with neither `sqlite:` nor `postgres:`")]
    Url,
    /// The database said no.
    #[error("the database: {}", message(.0))]
    Database(sqlx::Error),
    /// The schema was written by a newer version of the program.
    #[error("the store has schema {found}, this greenbrief knows schemas up to {known}: use a newer greenbrief")]
    Newer {
        /// In the database
        found: i64,
        /// In the program
        known: i64,
    },
    /// The schema is an older one, and it is not ours to change it unasked.
    #[error("the store has schema {found}, this greenbrief needs {known}: run `greenbrief store migrate`")]
    Older {
        /// In the database
        found: i64,
        /// In the program
        known: i64,
    },
    /// There is nothing at that place, and it is not to be made.
    #[error("there is no store at {0}: `greenbrief serve` or `greenbrief send` makes one")]
    Missing(PathBuf),
    /// What is at that place was made by something else.
    #[error("{0} is not a greenbrief store: it holds something else")]
    Foreign(String),
    /// Something in the database cannot be what it is.
    #[error("the store holds something that cannot be read: {0}")]
    Corrupt(String),
    /// There was a store, and nothing is left of it.
    #[error("{place} {found}, but a store was here, last at work at {last} ({} tells)", identity.display())]
    Emptied {
        /// The database
        place: String,
        /// What is there now
        found: &'static str,
        /// When its last generation was counted
        last: String,
        /// The file that tells
        identity: PathBuf,
    },
    /// As `Emptied`, where even the file is gone that tells of it.
    #[error("{place} {found}, but a store was here: {} tells", trace.display())]
    Gone {
        /// The database
        place: String,
        /// What is there now
        found: &'static str,
        /// What is left of it
        trace: PathBuf,
    },
    /// Another store is where one was.
    #[error(
        "{place} is another store than the one that was here, last at work at {last} ({} tells)",
        identity.display()
    )]
    Replaced {
        /// The database
        place: String,
        /// When the last generation of the one before was counted
        last: String,
        /// The file that tells
        identity: PathBuf,
    },
    /// The store is an earlier state of the one that was here.
    #[error(
        "{place} has lost what was written last: it is as it was at {found}, and was at work until {last} ({} tells)",
        identity.display()
    )]
    RolledBack {
        /// The database
        place: String,
        /// When the generation that it has was counted
        found: String,
        /// When its last generation was counted
        last: String,
        /// The file that tells
        identity: PathBuf,
    },
    /// A database with two names would have two logs.
    #[error(
        "{} has a second name (a hard link): SQLite keeps a log for each name, and mails would be sent by both",
        .0.display()
    )]
    SecondName(PathBuf),
    /// Another process is at work on the store.
    #[error("another process is at work on {0}: `greenbrief serve`, or a `greenbrief send` that is not done yet")]
    InUse(String),
    /// Only what is lost is begun anew.
    #[error("the store at {0} can be opened: nothing of it is lost")]
    NotEmpty(String),
    /// A backup goes where nothing is.
    #[error("{0} exists: a backup is written to a new file only")]
    Exists(String),
    /// The file that was named as a backup is missing, or no store.
    #[error("{0}")]
    NoBackup(String),
    /// A file of the store itself was named where one beside it was meant.
    #[error("{0} is a file of the store itself")]
    OwnFile(String),
    /// Only SQLite's file can be copied.
    #[error("{0}")]
    Unsupported(&'static str),
    /// The machine gives no random numbers.
    #[error(transparent)]
    Random(#[from] NoRandomNumbers),
    /// A file beside the database.
    #[error("{path}: {error}")]
    File {
        /// Which
        path: String,
        /// Why
        error: std::io::Error,
    },
}

impl Error {
    /// Is it a matter of what the store is, and nothing that broke?
    pub const fn is_refusal(&self) -> bool {
        !matches!(self, Error::Database(_) | Error::File { .. } | Error::Corrupt(_) | Error::Random(_))
    }

    /// May the same call succeed later? It may after a full disk, a server that is away, or another writer that took too long.
    pub const fn is_passing(&self) -> bool {
        matches!(self, Error::Database(_) | Error::File { .. })
    }
}

// By hand, and without a source: what the database said stands in our own text already.
impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Error {
        Error::Database(error)
    }
}

/// The database's message, once: sqlx repeats it in each layer.
fn message(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        sqlx::Error::PoolTimedOut => "it did not answer in time".to_owned(),
        other => other.to_string(),
    }
}

pub(super) type Result<T> = std::result::Result<T, Error>;

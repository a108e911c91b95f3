//! Errors of the store. No text holds the URL, which may hold a password.

use std::path::PathBuf;

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
    #[error("there is no store at {0}: `greenbrief serve` makes one")]
    Missing(PathBuf),
    /// What is at that place was made by something else.
    #[error("{0} is not a greenbrief store: it holds something else")]
    Foreign(String),
    /// Something in the database cannot be what it is.
    #[error("the store holds something that cannot be read: {0}")]
    Corrupt(String),
    /// Only SQLite's file can be copied.
    #[error("{0}")]
    Unsupported(&'static str),
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

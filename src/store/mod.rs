//! The database: one `Store` for SQLite and PostgreSQL, and one file for each kind of thing it keeps. What the things
//! mean is in their rooms (`figures`, `subscribers`, `schedule`, `delivery`); nothing here decides when or what to send.
//!
//! Times go in and out as `DateTime<Utc>` and are kept as microseconds; every time is an argument. Only leases go by
//! the database's own clock on PostgreSQL, since there several machines share them.

mod accounts;
mod activations;
mod backup;
mod blobs;
mod dialect;
mod editions;
mod figures;
mod ids;
mod lock;
mod mail;
mod mails;
mod migrations;
mod occurrences;
mod pause;
mod pen;
mod questions;
mod quiet;
mod resend;
mod schedules;
mod settings;
mod standing;
mod subscribers;
mod watching;

use std::{path::PathBuf, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use sqlx::{
    Any, AnyConnection, AnyPool, AssertSqlSafe, Connection, Executor, Row, Transaction,
    any::{AnyPoolOptions, AnyRow},
};
use tokio::sync::Mutex;

use self::dialect::Dialect;
pub use self::{
    accounts::Word,
    activations::{Activation, Files},
    editions::{Edition, EditionState, EditionText, NewEdition, Release},
    lock::CourierLock,
    mail::{Claim, Mail, MailKind, Move, NewMail, Recovered, Tally, Whereabouts},
    migrations::SCHEMA,
    occurrences::{Advanced, Lease, Occurrence, OccurrenceKind, Step},
    pause::{EditionPause, OnHold, Pause, Paused},
    resend::{Resend, Resent},
    schedules::{SchedulePause, ScheduleState},
    settings::{Refused, Setting},
    subscribers::{Added, Recipient, Subscriber},
    watching::HeldEdition,
};

/// What can go wrong with the store. No text holds the URL, which may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The URL's scheme is none that is known.
    #[error("the store's URL begins with neither `sqlite:` nor `postgres:`")]
    Url,
    /// The database said no.
    #[error("the database: {}", said(.0))]
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
    #[error("{0} is no greenbrief store: it holds something else")]
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
    /// May it work when it is tried again: the disk was full, the server was away, another writer took too long?
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

/// What the database said, once: sqlx repeats it in each layer.
fn said(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(said) => said.message().to_owned(),
        sqlx::Error::PoolTimedOut => "it did not answer in time".to_owned(),
        other => other.to_string(),
    }
}

type Result<T> = std::result::Result<T, Error>;

/// The database. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Store {
    pool: AnyPool,
    dialect: Dialect,
    /// SQLite's file
    file: Option<PathBuf>,
    /// What the courier writes with, on SQLite
    pen: Arc<Mutex<Option<AnyConnection>>>,
}

impl Store {
    /// Opens it. A SQLite file that is not there is made, with its folder; its schema is brought up to date, after a
    /// copy was put beside it. A PostgreSQL schema is only made in an empty database, never changed.
    ///
    /// # Errors
    /// An unknown URL, a database that is away, a schema newer than this program, or (PostgreSQL) an older one.
    pub async fn open(url: &str, now: DateTime<Utc>) -> Result<Store> {
        let store = Store::connect(url).await?;
        store.prepare(store.dialect == Dialect::Sqlite, now).await?;
        Ok(store)
    }

    /// Opens it and brings its schema up to date, on PostgreSQL too. Gives the versions before and after.
    ///
    /// # Errors
    /// As `open`.
    pub async fn migrate(url: &str, now: DateTime<Utc>) -> Result<(i64, i64)> {
        let store = Store::connect(url).await?;
        store.prepare(true, now).await
    }

    /// Is there something to open? For PostgreSQL that is taken for granted.
    pub fn is_there(url: &str) -> bool {
        !url.starts_with("sqlite:") || std::path::Path::new(sqlite_path(url)).exists()
    }

    /// The file that a URL names, if it is SQLite's.
    pub fn file_of(url: &str) -> Option<PathBuf> {
        url.starts_with("sqlite:").then(|| PathBuf::from(sqlite_path(url)))
    }

    async fn connect(url: &str) -> Result<Store> {
        let dialect = Dialect::of(url)?;
        sqlx::any::install_default_drivers();
        let (address, file) = match dialect {
            Dialect::Postgres => (url.to_owned(), None),
            Dialect::Sqlite => {
                let path = PathBuf::from(sqlite_path(url));
                if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                    let failed = |error| Error::File { path: folder.display().to_string(), error };
                    private_folder(folder).map_err(failed)?;
                }
                // An empty file is an empty database; what SQLite puts beside it gets the same rights.
                let failed = |error| Error::File { path: path.display().to_string(), error };
                private_file(&path).map_err(failed)?;
                (sqlite_address(&path), Some(path))
            }
        };
        if let Some(file) = &file {
            write_ahead(&address, file).await?;
        }
        let pool = AnyPoolOptions::new()
            .max_connections(if dialect == Dialect::Sqlite { 4 } else { 8 })
            .idle_timeout(Duration::from_secs(60))
            .acquire_timeout(Duration::from_secs(30))
            // A file does not go away between two questions, and asking is a question more.
            .test_before_acquire(dialect == Dialect::Postgres)
            // SQLite ends a transaction by itself when the disk is full; sqlx then cannot, and would count the connection
            // as being in one for ever: it takes no other.
            .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
            .after_connect(move |connection, _| Box::pin(prepare_connection(connection, dialect)))
            .connect(&address)
            .await?;
        Ok(Store { pool, dialect, file, pen: Arc::default() })
    }

    /// SQLite's file; `None` on PostgreSQL.
    pub fn file(&self) -> Option<&std::path::Path> {
        self.file.as_deref()
    }

    /// `SQLite` or `PostgreSQL`.
    pub const fn kind(&self) -> &'static str {
        match self.dialect {
            Dialect::Sqlite => "SQLite",
            Dialect::Postgres => "PostgreSQL",
        }
    }

    /// Ends its connections; what was committed stays.
    pub async fn close(&self) {
        self.put_pen_down().await;
        self.pool.close().await;
    }

    async fn begin(&self) -> Result<Transaction<'static, Any>> {
        Ok(self.pool.begin_with(self.dialect.begin()).await?)
    }

    /// Until this transaction ends no other one passes here with the same word. SQLite has one writer at a time anyway.
    async fn one_at_a_time(&self, tx: &mut Transaction<'_, Any>, word: &str) -> Result<()> {
        if self.dialect == Dialect::Postgres {
            sqlx::query("SELECT pg_advisory_xact_lock(hashtext($1))").bind(word.to_owned()).execute(&mut **tx).await?;
        }
        Ok(())
    }

    /// Others that ask so with the same word may be here too, but nobody who is `one_at_a_time` with it.
    async fn beside_each_other(&self, tx: &mut Transaction<'_, Any>, word: &str) -> Result<()> {
        if self.dialect == Dialect::Postgres {
            let query = sqlx::query("SELECT pg_advisory_xact_lock_shared(hashtext($1))");
            query.bind(word.to_owned()).execute(&mut **tx).await?;
        }
        Ok(())
    }

    /// The clock by which leases run: the database's where several machines share it, else the caller's.
    async fn lease_clock(&self, now: DateTime<Utc>) -> Result<i64> {
        match self.dialect {
            Dialect::Sqlite => Ok(micros(now)),
            Dialect::Postgres => {
                let row = sqlx::query("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)")
                    .fetch_one(&self.pool)
                    .await?;
                Ok(row.try_get(0)?)
            }
        }
    }
}

/// What every connection is told first.
async fn prepare_connection(connection: &mut AnyConnection, dialect: Dialect) -> std::result::Result<(), sqlx::Error> {
    if dialect == Dialect::Sqlite {
        for pragma in ["PRAGMA busy_timeout = 15000", "PRAGMA synchronous = FULL", "PRAGMA foreign_keys = ON"] {
            connection.execute(pragma).await?;
        }
    }
    Ok(())
}

/// Switches a file to a write-ahead log, once: readers and a writer beside each other. First it looks, so that nothing is
/// done to what is no store. A connection of its own, since a pool would try for half a minute and then not say why.
async fn write_ahead(address: &str, file: &std::path::Path) -> Result<()> {
    let mut connection = AnyConnection::connect(address).await?;
    for _ in 0..SWITCHES {
        let switched = async {
            let tables = migrations::tables(&mut connection, Dialect::Sqlite).await?;
            if migrations::is_foreign(&tables) {
                return Ok(false);
            }
            connection.execute("PRAGMA journal_mode = WAL").await?;
            Ok(true)
        };
        match switched.await {
            Ok(true) => break,
            Ok(false) => return Err(Error::Foreign(file.display().to_string())),
            Err(sqlx::Error::Database(error)) => match error.code().as_deref() {
                // SQLITE_NOTADB
                Some("26") => return Err(Error::Foreign(file.display().to_string())),
                // SQLITE_BUSY and its kinds: other processes begin now, too, and for this one SQLite does not wait.
                Some("5" | "261" | "517") => tokio::time::sleep(Duration::from_millis(50)).await,
                _ => return Err(sqlx::Error::Database(error).into()),
            },
            Err(error) => return Err(error.into()),
        }
    }
    Ok(connection.close().await?)
}

/// How often, 50 ms apart, a file is tried that another process is working on.
const SWITCHES: usize = 300;

/// A file as a URL, in which a folder's name may hold anything.
fn sqlite_address(file: &std::path::Path) -> String {
    let escaped = file.display().to_string().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    format!("sqlite:{escaped}?mode=rwc")
}

/// The path in a `sqlite:` URL.
fn sqlite_path(url: &str) -> &str {
    let path = url.strip_prefix("sqlite:").unwrap_or(url);
    path.strip_prefix("//").unwrap_or(path)
}

/// Makes a folder that only its owner may enter; one that is there is left as it is.
fn private_folder(folder: &std::path::Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes an empty file that only its owner may read. One that is there is not even opened: to close a file of a database
/// lets go of all locks that this process' other connections hold on it (fcntl), and then its log may be taken from them.
fn private_file(file: &std::path::Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}

/// As the database keeps a time.
const fn micros(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros()
}

/// A time that the database kept.
fn time(micros: i64) -> Result<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros).ok_or_else(|| Error::Corrupt(format!("the time {micros}")))
}

/// A text with `sql` of our own making only: no value ever goes into it.
fn sql(text: String) -> AssertSqlSafe<String> {
    AssertSqlSafe(text)
}

/// A value that is a word of some type.
fn word<T: std::str::FromStr>(row: &AnyRow, column: &str) -> Result<T> {
    let text: String = row.try_get(column)?;
    text.parse().map_err(|_| Error::Corrupt(format!("`{text}` in {column}")))
}

/// A value that is kept as JSON.
fn json<T: serde::de::DeserializeOwned>(row: &AnyRow, column: &str) -> Result<T> {
    let text: String = row.try_get(column)?;
    serde_json::from_str(&text).map_err(|error| Error::Corrupt(format!("{column}: {error}")))
}

/// A value as JSON.
fn to_json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Corrupt(error.to_string()))
}

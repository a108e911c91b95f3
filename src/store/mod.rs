//! The database: one [`Store`] for SQLite and PostgreSQL.
//!
//! A store hands out small handles, each for what is asked of it:
//!
//! | handle | what it answers |
//! |---|---|
//! | [`Store::outbox`] | every mail, where it stands, and what was said of it; leases and moves of the courier |
//! | [`Store::editions`] | numbers, snapshots, texts and PDFs; releases, pauses of one edition, reports |
//! | [`Store::ledger`] | what became of each occurrence; slots are claimed here |
//! | [`Store::schedules`] | how far each schedule has come, and whether a person pauses it |
//! | [`Store::people`] | subscribers, subscriptions, suppressed addresses |
//! | [`Store::figures`] | series and observations, as one data set |
//! | [`Store::activations`] | which config is in force, and what its files said |
//!
//! On the store itself stays what concerns all of it: opening, backup, settings, blobs, the courier's lock, and the pause of
//! everything.
//!
//! What the things mean is in their rooms (`figures`, `subscribers`, `schedule`, `delivery`); nothing here decides when or
//! what to send. Times go in and out as `DateTime<Utc>` and are kept as microseconds; every time is an argument. Only leases
//! go by the database's own clock on PostgreSQL, since there several machines share them.

mod activations;
mod backup;
mod blobs;
mod columns;
mod courier_lock;
mod dialect;
mod editions;
mod error;
mod figures;
mod hold;
mod ids;
mod lease;
mod ledger;
mod migrations;
mod outbox;
mod people;
mod schedules;
mod settings;
mod sqlite_file;
mod write_connection;

use std::{path::PathBuf, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use sqlx::{Any, AnyConnection, AnyPool, Connection as _, Executor, Transaction, any::AnyPoolOptions};
use tokio::sync::Mutex;

pub use self::{
    activations::{Activation, Activations, ConfigFiles, RefusedConfig},
    courier_lock::CourierLock,
    editions::{
        Edition, EditionPause, EditionState, EditionText, Editions, HeldEdition, MessageIds, NewEdition, PausedCount,
        Release, ResumedEdition,
    },
    error::Error,
    figures::Figures,
    hold::{OnHold, Pause, Paused},
    lease::Lease,
    ledger::{Advanced, Ledger, Occurrence, OccurrenceKind, OutcomeCount, Step},
    migrations::{SCHEMA, SchemaVersions},
    outbox::{
        Claim, Mail, MailCount, MailKind, MailReply, Move, NewMail, Outbox, OwnText, Recovered, Resend, Resent, Tally,
        Whereabouts,
    },
    people::{Added, People, Recipient, Subscriber, SubscriptionCounts},
    schedules::{SchedulePause, ScheduleState, Schedules},
    settings::Setting,
};
use self::{
    dialect::Dialect,
    error::Result,
    sqlite_file::{private_file, private_folder, sqlite_address, sqlite_path, write_ahead},
};

/// The database. Clones share its connections.
///
/// # Errors
/// Every method fails with an [`Error`] if the database is away or says no; then the call has changed nothing. Methods name
/// only what else they refuse.
#[derive(Debug, Clone)]
pub struct Store {
    pool: AnyPool,
    dialect: Dialect,
    /// SQLite's file
    file: Option<PathBuf>,
    /// The connection for the courier's writing, on SQLite
    kept_writer: Arc<Mutex<Option<AnyConnection>>>,
}

impl Store {
    /// Opens the store. Makes a SQLite file that does not exist, with its folder, and brings its schema up to date after
    /// putting a copy beside it. Makes a PostgreSQL schema only in an empty database, and never changes it.
    ///
    /// # Errors
    /// An unknown URL, a database that is away, a schema newer than this program, or (PostgreSQL) an older one.
    pub async fn open(url: &str, now: DateTime<Utc>) -> Result<Store> {
        let store = Store::connect(url).await?;
        store.prepare(store.dialect == Dialect::Sqlite, now).await?;
        Ok(store)
    }

    /// Opens the store and brings its schema up to date, on PostgreSQL too.
    ///
    /// # Errors
    /// As `open`.
    pub async fn migrate(url: &str, now: DateTime<Utc>) -> Result<SchemaVersions> {
        let store = Store::connect(url).await?;
        store.prepare(true, now).await
    }

    /// Is there something to open? Taken for granted on PostgreSQL.
    pub fn is_there(url: &str) -> bool {
        !url.starts_with("sqlite:") || std::path::Path::new(sqlite_path(url)).exists()
    }

    /// Returns the file that a URL names, if it is SQLite's.
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
            // A file does not go away between two queries, and the test would be one query more.
            .test_before_acquire(dialect == Dialect::Postgres)
            // SQLite ends a transaction by itself when the disk is full; sqlx then cannot, and would count the connection
            // as being in one for ever: it takes no other.
            .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
            .after_connect(move |connection, _| Box::pin(prepare_connection(connection, dialect)))
            .connect(&address)
            .await?;
        Ok(Store { pool, dialect, file, kept_writer: Arc::default() })
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

    /// Mails, where they stand, and what was said of them.
    pub const fn outbox(&self) -> Outbox<'_> {
        Outbox { store: self }
    }

    /// Editions with their texts and PDFs.
    pub const fn editions(&self) -> Editions<'_> {
        Editions { store: self }
    }

    /// Occurrences, and how they ended.
    pub const fn ledger(&self) -> Ledger<'_> {
        Ledger { store: self }
    }

    /// How far each schedule has come.
    pub const fn schedules(&self) -> Schedules<'_> {
        Schedules { store: self }
    }

    /// Subscribers and their subscriptions.
    pub const fn people(&self) -> People<'_> {
        People { store: self }
    }

    /// Series and observations.
    pub const fn figures(&self) -> Figures<'_> {
        Figures { store: self }
    }

    /// The configs that came into force.
    pub const fn activations(&self) -> Activations<'_> {
        Activations { store: self }
    }

    /// Closes all connections; what was committed stays.
    pub async fn close(&self) {
        self.close_writer().await;
        self.pool.close().await;
    }

    async fn begin(&self) -> Result<Transaction<'static, Any>> {
        Ok(self.pool.begin_with(self.dialect.begin()).await?)
    }

    /// Waits until no other transaction holds this word, and holds it until this one ends. SQLite has one writer at a time
    /// anyway.
    async fn one_at_a_time(&self, tx: &mut Transaction<'_, Any>, word: &str) -> Result<()> {
        if self.dialect == Dialect::Postgres {
            sqlx::query("SELECT pg_advisory_xact_lock(hashtext($1))").bind(word.to_owned()).execute(&mut **tx).await?;
        }
        Ok(())
    }

    /// As `one_at_a_time`, but together with other transactions that call this with the same word.
    async fn beside_each_other(&self, tx: &mut Transaction<'_, Any>, word: &str) -> Result<()> {
        if self.dialect == Dialect::Postgres {
            let query = sqlx::query("SELECT pg_advisory_xact_lock_shared(hashtext($1))");
            query.bind(word.to_owned()).execute(&mut **tx).await?;
        }
        Ok(())
    }
}

/// Sets a new connection up.
async fn prepare_connection(connection: &mut AnyConnection, dialect: Dialect) -> std::result::Result<(), sqlx::Error> {
    if dialect == Dialect::Sqlite {
        for pragma in ["PRAGMA busy_timeout = 15000", "PRAGMA synchronous = FULL", "PRAGMA foreign_keys = ON"] {
            connection.execute(pragma).await?;
        }
    }
    Ok(())
}

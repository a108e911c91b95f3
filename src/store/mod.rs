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
//! | [`Store::figures`] | series and observations, as one data set; observations that were withdrawn |
//! | [`Store::replies`] | mails that came back, and what was done about each |
//! | [`Store::bounces`] | mails that failed, what that says of their addresses, and how many of an edition there are |
//! | [`Store::token_keys`] | the keys that sign tokens in links and addresses of mails |
//! | [`Store::activations`] | which config is in force, and what its files said |
//!
//! On the store itself stays what concerns all of it: opening, backup, settings, blobs, the courier's lock, and the pause of
//! everything.
//!
//! What the things mean is in their rooms (`figures`, `subscribers`, `schedule`, `delivery`); nothing here decides when or
//! what to send. Times go in and out as `DateTime<Utc>` and are kept as microseconds; every time is an argument. Only leases
//! go by the database's own clock on PostgreSQL, since there several machines share them.

mod activations;
mod advice;
mod backup;
mod blobs;
mod bounces;
mod columns;
mod courier_lock;
mod dialect;
mod earlier_ids;
mod edition_numbers;
mod editions;
mod error;
mod figures;
mod forwarded;
mod hold;
mod identity;
mod ids;
mod lease;
mod ledger;
mod migrations;
mod outbox;
mod people;
mod replies;
mod restore;
mod schedules;
mod settings;
mod sqlite_file;
mod store_files;
mod surroundings;
mod token_keys;
mod write_connection;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, Utc};
use sqlx::{
    Any, AnyConnection, AnyPool, Connection as _, Executor, Transaction, any::AnyPoolOptions,
    postgres::PgConnectOptions,
};
use tokio::sync::Mutex;

pub use self::{
    activations::{Activation, Activations, ConfigFiles, RefusedConfig},
    blobs::sha256,
    bounces::{BounceBrake, Bounced, Bounces, KeptBounce, NewBounce, SoftBounces},
    courier_lock::{AtWork, CourierLock},
    earlier_ids::KnownId,
    editions::{
        Approval, ArchivePart, ArchivedEdition, ArchivedPage, ArchivedPdf, CorrectionRecord, DomainPause, Edition,
        EditionDecision, EditionPage, EditionPause, EditionQuery, EditionState, EditionText, EditionWithdrawal,
        Editions, HeldContent, HeldEdition, HeldRelease, KeptFile, MadeOf, MadeOn, MessageIds, NewCorrection,
        NewEdition, PausedCount, Release, ResumedDomain, ResumedEdition, Share, SharedEdition,
    },
    error::Error,
    figures::{
        BATCH as IMPORT_BATCH, Figures, Importing, Incoming, NewWithdrawal, Obstacle, Placed, Standing, Undone,
        WithdrawalOutcome,
    },
    forwarded::{GATHERED_FOR, Gathered, GatheredMail, NewForwarded, WHOLE_PER_HOUR, Written},
    hold::{OnHold, Pause, Paused},
    identity::ChangeStamp,
    lease::Lease,
    ledger::{Advanced, Ledger, Occurrence, OccurrenceKind, OutcomeCount, Step},
    migrations::{SCHEMA, SchemaVersions},
    outbox::{
        Claim, LostMails, Mail, MailCount, MailKind, MailQuery, MailReply, Move, NewMail, Outbox, OwnText, Recovered,
        Resend, Resent, Stopped, Tally, Unknown, Whereabouts,
    },
    people::{
        Added, Beyond, CarriedOver, ComeBack, Complained, Confirmation, Confirming, EndedSuppression, Erased, Given,
        KeptOfPerson, LanguageChange, Left, LeftByToken, Missing, MovedAway, NamedSubscription, NewSignUp,
        OwnSubscription, People, PersonRecord, PersonsRemoval, PersonsSubscription, Recipient, Refused, Removal,
        Removed, SignUp, SignUpStanding, SignedUp, Subscribed, Subscriber, SubscriberQuery, Subscribing,
        SubscriptionMove, SuppressedAddress, Suppression,
    },
    replies::{KeptReply, NewReply, Replies, ReplyQuery},
    restore::{BegunAnew, PutBack},
    schedules::{SchedulePause, ScheduleState, Schedules},
    settings::Setting,
    surroundings::{Patience, Surroundings},
    token_keys::{KeptKey, Retirement, TokenKeyring},
};
use self::{
    dialect::Dialect,
    error::Result,
    identity::{Identity, IdentityFile},
    sqlite_file::{private_file, sqlite_address, sqlite_path, write_ahead},
    store_files::StoreFiles,
};
use crate::base::archive::private_folder;

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
    /// Its inode when it was opened
    inode: Option<u64>,
    /// What is known of the store outside the database, if that is kept
    identity_file: Option<IdentityFile>,
    /// The connection for the courier's writing, on SQLite
    kept_writer: Arc<Mutex<Option<AnyConnection>>>,
    /// Sign-ups that wait to be written together
    sign_ups: Arc<people::SignUpQueue>,
}

impl Store {
    /// Opens the store. Makes a SQLite file that does not exist, with its folder, and brings its schema up to date after
    /// putting a copy beside it. Makes a PostgreSQL schema only in an empty database, and never changes it.
    ///
    /// # Errors
    /// An unknown URL, a database that is away, a schema newer than this program, or (PostgreSQL) an older one. `Emptied`,
    /// `Gone`, `Replaced` or `RolledBack` if it is not the store that was here: see `identity`.
    pub async fn open(url: &str, now: DateTime<Utc>) -> Result<Store> {
        Store::open_in(url, Surroundings::default(), now).await
    }

    /// As `open`, where more is known than the database.
    ///
    /// # Errors
    /// As `open`.
    pub async fn open_in(url: &str, around: Surroundings<'_>, now: DateTime<Utc>) -> Result<Store> {
        Store::open_known(url, around, May::default(), now).await.map(|(store, _)| store)
    }

    /// Opens the store and brings its schema up to date, on PostgreSQL too.
    ///
    /// # Errors
    /// As `open`.
    pub async fn migrate(url: &str, around: Surroundings<'_>, now: DateTime<Utc>) -> Result<SchemaVersions> {
        let may = May { change_schema: true, ..May::default() };
        Store::open_known(url, around, may, now).await.map(|(_, versions)| versions)
    }

    async fn open_known(
        url: &str,
        around: Surroundings<'_>,
        may: May,
        now: DateTime<Utc>,
    ) -> Result<(Store, SchemaVersions)> {
        let store = Store::connect(url, around, may).await?;
        // Before the database is asked: what others count meanwhile is later in both.
        let expected = store.expected_identity()?;
        if store.version().await? == 0
            && let Err(error) = store.may_begin(around, may)
            // Another process may have begun it since, and left its traces.
            && store.version().await? == 0
        {
            return Err(error);
        }
        let versions = store.prepare(may.change_schema || store.dialect == Dialect::Sqlite, now).await?;
        store.check_identity(expected.as_ref(), now).await?;
        Ok((store, versions))
    }

    fn expected_identity(&self) -> Result<Option<Identity>> {
        self.identity_file.as_ref().map_or(Ok(None), IdentityFile::read)
    }

    /// Refuses to begin a store in a database without a table, if one was here.
    fn may_begin(&self, around: Surroundings<'_>, may: May) -> Result<()> {
        const HOLDS_NOTHING: &str = "holds nothing";
        if let Some(identity) = &self.identity_file {
            identity.refuse_new(&self.place(), HOLDS_NOTHING)?;
        }
        let files = self.file.clone().map(|database| StoreFiles { database });
        around.refuse_new(files.as_ref(), &self.place(), HOLDS_NOTHING, may)
    }

    /// Is there something to open, or was there? Taken for granted on PostgreSQL.
    pub fn is_there(url: &str, around: Surroundings<'_>) -> bool {
        // What cannot be a store is told when it is opened.
        let was_there = |files: StoreFiles| {
            may_be_there(&files.database) || may_be_there(&files.identity()) || around.trace(Some(&files)).is_some()
        };
        !url.starts_with("sqlite:") || StoreFiles::at(Path::new(sqlite_path(url))).map_or(true, was_there)
    }

    /// Returns the file that a URL names, if it is SQLite's.
    pub fn file_of(url: &str) -> Option<PathBuf> {
        url.starts_with("sqlite:").then(|| PathBuf::from(sqlite_path(url)))
    }

    /// Opens the store for a look: nothing is made, and no schema is changed.
    ///
    /// # Errors
    /// There is none, or it has another schema than this program's.
    pub async fn look(url: &str) -> Result<Store> {
        let around = Surroundings::default();
        if !Store::is_there(url, around) {
            return Err(Error::Missing(PathBuf::from(sqlite_path(url))));
        }
        let store = Store::connect(url, around, May::default()).await?;
        match store.version().await? {
            SCHEMA => Ok(store),
            found if found > SCHEMA => Err(Error::Newer { found, known: SCHEMA }),
            found => Err(Error::Older { found, known: SCHEMA }),
        }
    }

    /// Connects, and looks at nothing that is in the database. A SQLite file that is missing or empty is made, unless a store
    /// was there.
    async fn connect(url: &str, around: Surroundings<'_>, may: May) -> Result<Store> {
        let dialect = Dialect::of(url)?;
        sqlx::any::install_default_drivers();
        let (address, file, identity_file) = match dialect {
            Dialect::Postgres => {
                let identity_file = around.state.and_then(|folder| server_identity_file(url, folder));
                (url.to_owned(), None, identity_file)
            }
            Dialect::Sqlite => {
                let files = StoreFiles::at(Path::new(sqlite_path(url)))?;
                let identity_file = IdentityFile(files.identity());
                // Before SQLite sees it, which would remove the log of an empty file.
                around.refuse_nothing(&files, &identity_file, may)?;
                let path = files.database;
                if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                    let failed = |error| Error::File { path: folder.display().to_string(), error };
                    private_folder(folder).map_err(failed)?;
                }
                // An empty file is an empty database; what SQLite puts beside it gets the same rights.
                let failed = |error| Error::File { path: path.display().to_string(), error };
                private_file(&path).map_err(failed)?;
                (sqlite_address(&path), Some(path), Some(identity_file))
            }
        };
        match &file {
            Some(file) => write_ahead(&address, file).await?,
            None => around.patience.reach(&address).await?,
        }
        let inode = file.as_deref().and_then(identity::inode_of);
        let pool = AnyPoolOptions::new()
            .max_connections(if dialect == Dialect::Sqlite { 4 } else { 8 })
            .idle_timeout(Duration::from_secs(60))
            .acquire_timeout(around.patience.limit(dialect))
            // A file does not go away between two queries, and the test would be one query more.
            .test_before_acquire(dialect == Dialect::Postgres)
            // SQLite ends a transaction by itself when the disk is full; sqlx then cannot, and would count the connection
            // as being in one for ever: it takes no other.
            .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
            .after_connect(move |connection, _| Box::pin(prepare_connection(connection, dialect)))
            .connect(&address)
            .await?;
        Ok(Store { pool, dialect, file, inode, identity_file, kept_writer: Arc::default(), sign_ups: Arc::default() })
    }

    /// SQLite's file; `None` on PostgreSQL.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Why nothing is sent by SQLite's file: it has a second name. Commands that only look or stop go on.
    pub fn second_name(&self) -> Option<Error> {
        let files = StoreFiles { database: self.file.clone()? };
        files.has_second_name().then_some(Error::SecondName(files.database))
    }

    /// Room that is left on the disk of SQLite's file for us, in bytes; `None` where that is not known.
    pub fn room(&self) -> Option<u64> {
        #[cfg(target_os = "linux")]
        {
            let disk = rustix::fs::statvfs(self.file.as_deref()?).ok()?;
            Some(disk.f_bavail.saturating_mul(disk.f_frsize))
        }
        #[cfg(not(target_os = "linux"))]
        None
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

    /// Mails that came back.
    pub const fn replies(&self) -> Replies<'_> {
        Replies { store: self }
    }

    /// Mails that failed.
    pub const fn bounces(&self) -> Bounces<'_> {
        Bounces { store: self }
    }

    /// The keys that sign tokens.
    pub const fn token_keys(&self) -> TokenKeyring<'_> {
        TokenKeyring { store: self }
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

/// What opening a store may do besides.
#[derive(Debug, Clone, Copy, Default)]
struct May {
    /// Change the schema of a PostgreSQL database
    change_schema: bool,
    /// Begin a store where traces show that one was; not where the identity of one is left
    begin_anew: bool,
}

/// Where a PostgreSQL store is known outside its database; `None` if the URL cannot be read, which is told when it is used.
fn server_identity_file(url: &str, folder: &Path) -> Option<IdentityFile> {
    let options: PgConnectOptions = url.parse().ok()?;
    let database = options.get_database().unwrap_or_default();
    Some(identity::file_of_server(folder, options.get_host(), options.get_port(), database))
}

/// Whether a file exists; taken for granted if this user may not look, since opening it then says why.
fn may_be_there(path: &Path) -> bool {
    path.try_exists().unwrap_or(true)
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

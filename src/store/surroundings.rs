//! What stands around a database and tells of its store: a folder for what is known of a server's, the PDFs of its editions;
//! and how long a server is waited for.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{AnyConnection, Connection};

use super::{Error, May, Result, dialect::Dialect, identity::IdentityFile, store_files::StoreFiles};
use crate::base::report_files;

/// What stands around a database.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surroundings<'a> {
    /// The folder in which is kept what is known of a PostgreSQL store outside its database; of SQLite's it is kept beside its
    /// file
    pub state: Option<&'a Path>,
    /// The folder of finished PDFs, if those in it were made by this store
    pub reports: Option<&'a Path>,
    /// How long a server is waited for
    pub patience: Patience,
}

impl Surroundings<'_> {
    /// What shows that there was a store. `None` is no proof that there was none.
    pub(super) fn trace(&self, files: Option<&StoreFiles>) -> Option<PathBuf> {
        if let Some(trace) = files.and_then(StoreFiles::trace) {
            return Some(trace);
        }
        let reports = self.reports?;
        let (brief, number) = report_files::editions(reports).pop_first()?;
        Some(report_files::folder(reports, &brief, number))
    }

    /// Refuses to begin a store where traces show that one was. `found` says what is there now.
    pub(super) fn refuse_new(
        &self,
        files: Option<&StoreFiles>,
        place: &str,
        found: &'static str,
        may: May,
    ) -> Result<()> {
        match self.trace(files).filter(|_| !may.begin_anew) {
            Some(trace) => Err(Error::Gone { place: place.to_owned(), found, trace }),
            None => Ok(()),
        }
    }

    /// As `refuse_new`, if SQLite's file is missing or empty.
    pub(super) fn refuse_nothing(&self, files: &StoreFiles, identity: &IdentityFile, may: May) -> Result<()> {
        if !files.holds_nothing() {
            return Ok(());
        }
        let place = files.database.display().to_string();
        let found = if files.database.exists() { "is empty" } else { "does not exist" };
        identity.refuse_new(&place, found)?;
        let refused = self.refuse_new(Some(files), &place, found, may);
        // Another process may have begun it since, and left its traces.
        if files.holds_nothing() { refused } else { Ok(()) }
    }
}

/// How long a server is waited for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Patience {
    /// A person waits, too: one attempt, of 5 s at most
    #[default]
    Command,
    /// For as long as a server takes to be restarted
    Daemon,
}

impl Patience {
    /// The longest wait for a connection.
    pub(super) const fn limit(self, dialect: Dialect) -> Duration {
        match (self, dialect) {
            (Patience::Command, Dialect::Postgres) => Duration::from_secs(5),
            // On a file the wait is one for other connections of this process.
            (Patience::Command, Dialect::Sqlite) | (Patience::Daemon, _) => Duration::from_secs(30),
        }
    }

    /// Tries whether a server answers. The pool would try again until its limit, and then not say why.
    pub(super) async fn reach(self, address: &str) -> Result<()> {
        if self == Patience::Daemon {
            return Ok(());
        }
        let attempt = tokio::time::timeout(self.limit(Dialect::Postgres), AnyConnection::connect(address)).await;
        let connection = attempt.map_err(|_| sqlx::Error::PoolTimedOut)??;
        // That it is closed in good order does not matter.
        let _ = connection.close().await;
        Ok(())
    }
}

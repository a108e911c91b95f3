//! The lock of the process that runs the courier: on one SQLite file there is one at a time. On PostgreSQL several may run;
//! leases keep them apart.

use std::{
    fs,
    io::{Seek, Write},
    path::Path,
    time::Duration,
};

use tracing::debug;

use super::{Error, Result, Store, store_files::StoreFiles};
use crate::base::word_enum::word_enum;

/// Held while this process runs the courier. The operating system releases it when the process ends, however it ends.
#[derive(Debug)]
pub struct CourierLock {
    /// Keeps the lock of SQLite's file
    file: Option<fs::File>,
}

impl CourierLock {
    /// Can nobody else be at work on this store? Then what others began can be settled at once.
    pub const fn is_alone(&self) -> bool {
        self.file.is_some()
    }

    /// Writes into the lock's file who holds it, for others to tell.
    pub fn tell(&mut self, who: AtWork) {
        let Some(file) = &mut self.file else { return };
        let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(who.word().as_bytes()));
        // On a full disk others are told less; the lock holds.
        if let Err(error) = written {
            debug!(%error, "who is at work cannot be written into the lock's file");
        }
    }
}

word_enum! {
    "a kind of process";
    /// Who runs the courier.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum AtWork {
        /// `serve`.
        Daemon = "daemon",
        /// A command that sends what it has released.
        Command = "command",
    }
}

impl Store {
    /// Takes the lock. Returns `None` if another process holds it.
    ///
    /// # Errors
    /// If the lock file beside the database cannot be made. `SecondName` if the database has one: by that name it has another
    /// lock.
    pub fn lock_courier(&self) -> Result<Option<CourierLock>> {
        match self.second_name() {
            Some(second) => Err(second),
            None => self.try_lock(),
        }
    }

    /// Does another process run the courier? `None` where that cannot be seen, on PostgreSQL.
    ///
    /// # Errors
    /// If the lock file beside the database cannot be made.
    pub fn is_served(&self) -> Result<Option<bool>> {
        // The lock is let go of at once. A daemon that starts at this very moment tries again.
        self.file.as_ref().map(|_| Ok(self.try_lock()?.is_none())).transpose()
    }

    /// Who runs the courier, as its lock says; `None` where that cannot be seen.
    pub fn at_work(&self) -> Option<AtWork> {
        let file = StoreFiles { database: self.file.clone()? }.lock();
        fs::read_to_string(file).ok()?.parse().ok()
    }

    fn try_lock(&self) -> Result<Option<CourierLock>> {
        match &self.file {
            Some(file) => lock(&StoreFiles { database: file.clone() }.lock()),
            None => Ok(Some(CourierLock { file: None })),
        }
    }
}

/// Takes the lock of files that are to be replaced. Tries for a second: `status` holds it for an instant.
pub(super) async fn lock_alone(files: &StoreFiles) -> Result<CourierLock> {
    for _ in 0..20 {
        if let Some(lock) = lock(&files.lock())? {
            return Ok(lock);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(Error::InUse(files.database.display().to_string()))
}

/// Takes the lock of this file, which is made for its owner only.
fn lock(path: &Path) -> Result<Option<CourierLock>> {
    let failed = |error| Error::File { path: path.display().to_string(), error };
    let mut options = fs::OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(CourierLock { file: Some(file) })),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(error)) => Err(failed(error)),
    }
}

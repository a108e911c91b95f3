//! The lock of the process that runs the courier: on one SQLite file there is one at a time. On PostgreSQL several may run;
//! leases keep them apart.

use std::fs;

use super::{Error, Result, Store};

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
}

impl Store {
    /// Takes the lock. Returns `None` if another process holds it.
    ///
    /// # Errors
    /// If the lock file beside the database cannot be made.
    pub fn lock_courier(&self) -> Result<Option<CourierLock>> {
        let Some(path) = &self.file else { return Ok(Some(CourierLock { file: None })) };
        let mut name = path.as_os_str().to_owned();
        name.push(".lock");
        let failed = |error| Error::File { path: name.display().to_string(), error };
        let file = fs::OpenOptions::new().create(true).truncate(false).write(true).open(&name).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(CourierLock { file: Some(file) })),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

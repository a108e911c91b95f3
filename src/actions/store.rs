//! The database as a whole: it is copied, put back, and brought to the program's schema.

use std::path::{Path, PathBuf};

use serde::Serialize;
use tracing::info;

use super::{Actor, Error, Installation, Result};
use crate::store::{SchemaVersions, Store};

/// The outcome of [`backup`].
#[derive(Debug, Serialize)]
pub struct BackedUp<'a> {
    /// The file that was written
    pub backup: &'a Path,
}

/// Writes a consistent copy of the store, while a daemon runs.
///
/// # Errors
/// There is no store, the file exists, or the store is not an SQLite file.
pub async fn backup<'a>(installation: &Installation, actor: &Actor, file: &'a Path) -> Result<BackedUp<'a>> {
    installation.existing_store().await?.backup(file).await?;
    info!(by = %actor, file = %file.display(), "the store is backed up");
    Ok(BackedUp { backup: file })
}

/// The outcome of [`restore_file`].
#[derive(Debug, Serialize)]
pub struct Restored<'a> {
    /// Where the store is kept that was there before
    pub kept: Option<PathBuf>,
    /// The backup
    pub restored: &'a Path,
}

/// Puts a backup in the place of the store. Sending waits until a person has looked at it.
///
/// # Errors
/// A daemon is running, or the file is no backup.
pub async fn restore_file<'a>(installation: &Installation, actor: &Actor, file: &'a Path) -> Result<Restored<'a>> {
    refuse_beside_daemon(installation).await?;
    let kept = Store::restore(installation.store_url()?, file, installation.now()).await?;
    info!(by = %actor, file = %file.display(), "the store is restored");
    Ok(Restored { restored: file, kept })
}

/// Prepares a PostgreSQL database that `pg_restore` has restored: sending waits until a person has looked at it.
///
/// # Errors
/// A daemon is running, or the store is an SQLite file, of which a backup has to be named.
pub async fn after_restore(installation: &Installation, actor: &Actor) -> Result<()> {
    refuse_beside_daemon(installation).await?;
    let store = Store::open(installation.store_url()?, installation.now()).await?;
    if store.file().is_some() {
        return Err(Error::refused("name the backup: `greenbrief store restore FILE`"));
    }
    store.after_restore(installation.now()).await?;
    info!(by = %actor, "the database is prepared after its restore");
    Ok(())
}

/// The store is closed afterwards, since its file is replaced. The lock is let go of as well: only a person could start a
/// daemon meanwhile.
async fn refuse_beside_daemon(installation: &Installation) -> Result<()> {
    let url = installation.store_url()?;
    if Store::is_there(url) {
        let store = Store::open(url, installation.now()).await?;
        if store.file().is_some() {
            let lock = store.lock_courier()?;
            store.close().await;
            if lock.is_none() {
                return Err(Error::refused("`greenbrief serve` is at work on this store: end it first"));
            }
        }
    }
    Ok(())
}

/// The outcome of [`migrate`]: versions of the schema.
#[derive(Debug, Serialize)]
pub struct Migrated {
    /// Now
    pub after: i64,
    /// Before
    pub before: i64,
}

/// Brings the database to the schema of this program.
///
/// # Errors
/// The database cannot be opened, or its schema is newer.
pub async fn migrate(installation: &Installation, actor: &Actor) -> Result<Migrated> {
    let SchemaVersions { before, after } = Store::migrate(installation.store_url()?, installation.now()).await?;
    info!(by = %actor, before, after, "the schema is brought up to date");
    Ok(Migrated { before, after })
}

//! The database as a whole: it is copied, put back, begun anew, and brought to the program's schema.

use std::path::{Path, PathBuf};

use serde::Serialize;
use tracing::info;

use super::{Actor, Error, Installation, Result};
use crate::store::{self, CarriedOver, Missing, PutBack, SchemaVersions, Store};

/// The outcome of [`backup`].
#[derive(Debug, Serialize)]
pub struct BackedUp<'a> {
    /// The file that was written
    pub backup: &'a Path,
}

/// Writes a consistent copy of the store, while a daemon runs.
///
/// # Errors
/// There is no store, the file exists or is one of the store itself, or the store is not an SQLite file.
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
    /// Who left, joined or was erased, and which addresses are suppressed, since the backup; `None` if what was there cannot
    /// be read
    pub carried_over: Option<CarriedOver>,
    /// Who is subscribed there and not in the backup; `None` if there is nobody, or it cannot be read
    pub missing: Option<Missing>,
    /// The backup
    pub restored: &'a Path,
}

/// Puts a backup in the place of the store. Sending waits until a person has looked at it.
///
/// # Errors
/// A daemon is running, or the file is no backup.
pub async fn restore_file<'a>(installation: &Installation, actor: &Actor, file: &'a Path) -> Result<Restored<'a>> {
    let PutBack { kept, carried_over, missing } =
        Store::restore(installation.store_url()?, file, installation.now()).await?;
    let CarriedOver { removals, suppressions, consents, erased } = carried_over.unwrap_or_default();
    let lost = missing.as_ref().map_or(0, |missing| missing.subscriptions);
    info!(by = %actor, file = %file.display(), removals, suppressions, consents, erased, missing = lost, "the store is restored");
    Ok(Restored { restored: file, kept, carried_over, missing })
}

/// Prepares a database that was put back by other means, such as `pg_restore`: sending waits until a person has looked at it.
///
/// # Errors
/// A daemon is running, or nobody has put an SQLite file back: then a backup has to be named.
pub async fn after_restore(installation: &Installation, actor: &Actor) -> Result<()> {
    let (url, around) = (installation.store_url()?, installation.around());
    if Store::file_of(url).is_some() {
        match Store::open_in(url, around, installation.now()).await {
            Err(store::Error::Replaced { .. } | store::Error::RolledBack { .. }) => {}
            Err(other) => return Err(other.into()),
            Ok(store) => {
                store.close().await;
                return Err(Error::refused("name the backup: `greenbrief store restore FILE`"));
            }
        }
    }
    let unknown = Store::accept_restored(url, around, installation.now()).await?;
    info!(by = %actor, unknown, "the database is prepared after its restore");
    Ok(())
}

/// The outcome of [`begin_anew`].
#[derive(Debug, Serialize)]
pub struct BegunAnew {
    /// A file of the store that was there before; `None` if nothing shows that there was one
    pub before: Option<PathBuf>,
    /// Where the rest of that is kept
    pub kept: Option<PathBuf>,
    /// The new store is there
    pub new: bool,
}

/// Begins a store where there is none, or anew where one was and nothing is left of it.
///
/// # Errors
/// A daemon is running, or there is a store.
pub async fn begin_anew(installation: &Installation, actor: &Actor) -> Result<BegunAnew> {
    let (url, around) = (installation.store_url()?, installation.around());
    let store::BegunAnew { kept, trace: before } = Store::begin_anew(url, around, installation.now()).await?;
    info!(by = %actor, anew = before.is_some(), "a store is begun");
    Ok(BegunAnew { before, kept, new: true })
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
    let SchemaVersions { before, after } =
        Store::migrate(installation.store_url()?, installation.around(), installation.now()).await?;
    info!(by = %actor, before, after, "the schema is brought up to date");
    Ok(Migrated { before, after })
}

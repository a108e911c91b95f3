//! A copy of the whole store in one new file. For SQLite; PostgreSQL has tools of its own for that. The way back is in
//! `restore`.

use std::{fs, io, path::Path};

use super::{
    Error, Result, Store,
    store_files::{StoreFiles, create_private, exists, free_name, rename_to_new, with_suffix},
};

impl Store {
    /// Writes a consistent copy while others read and write: to a file that does not exist yet, which is there whole or not
    /// at all.
    ///
    /// # Errors
    /// `Unsupported` on PostgreSQL, `Exists` or `OwnFile` if the name is taken, `File` if for example the disk is full.
    pub async fn backup(&self, file: &Path) -> Result<()> {
        let Some(database) = &self.file else {
            return Err(Error::Unsupported("a PostgreSQL store is backed up with pg_dump"));
        };
        if (StoreFiles { database: database.clone() }).include(file) {
            return Err(Error::OwnFile(file.display().to_string()));
        }
        if exists(file) {
            return Err(Error::Exists(file.display().to_string()));
        }
        self.copy_to(file).await
    }

    /// Copies SQLite's file as it is now to a new one, onto the disk and for its owner only.
    pub(super) async fn copy_to(&self, file: &Path) -> Result<()> {
        let failed = |error| Error::File { path: file.display().to_string(), error };
        // One that an earlier, broken copy left is kept: another process may be writing it.
        let part = free_name(&with_suffix(file, ".part"), exists);
        // Made empty first: no moment in which others may read it.
        drop(create_private(&part).map_err(failed)?);
        let copied = async {
            sqlx::query("VACUUM INTO $1").bind(part.display().to_string()).execute(&self.pool).await?;
            fs::File::open(&part).and_then(|copy| copy.sync_all()).map_err(failed)?;
            rename_to_new(&part, file).map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => Error::Exists(file.display().to_string()),
                _ => failed(error),
            })
        };
        let copied = copied.await;
        if copied.is_err() {
            let _ = fs::remove_file(&part);
        }
        copied
    }
}

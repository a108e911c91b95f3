//! A copy of the whole store in one file, and back again. For SQLite; PostgreSQL has tools of its own for that.

use std::{
    fs,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};

use super::{Error, Result, Setting, Store, sqlite_path};

impl Store {
    /// Writes a consistent copy while others read and write. A file that is there is replaced, when the copy is whole.
    ///
    /// # Errors
    /// On PostgreSQL; and those of the database and of the file system, such as a full disk.
    pub async fn backup(&self, file: &Path) -> Result<()> {
        if self.file.is_none() {
            return Err(Error::Unsupported("a PostgreSQL store is backed up with pg_dump"));
        }
        let part = beside(file, "part");
        // One that an earlier, broken backup left.
        let _ = fs::remove_file(&part);
        let copied = self.copy_to(&part).await;
        let failed = |error| Error::File { path: file.display().to_string(), error };
        let moved = copied.and_then(|()| fs::rename(&part, file).map_err(failed));
        if moved.is_err() {
            let _ = fs::remove_file(&part);
        }
        moved
    }

    /// A copy of SQLite's file as of now, on disk and for its owner only.
    pub(super) async fn copy_to(&self, file: &Path) -> Result<()> {
        sqlx::query("VACUUM INTO $1").bind(file.display().to_string()).execute(&self.pool).await?;
        let failed = |error| Error::File { path: file.display().to_string(), error };
        #[cfg(unix)]
        fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).map_err(failed)?;
        fs::File::open(file).and_then(|copy| copy.sync_all()).map_err(failed)
    }

    /// Puts a backup in the place of the store at `url`, which nobody may have open. What was there is kept beside it,
    /// under the name that is given back. The restored store waits: see `after_restore`.
    ///
    /// # Errors
    /// If the file is no store of this program, or was written by a newer one; then nothing has changed.
    pub async fn restore(url: &str, file: &Path, now: DateTime<Utc>) -> Result<Option<PathBuf>> {
        if !url.starts_with("sqlite:") {
            return Err(Error::Unsupported(
                "a PostgreSQL store is restored with pg_restore; then run `greenbrief store restore` without a file",
            ));
        }
        let path = PathBuf::from(sqlite_path(url));
        let failed = |path: &Path| {
            let path = path.display().to_string();
            move |error| Error::File { path, error }
        };
        // Told of the backup itself, not of its copy.
        super::look_at_file(file)?;
        let part = beside(&path, "restoring");
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            super::private_folder(folder).map_err(failed(folder))?;
        }
        fs::copy(file, &part).map_err(failed(&part))?;
        // Opening the copy proves that it is a store, and brings its schema up to date.
        let opened = async {
            let store = Store::connect(&format!("sqlite:{}", part.display())).await?;
            if store.version().await? == 0 {
                return Err(Error::NoStore(file.to_owned()));
            }
            store.prepare(true, now).await?;
            store.after_restore(now).await?;
            store.close().await;
            Ok::<_, Error>(())
        };
        if let Err(error) = opened.await {
            for name in ["", "-wal", "-shm"] {
                let _ = fs::remove_file(with_suffix(&part, name));
            }
            return Err(error);
        }
        let kept = path.exists().then(|| beside(&path, &format!("before-restore.{}", now.format("%Y%m%dT%H%M%SZ"))));
        if let Some(kept) = &kept {
            for name in ["-wal", "-shm", ""] {
                let from = with_suffix(&path, name);
                if from.exists() {
                    fs::rename(&from, with_suffix(kept, name)).map_err(failed(&from))?;
                }
            }
        }
        fs::rename(&part, &path).map_err(failed(&path))?;
        Ok(kept)
    }

    /// Marks a store that came from a backup: every unfinished mail may have gone out since, no slot is made up, and
    /// sending waits for `resume`. Gives how many mails became unknown.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn after_restore(&self, now: DateTime<Utc>) -> Result<u64> {
        self.set(Setting::Hold, Some("the store was restored from a backup")).await?;
        self.cursors_to(now).await?;
        self.doubt_unfinished(now).await
    }
}

fn beside(path: &Path, word: &str) -> PathBuf {
    with_suffix(path, &format!(".{word}"))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

//! A copy of the whole store in one file, and back again. For SQLite; PostgreSQL has tools of its own for that.

use std::{
    fs,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};

use super::{
    Error, Result, Setting, Store, ledger, outbox,
    settings::{self, RESTORED},
    sqlite_file::{private_folder, sqlite_path},
};

/// The files of one database: its logs before itself, so that it never stands beside a log of another.
const FILES: [&str; 3] = ["-wal", "-shm", ""];

impl Store {
    /// Writes a consistent copy while others read and write. Replaces a file that exists once the copy is complete.
    ///
    /// # Errors
    /// `Unsupported` on PostgreSQL, `File` if for example the disk is full.
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

    /// Copies SQLite's file as it is now, onto the disk and for its owner only.
    pub(super) async fn copy_to(&self, file: &Path) -> Result<()> {
        let failed = |error| Error::File { path: file.display().to_string(), error };
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        // Made empty first: no moment in which others may read it.
        drop(options.open(file).map_err(failed)?);
        sqlx::query("VACUUM INTO $1").bind(file.display().to_string()).execute(&self.pool).await?;
        fs::File::open(file).and_then(|copy| copy.sync_all()).map_err(failed)
    }

    /// Puts a backup in the place of the store at `url`, which nobody may have open. Keeps what was there beside it, and
    /// returns the name of that. The restored store waits: see `after_restore`.
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
        refuse_foreign(file)?;
        let part = beside(&path, "restoring");
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            private_folder(folder).map_err(failed(folder))?;
        }
        // What an earlier, broken restore left: SQLite would take its log for one of the new copy.
        remove(&part);
        fs::copy(file, &part).map_err(failed(&part))?;
        // Opening the copy proves that it is a store, and brings its schema up to date.
        let opened = async {
            let store = Store::connect(&format!("sqlite:{}", part.display())).await?;
            if store.version().await? == 0 {
                return Err(Error::Foreign(file.display().to_string()));
            }
            store.prepare(true, now).await?;
            store.after_restore(now).await?;
            // All of it into the one file that is moved.
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&store.pool).await?;
            store.close().await;
            fs::File::open(&part).and_then(|copy| copy.sync_all()).map_err(failed(&part))
        };
        if let Err(error) = opened.await {
            remove(&part);
            // It was the copy that could not be opened; it is the backup that is meant.
            return Err(match error {
                Error::Foreign(_) => Error::Foreign(file.display().to_string()),
                other => other,
            });
        }
        let there = FILES.iter().any(|name| with_suffix(&path, name).exists());
        let kept = there.then(|| beside(&path, &format!("before-restore.{}", now.format("%Y%m%dT%H%M%SZ"))));
        if let Some(kept) = &kept {
            for name in FILES {
                let from = with_suffix(&path, name);
                if from.exists() {
                    fs::rename(&from, with_suffix(kept, name)).map_err(failed(&from))?;
                }
            }
        }
        fs::rename(&part, &path).map_err(failed(&path))?;
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed(folder))?;
        }
        Ok(kept)
    }

    /// Prepares a store that came from a backup: every unfinished mail may have gone out since, no slot is made up, and
    /// sending waits for `resume`. Returns how many mails became unknown.
    pub async fn after_restore(&self, now: DateTime<Utc>) -> Result<u64> {
        let mut tx = self.begin().await?;
        settings::write(&mut tx, Setting::Hold, RESTORED).await?;
        ledger::cursors_to(&mut tx, now).await?;
        let unknown = outbox::doubt_unfinished(&mut tx, now).await?;
        tx.commit().await?;
        Ok(unknown)
    }
}

/// Refuses a file that is no database. Only for a file that nobody has open.
fn refuse_foreign(path: &Path) -> Result<()> {
    let failed = |error| Error::File { path: path.display().to_string(), error };
    let mut head = Vec::new();
    let file = fs::File::open(path).map_err(failed)?;
    std::io::Read::read_to_end(&mut std::io::Read::take(file, 16), &mut head).map_err(failed)?;
    if head.is_empty() || head == b"SQLite format 3\0" {
        Ok(())
    } else {
        Err(Error::Foreign(path.display().to_string()))
    }
}

/// Removes a database's files, as far as they exist.
fn remove(path: &Path) {
    for name in FILES {
        let _ = fs::remove_file(with_suffix(path, name));
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

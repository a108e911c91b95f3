//! A store that a backup is put in the place of, that is taken as it is after somebody put it back by other means, or that is
//! begun anew. What was there is kept beside it; nothing here writes over a file that is there.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};

use super::{
    Error, May, Result, Setting, Store, Surroundings,
    columns::micros,
    courier_lock::lock_alone,
    earlier_ids,
    edition_numbers::{self, Given},
    editions,
    identity::{self, Identity, IdentityFile},
    ledger, outbox,
    people::{CarriedOver, Missing, carry_over},
    settings::{self, RESTORED, ROLLED_BACK},
    sqlite_file::sqlite_path,
    store_files::{BEFORE_NEW, BEFORE_RESTORE, DATABASE, StoreFiles, create_private, exists, free_name, with_suffix},
};
use crate::base::archive::{private_folder, sync_folder};

/// A backup that was put in the place of a store.
#[derive(Debug, PartialEq, Eq)]
pub struct PutBack {
    /// Where that is kept which was there before.
    pub kept: Option<PathBuf>,
    /// What was carried over from it; `None` if it cannot be read.
    pub carried_over: Option<CarriedOver>,
    /// Those whom it had subscribed and the backup does not know, if there are any.
    pub missing: Option<Missing>,
}

/// A store that was begun.
#[derive(Debug, PartialEq, Eq)]
pub struct BegunAnew {
    /// Where that is kept which was left of the one before.
    pub kept: Option<PathBuf>,
    /// Where it is known from that there was one before; `None` if nothing showed one.
    pub trace: Option<PathBuf>,
}

impl Store {
    /// Puts a backup in the place of the store at `url`, which nobody may have open. Keeps what was there beside it, and
    /// carries over from it who has left and which numbers and ids it has given. The restored store waits: see
    /// `after_restore`.
    ///
    /// # Errors
    /// If another process is at work on the store, or the file is no store of this program or was written by a newer one;
    /// then nothing has changed.
    pub async fn restore(url: &str, file: &Path, now: DateTime<Utc>) -> Result<PutBack> {
        if !url.starts_with("sqlite:") {
            return Err(Error::Unsupported(
                "a PostgreSQL store is restored with pg_restore; then run `greenbrief store restore` without a file",
            ));
        }
        let files = StoreFiles::at(Path::new(sqlite_path(url)))?;
        if files.include(file) {
            return Err(Error::OwnFile(file.display().to_string()));
        }
        // Told of the backup itself, not of its copy.
        refuse_foreign(file)?;
        let folder = files.folder().to_owned();
        private_folder(&folder).map_err(failed(&folder))?;
        let was_there = exists(&files.lock());
        let _lock = lock_alone(&files).await?;
        // A file that cannot be read knows nothing.
        let before = IdentityFile(files.identity()).read().ok().flatten();
        let part = files.restoring();
        // What an earlier, broken restore left: SQLite would take its log for one of the new copy.
        remove(&part);
        let restored = prepare_copy(file, &part, &files.database, before.as_ref(), now).await;
        let Restored { identity, carried_over, missing } = match restored {
            Ok(restored) => restored,
            Err(error) => {
                remove(&part);
                if !was_there {
                    // It would show that a store was here.
                    let _ = fs::remove_file(files.lock());
                }
                // It was the copy that could not be opened; it is the backup that is meant.
                return Err(match error {
                    Error::Foreign(_) => foreign(file),
                    other => other,
                });
            }
        };
        let kept = set_aside(&files, BEFORE_RESTORE, now)?;
        fs::rename(&part, &files.database).map_err(failed(&files.database))?;
        sync_folder(&files.database).map_err(failed(&folder))?;
        IdentityFile(files.identity()).write(&identity)?;
        let missing = match (missing, &kept) {
            (Some(missing), Some(kept)) => {
                Some(missing.move_to(&free_name(&with_suffix(kept, ".missing.csv"), exists))?)
            }
            (missing, _) => missing,
        };
        Ok(PutBack { kept, carried_over, missing })
    }

    /// Begins a store where there is none, or where one was and nothing is left of it: keeps what is left beside it. Numbers
    /// of editions that the one before is known to have given are not given again.
    ///
    /// # Errors
    /// `InUse` if another process is at work on it; `NotEmpty` if there is one.
    pub async fn begin_anew(url: &str, around: Surroundings<'_>, now: DateTime<Utc>) -> Result<BegunAnew> {
        let files = match url.starts_with("sqlite:") {
            true => Some(StoreFiles::at(Path::new(sqlite_path(url)))?),
            false => None,
        };
        // Before the lock, which is a trace itself.
        let trace = around.trace(files.as_ref());
        let _lock = match &files {
            Some(files) => {
                private_folder(files.folder()).map_err(failed(files.folder()))?;
                Some(lock_alone(files).await?)
            }
            None => None,
        };
        let mut begun = BegunAnew { kept: None, trace };
        let mut numbers = Given::new();
        match Store::open_known(url, around, May::default(), now).await {
            Ok((store, schema)) => {
                let place = store.place();
                store.close().await;
                return if schema.before == 0 { Ok(begun) } else { Err(Error::NotEmpty(place)) };
            }
            Err(Error::Gone { .. }) => {}
            Err(Error::Emptied { identity, .. }) => {
                numbers = IdentityFile(identity.clone()).read().ok().flatten().map_or(numbers, |known| known.numbers);
                let to = free_name(&with_suffix(&identity, &format!("{BEFORE_NEW}{}", stamp(now))), exists);
                fs::rename(&identity, to).map_err(failed(&identity))?;
                begun.trace = Some(identity);
            }
            Err(other) => return Err(other),
        }
        begun.kept = files.as_ref().map_or(Ok(None), |files| set_aside(files, BEFORE_NEW, now))?;
        let may = May { begin_anew: true, ..May::default() };
        let (store, _) = Store::open_known(url, around, may, now).await?;
        let mut tx = store.begin().await?;
        edition_numbers::raise(&mut tx, &numbers).await?;
        let identity = identity::next_generation(&mut tx, store.dialect, 0, now).await?;
        tx.commit().await?;
        store.tell_outside(&identity);
        store.close().await;
        Ok(begun)
    }

    /// Takes the database at `url` as it is, though it does not fit what is known of it outside: somebody put back an earlier
    /// state by other means. Then it waits as after a restore. Returns how many mails became unknown.
    ///
    /// # Errors
    /// `InUse` if another process is at work on it, `Emptied` if there is nothing to take.
    pub async fn accept_restored(url: &str, around: Surroundings<'_>, now: DateTime<Utc>) -> Result<u64> {
        let store = Store::connect(url, around, May::default()).await?;
        let accepted = async {
            let _lock = match &store.file {
                Some(database) => Some(lock_alone(&StoreFiles { database: database.clone() }).await?),
                None => None,
            };
            store.prepare(store.file.is_some(), now).await?;
            store.after_restore(now).await
        };
        let accepted = accepted.await;
        store.close().await;
        accepted
    }

    /// Prepares a store that came from a backup: every unfinished mail may have gone out since, no slot is made up, and
    /// sending waits for `resume`. Returns how many mails became unknown.
    pub async fn after_restore(&self, now: DateTime<Utc>) -> Result<u64> {
        self.doubt_and_tell(RESTORED, now).await
    }

    /// As `after_restore`, for a store of which something outside it shows that it is an earlier state.
    pub async fn after_rollback(&self, now: DateTime<Utc>) -> Result<u64> {
        self.doubt_and_tell(ROLLED_BACK, now).await
    }

    async fn doubt_and_tell(&self, why: &str, now: DateTime<Utc>) -> Result<u64> {
        // A file that cannot be read knows nothing.
        let outside = self.identity_file.as_ref().and_then(|file| file.read().ok().flatten());
        let InDoubt { unknown, identity, .. } = self.doubt(why, outside.as_ref(), now).await?;
        if let Some(file) = &self.identity_file {
            file.write(&identity)?;
        }
        Ok(unknown)
    }

    /// Its generation and the numbers of its editions go on behind those of `outside`, and it gets a new id.
    async fn doubt(&self, why: &str, outside: Option<&Identity>, now: DateTime<Utc>) -> Result<InDoubt> {
        let mut tx = self.begin().await?;
        settings::write(&mut tx, Setting::Hold, why).await?;
        settings::write(&mut tx, Setting::HoldSince, &micros(now).to_string()).await?;
        // Its daemon was that of another time.
        settings::remove(&mut tx, Setting::Daemon).await?;
        ledger::cursors_to(&mut tx, why, now).await?;
        let unknown = outbox::doubt_unfinished(&mut tx, why, now).await?;
        editions::discard_held(&mut tx, why, now).await?;
        let earlier_id = earlier_ids::renew(&mut tx, self.dialect, now).await?;
        if let Some(outside) = outside {
            edition_numbers::raise(&mut tx, &outside.numbers).await?;
        }
        let after = outside.map_or(0, |outside| outside.generation);
        let identity = identity::next_generation(&mut tx, self.dialect, after, now).await?;
        tx.commit().await?;
        Ok(InDoubt { unknown, identity, earlier_id })
    }
}

/// A store that waits, since it may be an earlier state.
struct InDoubt {
    /// Number of mails that became unknown
    unknown: u64,
    identity: Identity,
    /// The id that it had, if it had one
    earlier_id: Option<String>,
}

/// A copy of a backup that is ready to be a store.
struct Restored {
    identity: Identity,
    carried_over: Option<CarriedOver>,
    missing: Option<Missing>,
}

/// Copies a backup to `part` and makes a store of it that waits. If the backup was copied together with its log, the log is
/// read, too. Carries over from the store at `before`, which is known outside as `outside`.
async fn prepare_copy(
    file: &Path,
    part: &Path,
    before: &Path,
    outside: Option<&Identity>,
    now: DateTime<Utc>,
) -> Result<Restored> {
    let log = with_suffix(file, "-wal");
    if exists(&log) {
        copy_private(&log, &with_suffix(part, "-wal"))?;
    }
    copy_private(file, part)?;
    // Opening the copy proves that it is a store, and brings its schema up to date.
    let url = format!("sqlite:{}", part.display());
    let store = Store::connect(&url, Surroundings::default(), May::default()).await?;
    if store.version().await? == 0 {
        return Err(Error::Foreign(file.display().to_string()));
    }
    store.prepare(true, now).await?;
    let InDoubt { earlier_id, .. } = store.doubt(RESTORED, outside, now).await?;
    let list = with_suffix(part, "-missing");
    let (carried_over, missing) = carry_over(before, &store, earlier_id.as_deref(), &list, now).await?.unzip();
    let mut tx = store.begin().await?;
    // With the numbers that were carried over.
    let identity = identity::next_generation(&mut tx, store.dialect, 0, now).await?;
    tx.commit().await?;
    if carried_over.is_some_and(|carried| carried.erased > 0) {
        // Nothing of who was erased stays in its free space.
        store.write_anew().await?;
    }
    // All of it into the one file that is moved.
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&store.pool).await?;
    store.close().await;
    fs::File::open(part).and_then(|copy| copy.sync_all()).map_err(failed(part))?;
    Ok(Restored { identity, carried_over, missing: missing.flatten() })
}

/// Copies a file to a new one that only its owner may read.
fn copy_private(from: &Path, to: &Path) -> Result<()> {
    let mut read = fs::File::open(from).map_err(failed(from))?;
    let mut written = create_private(to).map_err(failed(to))?;
    io::copy(&mut read, &mut written).map_err(failed(to))?;
    Ok(())
}

/// Gives the files of a database another name beside it, which nobody has yet. Returns the name; `None` if there were none.
fn set_aside(files: &StoreFiles, word: &str, now: DateTime<Utc>) -> Result<Option<PathBuf>> {
    if !files.any() {
        return Ok(None);
    }
    let is_taken = |name: &Path| DATABASE.iter().any(|suffix| exists(&with_suffix(name, suffix)));
    let kept = free_name(&files.with(&format!("{word}{}", stamp(now))), is_taken);
    for suffix in DATABASE {
        let from = files.with(suffix);
        if exists(&from) {
            fs::rename(&from, with_suffix(&kept, suffix)).map_err(failed(&from))?;
        }
    }
    Ok(Some(kept))
}

fn stamp(now: DateTime<Utc>) -> String {
    now.format("%Y%m%dT%H%M%SZ").to_string()
}

/// The refusal of a file that is no backup.
fn foreign(path: &Path) -> Error {
    Error::NoBackup(Error::Foreign(path.display().to_string()).to_string())
}

/// Refuses a file that is no database. Only for a file that nobody has open.
fn refuse_foreign(path: &Path) -> Result<()> {
    let foreign = || foreign(path);
    let missing = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            Error::NoBackup(format!("there is no file {}", path.display()))
        }
        _ => failed(path)(error),
    };
    // A pipe would be waited for, and a device may never end.
    if !fs::metadata(path).map_err(missing)?.is_file() {
        return Err(foreign());
    }
    let mut head = Vec::new();
    let file = fs::File::open(path).map_err(failed(path))?;
    io::Read::read_to_end(&mut io::Read::take(file, 16), &mut head).map_err(failed(path))?;
    if head == b"SQLite format 3\0" { Ok(()) } else { Err(foreign()) }
}

/// Removes the files of a copy, as far as they exist.
fn remove(path: &Path) {
    for suffix in DATABASE.iter().chain(&["-missing"]) {
        let _ = fs::remove_file(with_suffix(path, suffix));
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> Error + Copy + use<'_> {
    move |error| Error::File { path: path.display().to_string(), error }
}

//! What tells one store from another, and an older copy of it from the newest: a random id made with the store, and its
//! generation, a number that only grows. Both stand in the database and in a small file outside it. If they do not fit
//! together, the store was emptied, replaced or put back to an earlier state: then nothing is begun anew unasked.
//!
//! The database is always written first, so that the file is never ahead of a database that lost nothing. A generation is
//! the time at which it was counted, in UTC microseconds, or one more than the last if the clock was put back.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use sqlx::{Any, Transaction};

use super::{
    Error, Result, Store,
    columns::micros,
    dialect::{Dialect, sql},
    edition_numbers::{self, Given},
    settings::{self, Setting},
};
use crate::base::{archive::write_private, bounded_file};

/// The first line of the file.
const HEAD: &str = "greenbrief store 1";
/// The largest file that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// The id of a store and its generation, with the numbers of editions that it has given: a store that loses them goes on
/// behind them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub id: String,
    pub generation: i64,
    pub numbers: Given,
}

/// The file outside the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct IdentityFile(pub PathBuf);

impl IdentityFile {
    /// What the file says; `None` if there is none.
    ///
    /// # Errors
    /// The file is there and cannot be read, or is another.
    pub fn read(&self) -> Result<Option<Identity>> {
        let failed = |error: io::Error| Error::File { path: self.0.display().to_string(), error };
        match bounded_file::read(&self.0, MAX_FILE) {
            // It is written whole: an empty one is what a broken disk left, and says as much as none.
            Ok(bytes) if bytes.is_empty() => Ok(None),
            Ok(bytes) => {
                let identity = parse(&String::from_utf8_lossy(&bytes));
                identity.map(Some).ok_or_else(|| failed(io::Error::other("this is no identity of a store")))
            }
            Err(missing) if missing.is_missing() => Ok(None),
            Err(bounded_file::Unread::Broken(error)) => Err(failed(error)),
            Err(unread) => Err(failed(io::Error::other(unread.to_string()))),
        }
    }

    /// Writes the file, whole or not at all.
    pub fn write(&self, identity: &Identity) -> Result<()> {
        let mut text = format!("{HEAD}\nid {}\ngeneration {}\n", identity.id, identity.generation);
        for (brief, number) in &identity.numbers {
            text.push_str(&format!("edition {brief}/{number}\n"));
        }
        write_private(&self.0, text.as_bytes())
            .map_err(|error| Error::File { path: self.0.display().to_string(), error })
    }

    /// Refuses to begin a store anew where one was. `found` says what is there now.
    pub fn refuse_new(&self, place: &str, found: &'static str) -> Result<()> {
        match self.read()? {
            None => Ok(()),
            Some(identity) => Err(Error::Emptied {
                place: place.to_owned(),
                found,
                last: time_of(identity.generation),
                identity: self.0.clone(),
            }),
        }
    }
}

fn parse(text: &str) -> Option<Identity> {
    let mut lines = text.lines();
    if lines.next() != Some(HEAD) {
        return None;
    }
    let id = lines.next()?.strip_prefix("id ")?.to_owned();
    let generation = lines.next()?.strip_prefix("generation ")?.parse().ok()?;
    let number = |line: &str| {
        let (brief, number) = line.strip_prefix("edition ")?.rsplit_once('/')?;
        Some((brief.to_owned(), number.parse().ok()?))
    };
    (!id.is_empty()).then(|| Identity { id, generation, numbers: lines.filter_map(number).collect() })
}

/// The time of a generation, as people read it.
fn time_of(generation: i64) -> String {
    DateTime::from_timestamp_micros(generation)
        .map_or_else(|| generation.to_string(), |at| at.format("%F %T UTC").to_string())
}

/// Where the identity of a PostgreSQL store is kept: in a folder of this machine, under the names of server and database.
pub(super) fn file_of_server(folder: &Path, host: &str, port: u16, database: &str) -> IdentityFile {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let name: String = format!("postgres-{host}-{port}-{database}").chars().map(plain).collect();
    IdentityFile(folder.join(format!("{name}.identity")))
}

impl Store {
    /// Holds the database against the file outside it. Where one of them knows nothing yet, it learns from the other. A file
    /// that cannot be written is no reason to refuse: the daemon tells of it.
    ///
    /// # Errors
    /// `Replaced` or `RolledBack`.
    pub(super) async fn check_identity(&self, expected: Option<&Identity>, now: DateTime<Utc>) -> Result<()> {
        let Some(file) = &self.identity_file else { return Ok(()) };
        let found = self.identity().await?;
        let (place, identity_file) = (self.place(), file.0.clone());
        match (expected, found) {
            (None, None) => drop(self.count_generation(now).await),
            (None, Some(found)) => drop(file.write(&found)),
            (Some(expected), found) if found.as_ref().is_none_or(|found| found.id != expected.id) => {
                return Err(Error::Replaced { place, last: time_of(expected.generation), identity: identity_file });
            }
            (Some(expected), Some(found)) if found.generation < expected.generation => {
                return Err(Error::RolledBack {
                    place,
                    found: time_of(found.generation),
                    last: time_of(expected.generation),
                    identity: identity_file,
                });
            }
            (Some(_), _) => {}
        }
        Ok(())
    }

    /// What the database knows of itself.
    pub(super) async fn identity(&self) -> Result<Option<Identity>> {
        let id = self.setting(Setting::Identity).await?;
        let generation = self.setting(Setting::Generation).await?;
        let Some(id) = id else { return Ok(None) };
        let generation = generation.and_then(|text| text.parse().ok()).unwrap_or(0);
        Ok(Some(Identity { id, generation, numbers: edition_numbers::given(&self.pool).await? }))
    }

    /// Counts one generation, in the database and then in the file outside it. From then on a database that has lost what was
    /// committed before is recognised.
    pub async fn count_generation(&self, now: DateTime<Utc>) -> Result<()> {
        let mut tx = self.begin().await?;
        let identity = next_generation(&mut tx, self.dialect, 0, now).await?;
        tx.commit().await?;
        self.identity_file.as_ref().map_or(Ok(()), |file| file.write(&identity))
    }

    /// Writes the file outside the database. If that fails, the next count tells.
    pub(super) fn tell_outside(&self, identity: &Identity) {
        if let Some(file) = &self.identity_file {
            let _ = file.write(identity);
        }
    }

    /// A mark by which a change of the store is seen without asking the database; `None` if that cannot be seen.
    pub fn change_stamp(&self) -> Option<ChangeStamp> {
        let file = self.file.as_ref()?;
        let log = fs::metadata(super::store_files::with_suffix(file, "-wal")).ok()?;
        Some(ChangeStamp { length: log.len(), changed: log.modified().ok()? })
    }

    /// Is the database still the file that was opened? True where that is not known.
    pub fn file_is_in_place(&self) -> bool {
        match (&self.file, self.inode) {
            (Some(file), Some(inode)) => inode_of(file) == Some(inode),
            _ => true,
        }
    }

    /// The database, for messages.
    pub(super) fn place(&self) -> String {
        self.file().map_or_else(|| "the database".to_owned(), |file| file.display().to_string())
    }
}

/// The state of SQLite's write-ahead log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeStamp {
    length: u64,
    changed: std::time::SystemTime,
}

/// The number by which the file system knows a file.
#[cfg(unix)]
pub(super) fn inode_of(file: &Path) -> Option<u64> {
    fs::metadata(file).ok().map(|metadata| std::os::unix::fs::MetadataExt::ino(&metadata))
}

#[cfg(not(unix))]
pub(super) fn inode_of(_: &Path) -> Option<u64> {
    None
}

/// Counts one generation, which is also later than `after`. Makes the id if there is none yet.
pub(super) async fn next_generation(
    tx: &mut Transaction<'_, Any>,
    dialect: Dialect,
    after: i64,
    now: DateTime<Utc>,
) -> Result<Identity> {
    let insert = format!("INSERT INTO meta (key, value) VALUES ($1, {}) ON CONFLICT DO NOTHING", dialect.random_word());
    sqlx::query(sql(insert)).bind(Setting::Identity.key()).execute(&mut **tx).await?;
    let id = settings::read(tx, Setting::Identity).await?.unwrap_or_default();
    let last = settings::read(tx, Setting::Generation).await?.and_then(|text| text.parse().ok()).unwrap_or(0);
    let generation = micros(now).max(after.max(last).saturating_add(1));
    settings::write(tx, Setting::Generation, &generation.to_string()).await?;
    Ok(Identity { id, generation, numbers: edition_numbers::given(&mut **tx).await? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = IdentityFile(folder.path().join("new/a.db.identity"));
        assert_eq!(file.read().unwrap(), None);
        let numbers = Given::from([("green-economy".to_owned(), 12), ("weekly".to_owned(), 3)]);
        let identity = Identity { id: "0af3".to_owned(), generation: 1_793_491_200_000_000, numbers };
        file.write(&identity).unwrap();
        assert_eq!(file.read().unwrap().as_ref(), Some(&identity));
        assert_eq!(time_of(identity.generation), "2026-11-01 00:00:00 UTC");
        fs::write(&file.0, "").unwrap();
        assert_eq!(file.read().unwrap(), None, "an empty one says as much as none");
        for broken in ["greenbrief store 1\nid \ngeneration 1\n", "greenbrief store 1\nid x\ngeneration y\n", "notes"] {
            fs::write(&file.0, broken).unwrap();
            let told = file.read().unwrap_err().to_string();
            assert!(told.ends_with("a.db.identity: this is no identity of a store"), "{told}");
        }
        fs::remove_file(&file.0).unwrap();
        fs::create_dir(&file.0).unwrap();
        assert!(file.read().unwrap_err().to_string().ends_with("is a folder, not a file"));
    }

    #[test]
    fn a_server_has_a_file_of_its_own() {
        let file = file_of_server(Path::new("var"), "db.example.org", 5432, "brief/1");
        assert_eq!(file.0, Path::new("var/postgres-db.example.org-5432-brief-1.identity"));
    }
}

//! The files of one SQLite store: the database, and what stands beside it under names made from its own. What is in them is
//! written elsewhere.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{Error, Result};
use crate::base::archive::sync_folder;

/// The suffixes of the files that SQLite keeps: its logs before the database, so that it never stands beside a log of
/// another when they are moved.
pub(super) const DATABASE: [&str; 3] = ["-wal", "-shm", ""];
/// What else may stand beside it, by the ends of their names.
const COMPANIONS: [&str; 7] =
    ["-journal", LOCK, IDENTITY, ".restoring", ".restoring-wal", ".restoring-shm", ".restoring-missing"];
const LOCK: &str = ".lock";
const IDENTITY: &str = ".identity";
/// What `store restore` has found; the time is behind it.
pub(super) const BEFORE_RESTORE: &str = ".before-restore.";
/// What `store new` has found; the time is behind it.
pub(super) const BEFORE_NEW: &str = ".before-new.";
/// The dot journals of couriers, each with the name of its own behind this.
const JOURNALS: &str = ".marks-";

/// The files of one store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoreFiles {
    /// The database itself; no link
    pub database: PathBuf,
}

impl StoreFiles {
    /// The files of the store at `path`. If that is a link, those of the file that it leads to: by whatever name a store is
    /// opened, it has one lock.
    ///
    /// # Errors
    /// The link leads to nothing, what is there is no file, or the file has a second name (hard link) and nothing beside it
    /// tells that this is the one by which it is a store: SQLite keeps a log of its own for each name, and would lose what
    /// stands in one of them.
    pub fn at(path: &Path) -> Result<StoreFiles> {
        let failed = |error| Error::File { path: path.display().to_string(), error };
        let found = match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(StoreFiles { database: path.to_owned() });
            }
            found => found.map_err(failed)?,
        };
        let database = if found.is_symlink() {
            fs::canonicalize(path).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => failed(io::Error::other("this link leads to nothing")),
                _ => failed(error),
            })?
        } else {
            path.to_owned()
        };
        let metadata = fs::metadata(&database).map_err(failed)?;
        if !metadata.is_file() {
            return Err(Error::Foreign(path.display().to_string()));
        }
        let files = StoreFiles { database };
        if has_other_names(&metadata) && !exists(&files.identity()) {
            return Err(Error::SecondName(files.database));
        }
        Ok(files)
    }

    /// The file with this suffix behind the database's name.
    pub fn with(&self, suffix: &str) -> PathBuf {
        with_suffix(&self.database, suffix)
    }

    /// The lock of the process that runs the courier.
    pub fn lock(&self) -> PathBuf {
        self.with(LOCK)
    }

    /// What is known of the store outside it.
    pub fn identity(&self) -> PathBuf {
        self.with(IDENTITY)
    }

    /// The copy that a restore works on.
    pub fn restoring(&self) -> PathBuf {
        self.with(".restoring")
    }

    /// Has the database a second name (hard link)?
    pub fn has_second_name(&self) -> bool {
        fs::metadata(&self.database).is_ok_and(|metadata| has_other_names(&metadata))
    }

    /// Is there nothing at the database's place, or an empty file?
    pub fn holds_nothing(&self) -> bool {
        fs::metadata(&self.database).map_or_else(|error| error.kind() == io::ErrorKind::NotFound, |it| it.len() == 0)
    }

    /// What beside a database that is gone shows that there was one. `None` is no proof that there was none.
    pub fn trace(&self) -> Option<PathBuf> {
        let log = self.with("-wal");
        if fs::metadata(&log).is_ok_and(|metadata| metadata.len() > 0) {
            return Some(log);
        }
        let name = self.database.file_name()?.to_str()?.to_owned();
        let schemas = format!("{}.schema-", self.database.file_stem()?.to_str()?);
        let is_trace = |found: &str| {
            found.starts_with(&schemas)
                || found.strip_prefix(&name).is_some_and(|end| {
                    end == LOCK
                        || end.starts_with(JOURNALS)
                        || [BEFORE_RESTORE, BEFORE_NEW].iter().any(|start| end.starts_with(start))
                })
        };
        let found =
            fs::read_dir(self.folder()).ok()?.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let first = found.filter(|found| is_trace(found)).min()?;
        Some(self.folder().join(first))
    }

    /// The folder that all of them are in.
    pub fn folder(&self) -> &Path {
        folder_of(&self.database)
    }

    /// Is there a database, or a log of one?
    pub fn any(&self) -> bool {
        DATABASE.iter().any(|suffix| exists(&self.with(suffix)))
    }

    /// Is that one of these files, by its own name or by any other?
    pub fn include(&self, file: &Path) -> bool {
        let suffixes = || DATABASE.iter().chain(&COMPANIONS);
        suffixes().any(|suffix| is_same(&self.with(suffix), file)) || self.would_include(file)
    }

    /// As `include`, for a file that is not there yet: its folder and its name tell.
    fn would_include(&self, file: &Path) -> bool {
        let [own, other] = [self.folder(), folder_of(file)].map(|folder| fs::canonicalize(folder).ok());
        let (Some(name), Some(database)) = (file.file_name(), self.database.file_name()) else { return false };
        let (name, database) = (name.to_string_lossy(), database.to_string_lossy());
        let Some(end) = name.strip_prefix(&*database) else { return false };
        own.is_some()
            && own == other
            && (end.starts_with(JOURNALS) || DATABASE.iter().chain(&COMPANIONS).any(|suffix| *suffix == end))
    }
}

/// The folder that a file is in.
pub(super) fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Is there anything of that name, be it a link to nothing?
pub(super) fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// The name itself or, if it is taken, the first of `NAME-2`, `NAME-3` … for which `is_taken` is false.
pub(super) fn free_name(name: &Path, is_taken: impl Fn(&Path) -> bool) -> PathBuf {
    let numbered = (2_u64..).map(|number| with_suffix(name, &format!("-{number}")));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| !is_taken(name)).unwrap_or_else(|| name.to_owned())
}

/// Makes a file that is not there yet, for its owner only.
pub(super) fn create_private(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Gives a file the name `to`, durably, unless that is taken.
pub(super) fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from)?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
        // A file system without such links.
        Err(_) if exists(to) => return Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(from, to)?,
    }
    sync_folder(to)
}

#[cfg(unix)]
fn has_other_names(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(metadata) > 1
}

#[cfg(not(unix))]
fn has_other_names(_: &fs::Metadata) -> bool {
    false
}

/// Are both there, and one file?
#[cfg(unix)]
fn is_same(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let inode = |path| fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino()));
    matches!((inode(one), inode(other)), (Ok(one), Ok(other)) if one == other)
}

#[cfg(not(unix))]
fn is_same(one: &Path, other: &Path) -> bool {
    matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_knows_its_files_by_any_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["a.db", "a.db-wal", "a.db.lock", "b.db"] {
            fs::write(at(name), name).unwrap();
        }
        let files = StoreFiles::at(&at("a.db")).unwrap();
        fs::hard_link(at("a.db-wal"), at("log")).unwrap();
        std::os::unix::fs::symlink(folder.path(), at("folder")).unwrap();
        std::os::unix::fs::symlink(at("a.db"), at("link.db")).unwrap();
        for own in
            ["a.db", "link.db", "folder/a.db", "log", "a.db.lock", "a.db-journal", "a.db.identity", "a.db.marks-x"]
        {
            assert!(files.include(&at(own)), "{own}");
        }
        for other in ["b.db", "a.db.2026-12-01", "a.db-copy", "none/a.db-wal", "a", "a.db.bak"] {
            assert!(!files.include(&at(other)), "{other}");
        }
        assert_eq!(StoreFiles::at(&at("link.db")).unwrap().database, fs::canonicalize(at("a.db")).unwrap());
        assert_eq!(StoreFiles::at(&at("new.db")).unwrap().database, at("new.db"));
    }

    #[test]
    fn what_can_be_no_database_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("a.db"), "").unwrap();
        fs::hard_link(at("a.db"), at("second.db")).unwrap();
        std::os::unix::fs::symlink(at("gone"), at("broken.db")).unwrap();
        let told = |name: &str| StoreFiles::at(&at(name)).unwrap_err().to_string();
        assert!(told("a.db").contains("a.db has a second name"), "{}", told("a.db"));
        assert!(told("second.db").contains("second.db has a second name"));
        fs::write(at("a.db.identity"), "").unwrap();
        assert!(StoreFiles::at(&at("a.db")).unwrap().has_second_name(), "it is known by this name");
        assert!(told("second.db").contains("second.db has a second name"));
        assert!(told("broken.db").ends_with("broken.db: this link leads to nothing"));
        assert!(matches!(StoreFiles::at(folder.path()), Err(Error::Foreign(_))));
        assert!(matches!(StoreFiles::at(Path::new("/dev/zero")), Err(Error::Foreign(_))));
    }

    #[test]
    fn what_a_store_leaves_shows_that_it_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let files = StoreFiles::at(&folder.path().join("a.db")).unwrap();
        for other in ["b.db.lock", "a.db.bak", "a.dbx", "a.db.part", "a.db-shm", "a.schema.db"] {
            fs::write(folder.path().join(other), "x").unwrap();
        }
        fs::write(files.with("-wal"), "").unwrap();
        assert_eq!((files.trace(), files.holds_nothing()), (None, true));
        for trace in ["a.schema-7.x.db", "a.db.marks-ab12", "a.db.lock", "a.db.before-restore.x", "a.db.before-new.x"] {
            fs::write(folder.path().join(trace), "x").unwrap();
            assert_eq!(files.trace(), Some(folder.path().join(trace)), "{trace}");
            fs::remove_file(folder.path().join(trace)).unwrap();
        }
        fs::write(files.with("-wal"), "x").unwrap();
        assert_eq!(files.trace(), Some(files.with("-wal")));
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let name = |text: &str| PathBuf::from(text);
        assert_eq!(free_name(&name("a"), |_| false), name("a"));
        assert_eq!(free_name(&name("a"), |taken| [name("a"), name("a-2")].contains(&taken.to_owned())), name("a-3"));
    }
}

//! What a person can do about an error of the store: where it is, whose it is, who holds it, what to run.

use std::{
    collections::BTreeSet,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    str::FromStr,
};

use sqlx::postgres::PgConnectOptions;

use super::{Error, Store};
use crate::base::os_user::{self, Ownership};

impl Error {
    /// How to mend it; each a sentence without a full stop. `url` is the store's; no hint holds its password.
    pub fn hints(&self, url: &str) -> Vec<String> {
        match self {
            Error::Database(error) => match Store::file_of(url) {
                Some(file) => of_sqlite(error, &file),
                None => of_postgres(error, url),
            },
            Error::File { path, error } => of_file(Path::new(path), error.kind()),
            _ => Vec::new(),
        }
    }
}

fn of_file(path: &Path, kind: ErrorKind) -> Vec<String> {
    match kind {
        ErrorKind::PermissionDenied => whose(path),
        ErrorKind::ReadOnlyFilesystem => vec![read_only(path)],
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => vec![full(path)],
        _ => Vec::new(),
    }
}

/// By SQLite's primary result code (<https://sqlite.org/rescode.html>), the lowest byte of the code.
fn of_sqlite(error: &sqlx::Error, file: &Path) -> Vec<String> {
    const PERM: i32 = 3;
    const BUSY: i32 = 5;
    const LOCKED: i32 = 6;
    const READONLY: i32 = 8;
    const IOERR: i32 = 10;
    const CORRUPT: i32 = 11;
    const FULL: i32 = 13;
    const CANTOPEN: i32 = 14;
    let code = match error {
        sqlx::Error::Database(error) => error.code().and_then(|code| code.parse::<i32>().ok()),
        // Every connection waits for somebody.
        sqlx::Error::PoolTimedOut => Some(BUSY),
        _ => None,
    };
    match code.map(|code| code & 0xff) {
        Some(PERM | READONLY | CANTOPEN) => whose(file),
        Some(BUSY | LOCKED) => held(file),
        Some(FULL) => vec![full(file)],
        Some(IOERR) => vec![
            full(file),
            format!(
                "if there is space (`df -h {}`), the disk may be failing: the kernel's log (`dmesg`) says so",
                folder(file).display()
            ),
        ],
        Some(CORRUPT) => {
            vec![format!("put {} aside and restore the last backup: `greenbrief store restore FILE`", file.display())]
        }
        _ => Vec::new(),
    }
}

/// By SQLSTATE (PostgreSQL's Appendix A) and, without one, by what the connection said.
fn of_postgres(error: &sqlx::Error, url: &str) -> Vec<String> {
    // The parts of the URL that are no secret.
    let Ok(options) = PgConnectOptions::from_str(url) else { return Vec::new() };
    let (host, port, user) = (options.get_host(), options.get_port(), options.get_username());
    let database = options.get_database().unwrap_or(user);
    let code = match error {
        sqlx::Error::Database(error) => error.code().map(|code| code.into_owned()),
        sqlx::Error::Io(error) if error.to_string().contains("certificate") => {
            return vec![format!(
                "the certificate of {host} is not accepted: docs/private-ca.md says how an authority is named"
            )];
        }
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::Tls(_) => {
            return vec![format!(
                "`pg_isready -h {host} -p {port}` says whether the server takes connections; GREENBRIEF_DATABASE_URL or store.url names it"
            )];
        }
        _ => None,
    };
    let hint = match code.as_deref() {
        Some("28P01" | "28000") => {
            format!(
                "user and password stand in GREENBRIEF_DATABASE_URL; try them: `psql -h {host} -p {port} -U {user} {database}`"
            )
        }
        Some("3D000") => format!("make it: `createdb -h {host} -p {port} -O {user} {database}`"),
        Some("42501") => {
            format!("the user {user} has to own the tables of {database}, or be granted all rights on them")
        }
        Some("25006") => format!("{host} takes no writes, as a standby does: name the primary server"),
        Some("53100") => format!("free some space on {host}, then run it again"),
        Some("53300") => format!(
            "{host} has no connection left: raise its max_connections, or end others (one greenbrief takes up to 8)"
        ),
        Some("57P03") => format!("{host} is starting or stopping: run it again in a moment"),
        Some("40P01" | "40001" | "55P03") => "another process was in the way: run it again".to_owned(),
        _ => return Vec::new(),
    };
    vec![hint]
}

/// Whose the file and its folder are, and who asks.
fn whose(file: &Path) -> Vec<String> {
    let seen: Vec<(&Path, Ownership)> = file
        .ancestors()
        .take(2)
        .filter(|path| !path.as_os_str().is_empty())
        .filter_map(|path| Some((path, Ownership::of(path)?)))
        .collect();
    let mut hints: Vec<String> =
        seen.iter().map(|(path, ownership)| format!("{} {ownership}", path.display())).collect();
    let me = os_user::current();
    let other = seen.iter().map(|(_, ownership)| &ownership.owner).find(|owner| **owner != me);
    hints.push(match other {
        Some(owner) => format!("you are {me}: run it as the owner, `sudo -u {owner} greenbrief …`, or give the files back (`chown`)"),
        None if file.is_dir() => format!("{} is a folder: `store.url` names a file", file.display()),
        None => format!(
            "you are {me}: the file needs mode 600 and its folder 700, on a file system that can be written (`findmnt -T {}`)",
            folder(file).display()
        ),
    });
    hints
}

/// Who writes to the database, as far as it can be seen.
fn held(file: &Path) -> Vec<String> {
    let writers = writers(file);
    let mut hints = vec![format!("another process writes to {}, and did not end within 15 s", file.display())];
    hints.push(match &writers[..] {
        [] => format!("`fuser -v {0} {0}-shm` shows who has it open; end that, then run it again", file.display()),
        some => format!("it is held by {}: end that, then run it again", some.join(" and ")),
    });
    hints
}

/// The processes that hold a lock for writing on the database or its index (Linux: /proc/locks), such as
/// `process 4242 (sqlite3)`.
fn writers(file: &Path) -> Vec<String> {
    let inodes: Vec<String> =
        ["", "-shm", "-wal"].iter().filter_map(|suffix| inode(&with_suffix(file, suffix))).collect();
    let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
    let own = std::process::id().to_string();
    let others = lock_holders(&locks, &inodes).into_iter().filter(|pid| *pid != own);
    let named = |pid: &str| match fs::read_to_string(format!("/proc/{pid}/comm")) {
        Ok(name) => format!("process {pid} ({})", name.trim()),
        Err(_) => format!("process {pid}"),
    };
    others.map(named).collect()
}

/// The ids of the processes that hold a write lock on one of these inodes. A line of `/proc/locks` is
/// `1: POSIX  ADVISORY  WRITE 4242 fd:00:131 120 120`; one with `->` behind its number only waits (proc_locks(5)).
fn lock_holders<'a>(locks: &'a str, inodes: &[String]) -> BTreeSet<&'a str> {
    let holder = |line: &'a str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, "POSIX", _, "WRITE", pid, place, ..] = words[..] else { return None };
        let inode = place.rsplit(':').next()?;
        inodes.iter().any(|ours| ours == inode).then_some(pid)
    };
    locks.lines().filter_map(holder).collect()
}

fn inode(path: &Path) -> Option<String> {
    let metadata = fs::metadata(path).ok()?;
    #[cfg(unix)]
    return Some(std::os::unix::fs::MetadataExt::ino(&metadata).to_string());
    #[cfg(not(unix))]
    {
        let _ = metadata;
        None
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn full(path: &Path) -> String {
    format!("free some space where {} is (`df -h {}`), then run it again", path.display(), folder(path).display())
}

fn read_only(path: &Path) -> String {
    format!("the file system of {} is mounted read-only (`findmnt -T {}`)", path.display(), folder(path).display())
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use sqlx::{AnyConnection, Connection, Executor};

    use super::*;

    #[tokio::test]
    async fn a_locked_database_names_who_holds_it() {
        sqlx::any::install_default_drivers();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("s.db");
        let address = format!("sqlite:{}?mode=rwc", file.display());
        let mut holder = AnyConnection::connect(&address).await.unwrap();
        holder.execute("PRAGMA journal_mode = WAL").await.unwrap();
        holder.execute("CREATE TABLE t (a)").await.unwrap();
        holder.execute("BEGIN IMMEDIATE").await.unwrap();
        let mut other = AnyConnection::connect(&address).await.unwrap();
        other.execute("PRAGMA busy_timeout = 0").await.unwrap();
        let busy = Error::from(other.execute("INSERT INTO t VALUES (1)").await.unwrap_err());
        assert_eq!(busy.to_string(), "the database: database is locked");
        let hints = busy.hints(&address.replace("?mode=rwc", ""));
        assert_eq!(hints[0], format!("another process writes to {}, and did not end within 15 s", file.display()));
        // This very process holds it, and does not name itself.
        assert_eq!(
            hints[1],
            format!("`fuser -v {0} {0}-shm` shows who has it open; end that, then run it again", file.display())
        );
    }

    #[test]
    fn who_holds_a_lock_is_read_from_the_kernels_table() {
        let locks = "1: POSIX  ADVISORY  WRITE 4242 fd:00:131 120 120\n\
                     1: -> POSIX  ADVISORY  WRITE 4243 fd:00:131 120 120\n\
                     2: POSIX  ADVISORY  READ 4244 fd:00:131 123 123\n\
                     3: FLOCK  ADVISORY  WRITE 4245 fd:00:132 0 EOF\n\
                     4: POSIX  ADVISORY  WRITE 4246 fd:00:1310 0 EOF\nshort\n";
        let holders = |inode: &str| lock_holders(locks, &[inode.to_owned()]).into_iter().collect::<Vec<_>>();
        assert_eq!([holders("131"), holders("1310"), holders("132")], [vec!["4242"], vec!["4246"], vec![]]);
    }

    #[test]
    fn files_say_whose_they_are_or_that_the_disk_is_full() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.db");
        let hints = |kind: ErrorKind| Error::File { path: path.display().to_string(), error: kind.into() }.hints("");
        assert!(
            hints(ErrorKind::StorageFull)[0].starts_with("free some space where "),
            "{:?}",
            hints(ErrorKind::StorageFull)
        );
        assert!(hints(ErrorKind::ReadOnlyFilesystem)[0].contains("is mounted read-only"));
        assert!(hints(ErrorKind::NotFound).is_empty());
        // What cannot be seen itself is in a folder that can.
        let told = hints(ErrorKind::PermissionDenied);
        assert!(
            told[0].starts_with(&format!("{} belongs to {}, mode ", folder.path().display(), os_user::current())),
            "{told:?}"
        );
    }
}

//! SQLite's file: its address, how it is made for its owner only, and its write-ahead log.

use std::{path::Path, time::Duration};

use sqlx::{AnyConnection, Connection, Executor};

use super::{Error, Result, dialect::Dialect, migrations};

/// Maximum number of attempts, 50 ms apart, to switch a file to a write-ahead log while another process works on it.
const ATTEMPTS: usize = 300;

/// Switches a file to a write-ahead log, so that readers and a writer work at the same time. Looks first, so that a file that
/// is no store stays untouched. Uses a connection of its own, since a pool would try for half a minute and not say why.
pub(super) async fn write_ahead(address: &str, file: &Path) -> Result<()> {
    let mut connection = AnyConnection::connect(address).await?;
    for _ in 0..ATTEMPTS {
        let switched = async {
            let tables = migrations::tables(&mut connection, Dialect::Sqlite).await?;
            if migrations::is_foreign(&tables) {
                return Ok(false);
            }
            connection.execute("PRAGMA journal_mode = WAL").await?;
            Ok(true)
        };
        match switched.await {
            Ok(true) => break,
            Ok(false) => return Err(Error::Foreign(file.display().to_string())),
            Err(sqlx::Error::Database(error)) => match error.code().as_deref() {
                // SQLITE_NOTADB
                Some("26") => return Err(Error::Foreign(file.display().to_string())),
                // SQLITE_BUSY and its kinds: other processes begin now, too, and for this one SQLite does not wait.
                Some("5" | "261" | "517") => tokio::time::sleep(Duration::from_millis(50)).await,
                _ => return Err(sqlx::Error::Database(error).into()),
            },
            Err(error) => return Err(error.into()),
        }
    }
    Ok(connection.close().await?)
}

/// A file as a URL; names of folders may hold any character. The file has to be there: if it is taken away, a new connection
/// fails instead of making another one.
pub(super) fn sqlite_address(file: &Path) -> String {
    let escaped = file.display().to_string().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    format!("sqlite:{escaped}?mode=rw")
}

/// The path in a `sqlite:` URL.
pub(super) fn sqlite_path(url: &str) -> &str {
    let path = url.strip_prefix("sqlite:").unwrap_or(url);
    path.strip_prefix("//").unwrap_or(path)
}

/// Makes an empty file that only its owner may read. A file that exists is not even opened: closing a database's file would
/// release all locks that other connections of this process hold on it (fcntl), and they could lose their log.
pub(super) fn private_file(file: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}

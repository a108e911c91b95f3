//! Writing files that appear whole or not at all: finished PDFs under `reports/`, mails of the folder transport, what is kept
//! beside the store. What holds addresses is for its owner only.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// Who may read what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Readers {
    /// Whom the process's umask lets
    Umask,
    /// The owner alone: modes 600 and 700
    Owner,
}

/// Writes bytes to `path` through a file beside it, so that a reader sees the old file or the new one, never a part.
/// Missing folders are created.
///
/// # Errors
/// If the file system refuses; nothing is left behind.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write(path, &beside(path, &unfinished()), bytes, Readers::Umask)
}

/// As [`write_atomically`], but never over other bytes: a file that holds others is first given the name `NAME.earlier.EXT`, or
/// `NAME.earlier-2.EXT` and so on. Returns that name.
///
/// # Errors
/// As [`write_atomically`].
pub fn write_beside_another(path: &Path, bytes: &[u8]) -> io::Result<Option<PathBuf>> {
    let kept = match fs::read(path) {
        Ok(there) if there != bytes => Some(keep(path)?),
        Ok(_) => None,
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    write_atomically(path, bytes)?;
    Ok(kept)
}

/// Gives a file another name that was free. On a file system with hard links it has both.
fn keep(path: &Path) -> io::Result<PathBuf> {
    let end = path.extension().unwrap_or_default().to_string_lossy();
    let mut number = 1_u64;
    loop {
        let earlier = if number == 1 { "earlier".to_owned() } else { format!("earlier-{number}") };
        let kept = path.with_extension(format!("{earlier}.{end}"));
        match fs::hard_link(path, &kept) {
            Ok(()) => return Ok(kept),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(_) if fs::symlink_metadata(&kept).is_ok() => number += 1,
            // A file system without such links.
            Err(_) => return fs::rename(path, &kept).map(|()| kept),
        }
    }
}

/// As [`write_atomically`], for what holds addresses or secrets: only the owner may read the file and enter folders that are
/// made for it. Several processes may write the same file at a time.
///
/// # Errors
/// As [`write_atomically`].
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write(path, &beside(path, &unfinished()), bytes, Readers::Owner)
}

/// The end of the name of a file that is being written: two processes may write the same one.
fn unfinished() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!(".{}-{}.part", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn write(path: &Path, part: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        create_folder(folder, readers)?;
    }
    let written = create(part, readers).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let written = written.and_then(|()| fs::rename(part, path)).and_then(|()| sync_folder(path));
    if written.is_err() {
        // The error that matters is the first one.
        let _ = fs::remove_file(part);
    }
    written
}

/// Makes a folder that only its owner may enter, and those above it that are missing; leaves one that exists as it is.
///
/// # Errors
/// If the file system refuses.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    create_folder(folder, Readers::Owner)
}

fn create_folder(folder: &Path, readers: Readers) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    if readers == Readers::Owner {
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    }
    builder.create(folder)
}

fn create(path: &Path, readers: Readers) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    if readers == Readers::Owner {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    options.open(path)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

/// Makes the new name itself durable.
///
/// # Errors
/// If the file system refuses.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) if cfg!(unix) => fs::File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn another_file_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("3/a-3-en.pdf");
        let written = [b"one", b"one", b"two", b"six"].map(|bytes| write_beside_another(&path, bytes).unwrap());
        let kept = |name: &str| Some(path.with_file_name(name));
        assert_eq!(written, [None, None, kept("a-3-en.earlier.pdf"), kept("a-3-en.earlier-2.pdf")]);
        for (name, bytes) in [("a-3-en.pdf", b"six"), ("a-3-en.earlier.pdf", b"one"), ("a-3-en.earlier-2.pdf", b"two")]
        {
            assert_eq!(fs::read(path.with_file_name(name)).unwrap(), bytes, "{name}");
        }
    }

    #[test]
    fn what_is_private_is_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let path = folder.path().join("reports/outbox/a.eml");
        write_private(&path, b"To: a@e.org").unwrap();
        assert_eq!([mode(&path), mode(path.parent().unwrap())], [0o600, 0o700]);
        // One that others could read is replaced by one that they cannot.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        write_private(&path, b"To: b@e.org").unwrap();
        assert_eq!((mode(&path), fs::read(&path).unwrap()), (0o600, b"To: b@e.org".to_vec()));
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}

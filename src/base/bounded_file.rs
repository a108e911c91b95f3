//! Files that a person named, read up to a limit that is known before the first byte is read. Only regular files are read: a
//! named pipe would be waited for, and a device may never end. What a file holds, and how large it may be, is known to those
//! who read it.

use std::{
    fmt,
    fs::{self, File, FileType, Metadata},
    io::{self, Read},
    path::Path,
};

/// Why a file was not read. Its text goes on after the file's name: `a.toml is a folder, not a file`.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// It is something else, in words.
    #[error("is {0}, not a file")]
    NotAFile(&'static str),
    /// It is larger than the limit, in bytes.
    #[error("is larger than {}", Size(*.0))]
    TooLarge(u64),
    /// The system does not let it be read, or it is not there.
    #[error("cannot be read: {0}")]
    Broken(#[from] io::Error),
}

impl Unread {
    /// There is nothing of that name.
    pub fn is_missing(&self) -> bool {
        matches!(self, Unread::Broken(error) if error.kind() == io::ErrorKind::NotFound)
    }
}

/// A number of bytes as people write it: `1 MiB`, `10 MB`, `16 KiB`, `100 bytes`.
#[derive(Debug, Clone, Copy)]
pub struct Size(pub u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 5] =
            [(1 << 30, "GiB"), (1 << 20, "MiB"), (1_000_000, "MB"), (1 << 10, "KiB"), (1000, "kB")];
        match UNITS.iter().find(|(unit, _)| self.0 >= *unit && self.0.is_multiple_of(*unit)) {
            Some((unit, name)) => write!(f, "{} {name}", self.0 / unit),
            None => write!(f, "{} bytes", self.0),
        }
    }
}

/// Reads a regular file of at most `most` bytes; links are followed. Nothing is read of a larger one.
///
/// # Errors
/// [`Unread`]. A file that grows while it is read is refused, too.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>, Unread> {
    let (file, length) = open_file(path)?;
    take(file, length, most)
}

/// Opens a regular file of at most `most` bytes, to be read part by part; links are followed.
///
/// # Errors
/// [`Unread`].
pub fn open(path: &Path, most: u64) -> Result<File, Unread> {
    let (file, length) = open_file(path)?;
    if length > most { Err(Unread::TooLarge(most)) } else { Ok(file) }
}

/// A regular file and its length.
fn open_file(path: &Path) -> Result<(File, u64), Unread> {
    // Looked at before it is opened: opening a pipe waits for one who writes, and opening a device may move it.
    refuse_other_kinds(&fs::metadata(path)?, false)?;
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    refuse_other_kinds(&metadata, false)?;
    Ok((file, metadata.len()))
}

/// Reads at most `most` bytes of something that is open, such as standard input.
///
/// # Errors
/// [`Unread::TooLarge`], or it cannot be read.
pub fn read_open(input: impl Read, most: u64) -> Result<Vec<u8>, Unread> {
    let mut bytes = Vec::new();
    input.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(Unread::TooLarge(most)) } else { Ok(bytes) }
}

/// As [`read`], and a pipe too: for files that a person names at the command line, as in `zcat people.csv.gz | greenbrief
/// subscribers import /dev/stdin`. The limit holds for what comes through it.
///
/// # Errors
/// As [`read`].
pub fn read_or_pipe(path: &Path, most: u64) -> Result<Vec<u8>, Unread> {
    refuse_other_kinds(&fs::metadata(path)?, true)?;
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    refuse_other_kinds(&metadata, true)?;
    take(file, metadata.len(), most)
}

fn take(file: File, length: u64, most: u64) -> Result<Vec<u8>, Unread> {
    if length > most {
        return Err(Unread::TooLarge(most));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0).saturating_add(1));
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(Unread::TooLarge(most)) } else { Ok(bytes) }
}

fn refuse_other_kinds(metadata: &Metadata, pipes: bool) -> Result<(), Unread> {
    match kind(metadata.file_type()) {
        Kind::File => Ok(()),
        Kind::Pipe if pipes => Ok(()),
        Kind::Pipe => Err(Unread::NotAFile("a named pipe")),
        Kind::Other(words) => Err(Unread::NotAFile(words)),
    }
}

enum Kind {
    File,
    Pipe,
    Other(&'static str),
}

#[cfg(unix)]
fn kind(found: FileType) -> Kind {
    use std::os::unix::fs::FileTypeExt;

    if found.is_fifo() {
        Kind::Pipe
    } else if found.is_socket() {
        Kind::Other("a socket")
    } else if found.is_char_device() || found.is_block_device() {
        Kind::Other("a device")
    } else {
        file_or_folder(found)
    }
}

#[cfg(not(unix))]
fn kind(found: FileType) -> Kind {
    file_or_folder(found)
}

fn file_or_folder(found: FileType) -> Kind {
    if found.is_dir() {
        Kind::Other("a folder")
    } else if found.is_file() {
        Kind::File
    } else {
        Kind::Other("something else")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        fs::write(&path, "12345678").unwrap();
        assert_eq!(read(&path, 8).unwrap(), b"12345678");
        assert_eq!(read_or_pipe(&path, 8).unwrap(), b"12345678");
        assert_eq!(read(&path, 7).unwrap_err().to_string(), "is larger than 7 bytes");
        // A terabyte, of which nothing is on the disk and nothing is read.
        File::options().write(true).open(&path).unwrap().set_len(1 << 40).unwrap();
        assert_eq!(read_or_pipe(&path, 64 << 20).unwrap_err().to_string(), "is larger than 64 MiB");
        assert!(read(&folder.path().join("none"), 8).unwrap_err().is_missing());
        // The system tells no length of such files.
        #[cfg(target_os = "linux")]
        assert!(read(Path::new("/proc/self/status"), 1).is_err_and(|unread| matches!(unread, Unread::TooLarge(1))));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let [pipe, socket, link] = ["pipe", "socket", "link"].map(|name| folder.path().join(name));
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        std::os::unix::fs::symlink(&pipe, &link).unwrap();
        for (path, what) in [
            (folder.path(), "is a folder, not a file"),
            (&*pipe, "is a named pipe, not a file"),
            (&*link, "is a named pipe, not a file"),
            (&*socket, "is a socket, not a file"),
            (Path::new("/dev/zero"), "is a device, not a file"),
        ] {
            assert_eq!(read(path, 100).unwrap_err().to_string(), what, "{}", path.display());
        }
        assert_eq!(read_or_pipe(&socket, 100).unwrap_err().to_string(), "is a socket, not a file");
        // One writer after the other: a pipe ends when its last writer leaves.
        let read_from_pipe = |most| {
            let path = pipe.clone();
            // Who reads leaves after the limit.
            let writer = std::thread::spawn(move || drop(fs::write(path, "through a pipe")));
            let read = read_or_pipe(&pipe, most);
            writer.join().unwrap();
            read
        };
        assert_eq!(read_from_pipe(100).unwrap(), b"through a pipe");
        assert_eq!(read_from_pipe(5).unwrap_err().to_string(), "is larger than 5 bytes");
    }

    #[test]
    fn sizes_are_written_as_people_write_them() {
        let shown = [1 << 20, 64 << 20, 10_000_000, 16 << 10, 2000, 100, 0].map(|size| Size(size).to_string());
        assert_eq!(shown, ["1 MiB", "64 MiB", "10 MB", "16 KiB", "2 kB", "100 bytes", "0 bytes"]);
    }
}

//! A CSV file that a person names at the command line: a regular file, which may be read several times, or standard input
//! as `-`, which is kept. Its size is known before it is read, or bounded while it is.

use std::{
    fs::File,
    io::{self, Read, Seek},
    path::Path,
};

use crate::base::{
    bounded_file::{self, Size, Unread},
    problem::{Problem, Problems},
};

/// Maximum size of what comes through standard input or a pipe, in bytes: it is kept in memory.
const MAX_PIPE: u64 = 64 << 20;

/// What is read from any of its bytes.
pub trait ReadSeek: Read + Seek + Send {}

impl<T: Read + Seek + Send> ReadSeek for T {}

/// A file or standard input.
#[derive(Debug)]
pub struct CsvInput {
    name: String,
    content: Content,
}

#[derive(Debug)]
enum Content {
    File(File, u64),
    Bytes(Vec<u8>),
}

impl CsvInput {
    /// Opens a file of at most `most` bytes, or reads standard input or a pipe, of 64 MiB at most.
    ///
    /// # Errors
    /// It is not there, is larger, or is no file.
    pub fn open(path: &Path, most: u64) -> Result<CsvInput, Problems> {
        let is_stdin = path.as_os_str() == "-";
        let name = if is_stdin { "standard input".to_owned() } else { path.display().to_string() };
        let most_kept = most.min(MAX_PIPE);
        let opened = if is_stdin {
            bounded_file::read_open(io::stdin().lock(), most_kept).map(Content::Bytes)
        } else if path.starts_with("/dev") {
            // `/dev/stdin` and `/dev/fd/63` are open already: nobody is waited for.
            bounded_file::read_or_pipe(path, most_kept).map(Content::Bytes)
        } else {
            bounded_file::open(path, most).map(|file| Content::File(file, most))
        };
        match opened {
            Ok(content) => Ok(CsvInput { name, content }),
            Err(unread) => {
                let problem = Problem::error(format!("{name} {unread}"));
                Err(match unread {
                    Unread::TooLarge(limit) if limit < most => {
                        problem.hint(format!("write it into a file, which may have {}, and name that", Size(most)))
                    }
                    Unread::TooLarge(_) => problem.hint("import it in parts"),
                    Unread::NotAFile("a named pipe") => problem.hint("`-` in place of a file reads standard input"),
                    _ => problem,
                }
                .into())
            }
        }
    }

    /// What was read already.
    pub fn from_bytes(name: impl Into<String>, bytes: Vec<u8>) -> CsvInput {
        CsvInput { name: name.into(), content: Content::Bytes(bytes) }
    }

    /// Its name in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its size, in bytes.
    pub fn size(&self) -> u64 {
        match &self.content {
            Content::File(file, _) => file.metadata().map_or(0, |metadata| metadata.len()),
            Content::Bytes(bytes) => bytes.len() as u64,
        }
    }

    /// Reads it from its beginning.
    ///
    /// # Errors
    /// The file cannot be read any more.
    pub fn reader(&mut self) -> Result<Box<dyn Read + Send + '_>, Problems> {
        let name = &self.name;
        match &mut self.content {
            Content::File(file, most) => {
                file.rewind().map_err(|error| Problem::error(format!("{name} cannot be read: {error}")))?;
                // A file that grows meanwhile is read up to the limit only.
                Ok(Box::new(file.take(*most)))
            }
            Content::Bytes(bytes) => Ok(Box::new(bytes.as_slice())),
        }
    }

    /// Its bytes, to be read from any of them.
    pub fn seekable(&mut self) -> Box<dyn ReadSeek + '_> {
        match &mut self.content {
            Content::File(file, _) => Box::new(file),
            Content::Bytes(bytes) => Box::new(io::Cursor::new(bytes.as_slice())),
        }
    }

    /// All of it.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn into_bytes(mut self) -> Result<Vec<u8>, Problems> {
        if let Content::Bytes(bytes) = self.content {
            return Ok(bytes);
        }
        let mut bytes = Vec::new();
        let read = self.reader()?.read_to_end(&mut bytes).map(drop);
        read.map_err(|error| Problem::error(format!("{} cannot be read: {error}", self.name)))?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_again_from_its_beginning() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "a,b\n").unwrap();
        let mut input = CsvInput::open(&path, 4).unwrap();
        for _ in 0..2 {
            let mut text = String::new();
            input.reader().unwrap().read_to_string(&mut text).unwrap();
            assert_eq!(text, "a,b\n");
        }
        assert_eq!(input.into_bytes().unwrap(), b"a,b\n");
        let told = CsvInput::open(&path, 3).unwrap_err().0.remove(0);
        assert!(told.what.ends_with("a.csv is larger than 3 bytes") && told.hints == ["import it in parts"], "{told}");
        let told = CsvInput::open(Path::new("none.csv"), 3).unwrap_err().to_string();
        assert!(told.starts_with("error: none.csv cannot be read: "), "{told}");
        assert!(
            CsvInput::open(Path::new("/dev/zero"), 3)
                .unwrap_err()
                .0
                .remove(0)
                .what
                .ends_with("is a device, not a file")
        );
    }

    #[cfg(unix)]
    #[test]
    fn nobody_waits_for_a_pipe() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let told = CsvInput::open(&pipe, 100).unwrap_err().0.remove(0);
        assert!(told.what.ends_with("pipe is a named pipe, not a file"), "{told}");
        assert_eq!(told.hints, ["`-` in place of a file reads standard input"]);
    }
}

//! The folder transport: one `.eml` file a mail, written whole or not at all.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

/// Writes bytes to `path` by way of a file beside it: a reader sees the old file or the new one, never a half.
///
/// # Errors
/// Those of the file system; nothing is left behind.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let written = fs::File::create(&part).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let written = written.and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        // The error that matters is the first one.
        let _ = fs::remove_file(&part);
    }
    written
}

/// Puts a mail into the folder under a name made from `stem`; gives its path.
///
/// # Errors
/// Those of the file system.
pub fn deliver(folder: &Path, stem: &str, mail: &[u8]) -> io::Result<PathBuf> {
    let safe: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
    let path = folder.join(format!("{safe}.eml"));
    write_atomically(&path, mail)?;
    Ok(path)
}

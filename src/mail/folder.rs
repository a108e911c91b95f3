//! The folder transport: one `.eml` file a mail, written whole or not at all.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::archive::write_atomically;

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

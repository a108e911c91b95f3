//! The folder transport: one `.eml` file a mail, written whole or not at all. What stands in it is made by `message`.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::base::archive::write_atomically;

/// Puts a mail into the folder under a name made from `stem`, its headers and its body as it stands in a file (not
/// dot-stuffed); gives its path. A mail of the same stem is replaced.
///
/// # Errors
/// Those of the file system.
pub fn deliver(folder: &Path, stem: &str, head: &[u8], body: &[u8]) -> io::Result<PathBuf> {
    let safe: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
    let path = folder.join(format!("{safe}.eml"));
    write_atomically(&path, &[head, body].concat())?;
    Ok(path)
}

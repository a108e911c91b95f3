//! The folder transport: one `.eml` file for each mail, written whole or not at all. Its content is made by `message`.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::base::archive::write_atomically;

/// Writes a mail into the folder, its headers and its body without dot-stuffing, under a name made from `stem`; returns its
/// path. Replaces a mail with the same stem.
///
/// # Errors
/// If the file cannot be written.
pub fn deliver(folder: &Path, stem: &str, head: &[u8], body: &[u8]) -> io::Result<PathBuf> {
    let safe: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
    let path = folder.join(format!("{safe}.eml"));
    write_atomically(&path, &[head, body].concat())?;
    Ok(path)
}

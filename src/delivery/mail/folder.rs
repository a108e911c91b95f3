//! The folder transport: one `.eml` file for each mail, written whole or not at all, for its owner
//! only: it holds an address. Its content is made by `message`.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::base::archive::write_private;

/// Writes a mail into the folder, its headers and its body without dot-stuffing, under a name made from `stem`; returns its
/// path. Replaces a mail with the same stem.
///
/// # Errors
/// If the file cannot be written.
pub fn deliver(folder: &Path, stem: &str, head: &[u8], body: &[u8]) -> io::Result<PathBuf> {
    let safe: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
    let path = folder.join(format!("{safe}.eml"));
    close_to_others(folder);
    write_private(&path, &[head, body].concat())?;
    Ok(path)
}

/// Takes the right to enter a folder from everybody but its owner and its group: earlier versions let everybody in. If it is
/// not ours to change, it stays as it is.
#[cfg(unix)]
fn close_to_others(folder: &Path) {
    use std::{fs, os::unix::fs::PermissionsExt};

    let Ok(metadata) = fs::metadata(folder) else { return };
    let mode = metadata.permissions().mode();
    if mode & 0o007 != 0 {
        let _ = fs::set_permissions(folder, fs::Permissions::from_mode(mode & 0o770));
    }
}

#[cfg(not(unix))]
fn close_to_others(_: &Path) {}

#[cfg(all(test, unix))]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    #[test]
    fn a_folder_of_an_earlier_version_is_closed_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = folder.path().join("outbox");
        fs::create_dir(&outbox).unwrap();
        for (before, after) in [(0o755, 0o750), (0o700, 0o700), (0o770, 0o770)] {
            fs::set_permissions(&outbox, fs::Permissions::from_mode(before)).unwrap();
            let path = deliver(&outbox, "a/b:1", b"To: a@e.org\r\n\r\n", b"text").unwrap();
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&outbox), mode(&path)), (after, 0o600));
            assert!(path.ends_with("outbox/a-b-1.eml"));
        }
    }
}

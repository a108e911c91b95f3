//! A person is erased from the maildir out of which mails that come back are read. A mail that was read is in `cur/`: what
//! follows from it is in the store, and whoever wrote it, a mail that names the person goes. One in `new/` may ask for
//! something that nobody has read yet, and goes only if the person wrote it.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use crate::{delivery::replies::Named, people::subscribers::Address};

/// Size of a file up to which it is searched: far above that of any mail that is read.
const MOST: u64 = 64 * 1024 * 1024;

/// What became of a person's mails in a maildir.
#[derive(Debug, Default)]
pub(super) struct InMaildir {
    /// Number of files that were removed, or would be
    pub removed: u64,
    /// Mails of others that name the person and are not read yet
    pub unread: Vec<PathBuf>,
    /// Files that could not be searched or removed, each with the reason
    pub left: Vec<String>,
}

/// What is searched for, and whether it is removed or only counted.
struct Search {
    named: Named,
    removes: bool,
}

/// Removes the mails that name one of the addresses from `new/` and `cur/`.
pub(super) fn remove(folder: &Path, addresses: &[Address]) -> InMaildir {
    search_both(folder, addresses, true)
}

/// Counts the mails that [`remove`] would remove.
pub(super) fn count(folder: &Path, addresses: &[Address]) -> InMaildir {
    search_both(folder, addresses, false)
}

fn search_both(folder: &Path, addresses: &[Address], removes: bool) -> InMaildir {
    let spelled = addresses.iter().flat_map(|address| [address.key(), address.ascii(), address.as_str()]);
    let (wanted, mut done) = (Search { named: Named::new(spelled), removes }, InMaildir::default());
    // In the order in which a mail goes, so that none is missed.
    for (name, is_read) in [("new", false), ("cur", true)] {
        let folder = folder.join(name);
        if let Err(problem) = search(&folder, is_read, &wanted, &mut done) {
            done.left.push(format!("{} cannot be searched: {problem}", folder.display()));
        }
    }
    done
}

fn search(folder: &Path, is_read: bool, wanted: &Search, done: &mut InMaildir) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(problem) => return Err(problem),
    };
    for entry in entries {
        let path = entry?.path();
        match search_one(&path, is_read, wanted, done) {
            Ok(()) => {}
            // It was moved meanwhile, or removed.
            Err(problem) if problem.kind() == io::ErrorKind::NotFound => {}
            Err(problem) => done.left.push(format!("{} stays: {problem}", path.display())),
        }
    }
    Ok(())
}

fn search_one(path: &Path, is_read: bool, wanted: &Search, done: &mut InMaildir) -> io::Result<()> {
    // No pipe holds us up, and no link leads elsewhere.
    if !fs::symlink_metadata(path)?.is_file() {
        return Ok(());
    }
    let mut mail = Vec::new();
    File::open(path)?.take(MOST + 1).read_to_end(&mut mail)?;
    if mail.len() as u64 > MOST {
        return Err(io::Error::other(format!("it is larger than {MOST} octets, and was not searched")));
    }
    if !wanted.named.is_in(&mail) {
        return Ok(());
    }
    if is_read || wanted.named.is_sender_of(&mail) {
        if wanted.removes {
            fs::remove_file(path)?;
        }
        done.removed += 1;
    } else {
        done.unread.push(path.to_owned());
    }
    Ok(())
}

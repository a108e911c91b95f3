//! The users of the operating system: who runs this process, and whose a file is. Names come from wherever the system has
//! them (`getpwuid`), such as a directory server.

use std::{fmt, fs, path::Path};

/// The name of the user who runs this process; `uid 993` if the system has none for the number.
pub fn current() -> String {
    #[cfg(unix)]
    return named(nix::unistd::getuid());
    #[cfg(not(unix))]
    "unknown".to_owned()
}

#[cfg(unix)]
fn named(uid: nix::unistd::Uid) -> String {
    let user = nix::unistd::User::from_uid(uid).ok().flatten();
    user.map_or_else(|| format!("uid {uid}"), |user| user.name)
}

/// Whose a file or folder is, and who may use it. Prints itself as `belongs to greenbrief, mode 600`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ownership {
    /// The owner's name, or `uid 993`
    pub owner: String,
    /// The permission bits
    pub mode: u32,
}

impl Ownership {
    /// Of what is at that path, behind links; `None` if that cannot be seen.
    pub fn of(path: &Path) -> Option<Ownership> {
        let metadata = fs::metadata(path).ok()?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;

            let owner = named(nix::unistd::Uid::from_raw(metadata.uid()));
            Some(Ownership { owner, mode: metadata.mode() & 0o7777 })
        }
        #[cfg(not(unix))]
        {
            let _ = metadata;
            None
        }
    }
}

impl fmt::Display for Ownership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "belongs to {}, mode {:o}", self.owner, self.mode)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_whose_it_was_made_by() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.db");
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        let ownership = Ownership::of(&file).unwrap();
        assert_eq!(ownership, Ownership { owner: current(), mode: 0o640 });
        assert_eq!(ownership.to_string(), format!("belongs to {}, mode 640", current()));
        assert_eq!(Ownership::of(&folder.path().join("none")), None);
        assert_eq!(named(nix::unistd::Uid::from_raw(0)), "root");
        assert_eq!(named(nix::unistd::Uid::from_raw(4_000_000_123)), "uid 4000000123");
    }
}

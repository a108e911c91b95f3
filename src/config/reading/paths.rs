//! Paths in config files: what they are relative to, and how they are shown.

use std::path::{Component, Path, PathBuf};

/// Returns `path` relative to the folder `base`, without `.` and `..` where they can be removed. They stay behind a symbolic
/// link, whose parent is not the folder that it seems to be.
pub(in crate::config) fn resolve(base: &Path, path: &str) -> PathBuf {
    let mut out = PathBuf::new();
    for component in base.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                let named = matches!(out.components().next_back(), Some(Component::Normal(_)));
                if !named || out.is_symlink() {
                    out.push("..");
                } else {
                    out.pop();
                }
            }
            other => out.push(other),
        }
    }
    if out.as_os_str().is_empty() { PathBuf::from(".") } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_as_a_person_would_type_them() {
        for (base, path, shown) in [
            ("config", "../templates", "templates"),
            ("", "../templates", "../templates"),
            ("/etc/greenbrief", "../x", "/etc/x"),
            ("config", ".", "config"),
            ("", ".", "."),
            ("config", "/var/lib/greenbrief", "/var/lib/greenbrief"),
            ("../config", "../../var", "../../var"),
        ] {
            assert_eq!(resolve(Path::new(base), path), PathBuf::from(shown), "{base} {path}");
        }
    }
}

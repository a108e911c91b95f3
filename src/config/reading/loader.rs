//! The files themselves: read, decoded, parsed into trees, and kept as they were, without their secrets.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    base::{
        bounded_file::{self, Unread},
        characters::lost,
        problem::{Place, Problem},
    },
    config::reading::{
        masking,
        origin::Origin,
        problem_sink::ProblemSink,
        toml_tree::{self, Table},
    },
};

/// Maximum size of a file in TOML, in bytes: four thousand days of a calendar, or a thousand schedules.
const MAX_TOML: u64 = 256 << 10;
/// Maximum size of a file of another kind, in bytes: a calendar as other programs write it.
const MAX_OTHER: u64 = 1 << 20;

/// The files read so far.
pub(in crate::config) struct Loader<'s> {
    pub(in crate::config) sink: &'s ProblemSink,
    /// Files that were kept, by the name that does not depend on where the folder is: nothing is read from the disk then.
    kept: Option<&'s BTreeMap<String, Vec<u8>>>,
    /// By the name that is shown.
    pub(in crate::config) sources: BTreeMap<String, Vec<u8>>,
    /// By a name that does not depend on where the folder is.
    pub(in crate::config) digests: BTreeMap<String, Vec<u8>>,
    /// The shown names in the order in which problems are reported.
    pub(in crate::config) order: Vec<String>,
    /// Gets what was read in full, if it is to be shown.
    trees: Option<&'s mut Vec<LoadedFile>>,
}

/// A file that was read, with what `--set` says put over it.
pub(in crate::config) struct LoadedFile {
    /// Its name that does not depend on where the folder is.
    pub(in crate::config) role: String,
    pub(in crate::config) origin: Arc<Origin>,
    pub(in crate::config) table: Table,
}

/// A file as a tree.
pub(in crate::config) struct ParsedFile {
    pub(in crate::config) origin: Arc<Origin>,
    pub(in crate::config) table: Table,
    /// All of it could be read.
    pub(in crate::config) whole: bool,
}

impl<'s> Loader<'s> {
    pub(in crate::config) fn new(sink: &'s ProblemSink) -> Loader<'s> {
        Loader { sink, kept: None, sources: BTreeMap::new(), digests: BTreeMap::new(), order: Vec::new(), trees: None }
    }

    /// `trees` gets what is read.
    pub(in crate::config) fn shown(sink: &'s ProblemSink, trees: Option<&'s mut Vec<LoadedFile>>) -> Loader<'s> {
        Loader { trees, ..Loader::new(sink) }
    }

    /// Of files that were kept instead of those on the disk.
    pub(in crate::config) fn kept(sink: &'s ProblemSink, files: &'s BTreeMap<String, Vec<u8>>) -> Loader<'s> {
        Loader { kept: Some(files), ..Loader::new(sink) }
    }

    /// The files in a folder; `role` is what it is called among those that were kept.
    pub(in crate::config) fn list(&self, folder: &Path, role: &str) -> io::Result<Vec<PathBuf>> {
        let Some(kept) = self.kept else {
            return Ok(fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect());
        };
        let inside = |name: &&String| {
            name.strip_prefix(role).and_then(|rest| rest.strip_prefix('/')).is_some_and(|rest| !rest.contains('/'))
        };
        Ok(kept.keys().filter(inside).map(PathBuf::from).collect())
    }

    fn bytes(&self, path: &Path, role: &str, most: u64) -> Result<Vec<u8>, Unread> {
        match self.kept {
            None => bounded_file::read(path, most),
            Some(kept) => kept.get(role).cloned().ok_or_else(|| Unread::Broken(io::ErrorKind::NotFound.into())),
        }
    }

    /// Keeps a text under the name that is shown and under the one that goes into the hash.
    pub(in crate::config) fn keep(&mut self, shown: &str, role: &str, text: &str) {
        let bytes = masking::masked(text).into_bytes();
        self.sources.insert(shown.to_owned(), bytes.clone());
        self.digests.insert(role.to_owned(), bytes);
    }

    /// Keeps what was typed under this name; only `counts` of it goes into the hash.
    pub(in crate::config) fn keep_typed(&mut self, name: &str, text: &str, counts: &str) {
        self.sources.insert(name.to_owned(), masking::masked(text).into_bytes());
        if !counts.is_empty() {
            self.digests.insert(name.to_owned(), masking::masked(counts).into_bytes());
        }
    }

    /// A tree that has been looked at is kept if it is to be shown.
    pub(in crate::config) fn done(&mut self, role: &str, origin: Arc<Origin>, table: Table) {
        if let Some(trees) = &mut self.trees {
            trees.push(LoadedFile { role: role.to_owned(), origin, table });
        }
    }

    /// Reads a file; `None` if there is nothing to go on with, which was reported then.
    pub(in crate::config) fn read(&mut self, path: &Path, role: &str) -> Option<ParsedFile> {
        let (origin, whole) = self.text(path, role, MAX_TOML, |unread| unread_config_file(&unread, path))?;
        if whole {
            self.report_lost(&origin);
        }
        // What cannot be decoded is not TOML either; that need not be said twice.
        let aside = ProblemSink::default();
        let (table, parsed) = toml_tree::parse(&origin, if whole { self.sink } else { &aside });
        Some(ParsedFile { origin, table, whole: whole && parsed })
    }

    /// Reports every character that was lost when the file was saved, in comments too: what else was lost nobody can say.
    fn report_lost(&self, origin: &Arc<Origin>) {
        for (at, c) in origin.text().char_indices() {
            if self.sink.is_full() {
                return;
            }
            if let Some(refusal) = lost(c) {
                let place = origin.place(at..at + c.len_utf8());
                self.sink.push(Problem::error(refusal.what()).at(place).hint(refusal.hint));
            }
        }
    }

    /// Reads a text that is no TOML, and whether all of it could be decoded; `place` is where the file is named.
    pub(in crate::config) fn named(&mut self, path: &Path, role: &str, place: &Place) -> Option<(Arc<Origin>, bool)> {
        self.text(path, role, MAX_OTHER, |unread| {
            let shown = path.display();
            let problem = match unread {
                unread if unread.is_missing() => Problem::error(format!("there is no file {shown}"))
                    .hint("a path is relative to the folder of the file that names it"),
                unread => Problem::error(format!("{shown} {unread}")),
            };
            problem.at(place.clone())
        })
    }

    fn text(
        &mut self,
        path: &Path,
        role: &str,
        most: u64,
        problem: impl FnOnce(Unread) -> Problem,
    ) -> Option<(Arc<Origin>, bool)> {
        let shown = path.display().to_string();
        self.order.push(shown.clone());
        let bytes = match self.bytes(path, role, most) {
            Ok(bytes) => bytes,
            Err(unread) => {
                self.sink.push(problem(unread));
                return None;
            }
        };
        let (text, whole) = match String::from_utf8(bytes) {
            Ok(text) => (text, true),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let byte = error.as_bytes().get(at).copied().unwrap_or_default();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let place = Origin::new(&*shown, &*text).place(at..at + 3);
                self.sink.push(
                    Problem::error(format!("this file is not UTF-8: byte 0x{byte:02X} stands here"))
                        .at(place)
                        .hint("save it as UTF-8"),
                );
                (text, false)
            }
        };
        self.keep(&shown, role, &text);
        Some((Origin::new(shown, text), whole))
    }
}

/// The problem of a file that cannot be read as one of the config's.
fn unread_config_file(unread: &Unread, path: &Path) -> Problem {
    let shown = path.display();
    match unread {
        unread if unread.is_missing() => Problem::error(format!("there is no config file {shown}")).hint(
            "name another with --config FILE, or start from the config/greenbrief.toml that greenbrief comes with",
        ),
        Unread::NotAFile(_) => Problem::error(format!("{shown} {unread}"))
            .hint("a config stands in files, not in pipes, devices or folders"),
        Unread::TooLarge(_) => Problem::error(format!("{shown} {unread}: this is not a config file")),
        Unread::Broken(_) => Problem::error(format!("{shown} {unread}")),
    }
}

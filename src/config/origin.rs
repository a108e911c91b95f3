//! Where a value comes from (a file, or a `--set` on the command line) and the places in it as people see them: with its
//! secrets masked. Also the paths: what they are relative to, and how they are shown.

use std::{
    ops::Range,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use super::secret::{MASK, secrets};
use crate::base::problem::{Place, Source};

/// A text in which values stand.
pub(super) struct Origin {
    source: Source,
    secrets: Vec<Range<usize>>,
}

impl Origin {
    pub(super) fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Arc<Origin> {
        let source = Source::new(name, text);
        let secrets = secrets(source.text());
        Arc::new(Origin { source, secrets })
    }

    pub(super) fn name(&self) -> &str {
        self.source.name()
    }

    pub(super) fn text(&self) -> &str {
        self.source.text()
    }

    /// The place of a byte range; no secret is in it, and the caret stands where it should in what is shown.
    pub(super) fn place(&self, range: Range<usize>) -> Place {
        let place = self.source.place(range.clone());
        let text = self.source.text();
        let start = text.floor_char_boundary(range.start.min(text.len()));
        let line = text.get(..start).unwrap_or_default().rfind('\n').map_or(0, |at| at + 1);
        let end = line + place.source.len();
        let mut hidden = self.secrets.iter().filter(|secret| secret.start < end && secret.end > line).peekable();
        if hidden.peek().is_none() {
            return place;
        }
        let hidden: Vec<Range<usize>> = hidden.map(|secret| secret.start.max(line)..secret.end.min(end)).collect();
        let inside = |at: usize| hidden.iter().find(|secret| secret.start < at && at < secret.end);
        let start = inside(start).map_or(start, |secret| secret.start);
        let stop = range.end.clamp(start, end.max(start));
        let stop = inside(stop).map_or(stop, |secret| secret.end);
        // The line up to a byte, as it is shown.
        let shown = |upto: usize| {
            let mut out = String::new();
            let mut at = line;
            for secret in hidden.iter().take_while(|secret| secret.start < upto) {
                out.push_str(text.get(at..secret.start).unwrap_or_default());
                out.push_str(MASK);
                at = secret.end;
            }
            out.push_str(text.get(at..upto).unwrap_or_default());
            out
        };
        let before = shown(start).chars().count();
        Place {
            column: before + 1,
            width: shown(stop).chars().count().saturating_sub(before).max(1),
            source: shown(end),
            ..place
        }
    }
}

/// A piece of an origin.
#[derive(Clone)]
pub(super) struct Spot {
    pub(super) origin: Arc<Origin>,
    pub(super) range: Range<usize>,
}

impl Spot {
    pub(super) fn place(&self) -> Place {
        self.origin.place(self.range.clone())
    }

    /// The place of a byte range of `text`, which is what the quoted string at this spot says. If the string is written
    /// with escapes or over several lines, the whole spot.
    pub(super) fn inside(&self, text: &str, range: Range<usize>) -> Place {
        let written = self.origin.text().get(self.range.clone()).unwrap_or_default();
        let quotes = written.len().saturating_sub(text.len()) / 2;
        let same = written.get(quotes..quotes + text.len()) == Some(text) && range.end <= text.len();
        if same && !range.is_empty() {
            let from = self.range.start + quotes;
            self.origin.place(from + range.start..from + range.end)
        } else {
            self.place()
        }
    }
}

/// `path` as it is relative to the folder `base`, without `.` and `..` where they can be taken out: not through a symbolic
/// link, whose parent is another folder than it looks.
pub(super) fn resolve(base: &Path, path: &str) -> PathBuf {
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

    #[test]
    fn a_secret_is_masked_and_the_caret_stays_where_it_belongs() {
        let origin = Origin::new("x", "a = 1\npassword = \"hunter2\"\nurl = \"postgres://me:hunter2@db/x\"\n");
        let place = origin.place(6..14);
        assert_eq!((place.source.as_str(), place.line, place.column, place.width), ("password = ***", 2, 1, 8));
        let place = origin.place(20..24);
        assert_eq!((place.source.as_str(), place.column, place.width), ("password = ***", 12, 3));
        let text = origin.text().to_owned();
        let at = text.find("@db").unwrap();
        let place = origin.place(at..at + 3);
        assert_eq!(place.source, "url = \"postgres://me:***@db/x\"");
        assert_eq!((place.column, place.width), (25, 3));
        let whole = origin.place(text.find("\"postgres").unwrap()..text.len() - 1);
        assert_eq!((whole.column, whole.width), (7, 24));
        for start in 0..text.len() + 2 {
            for end in start..text.len() + 2 {
                assert!(!origin.place(start..end).source.contains("unter"));
            }
        }
    }
}

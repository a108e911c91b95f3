//! Where a value comes from (a file, or a `--set` on the command line), and places in it as people see them: with secrets
//! masked.

use std::{ops::Range, sync::Arc};

use crate::{
    base::problem::{Place, Source},
    config::{reading::masking, secret::MASK},
};

/// A text that values are read from.
pub(in crate::config) struct Origin {
    source: Source,
    secrets: Vec<Range<usize>>,
}

impl Origin {
    pub(in crate::config) fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Arc<Origin> {
        let source = Source::new(name, text);
        let secrets = masking::secrets(source.text());
        Arc::new(Origin { source, secrets })
    }

    pub(in crate::config) fn name(&self) -> &str {
        self.source.name()
    }

    pub(in crate::config) fn text(&self) -> &str {
        self.source.text()
    }

    /// Returns the place of a byte range. Secrets are masked, and the caret fits the line as it is shown.
    pub(in crate::config) fn place(&self, range: Range<usize>) -> Place {
        let place = self.source.place(range.clone());
        let text = self.source.text();
        let start = text.floor_char_boundary(range.start.min(text.len()));
        let Range { start: line, end } = self.source.line_bytes(start);
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
            source: shown(end).into(),
            from: 1,
            ..place
        }
        .clipped()
    }
}

/// A byte range of an origin.
#[derive(Clone)]
pub(in crate::config) struct Span {
    pub(in crate::config) origin: Arc<Origin>,
    pub(in crate::config) range: Range<usize>,
}

impl Span {
    pub(in crate::config) fn place(&self) -> Place {
        self.origin.place(self.range.clone())
    }

    /// The text at this span as it is written.
    pub(in crate::config) fn source(&self) -> &str {
        self.origin.text().get(self.range.clone()).unwrap_or_default()
    }

    /// Returns the place of a byte range of `text`, the value of the quoted string at this span. Returns the place of the
    /// whole span if the string is written with escapes or over several lines.
    pub(in crate::config) fn inside(&self, text: &str, range: Range<usize>) -> Place {
        let written = self.source();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_masked_and_the_caret_stays_where_it_belongs() {
        let origin = Origin::new("x", "a = 1\npassword = \"hunter2\"\nurl = \"postgres://me:hunter2@db/x\"\n");
        let place = origin.place(6..14);
        assert_eq!((&*place.source, place.line, place.column, place.width), ("password = ***", 2, 1, 8));
        let place = origin.place(20..24);
        assert_eq!((&*place.source, place.column, place.width), ("password = ***", 12, 3));
        let text = origin.text().to_owned();
        let at = text.find("@db").unwrap();
        let place = origin.place(at..at + 3);
        assert_eq!(&*place.source, "url = \"postgres://me:***@db/x\"");
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

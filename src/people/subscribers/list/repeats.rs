//! Rows that name the same address for the same brief. A list may have a million rows: of each only 20 bytes are kept, and
//! which rows repeat another is known at the end.

use ring::digest::{SHA256, digest};

/// A row that repeats an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Repeat {
    /// Its line
    pub line: u32,
    /// The line of the first row with the same address and brief
    pub first: u32,
}

#[derive(Default)]
pub(super) struct Rows(Vec<Row>);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    /// The beginning of the hash of address and brief. No two of them have the same 128 bits.
    hash: [u8; 16],
    line: u32,
}

impl Rows {
    pub fn note(&mut self, key: &str, brief: &str, line: u32) {
        let text = [key, "\n", brief].concat();
        let hash = digest(&SHA256, text.as_bytes()).as_ref().first_chunk().copied().unwrap_or_default();
        self.0.push(Row { hash, line });
    }

    /// The rows that repeat another, in the order of their lines.
    pub fn into_repeats(mut self) -> Vec<Repeat> {
        self.0.sort_unstable();
        let mut first: Option<Row> = None;
        let mut repeats = Vec::new();
        for row in self.0 {
            match first {
                Some(first) if first.hash == row.hash => repeats.push(Repeat { line: row.line, first: first.line }),
                _ => first = Some(row),
            }
        }
        repeats.sort_unstable();
        repeats
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_several_rows_is_no_repeat() {
        let mut rows = Rows::default();
        for (line, (key, brief)) in (2..).zip([
            ("a@b.org", "x"),
            ("c@d.org", "x"),
            ("a@b.org", "y"),
            ("a@b.org", "x"),
            ("c@d.org", "x"),
            ("a@b.org", "x"),
        ]) {
            rows.note(key, brief, line);
        }
        let repeats = [(5, 2), (6, 3), (7, 2)].map(|(line, first)| Repeat { line, first });
        assert_eq!(rows.into_repeats(), repeats);
    }
}

//! A CSV file (RFC 4180, UTF-8, with or without a byte order mark) as rows of cells that know their place. What the
//! cells mean is in `rows`.

use std::ops::Range;

use super::{MAX_CELL, MAX_FILE};
use crate::problem::{Place, Problem, Problems, Source};

/// A file with its head and rows.
pub(super) struct Sheet {
    pub source: Source,
    pub head: Vec<(String, Place)>,
    pub rows: Vec<Row>,
}

/// One record; every cell has its text and where it stands.
pub(super) struct Row {
    pub cells: Vec<(String, Range<usize>)>,
}

impl Sheet {
    /// The file as rows, with the problems of single rows; a problem alone if nothing of it can be read.
    pub fn read(name: &str, bytes: &[u8]) -> Result<(Sheet, Problems), Problem> {
        if bytes.len() > MAX_FILE {
            return Err(Problem::error(format!("{name} has {} bytes; at most {MAX_FILE} are read", bytes.len()))
                .hint("import it in parts"));
        }
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let at = error.valid_up_to();
                let source = Source::new(name, String::from_utf8_lossy(bytes).into_owned());
                return Err(Problem::error("this file is not UTF-8")
                    .at(source.place(at..at + 1))
                    .hint("save it as UTF-8; spreadsheets call it “CSV UTF-8”"));
            }
        };
        let mut problems = Problems::new();
        let source = Source::new(name, text);
        let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let mut records = Vec::new();
        let mut reader = ::csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(bytes.get(start..).unwrap_or_default());
        let mut record = ::csv::StringRecord::new();
        loop {
            match reader.read_record(&mut record) {
                Ok(false) => break,
                Ok(true) => {
                    let at = start + record.position().map_or(0, |p| usize::try_from(p.byte()).unwrap_or(0));
                    records.push(Row { cells: record.iter().map(str::to_owned).zip(fields(text, at)).collect() });
                }
                Err(error) => return Err(Problem::error(format!("{name} cannot be read as CSV: {error}"))),
            }
        }
        let mut records = records.into_iter();
        let Some(head) = records.next() else {
            return Err(Problem::error(format!("{name} is empty")).hint("its first line names the columns"));
        };
        let head: Vec<(String, Place)> =
            head.cells.into_iter().map(|(cell, range)| (cell.trim().to_owned(), source.place(range))).collect();
        let mut rows = Vec::new();
        for row in records {
            let before = problems.0.len();
            if row.cells.len() != head.len() {
                let at = row
                    .cells
                    .first()
                    .map_or(0..0, |(_, range)| range.start..row.cells.last().map_or(range.end, |(_, last)| last.end));
                problems.push(
                    Problem::error(format!("this row has {} fields; the head has {}", row.cells.len(), head.len()))
                        .at(source.place(at))
                        .hint("a field that holds a comma, a quote or a line break stands in double quotes"),
                );
            }
            for (cell, range) in &row.cells {
                if cell.len() > MAX_CELL {
                    problems.push(
                        Problem::error(format!("this field has {} bytes; at most {MAX_CELL} are read", cell.len()))
                            .at(source.place(range.start..range.start + 1)),
                    );
                } else if let Some(bad) = cell.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
                    problems.push(
                        Problem::error(format!("this field holds the control character U+{:04X}", u32::from(bad)))
                            .at(source.place(range.clone())),
                    );
                }
            }
            if problems.0.len() == before {
                rows.push(row);
            }
        }
        Ok((Sheet { source, head, rows }, problems))
    }
}

/// Where the fields of the record that begins at `at` stand in the text, quotes included.
fn fields(text: &str, at: usize) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = at;
    // The reader counts a line break before a record to the record.
    while matches!(bytes.get(at), Some(b'\r' | b'\n')) {
        at += 1;
    }
    let mut found = Vec::new();
    let (mut start, mut quoted) = (at, false);
    loop {
        match bytes.get(at) {
            Some(b'"') => quoted = !quoted,
            Some(b',') if !quoted => {
                found.push(start..at);
                start = at + 1;
            }
            Some(b'\r' | b'\n') if !quoted => break,
            None => break,
            Some(_) => {}
        }
        at += 1;
    }
    found.push(start..at);
    found
}

//! A CSV file (RFC 4180, UTF-8, with or without a byte order mark) as rows of cells that know their place. Open to the rooms
//! that read such files; what the columns and cells mean is theirs.

use std::ops::Range;

use crate::base::{
    characters::lost,
    problem::{Place, Problem, Problems, Source},
};

/// The largest file that is read, in bytes.
pub const MAX_FILE: usize = 64 << 20;
/// The longest cell, in bytes.
pub const MAX_CELL: usize = 10_000;
/// As many problems of single rows as are told; a file of another kind would have one in every row.
pub const MAX_PROBLEMS: usize = 100;

/// A file with its head and rows.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// The text, from which places are made.
    pub source: Source,
    /// The names of the columns, each with its place.
    pub head: Vec<(String, Place)>,
    /// The rows that have as many cells as the head.
    pub rows: Vec<Row>,
}

/// One record; every cell has its text and where it stands.
#[derive(Debug, Clone)]
pub struct Row {
    /// The text of a cell without its quotes, and its bytes in the file with them.
    pub cells: Vec<(String, Range<usize>)>,
}

impl Sheet {
    /// The file as rows, with the problems of single rows (which are left out).
    ///
    /// # Errors
    /// The one problem, if nothing of the file can be read.
    pub fn read(name: &str, bytes: &[u8]) -> Result<(Sheet, Problems), Box<Problem>> {
        if bytes.len() > MAX_FILE {
            return Err(Problem::error(format!("{name} has {} bytes; at most {MAX_FILE} are read", bytes.len()))
                .hint("import it in parts")
                .into());
        }
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let at = error.valid_up_to();
                let source = Source::new(name, String::from_utf8_lossy(bytes).into_owned());
                return Err(Problem::error("this file is not UTF-8")
                    .at(source.place(at..at + 1))
                    .hint("save it as UTF-8; spreadsheets call it “CSV UTF-8”")
                    .into());
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
                Err(error) => return Err(Problem::error(format!("{name} cannot be read as CSV: {error}")).into()),
            }
        }
        let mut records = records.into_iter();
        let Some(head) = records.next() else {
            return Err(Problem::error(format!("{name} is empty")).hint("its first line names the columns").into());
        };
        let head: Vec<(String, Place)> =
            head.cells.into_iter().map(|(cell, range)| (cell.trim().to_owned(), source.place(range))).collect();
        let mut rows = Vec::new();
        for row in records {
            if problems.0.len() >= MAX_PROBLEMS {
                problems.push(Problem::error(format!("{name} has more rows like these")).hint("mend these first"));
                break;
            }
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
                } else if let Some(refusal) = cell.chars().find_map(lost) {
                    let written = text.get(range.clone()).unwrap_or_default();
                    let at = range.start + written.find(char::REPLACEMENT_CHARACTER).unwrap_or(0);
                    let place = source.place(at..at + char::REPLACEMENT_CHARACTER.len_utf8());
                    problems.push(Problem::error(refusal.what()).at(place).hint(refusal.hint));
                }
            }
            if problems.0.len() == before {
                rows.push(row);
            }
        }
        Ok((Sheet { source, head, rows }, problems))
    }

    /// Are the columns those that are known, each at most once, with all that are `needed`? Else the problems, all of them.
    pub fn check_head(&self, known: &[&str], needed: &[&str]) -> Problems {
        let mut problems = Problems::new();
        for (name, place) in &self.head {
            if !known.contains(&name.as_str()) {
                problems.push(
                    Problem::error(format!("unknown column `{name}`"))
                        .at(place.clone())
                        .did_you_mean(name, known.iter().copied()),
                );
            }
        }
        for column in known {
            match self.head.iter().filter(|(name, _)| name == column).count() {
                0 if needed.contains(column) => {
                    problems.push(Problem::error(format!("the column `{column}` is missing")).at(self.source.line(1)));
                }
                0 | 1 => {}
                _ => {
                    problems.push(Problem::error(format!("the column `{column}` stands twice")).at(self.source.line(1)))
                }
            }
        }
        problems
    }

    /// The cell of `row` in `column`, without space around it; empty if there is no such column.
    pub fn text<'a>(&self, row: &'a Row, column: &str) -> &'a str {
        self.cell(row, column).map_or("", |(text, _)| text.trim())
    }

    /// Where that cell stands.
    pub fn place(&self, row: &Row, column: &str) -> Place {
        self.source.place(self.cell(row, column).map_or(0..0, |(_, range)| range.clone()))
    }

    fn cell<'a>(&self, row: &'a Row, column: &str) -> Option<&'a (String, Range<usize>)> {
        row.cells.get(self.head.iter().position(|(name, _)| name == column)?)
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

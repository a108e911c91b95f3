//! A CSV file (RFC 4180, UTF-8, with or without a byte order mark) as a table whose cells know their place in the file.
//! What the columns and cells mean is decided by the rooms that read such files.

use std::ops::Range;

use crate::base::{
    characters::lost,
    problem::{Place, Problem, Problems, Source},
};

/// Maximum size of a file, in bytes.
pub const MAX_FILE: usize = 64 << 20;
/// Maximum length of a cell, in bytes.
pub const MAX_CELL: usize = 10_000;
/// Maximum number of problems in single rows that are reported. A file of another kind would have one in every row.
pub const MAX_PROBLEMS: usize = 100;

/// A file with its head and rows.
#[derive(Debug, Clone)]
pub struct CsvTable {
    /// The text, from which places are made.
    pub source: Source,
    /// The columns, as the first line names them.
    pub head: Vec<CsvColumn>,
    /// The rows that have as many cells as the head.
    pub rows: Vec<CsvRow>,
}

/// A column of the head.
#[derive(Debug, Clone)]
pub struct CsvColumn {
    /// Its name, without space around it.
    pub name: String,
    /// The place of the name.
    pub place: Place,
}

/// One record below the head.
#[derive(Debug, Clone)]
pub struct CsvRow {
    /// One cell a column.
    pub cells: Vec<CsvCell>,
}

/// One field of a record.
#[derive(Debug, Clone)]
pub struct CsvCell {
    /// Its text without quotes.
    pub text: String,
    /// Its bytes in the file, quotes included.
    pub range: Range<usize>,
}

impl CsvTable {
    /// Reads a file. Rows with a problem are left out; their problems are returned beside the table.
    ///
    /// # Errors
    /// A single problem if nothing of the file can be read.
    pub fn read(name: &str, bytes: &[u8]) -> Result<(CsvTable, Problems), Box<Problem>> {
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
                    let cells = record.iter().zip(fields(text, at));
                    let cells = cells.map(|(text, range)| CsvCell { text: text.to_owned(), range });
                    records.push(CsvRow { cells: cells.collect() });
                }
                Err(error) => return Err(Problem::error(format!("{name} cannot be read as CSV: {error}")).into()),
            }
        }
        let mut records = records.into_iter();
        let Some(head) = records.next() else {
            return Err(Problem::error(format!("{name} is empty")).hint("its first line names the columns").into());
        };
        let column = |cell: CsvCell| CsvColumn { name: cell.text.trim().to_owned(), place: source.place(cell.range) };
        let head: Vec<CsvColumn> = head.cells.into_iter().map(column).collect();
        let mut rows = Vec::new();
        for row in records {
            if problems.0.len() >= MAX_PROBLEMS {
                problems.push(Problem::error(format!("{name} has more rows like these")).hint("mend these first"));
                break;
            }
            let before = problems.0.len();
            if row.cells.len() != head.len() {
                let at = match (row.cells.first(), row.cells.last()) {
                    (Some(first), Some(last)) => first.range.start..last.range.end,
                    _ => 0..0,
                };
                problems.push(
                    Problem::error(format!("this row has {} fields; the head has {}", row.cells.len(), head.len()))
                        .at(source.place(at))
                        .hint("put a field that holds a comma, a quote or a line break in double quotes"),
                );
            }
            problems.extend(row.cells.iter().filter_map(|cell| cell.problem(&source)));
            if problems.0.len() == before {
                rows.push(row);
            }
        }
        Ok((CsvTable { source, head, rows }, problems))
    }

    /// The problems of the head: columns that are not `known`, stand twice, or are `needed` and missing.
    pub fn check_head(&self, known: &[&str], needed: &[&str]) -> Problems {
        let mut problems = Problems::new();
        for CsvColumn { name, place } in &self.head {
            if !known.contains(&name.as_str()) {
                problems.push(
                    Problem::error(format!("unknown column `{name}`"))
                        .at(place.clone())
                        .did_you_mean(name, known.iter().copied()),
                );
            }
        }
        for column in known {
            match self.head.iter().filter(|found| found.name == *column).count() {
                0 if needed.contains(column) => {
                    problems.push(Problem::error(format!("the column `{column}` is missing")).at(self.source.line(1)));
                }
                0 | 1 => {}
                _ => problems
                    .push(Problem::error(format!("the column `{column}` appears twice")).at(self.source.line(1))),
            }
        }
        problems
    }

    /// The cell of `row` in `column`, without space around it; empty if there is no such column.
    pub fn text<'a>(&self, row: &'a CsvRow, column: &str) -> &'a str {
        self.cell(row, column).map_or("", |cell| cell.text.trim())
    }

    /// The place of that cell.
    pub fn place(&self, row: &CsvRow, column: &str) -> Place {
        self.source.place(self.cell(row, column).map_or(0..0, |cell| cell.range.clone()))
    }

    fn cell<'a>(&self, row: &'a CsvRow, column: &str) -> Option<&'a CsvCell> {
        row.cells.get(self.head.iter().position(|found| found.name == column)?)
    }
}

impl CsvCell {
    /// The problem of a text that no column may hold.
    fn problem(&self, source: &Source) -> Option<Problem> {
        let (text, range) = (&self.text, &self.range);
        if text.len() > MAX_CELL {
            let what = format!("this field has {} bytes; at most {MAX_CELL} are read", text.len());
            return Some(Problem::error(what).at(source.place(range.start..range.start + 1)));
        }
        if let Some(bad) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            let what = format!("this field holds the control character U+{:04X}", u32::from(bad));
            return Some(Problem::error(what).at(source.place(range.clone())));
        }
        let refusal = text.chars().find_map(lost)?;
        let written = source.text().get(range.clone()).unwrap_or_default();
        let at = range.start + written.find(char::REPLACEMENT_CHARACTER).unwrap_or(0);
        let place = source.place(at..at + char::REPLACEMENT_CHARACTER.len_utf8());
        Some(Problem::error(refusal.what()).at(place).hint(refusal.hint))
    }
}

/// The bytes of each field, quotes included, of the record that begins at `at`.
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

//! CSV files (RFC 4180, UTF-8, with or without a byte order mark, separated by `,`, `;` or tabs): row by row with
//! [`CsvReader`], or as a table whose cells know their place. Rows of nothing but separators are left out. What the columns
//! and cells mean is decided by the rooms that read such files.

mod input;
mod part;
mod reader;
mod separator;
mod start;

use std::{io::Read, ops::Range};

pub use self::{
    input::{CsvInput, ReadSeek},
    part::{RowSpot, RowsRead, Unread, changed},
    reader::{CsvReader, CsvRecord, MAX_ROW},
    separator::Separator,
    start::{MAX_COLUMNS, MAX_HEAD},
};
use self::{reader::fields, start::not_utf8};
use crate::base::problem::{Place, Problem, Problems, Source};

/// Maximum size of a file, in bytes.
pub const MAX_FILE: usize = 32 << 20;
/// Maximum length of a cell, in bytes.
pub const MAX_CELL: usize = 10_000;
/// Maximum number of problems in single rows that are reported. A file of another kind would have one in every row.
pub const MAX_PROBLEMS: usize = 100;

/// A file with its head and rows.
#[derive(Debug, Clone)]
pub struct CsvTable {
    /// The text, from which places are made.
    pub source: Source,
    /// What separates the fields.
    pub separator: Separator,
    /// The columns, as the first line names them.
    pub head: Vec<CsvColumn>,
    /// The rows that have a cell for each column with a name.
    pub rows: Vec<CsvRow>,
}

/// A column of the head.
#[derive(Debug, Clone)]
pub struct CsvColumn {
    /// Its name, without space around it; empty if it has none.
    pub name: String,
    /// The place of the name.
    pub place: Place,
}

/// One record below the head.
#[derive(Debug, Clone)]
pub struct CsvRow {
    fields: ::csv::StringRecord,
    /// Its bytes in the text.
    range: Range<usize>,
    /// The line of the file in which it begins, from 1.
    line: usize,
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
        let mut reader = CsvReader::new(name, bytes)?;
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let rest = bytes.get(start..).unwrap_or_default();
            not_utf8(name, line, rest.split(|byte| *byte == b'\n').next().unwrap_or_default())
        })?;
        let mut table = CsvTable {
            source: Source::new(name, text),
            separator: reader.separator(),
            head: reader.head().to_vec(),
            rows: Vec::new(),
        };
        let mut problems = Problems::new();
        while let Some(record) = reader.next_record()? {
            if !table.take(record, record.range(), &mut problems) {
                break;
            }
        }
        Ok((table, problems))
    }

    /// Reads the rows of a file whose head was read.
    ///
    /// # Errors
    /// The file cannot be read any further.
    pub fn rest_of<R: Read>(name: &str, reader: &mut CsvReader<R>) -> Result<(CsvTable, Problems), Box<Problem>> {
        let mut table = RowsRead::of(name, reader).head();
        let head = table.source.text().len();
        let (mut text, mut problems) = (table.source.text().to_owned(), Problems::new());
        while let Some(record) = reader.next_record()? {
            text.push('\n');
            let start = text.len();
            text.push_str(record.written());
            if !table.take(record, start..text.len(), &mut problems) {
                break;
            }
        }
        if text.len() > head {
            table.source = Source::new(name, text);
        }
        Ok((table, problems))
    }

    /// Takes a row whose bytes stand there in the text, if it has no problem. Returns whether more rows are to be read.
    fn take(&mut self, record: CsvRecord<'_>, range: Range<usize>, problems: &mut Problems) -> bool {
        if problems.0.len() >= MAX_PROBLEMS {
            let name = self.source.name();
            problems.push(Problem::error(format!("{name} has more rows like these")).hint("mend these first"));
            return false;
        }
        let before = problems.0.len();
        problems.extend(record.length_problem());
        for at in 0..record.len() {
            problems.extend(record.field_problem(at));
            if self.head.get(at).is_some_and(|column| column.name.is_empty()) && !record.text(at).is_empty() {
                let problem = Problem::error("this column has no name in the head").at(record.place(at));
                problems.push(problem.hint("name it there, or leave it empty"));
            }
        }
        if problems.0.len() == before {
            self.rows.push(CsvRow { fields: record.fields(), range, line: record.line() });
        }
        true
    }

    /// The problems of the head: columns that are not `known`, stand twice, or are `needed` and missing.
    pub fn check_head(&self, known: &[&str], needed: &[&str]) -> Problems {
        let mut problems = Problems::new();
        for CsvColumn { name, place } in self.head.iter().filter(|column| !column.name.is_empty()) {
            if !known.contains(&name.as_str()) {
                problems.push(
                    Problem::error(format!("unknown column `{name}`"))
                        .at(place.clone())
                        .did_you_mean(name, known.iter().copied()),
                );
            }
        }
        let line = self.head.first().map(|column| self.source.line(column.place.line));
        let at_head = |problem: Problem| Problem { place: line.clone(), ..problem };
        for column in known {
            match self.head.iter().filter(|found| found.name == *column).count() {
                0 if needed.contains(column) => {
                    problems.push(at_head(Problem::error(format!("the column `{column}` is missing"))));
                }
                0 | 1 => {}
                _ => problems.push(at_head(Problem::error(format!("the column `{column}` appears twice")))),
            }
        }
        problems
    }

    /// The cell of `row` in `column`, without space around it; empty if there is no such column.
    pub fn text<'a>(&self, row: &'a CsvRow, column: &str) -> &'a str {
        self.column(column).and_then(|at| row.fields.get(at)).unwrap_or_default().trim()
    }

    /// The place of that cell.
    pub fn place(&self, row: &CsvRow, column: &str) -> Place {
        let (written, range) = self.written(row, column);
        self.place_in_row(row, written, range)
    }

    /// The place of the first such character of that cell, or of the cell if it has none.
    pub fn place_of(&self, row: &CsvRow, column: &str, character: char) -> Place {
        let (written, range) = self.written(row, column);
        let found = written.get(range.clone()).and_then(|cell| cell.find(character)).map(|at| range.start + at);
        self.place_in_row(row, written, found.map_or(range, |at| at..at + character.len_utf8()))
    }

    /// The text of a row, and the bytes of a cell in it.
    fn written(&self, row: &CsvRow, column: &str) -> (&str, Range<usize>) {
        let written = self.source.text().get(row.range.clone()).unwrap_or_default();
        let mut ranges = fields(written.as_bytes(), self.separator.byte()).ranges;
        let range = self.column(column).filter(|at| *at < ranges.len()).map(|at| ranges.swap_remove(at));
        (written, range.unwrap_or(0..0))
    }

    fn place_in_row(&self, row: &CsvRow, written: &str, range: Range<usize>) -> Place {
        // The text may be a part of the file: the line is that of the row.
        let mut place = Source::new(self.source.name(), written).place(range);
        place.line += row.line - 1;
        place
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.head.iter().position(|found| found.name == name)
    }
}

#[cfg(test)]
mod tests;

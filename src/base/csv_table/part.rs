//! Some rows of a large file, read again where they stand: a table of them, whose cells know their places in the file.

use std::{
    io::{self, Read, Seek, SeekFrom},
    sync::Arc,
};

use super::{CsvColumn, CsvReader, CsvRecord, CsvTable, Separator, reader::needed};
use crate::base::problem::{Problem, Problems, Source};

/// Maximum number of bytes between two rows that are read at once.
const GAP: u64 = 16 << 10;
/// Maximum number of bytes that are read at once.
const AT_ONCE: u64 = 1 << 20;

/// Where a row stands in a file.
#[derive(Debug, Clone, Copy)]
pub struct RowSpot {
    /// Its first byte.
    pub start: u64,
    /// Its length in bytes, without its line break.
    pub length: u32,
    /// Its line, from 1.
    pub line: u32,
}

impl RowSpot {
    /// Where this record stands; `None` in a file that is larger than is ever read.
    pub fn of(record: CsvRecord<'_>) -> Option<RowSpot> {
        let range = record.range();
        Some(RowSpot {
            start: u64::try_from(range.start).ok()?,
            length: u32::try_from(range.len()).ok()?,
            line: u32::try_from(record.line()).ok()?,
        })
    }

    const fn end(self) -> u64 {
        self.start + self.length as u64
    }
}

/// What is needed to read rows again.
#[derive(Debug, Clone)]
pub struct RowsRead {
    name: Arc<str>,
    separator: Separator,
    head: Vec<CsvColumn>,
    /// The text up to the end of the head, with its lines only.
    head_text: String,
}

impl RowsRead {
    /// Of the file that is being read.
    pub fn of<R: Read>(name: &str, reader: &CsvReader<R>) -> RowsRead {
        let line = reader.head().first().map_or(1, |column| column.place.line);
        let head_text = "\n".repeat(line - 1) + reader.written_head();
        RowsRead { name: name.into(), separator: reader.separator(), head: reader.head().to_vec(), head_text }
    }

    /// The head alone, as a table without rows.
    pub fn head(&self) -> CsvTable {
        CsvTable {
            source: Source::new(self.name.clone(), self.head_text.as_str()),
            separator: self.separator,
            head: self.head.clone(),
            rows: Vec::new(),
        }
    }

    /// The table of these rows, which stand in the order of the file. Rows with a problem are left out.
    ///
    /// # Errors
    /// The file cannot be read, or is not what it was.
    pub fn table(&self, input: &mut (impl Read + Seek), rows: &[RowSpot]) -> Result<(CsvTable, Problems), Unread> {
        let text = String::from_utf8(written(input, rows)?).map_err(|_| Unread::Changed)?;
        let mut table = self.head();
        table.source = Source::new(self.name.clone(), text);
        let text = table.source.clone();
        let mut reader = ::csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.separator.byte())
            .from_reader(text.text().as_bytes());
        let mut problems = Problems::new();
        let (mut record, mut at) = (::csv::StringRecord::new(), 0);
        for row in rows {
            if !reader.read_record(&mut record).map_err(|_| Unread::Changed)? {
                return Err(Unread::Changed);
            }
            let end = at + row.length as usize;
            let found = CsvRecord {
                name: &self.name,
                separator: self.separator,
                written: text.text().get(at..end).ok_or(Unread::Changed)?,
                start: at,
                line: row.line as usize,
                record: &record,
                columns: self.head.len(),
                needed: needed(&self.head),
            };
            if !table.take(found, at..end, &mut problems) {
                break;
            }
            at = end + 1;
        }
        Ok((table, problems))
    }
}

/// Why rows were not read again.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// The system does not let them be read.
    #[error("it cannot be read: {0}")]
    Broken(#[from] io::Error),
    /// What stands there is not what stood there.
    #[error("it was changed while it was read")]
    Changed,
}

impl Unread {
    /// The problem of the file with this name.
    pub fn problem(&self, name: &str) -> Problem {
        match self {
            Unread::Broken(error) => Problem::error(format!("{name} cannot be read: {error}")),
            Unread::Changed => changed(name),
        }
    }
}

/// The problem of a file that is not what it was.
pub fn changed(name: &str) -> Problem {
    Problem::error(format!("{name} was changed while it was read: nothing was imported"))
        .hint("import it when nobody writes it any more")
}

/// The bytes of rows, each with a line feed behind it.
fn written(input: &mut (impl Read + Seek), rows: &[RowSpot]) -> Result<Vec<u8>, Unread> {
    let all: usize = rows.iter().map(|row| row.length as usize + 1).sum();
    let (mut text, mut buffer) = (Vec::with_capacity(all), Vec::new());
    let mut rest = rows;
    while let Some(first) = rest.first() {
        let is_near = |pair: &[RowSpot]| {
            matches!(pair, [one, next] if next.start >= one.end() && next.start - one.end() <= GAP
                && next.end() - first.start <= AT_ONCE)
        };
        let near = 1 + rest.windows(2).take_while(|pair| is_near(pair)).count();
        let (together, after) = rest.split_at(near);
        let end = together.last().map_or(first.end(), |last| last.end());
        buffer.resize(usize::try_from(end - first.start).map_err(|_| Unread::Changed)?, 0);
        input.seek(SeekFrom::Start(first.start))?;
        match input.read_exact(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(Unread::Changed),
            read => read?,
        }
        for row in together {
            let from = usize::try_from(row.start - first.start).unwrap_or(usize::MAX);
            text.extend_from_slice(buffer.get(from..from + row.length as usize).ok_or(Unread::Changed)?);
            text.push(b'\n');
        }
        rest = after;
    }
    Ok(text)
}

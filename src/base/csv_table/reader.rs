//! A CSV file row by row: memory does not grow with its length. Each row knows its line and what was written; the places
//! of its fields are found only when a problem is told.

use std::{
    io::{self, Chain, Cursor, Read},
    ops::Range,
    sync::Arc,
};

use super::{
    CsvColumn, MAX_CELL, Separator,
    start::{Start, not_utf8, unreadable},
};
use crate::base::{
    characters::lost,
    problem::{Place, Problem, Source},
};

/// Maximum length of a row, in bytes.
pub const MAX_ROW: usize = 2 << 20;

/// Number of bytes that are read at a time.
const CHUNK: usize = 64 << 10;

/// Reads the rows of a file.
pub struct CsvReader<R> {
    name: Arc<str>,
    separator: Separator,
    head: Vec<CsvColumn>,
    written_head: String,
    needed: usize,
    input: ::csv::Reader<Kept<Chain<Cursor<Vec<u8>>, R>>>,
    record: ::csv::StringRecord,
    /// Bytes of the file before those that `input` reads.
    skipped: usize,
    /// Where the record stands in `input`, without line breaks around it.
    range: Range<u64>,
    line: usize,
    lines: Lines,
}

impl<R: Read> CsvReader<R> {
    /// Reads the head of a file; `name` is its name in messages.
    ///
    /// # Errors
    /// The file is no CSV in UTF-8, is empty, or its head cannot be read.
    pub fn new(name: &str, mut input: R) -> Result<CsvReader<R>, Box<Problem>> {
        let Start { bytes, skipped, line, separator } = Start::read(name, &mut input)?;
        let input = ::csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator.byte())
            .buffer_capacity(CHUNK)
            .from_reader(Kept { input: Cursor::new(bytes).chain(input), bytes: Vec::new(), from: 0, passed: 0 });
        let mut reader = CsvReader {
            name: name.into(),
            separator,
            head: Vec::new(),
            written_head: String::new(),
            needed: 0,
            input,
            record: ::csv::StringRecord::new(),
            skipped,
            range: 0..0,
            line,
            lines: Lines { count: line - 1, after_return: false },
        };
        reader.read()?;
        let head = reader.record();
        let column = |at: usize| CsvColumn { name: head.text(at).to_owned(), place: head.place(at) };
        let columns: Vec<CsvColumn> = (0..head.len()).map(column).collect();
        let written = head.written().to_owned();
        reader.needed = needed(&columns);
        (reader.head, reader.written_head) = (columns, written);
        Ok(reader)
    }

    /// The columns, as the head names them.
    pub fn head(&self) -> &[CsvColumn] {
        &self.head
    }

    /// The head as it stands in the file, without its line break.
    pub fn written_head(&self) -> &str {
        &self.written_head
    }

    /// The place of the whole head.
    pub fn head_place(&self) -> Place {
        let mut place = Source::new(self.name.clone(), &*self.written_head).place(0..self.written_head.len());
        place.line = self.head.first().map_or(1, |column| column.place.line);
        place
    }

    /// What stands between two fields.
    pub const fn separator(&self) -> Separator {
        self.separator
    }

    /// The next row that holds something; `None` at the end.
    ///
    /// # Errors
    /// The file cannot be read any further.
    pub fn next_record(&mut self) -> Result<Option<CsvRecord<'_>>, Box<Problem>> {
        while self.read()? {
            if !self.record.iter().all(|field| field.trim().is_empty()) {
                return Ok(Some(self.record()));
            }
        }
        Ok(None)
    }

    fn record(&self) -> CsvRecord<'_> {
        let kept = self.input.get_ref();
        let bytes = kept.part(&self.range);
        CsvRecord {
            name: &self.name,
            separator: self.separator,
            // The record was read as UTF-8, and around its fields stand only ASCII characters.
            written: std::str::from_utf8(bytes).unwrap_or_default(),
            start: self.skipped + usize::try_from(self.range.start).unwrap_or(usize::MAX),
            line: self.line,
            record: &self.record,
            columns: self.head.len(),
            needed: self.needed,
        }
    }

    /// Reads the next record, of whatever text.
    fn read(&mut self) -> Result<bool, Box<Problem>> {
        let from = self.input.position().byte();
        self.input.get_mut().forget_before(from);
        let read = self.input.read_record(&mut self.record);
        let to = self.input.position().byte();
        let part = self.input.get_ref().part(&(from..to));
        // The reader counts a line break before a record to the record.
        let is_break = |byte: &u8| matches!(byte, b'\r' | b'\n');
        let lead = part.iter().take_while(|byte| is_break(byte)).count();
        let trail = part.iter().rev().take_while(|byte| is_break(byte)).count();
        self.lines.pass(part.get(..lead).unwrap_or_default());
        self.line = self.lines.count + 1;
        let written = part.get(lead..part.len().saturating_sub(trail)).unwrap_or_default();
        let range = from + lead as u64..from + (lead + written.len()) as u64;
        match read {
            Ok(false) => return Ok(false),
            Ok(true) => {}
            Err(error) => {
                return Err(match error.into_kind() {
                    ::csv::ErrorKind::Utf8 { .. } => not_utf8(&self.name, self.line, written).into(),
                    ::csv::ErrorKind::Io(error) if error.get_ref().is_some_and(|inner| inner.is::<TooLong>()) => {
                        let what = format!("the row from line {} on has more than {MAX_ROW} bytes", self.line);
                        Problem::error(what)
                            .hint("a quote that opens a field and is not closed takes all that follows")
                            .into()
                    }
                    ::csv::ErrorKind::Io(error) => unreadable(&self.name, &error),
                    other => Problem::error(format!("{} cannot be read as CSV: {other:?}", self.name)).into(),
                });
            }
        }
        // With the line breaks behind it: they may belong to the field.
        let whole = part.get(lead..).unwrap_or_default();
        if whole.contains(&b'"')
            && let Some(quote) = fields(whole, self.separator.byte()).unclosed
        {
            let text = String::from_utf8_lossy(written).into_owned();
            let mut place = Source::new(&*self.name, text).place(quote..quote + 1);
            place.line += self.line - 1;
            let problem = Problem::error("this quote opens a field and is never closed").at(place);
            return Err(problem.hint("close it, or write two quotes for one that is part of the text").into());
        }
        self.lines.pass(whole);
        self.range = range;
        Ok(true)
    }
}

/// Number of fields that a row needs: up to the last column with a name.
pub(super) fn needed(columns: &[CsvColumn]) -> usize {
    columns.iter().rposition(|column| !column.name.is_empty()).map_or(0, |last| last + 1)
}

/// Counts the lines that were passed. A line ends in a line feed, a carriage return, or both.
struct Lines {
    count: usize,
    after_return: bool,
}

impl Lines {
    fn pass(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'\n' if self.after_return => {}
                b'\n' | b'\r' => self.count += 1,
                _ => {}
            }
            self.after_return = *byte == b'\r';
        }
    }
}

/// The last bytes that went through, so that a record is known as it was written.
struct Kept<R> {
    input: R,
    bytes: Vec<u8>,
    /// The position of the first of `bytes`.
    from: u64,
    /// The position up to which nothing is needed any more.
    passed: u64,
}

/// A record is longer than [`MAX_ROW`].
#[derive(Debug, thiserror::Error)]
#[error("a row is too long")]
struct TooLong;

impl<R> Kept<R> {
    fn part(&self, range: &Range<u64>) -> &[u8] {
        let at = |position: u64| usize::try_from(position.saturating_sub(self.from)).unwrap_or(usize::MAX);
        self.bytes.get(at(range.start)..at(range.end).min(self.bytes.len())).unwrap_or_default()
    }

    fn forget_before(&mut self, position: u64) {
        self.passed = position;
        let passed = usize::try_from(position.saturating_sub(self.from)).unwrap_or(0);
        // Not for every record, since the rest is moved.
        if passed >= CHUNK {
            self.bytes.drain(..passed.min(self.bytes.len()));
            self.from = position;
        }
    }
}

impl<R: Read> Read for Kept<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let end = self.from + self.bytes.len() as u64;
        if end - self.passed > MAX_ROW as u64 {
            return Err(io::Error::other(TooLong));
        }
        let length = self.input.read(buffer)?;
        self.bytes.extend_from_slice(buffer.get(..length).unwrap_or_default());
        Ok(length)
    }
}

/// One row as it was read.
#[derive(Clone, Copy)]
pub struct CsvRecord<'a> {
    pub(super) name: &'a Arc<str>,
    pub(super) separator: Separator,
    pub(super) written: &'a str,
    pub(super) start: usize,
    pub(super) line: usize,
    pub(super) record: &'a ::csv::StringRecord,
    pub(super) columns: usize,
    pub(super) needed: usize,
}

impl<'a> CsvRecord<'a> {
    /// Number of fields.
    #[expect(clippy::len_without_is_empty, reason = "a record has a field at least")]
    pub fn len(self) -> usize {
        self.record.len()
    }

    /// A field's text without quotes and without space around it; empty if there is no such field.
    pub fn text(self, column: usize) -> &'a str {
        self.record.get(column).unwrap_or_default().trim()
    }

    /// The row as it stands in the file, without its line break.
    pub const fn written(self) -> &'a str {
        self.written
    }

    /// The bytes of the file that it takes.
    pub const fn range(self) -> Range<usize> {
        self.start..self.start + self.written.len()
    }

    /// The line in which it begins, from 1.
    pub const fn line(self) -> usize {
        self.line
    }

    /// The fields as they were read.
    pub(super) fn fields(self) -> ::csv::StringRecord {
        self.record.clone()
    }

    /// The place of a field, or of the whole row if there is no such field.
    pub fn place(self, column: usize) -> Place {
        let range = fields(self.written.as_bytes(), self.separator.byte()).ranges.get(column).cloned();
        self.place_of(range.unwrap_or(0..self.written.len()))
    }

    /// The place of bytes of what was written.
    fn place_of(self, range: Range<usize>) -> Place {
        let mut place = Source::new(self.name.clone(), self.written).place(range);
        place.line += self.line - 1;
        place
    }

    /// The problem of a row that has more or fewer fields than the head; columns without a name need none.
    pub fn length_problem(self) -> Option<Problem> {
        let all = self.record.len();
        if all >= self.needed && (self.columns..all).all(|at| self.text(at).is_empty()) {
            return None;
        }
        let problem = Problem::error(format!("this row has {all} fields; the head has {}", self.columns));
        let separator = self.separator.with_article();
        Some(
            problem
                .at(self.place(usize::MAX))
                .hint(format!("put a field that holds {separator}, a quote or a line break in double quotes")),
        )
    }

    /// The problem of a field with a text that no column may hold.
    pub fn field_problem(self, column: usize) -> Option<Problem> {
        let text = self.record.get(column)?;
        if text.len() <= MAX_CELL && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return None;
        }
        let range =
            || fields(self.written.as_bytes(), self.separator.byte()).ranges.get(column).cloned().unwrap_or(0..0);
        if text.len() > MAX_CELL {
            let what = format!("this field has {} bytes; at most {MAX_CELL} are read", text.len());
            let start = range().start;
            return Some(Problem::error(what).at(self.place_of(start..start + 1)));
        }
        if let Some(bad) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            let what = format!("this field holds the control character U+{:04X}", u32::from(bad));
            return Some(Problem::error(what).at(self.place_of(range())));
        }
        let refusal = text.chars().find_map(lost)?;
        let range = range();
        let written = self.written.get(range.clone()).unwrap_or_default();
        let at = range.start + written.find(char::REPLACEMENT_CHARACTER).unwrap_or(0);
        let place = self.place_of(at..at + char::REPLACEMENT_CHARACTER.len_utf8());
        Some(Problem::error(refusal.what()).at(place).hint(refusal.hint))
    }
}

/// The fields of a record as it was written.
pub(super) struct Fields {
    /// The bytes of each, quotes included.
    pub ranges: Vec<Range<usize>>,
    /// The quote that is never closed.
    pub unclosed: Option<usize>,
}

/// Finds the fields of a record by the rules of the csv library: a quote opens a field only where the field begins.
pub(super) fn fields(record: &[u8], separator: u8) -> Fields {
    let mut ranges = Vec::new();
    let (mut start, mut at, mut opened) = (0, 0, None);
    let mut at_start = true;
    while let Some(byte) = record.get(at) {
        match byte {
            b'"' if opened.is_some() => {
                // Two are one that belongs to the text.
                if record.get(at + 1) == Some(&b'"') {
                    at += 1;
                } else {
                    opened = None;
                }
            }
            b'"' if at_start => opened = Some(at),
            byte if *byte == separator && opened.is_none() => {
                ranges.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
        at_start = at == start;
    }
    ranges.push(start..record.len());
    Fields { ranges, unclosed: opened }
}

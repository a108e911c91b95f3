//! Files of any length, read in parts: of a file only where its rows stand is kept. It is read once to learn
//! where the rows of each series stand, and the rows of some series at a time are then read again and checked, since nothing
//! about a value depends on another series. Whether a file was changed meanwhile is told at the end, from its hash.

use std::{
    collections::{BTreeSet, HashMap},
    io::{self, Read},
};

use ring::digest::{Context, SHA256};

use super::{
    ImportTerms, ReadFigures,
    csv::{self, Kind},
    imported::Imported,
    references,
};
use crate::{
    base::{
        csv_table::{self, CsvInput, CsvReader, CsvTable, MAX_PROBLEMS, RowSpot, RowsRead},
        problem::{Problem, Problems},
    },
    figures::{Dataset, ImportedFile, SeriesId},
};

/// Maximum size of a file, in bytes.
pub const MAX_LARGE_FILE: u64 = 1 << 30;
/// Maximum number of rows of observations of all files.
pub const MAX_LARGE_ROWS: usize = 4_000_000;
/// Maximum size of a file of units, series or events, in bytes.
const MAX_CATALOGUE: u64 = 32 << 20;
/// Number of rows from which on a part gets no further series.
const PART: usize = 5_000;
/// Maximum length of a name by which rows are put together, in bytes: a longer one is no series.
const MAX_NAME: usize = 64;

/// Files to be imported, of which it is known where their rows stand.
#[derive(Debug)]
pub struct LargeFiles {
    files: Vec<File>,
    /// Tables of units, series and events, which the first part takes.
    catalogue: Vec<CsvTable>,
    /// The rows of observations, by series in the order of their first rows, then in the order of the files.
    rows: Vec<Row>,
    /// The names of series.
    names: Vec<String>,
    /// Problems of whole files.
    problems: Problems,
    next: usize,
    begun: bool,
}

#[derive(Debug)]
struct File {
    input: CsvInput,
    record: ImportedFile,
    rows: Option<RowsRead>,
}

/// A row of observations.
#[derive(Debug, Clone, Copy)]
struct Row {
    spot: RowSpot,
    series: u32,
    file: u32,
}

/// Some series of the files, all rows of each.
#[derive(Debug)]
pub struct LargePart {
    rows: std::ops::Range<usize>,
    /// The series.
    pub series: BTreeSet<SeriesId>,
    /// Whether it is the first, which has the units, series and events, too.
    pub is_first: bool,
}

impl LargeFiles {
    /// Reads files once.
    pub fn open(inputs: Vec<CsvInput>) -> LargeFiles {
        let mut files = LargeFiles {
            files: Vec::new(),
            catalogue: Vec::new(),
            rows: Vec::new(),
            names: Vec::new(),
            problems: Problems::new(),
            next: 0,
            begun: false,
        };
        let mut known = HashMap::new();
        for mut input in inputs {
            let (name, size) = (input.name().to_owned(), input.size());
            let (rows, hash) = files.first_reading(&name, size, &mut input, &mut known);
            let (sha256, bytes) = hash.unwrap_or_default();
            files.files.push(File { input, record: ImportedFile { name, sha256, bytes }, rows });
        }
        // Rows of one series together, those of one file together within.
        files.rows.sort_by_key(|row| row.series);
        files
    }

    /// The files as the record of an import names them.
    pub fn records(&self) -> Vec<ImportedFile> {
        self.files.iter().map(|file| file.record.clone()).collect()
    }

    /// The problems of whole files; what the rows of such a file hold is not known.
    pub fn take_problems(&mut self) -> Problems {
        std::mem::take(&mut self.problems)
    }

    /// Whether there are units, series or events that are not read yet.
    pub const fn has_catalogue(&self) -> bool {
        !self.catalogue.is_empty()
    }

    /// The series that a file of series, before it is read, gives another unit than they have.
    pub fn with_another_unit(&self, existing: &Dataset) -> BTreeSet<SeriesId> {
        let tables = self.catalogue.iter().filter(|table| Kind::of(table).ok() == Some(Kind::Series));
        let rows = tables.flat_map(|table| table.rows.iter().map(move |row| (table, row)));
        let ids = rows.filter_map(|(table, row)| {
            let id = SeriesId::new(table.text(row, "id"))?;
            existing.series.get(&id).is_some_and(|before| before.unit != table.text(row, "unit")).then_some(id)
        });
        ids.collect()
    }

    /// The series that rows name.
    pub fn series(&self) -> BTreeSet<SeriesId> {
        self.names.iter().filter_map(|name| SeriesId::new(name)).collect()
    }

    /// Reads a file for the first time. Returns how its rows are read again, if it has observations, and its hash and length.
    fn first_reading(
        &mut self,
        name: &str,
        size: u64,
        input: &mut CsvInput,
        known: &mut HashMap<String, u32>,
    ) -> (Option<RowsRead>, Option<(String, u64)>) {
        let reader = match input.reader() {
            Ok(reader) => reader,
            Err(problems) => {
                self.problems.extend(problems.0);
                return (None, None);
            }
        };
        let mut hashing = Hashing { input: reader, context: Context::new(&SHA256), bytes: 0 };
        let found = self.scan(name, size, &mut hashing, known);
        let is_told = found.is_err();
        let rows = found.unwrap_or_else(|problems| {
            self.problems.extend(problems.0);
            None
        });
        match hashing.finish() {
            Ok(hash) => (rows, Some(hash)),
            Err(error) => {
                if !is_told {
                    self.problems.push(Problem::error(format!("{name} cannot be read: {error}")));
                }
                (None, None)
            }
        }
    }

    /// Finds where the rows of observations stand, and reads other files whole.
    fn scan(
        &mut self,
        name: &str,
        size: u64,
        input: &mut impl Read,
        known: &mut HashMap<String, u32>,
    ) -> Result<Option<RowsRead>, Problems> {
        let file = u32::try_from(self.files.len()).unwrap_or(u32::MAX);
        let mut reader = CsvReader::new(name, &mut *input).map_err(|problem| *problem)?;
        let rows = RowsRead::of(name, &reader);
        let head = rows.head();
        let kind = Kind::of(&head)?;
        let Some(column) = kind.series_column() else {
            return self.catalogue(name, size, reader).map(|()| None);
        };
        let column = head.head.iter().position(|found| found.name == column).unwrap_or(0);
        while let Some(record) = reader.next_record().map_err(|problem| *problem)? {
            let text: String = record.text(column).chars().take(MAX_NAME).collect();
            let next = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
            let series = *known.entry(text).or_insert_with_key(|name| {
                self.names.push(name.clone());
                next
            });
            let Some(spot) = RowSpot::of(record).filter(|_| self.rows.len() < MAX_LARGE_ROWS) else {
                let what = format!("{name} has more rows than are read: at most {MAX_LARGE_ROWS}");
                return Err(Problem::error(what).hint("import it in parts").into());
            };
            self.rows.push(Row { spot, series, file });
        }
        Ok(Some(rows))
    }

    /// Reads a file of units, series or events whole.
    fn catalogue<R: Read>(&mut self, name: &str, size: u64, mut reader: CsvReader<R>) -> Result<(), Problems> {
        if size > MAX_CATALOGUE {
            let what = format!("{name} is larger than {}", crate::base::bounded_file::Size(MAX_CATALOGUE));
            return Err(Problem::error(what).hint("only observations may be as many; import it in parts").into());
        }
        let (table, problems) = CsvTable::rest_of(name, &mut reader).map_err(|problem| *problem)?;
        self.problems.extend(problems.0);
        self.catalogue.push(table);
        Ok(())
    }

    /// The next part, as many series as are small enough together.
    pub fn next_part(&mut self) -> Option<LargePart> {
        if self.begun && self.next >= self.rows.len() {
            return None;
        }
        let is_first = !std::mem::replace(&mut self.begun, true);
        let (from, mut to) = (self.next, self.next);
        let mut series = BTreeSet::new();
        while let Some(first) = self.rows.get(to) {
            let same = self.rows.get(to..).unwrap_or_default().partition_point(|row| row.series <= first.series);
            if to > from && to + same - from > PART {
                break;
            }
            to += same;
            series.extend(self.names.get(first.series as usize).and_then(|name| SeriesId::new(name)));
        }
        self.next = to;
        Some(LargePart { rows: from..to, series, is_first })
    }

    /// Reads the rows of a part and checks them. The terms know the observations of its series, all units and series.
    ///
    /// # Errors
    /// Every problem of the part.
    pub fn read(&mut self, part: &LargePart, terms: &ImportTerms<'_>) -> Result<ReadFigures, Problems> {
        let (mut imported, mut problems) = (Imported::default(), Problems::new());
        if part.is_first {
            for table in std::mem::take(&mut self.catalogue) {
                csv::take(table, terms, &mut imported, &mut problems);
            }
        }
        let mut rows: Vec<Row> = self.rows.get(part.rows.clone()).unwrap_or_default().to_vec();
        rows.sort_by_key(|row| (row.file, row.spot.start));
        for of_file in rows.chunk_by(|a, b| a.file == b.file) {
            let file = of_file.first().and_then(|row| self.files.get_mut(row.file as usize));
            let Some(File { input, rows: Some(again), record, .. }) = file else { continue };
            let spots: Vec<RowSpot> = of_file.iter().map(|row| row.spot).collect();
            match again.table(&mut input.seekable(), &spots) {
                Ok((table, found)) => {
                    problems.extend(found.0);
                    csv::take(table, terms, &mut imported, &mut problems);
                }
                Err(unread) => problems.push(unread.problem(&record.name)),
            }
        }
        let read = references::check(imported, terms, &mut problems);
        if problems.is_empty() {
            return Ok(read);
        }
        problems.extend(read.left_out.0);
        problems.extend(read.to_look_at.0);
        Err(problems)
    }

    /// Whether the files are still what was read first.
    ///
    /// # Errors
    /// The problem of each that is not.
    pub fn check_unchanged(&mut self) -> Result<(), Problems> {
        let mut problems = Problems::new();
        for File { input, record, .. } in &mut self.files {
            let hash = input.reader().map(|input| Hashing { input, context: Context::new(&SHA256), bytes: 0 }.finish());
            let is_same = matches!(hash, Ok(Ok((sha256, bytes))) if (&sha256, bytes) == (&record.sha256, record.bytes));
            if !is_same {
                problems.push(csv_table::changed(&record.name));
            }
        }
        problems.into_result(())
    }
}

/// What a file is, without looking at what it holds; `None` if it cannot be read.
pub fn record_of(input: &mut CsvInput) -> Option<ImportedFile> {
    let name = input.name().to_owned();
    let hashing = Hashing { input: input.reader().ok()?, context: Context::new(&SHA256), bytes: 0 };
    let (sha256, bytes) = hashing.finish().ok()?;
    Some(ImportedFile { name, sha256, bytes })
}

/// The problems of several parts in the order of the files, at most as many as are told of one.
pub fn in_order(problems: Problems, files: &[ImportedFile]) -> Problems {
    let order = |problem: &Problem| {
        let place = problem.place.as_ref()?;
        Some((files.iter().position(|file| *file.name == *place.file), place.line))
    };
    let mut all = problems.0;
    // What has no place says that there is more.
    all.sort_by_key(|problem| order(problem).map_or((true, None, 0), |(file, line)| (false, file, line)));
    let more = all.len() > MAX_PROBLEMS;
    all.truncate(MAX_PROBLEMS);
    let mut problems = Problems(all);
    if more {
        problems.push(Problem::error("there are more problems like these").hint("mend these first"));
    }
    problems
}

/// A reader that hashes what goes through.
struct Hashing<R> {
    input: R,
    context: Context,
    bytes: u64,
}

impl<R: Read> Hashing<R> {
    /// The hash and the length of all, also of what was not asked for.
    fn finish(mut self) -> io::Result<(String, u64)> {
        io::copy(&mut self, &mut io::sink())?;
        let hash = self.context.finish();
        Ok((hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect(), self.bytes))
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        self.context.update(buffer.get(..length).unwrap_or_default());
        self.bytes += length as u64;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;
    use crate::figures::shipped;

    const HEAD: &str = "series,period,vintage,value,status,publisher,carrier,published_on,url,quality\n";
    const ROW: &str = "vw_bev_cn,2025,2026-01-20,155000,final,VW,,2026-01-20,https://example.org/a,report\n";

    /// What is told of a file that becomes another one once it was read for the first time.
    fn told_of(file: &Path, then: &str) -> Vec<String> {
        fs::write(file, format!("{HEAD}{ROW}")).unwrap();
        let mut files = LargeFiles::open(vec![CsvInput::open(file, MAX_LARGE_FILE).unwrap()]);
        assert!(files.take_problems().is_empty());
        fs::write(file, then).unwrap();
        let existing = shipped::dataset().unwrap();
        let terms = ImportTerms {
            existing: &existing,
            withdrawn: &[],
            today: chrono::NaiveDate::from_ymd_opt(2026, 11, 30).unwrap(),
            replace: true,
            again: false,
            decimal: None,
        };
        let part = files.next_part().unwrap();
        let read = files.read(&part, &terms).err().unwrap_or_default();
        let unchanged = files.check_unchanged().err().unwrap_or_default();
        read.0.into_iter().chain(unchanged.0).map(|problem| problem.what).collect()
    }

    #[test]
    fn a_file_that_changes_while_it_is_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.csv");
        let changed = format!("{} was changed while it was read: nothing was imported", file.display());
        assert_eq!(told_of(&file, &format!("{HEAD}{ROW}")), Vec::<String>::new());
        // Another value of the same length, a row more, and rows that are gone.
        assert_eq!(told_of(&file, &format!("{HEAD}{}", ROW.replace("155000", "155001"))), [&*changed]);
        assert_eq!(told_of(&file, &format!("{HEAD}{ROW}{ROW}")), [&*changed]);
        assert_eq!(told_of(&file, HEAD), [&*changed, &*changed]);
    }
}

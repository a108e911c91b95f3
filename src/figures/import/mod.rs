//! Reading figures from files. A file's format is found by its name, and each format has a file of its own here; how a
//! number is written is in `number`, the checks that need all files together in `references`, the checks of values against
//! their unit and their neighbours in `plausibility`. All problems of all files are returned at once, each with its place,
//! and nothing is returned beside them. Writing the figures to the store is not here.

mod cells;
mod csv;
mod imported;
mod large;
mod number;
mod plausibility;
mod references;
mod sdmx;

use std::path::Path;

use chrono::NaiveDate;
use ring::digest::{SHA256, digest};

use self::imported::Imported;
pub use self::{
    large::{LargeFiles, LargePart, MAX_LARGE_FILE, in_order, record_of},
    number::DecimalMark,
};
use super::{Dataset, ImportedFile, Withdrawn};
use crate::base::problem::Problems;

/// Maximum number of rows of a file that is read whole.
pub const MAX_ROWS: usize = 100_000;

/// A file that is imported.
#[derive(Debug, Clone)]
pub struct ImportFile {
    /// Its name, which tells its format and is shown in messages.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// A format in which figures are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
}

impl ImportFile {
    /// The file as the record of an import names it.
    pub fn record(&self) -> ImportedFile {
        let hash = digest(&SHA256, &self.bytes);
        let sha256 = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        ImportedFile { name: self.name.clone(), sha256, bytes: self.bytes.len() as u64 }
    }
}

/// The formats by the ending of a file's name.
const FORMATS: [(&str, Format); 1] = [("csv", Format::Csv)];

impl Format {
    /// The format of a file, whose name may be in upper or lower case. A name that tells none, such as that of a pipe or of
    /// a copy, is read as CSV.
    fn of(name: &str) -> Format {
        let ending = Path::new(name).extension();
        let known = FORMATS.iter().find(|(known, _)| ending.is_some_and(|ending| ending.eq_ignore_ascii_case(known)));
        known.map_or(Format::Csv, |(_, format)| *format)
    }
}

/// What an import is read against, and what it may do.
#[derive(Debug, Clone, Copy)]
pub struct ImportTerms<'a> {
    /// The figures that are there. Files may refer to their units and series.
    pub existing: &'a Dataset,
    /// The observations that are or were withdrawn.
    pub withdrawn: &'a [Withdrawn],
    /// The day of the import in UTC. What is dated later than the day after, which has begun in the east, is refused.
    pub today: NaiveDate,
    /// A value may change under its vintage, and a series its unit.
    pub replace: bool,
    /// A withdrawn observation may come back.
    pub again: bool,
    /// The decimal mark of all files; `None` if each file has to tell it.
    pub decimal: Option<DecimalMark>,
}

impl<'a> ImportTerms<'a> {
    /// An import that changes no value, on this day.
    pub const fn new(existing: &'a Dataset, today: NaiveDate) -> ImportTerms<'a> {
        ImportTerms { existing, withdrawn: &[], today, replace: false, again: false, decimal: None }
    }
}

/// What was read without an error.
#[derive(Debug, Clone)]
pub struct ReadFigures {
    /// The figures.
    pub data: Dataset,
    /// One warning for each observation that is left out since it is withdrawn.
    pub left_out: Problems,
    /// Values that a person should look at, since they are far from their neighbours.
    pub to_look_at: Problems,
}

/// Reads files, in any order.
///
/// # Errors
/// Every problem of every file.
pub fn read(files: &[ImportFile], terms: &ImportTerms<'_>) -> Result<ReadFigures, Problems> {
    let mut problems = Problems::new();
    let mut imported = Imported::default();
    for ImportFile { name, bytes } in files {
        match Format::of(name) {
            Format::Csv => csv::read(name, bytes, terms, &mut imported, &mut problems),
        }
    }
    let read = references::check(imported, terms, &mut problems);
    if problems.is_empty() {
        return Ok(read);
    }
    problems.extend(read.left_out);
    problems.extend(read.to_look_at);
    Err(problems)
}

//! Reading figures from files. A file's format is found by its name, and each format has a file of its own here; the
//! checks that need all files together are in `imported`. All problems of all files are returned at once, each with its
//! place, and nothing is returned beside them. Writing the figures to the store is not here.

mod csv;
mod imported;

use std::path::Path;

use self::imported::Imported;
use super::Dataset;
use crate::base::problem::Problems;

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

/// Reads files, in any order. Figures may refer to units and series of `existing`.
///
/// # Errors
/// Every problem of every file.
pub fn read(files: &[ImportFile], existing: &Dataset) -> Result<Dataset, Problems> {
    let mut problems = Problems::new();
    let mut imported = Imported::default();
    for ImportFile { name, bytes } in files {
        match Format::of(name) {
            Format::Csv => csv::read(name, bytes, &mut imported, &mut problems),
        }
    }
    let data = imported.into_dataset(existing, &mut problems);
    problems.into_result(data)
}

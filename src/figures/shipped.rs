//! The figures that come with the program: `data/*.csv`, embedded. They are imported into an empty store at its first use.

use chrono::NaiveDate;
use ring::digest::{SHA256, digest};

use super::{
    Dataset,
    import::{self, ImportFile, ImportTerms},
};
use crate::base::problem::Problems;

/// The files' names, for messages, and their bytes.
pub const FILES: [(&str, &[u8]); 4] = [
    ("data/units.csv", include_bytes!("../../data/units.csv")),
    ("data/series.csv", include_bytes!("../../data/series.csv")),
    ("data/observations.csv", include_bytes!("../../data/observations.csv")),
    ("data/events.csv", include_bytes!("../../data/events.csv")),
];

/// The shipped figures.
///
/// # Errors
/// Problems in the shipped files, which a test rules out.
pub fn dataset() -> Result<Dataset, Problems> {
    let existing = Dataset::default();
    // What is shipped has been published.
    let read = import::read(&files(), &ImportTerms::new(&existing, NaiveDate::MAX))?;
    Ok(read.data)
}

/// The shipped files, to be imported into a store that has figures.
pub fn files() -> Vec<ImportFile> {
    FILES.iter().map(|(name, bytes)| ImportFile { name: (*name).to_owned(), bytes: bytes.to_vec() }).collect()
}

/// The SHA-256 over all shipped files in lower-case hex, by which an upgrade that changed them is recognised.
pub fn hash() -> String {
    let all: Vec<u8> = FILES.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect();
    digest(&SHA256, &all).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_files_have_no_problem() {
        match dataset() {
            Ok(data) => {
                assert_eq!(data.series.len(), 91);
                assert_eq!(data.observations.values().map(Vec::len).sum::<usize>(), 285);
                assert_eq!(data.events.len(), 22);
            }
            Err(problems) => panic!("{problems}"),
        }
    }
}

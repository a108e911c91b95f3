//! The figures that come with the program: `data/*.csv`, embedded. They are imported into an empty store at its first use.

use chrono::NaiveDate;
use ring::digest::{SHA256, digest};

use super::{
    Dataset, ImportedFile,
    import::{self, ImportFile, ImportTerms},
};
use crate::base::problem::Problems;

/// The files' names, for messages, and their bytes.
pub const FILES: [(&str, &[u8]); 5] = [
    ("data/units.csv", include_bytes!("../../data/units.csv")),
    ("data/series.csv", include_bytes!("../../data/series.csv")),
    ("data/observations.csv", include_bytes!("../../data/observations.csv")),
    ("data/events.csv", include_bytes!("../../data/events.csv")),
    ("data/publishers.csv", include_bytes!("../../data/publishers.csv")),
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

/// The shipped files as the record of an import names them.
pub fn imported_files() -> Vec<ImportedFile> {
    let file = |(name, bytes): &(&str, &[u8])| ImportedFile {
        name: (*name).to_owned(),
        sha256: hex(digest(&SHA256, bytes).as_ref()),
        bytes: bytes.len() as u64,
    };
    FILES.iter().map(file).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The SHA-256 over all shipped files in lower-case hex, by which an upgrade that changed them is recognised.
pub fn hash() -> String {
    let all: Vec<u8> = FILES.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect();
    hex(digest(&SHA256, &all).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::language::Language;

    #[test]
    fn every_shipped_series_says_in_each_language_what_it_counts() {
        let data = dataset().unwrap();
        let mut told = Vec::new();
        for series in data.series.values() {
            for language in Language::ALL {
                let definition = series.definition.get(language);
                // A sentence ends with a full stop; two are enough.
                let sentences = definition.matches(['.', '。']).count();
                if !definition.ends_with(['.', '。']) || sentences > 4 {
                    told.push(format!("{} in {language}: {definition:?}", series.id));
                }
            }
        }
        assert!(told.is_empty(), "series without a definition of whole sentences:\n{}", told.join("\n"));
    }

    #[test]
    fn whoever_carried_a_number_is_not_called_its_publisher() {
        let data = dataset().unwrap();
        let sources = data.observations.values().flatten().flat_map(|o| &o.sources);
        let all = sources.chain(data.events.iter().map(|event| &event.source));
        let mut told = Vec::new();
        for source in all {
            let names =
                ["SCMP", "Economic Information Daily", "Xinhua", "Global Times", "dpa", "Reuters", "China News"];
            if names.iter().any(|name| source.publisher.contains(name))
                || source.carrier.as_ref() == Some(&source.publisher)
            {
                told.push(format!("{} via {:?}", source.publisher, source.carrier));
            }
        }
        assert!(told.is_empty(), "{}", told.join("\n"));
    }

    #[test]
    fn the_shipped_files_have_no_problem() {
        match dataset() {
            Ok(data) => {
                assert_eq!(data.series.len(), 100);
                assert_eq!(data.observations.values().map(Vec::len).sum::<usize>(), 328);
                assert_eq!(data.events.len(), 28);
            }
            Err(problems) => panic!("{problems}"),
        }
    }
}

//! Where the PDFs of editions stand in the folder for reports: `BRIEF/NUMBER/BRIEF-NUMBER-LANGUAGE.pdf`. They outlive a store
//! that is lost, and tell which numbers it gave. Who writes them is elsewhere.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// Where the PDF of an edition in a language stands.
pub fn path(reports: &Path, brief: &str, number: i64, language: &str) -> PathBuf {
    folder(reports, brief, number).join(format!("{brief}-{number}-{language}.pdf"))
}

/// The folder of an edition.
pub fn folder(reports: &Path, brief: &str, number: i64) -> PathBuf {
    reports.join(brief).join(number.to_string())
}

/// The highest number of an edition of a brief that has a PDF there; 0 if there is none.
///
/// # Errors
/// The folder is there and cannot be read.
pub fn highest(reports: &Path, brief: &str) -> io::Result<i64> {
    let mut numbers: Vec<i64> = names(&reports.join(brief))?.iter().filter_map(|name| number(name)).collect();
    numbers.sort_unstable();
    // A folder that a person made, such as one for each year, holds no file of that name.
    let is_edition = |number: &&i64| {
        let start = format!("{brief}-{number}-");
        let files = names(&folder(reports, brief, **number)).unwrap_or_default();
        files.iter().any(|file| file.strip_prefix(&*start).is_some_and(|end| end.ends_with(".pdf")))
    };
    Ok(numbers.iter().rev().find(is_edition).copied().unwrap_or(0))
}

/// The highest number of each brief that has an edition there. What cannot be read holds none.
pub fn editions(reports: &Path) -> BTreeMap<String, i64> {
    let briefs = names(reports).unwrap_or_default().into_iter();
    let numbered = briefs.map(|brief| (highest(reports, &brief).unwrap_or(0), brief));
    numbered.filter(|(number, _)| *number > 0).map(|(number, brief)| (brief, number)).collect()
}

/// A number as an edition's folder is called; `007` is none.
fn number(name: &str) -> Option<i64> {
    let number: i64 = name.parse().ok()?;
    (number > 0 && number.to_string() == name).then_some(number)
}

/// The names in a folder, as far as they are text; none if it is not there, or is a file.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries
            .map(|entry| Ok(entry?.file_name()))
            .map(|name| name.map(|name| name.into_string().ok()))
            .filter_map(Result::transpose)
            .collect(),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_an_edition_wrote_is_one() {
        let reports = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let file = reports.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        };
        assert_eq!(editions(&reports.path().join("none")), BTreeMap::new());
        for name in [
            "weekly/9/weekly-9-de.pdf",
            "weekly/10/weekly-10-en.pdf",
            // By people, by `backfill`, and what is half written.
            "weekly/2026/weekly-10-en.pdf",
            "weekly/011/weekly-11-en.pdf",
            "weekly/12/notes.txt",
            "weekly/13/weekly-13-en.pdf.part",
            "weekly/-14/weekly--14-en.pdf",
            "weekly/backfill/weekly-15-en.pdf",
            "weekly/16",
            "outbox/a.eml",
            "daily/1/weekly-1-en.pdf",
        ] {
            write(name);
        }
        assert_eq!(editions(reports.path()), BTreeMap::from([("weekly".to_owned(), 10)]));
        assert_eq!(highest(reports.path(), "daily").unwrap(), 0);
        assert!(path(reports.path(), "weekly", 10, "en").is_file());
    }
}

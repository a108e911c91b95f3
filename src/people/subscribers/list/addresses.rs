//! A list of addresses alone, such as of readers who left: a CSV file with a column of addresses, or one address a line.

use std::{collections::BTreeSet, io::Read};

use super::columns::{Columns, Given};
use crate::{
    base::{
        csv_table::{CsvReader, MAX_PROBLEMS},
        problem::{Place, Problem, Problems},
    },
    people::subscribers::Address,
};

/// Reads the addresses of a file, each once. `name` is its name in messages.
///
/// # Errors
/// The file is no CSV, its head is not understood, or a row holds no address: the first [`MAX_PROBLEMS`] of them.
pub fn read_addresses(name: &str, input: impl Read) -> Result<BTreeSet<Address>, Problems> {
    let mut csv = CsvReader::new(name, input).map_err(|problem| *problem)?;
    let mut addresses = Addresses::default();
    let column = match csv.head() {
        // One address a line has no head: the first line is one, too.
        [only] if only.name.contains('@') => {
            addresses.note(&only.name, || only.place.clone());
            0
        }
        head => Columns::of(head, &csv.head_place(), Given { language: true, consent: true, briefs: &[] })?.address,
    };
    while let Some(record) = csv.next_record().map_err(|problem| *problem)? {
        match record.field_problem(column) {
            Some(problem) => addresses.problems.push(problem),
            None => addresses.note(record.text(column), || record.place(column)),
        }
        if addresses.problems.0.len() >= MAX_PROBLEMS {
            break;
        }
    }
    addresses.problems.into_result(addresses.found)
}

#[derive(Default)]
struct Addresses {
    found: BTreeSet<Address>,
    problems: Problems,
}

impl Addresses {
    fn note(&mut self, text: &str, place: impl FnOnce() -> Place) {
        match Address::parse(text) {
            Ok(address) => drop(self.found.insert(address)),
            Err(bad) => self.problems.push(Problem::error(bad.what).at(place()).hint(bad.hint)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, String> {
        let read = read_addresses("gone.csv", text.as_bytes());
        read.map(|found| found.iter().map(|address| address.as_str().to_owned()).collect())
            .map_err(|all| all.to_string())
    }

    #[test]
    fn addresses_stand_in_a_column_or_alone() {
        let both = ["a@b.org", "c@d.org"].map(str::to_owned).to_vec();
        assert_eq!(read("a@b.org\nC@d.org\n\nc@D.org\n").map(|found| found.len()), Ok(2));
        assert_eq!(read("Name;E-Mail;Abmeldung\nX;c@d.org;2026\nY;a@b.org;\n"), Ok(both));
        let told = read("a@b.org\nc(at)d.org\n").unwrap_err();
        assert!(told.starts_with("error: `c(at)d.org` has no @\n --> gone.csv:2:1\n"), "{told}");
        let told = read("Name;Ort\nX;Y\n").unwrap_err();
        assert!(told.starts_with("error: no column of this head holds mail addresses\n"), "{told}");
        assert!(!told.contains("language"), "{told}");
        let told = read(&format!("mail\n{}", "x\n".repeat(1000))).unwrap_err();
        assert_eq!(told.matches("error: ").count(), MAX_PROBLEMS);
    }
}

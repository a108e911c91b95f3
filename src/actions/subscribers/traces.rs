//! Whether a file still holds an address that was erased. In a database's file the values of a row stand beside each other
//! without a mark: so an address is found wherever its octets stand, unless they are those of a longer address that is known.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use memchr::memmem::Finder;

use crate::people::subscribers::Address;

/// Octets of a file that are read at a time.
const BLOCK: usize = 64 * 1024;

/// Addresses for which files are searched.
pub(super) struct Traces {
    /// In lower case
    forms: Vec<Finder<'static>>,
    /// Addresses of others of which one of these is a part, in lower case, each with the place where it begins
    longer: Vec<(usize, Vec<u8>)>,
    /// Length of the longest of all
    most: usize,
}

impl Traces {
    /// Searches for addresses, in whatever case; `longer` are addresses of others that hold one of them.
    pub fn new(addresses: &[Address], longer: Vec<String>) -> Traces {
        let form = |address: &Address| [address.key().to_owned(), address.as_str().to_ascii_lowercase()];
        let mut forms: Vec<String> = addresses.iter().flat_map(form).collect();
        forms.sort_unstable();
        forms.dedup();
        let most = forms.iter().chain(&longer).map(String::len).max().unwrap_or(0);
        let begins = |one: &String| {
            let places = forms.iter().flat_map(|form| one.match_indices(form.as_str()).map(|(at, _)| at));
            places.map(|at| (at, one.clone().into_bytes())).collect::<Vec<_>>()
        };
        let longer = longer.iter().flat_map(begins).collect();
        let forms = forms.iter().map(|form| Finder::new(form.as_bytes()).into_owned()).collect();
        Traces { forms, longer, most }
    }

    /// Does a file hold one of them? It is read in blocks, since the store of a large list has gigabytes.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn are_in(&self, file: &Path) -> io::Result<bool> {
        // What goes on in the next block is looked at there, with as much before it as the longest address has.
        let kept_at_most = 3 * self.most;
        let mut block = vec![0; kept_at_most + BLOCK];
        let (mut file, mut kept, mut judged) = (File::open(file)?, 0, 0);
        loop {
            let read = file.read(block.get_mut(kept..).unwrap_or_default())?;
            let filled = block.get_mut(..kept + read).unwrap_or_default();
            filled.make_ascii_lowercase();
            let until = if read == 0 { filled.len() } else { filled.len().saturating_sub(self.most) };
            if self.are_between(filled, judged, until) {
                return Ok(true);
            }
            if read == 0 {
                return Ok(false);
            }
            let end = filled.len();
            kept = kept_at_most.min(end);
            filled.copy_within(end - kept.., 0);
            judged = (until + kept).saturating_sub(end);
        }
    }

    /// Does one of them begin in this part of a block, and is it not part of a longer one?
    fn are_between(&self, block: &[u8], from: usize, until: usize) -> bool {
        let is_of_another = |at: usize| {
            self.longer.iter().any(|(begins, longer)| {
                at.checked_sub(*begins).and_then(|at| block.get(at..)).is_some_and(|rest| rest.starts_with(longer))
            })
        };
        let mut found = self.forms.iter().flat_map(|form| form.find_iter(block));
        found.any(|at| (from..until).contains(&at) && !is_of_another(at))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn an_address_is_found_wherever_it_stands_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.db");
        let traces =
            Traces::new(&[Address::parse("Anna@Example.net").unwrap()], vec!["xanna@example.net.org".to_owned()]);
        let length = "anna@example.net".len();
        let mut bytes = vec![b'a'; 2 * BLOCK + 100];
        let last = bytes.len() - length;
        for at in (0..60).chain(BLOCK - 40..BLOCK + 120).chain(2 * BLOCK..=last) {
            let there = bytes.get_mut(at..at + length).unwrap();
            there.copy_from_slice(b"aNNa@example.NET");
            fs::write(&file, &bytes).unwrap();
            assert!(traces.are_in(&file).unwrap(), "{at}");
            bytes.get_mut(at..at + length).unwrap().fill(b'a');
        }
        fs::write(&file, &bytes).unwrap();
        assert!(!traces.are_in(&file).unwrap());
        fs::write(&file, "").unwrap();
        assert!(!traces.are_in(&file).unwrap());
    }

    #[test]
    fn a_longer_address_that_is_known_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.db");
        let longer = ["aanna@example.net", "anna@example.net.org"].map(str::to_owned).to_vec();
        let traces = Traces::new(&[Address::parse("anna@example.net").unwrap()], longer);
        for at in (0..60).chain(BLOCK - 60..BLOCK + 120) {
            let mut bytes = vec![b'.'; at];
            bytes.extend_from_slice(b"AANNA@example.net.anna@example.net.org");
            fs::write(&file, &bytes).unwrap();
            assert!(!traces.are_in(&file).unwrap(), "{at}");
            bytes.extend_from_slice(b"anna@example.net");
            fs::write(&file, &bytes).unwrap();
            assert!(traces.are_in(&file).unwrap(), "{at}");
        }
    }
}

//! The rows of a list that were not taken: as they were written, each with the reason in a column of its own, so that they
//! can be mended and imported. The file is for its owner only, since it holds addresses.

use std::{
    fs::{self, File, OpenOptions},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use crate::{
    actions::Result,
    base::{
        csv_table::Separator,
        problem::{Problem, Problems},
    },
};

/// The file while it is written. It goes again unless it is kept.
pub(super) struct Rejects {
    path: PathBuf,
    file: BufWriter<File>,
    separator: char,
    width: usize,
    is_kept: bool,
}

impl Rejects {
    /// Refuses a name that is taken, before anything is done.
    pub fn refuse_existing(path: &Path) -> Result<()> {
        if fs::symlink_metadata(path).is_ok() {
            let problem = Problem::error(format!("{} exists already", path.display()));
            return Err(problem.hint("`--skip-bad` writes a new file only").into());
        }
        Ok(())
    }

    /// Makes the file with the head of the list, which has `width` columns.
    pub fn create(path: &Path, head: &str, width: usize, separator: Separator) -> Result<Rejects> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).with_context(|| format!("{} cannot be written", path.display()))?;
        let separator = char::from(separator.byte());
        let mut rejects =
            Rejects { path: path.to_owned(), file: BufWriter::new(file), separator, width, is_kept: false };
        // By the mark Excel knows that it is UTF-8.
        rejects.line(&format!("\u{feff}{head}{separator}reason"))?;
        Ok(rejects)
    }

    /// Adds a row of so many fields.
    pub fn add(&mut self, written: &str, fields: usize, problems: &Problems) -> Result<()> {
        let reason = |problem: &Problem| {
            let hint = problem.hints.first().map_or_else(String::new, |hint| format!(" ({hint})"));
            format!("{}{hint}", problem.what)
        };
        let reasons: Vec<String> = problems.0.iter().map(reason).collect();
        // The reason stands below its head, also where the row lacks fields.
        let missing: String = std::iter::repeat_n(self.separator, self.width.saturating_sub(fields)).collect();
        let reasons = reasons.join("; ").replace('"', "\"\"");
        let separator = self.separator;
        self.line(&format!("{written}{missing}{separator}\"{reasons}\""))
    }

    /// Brings the file onto the disk.
    pub fn sync(&mut self) -> Result<()> {
        let done = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        Ok(done.with_context(|| format!("{} cannot be written", self.path.display()))?)
    }

    /// Leaves the file where it is, once the other rows are imported.
    pub fn keep(mut self) {
        self.is_kept = true;
    }

    fn line(&mut self, line: &str) -> Result<()> {
        let done = self.file.write_all(line.as_bytes()).and_then(|()| self.file.write_all(b"\r\n"));
        Ok(done.with_context(|| format!("{} cannot be written", self.path.display()))?)
    }
}

impl Drop for Rejects {
    fn drop(&mut self) {
        if !self.is_kept {
            // Nothing was imported: what the file says of it does not hold.
            let _ = fs::remove_file(&self.path);
        }
    }
}

//! Observations that an import will write, kept aside until everything is checked: in memory up to a bound, then in a file
//! without a name, which goes with the program.

use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};

use tempfile::SpooledTempFile;

use crate::figures::Observation;

/// Maximum number of bytes that are kept in memory.
const IN_MEMORY: usize = 8 << 20;

/// Observations in the order in which they came, each a line of JSON.
pub(super) struct Staged {
    file: BufWriter<SpooledTempFile>,
}

impl Staged {
    pub fn new() -> Staged {
        Staged { file: BufWriter::new(tempfile::spooled_tempfile(IN_MEMORY)) }
    }

    pub fn push(&mut self, observation: &Observation) -> io::Result<()> {
        serde_json::to_writer(&mut self.file, observation)?;
        self.file.write_all(b"\n")
    }

    /// All of them, from the first.
    pub fn into_reader(self) -> io::Result<StagedReader> {
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(StagedReader { file: BufReader::with_capacity(256 << 10, file), line: String::new() })
    }
}

/// Reads them again.
pub(super) struct StagedReader {
    file: BufReader<SpooledTempFile>,
    line: String,
}

impl StagedReader {
    /// The next ones, at most so many; none at the end.
    pub fn batch(&mut self, most: usize) -> io::Result<Vec<Observation>> {
        let mut batch = Vec::new();
        while batch.len() < most {
            self.line.clear();
            if self.file.read_line(&mut self.line)? == 0 {
                break;
            }
            batch.push(serde_json::from_str(&self.line)?);
        }
        Ok(batch)
    }
}

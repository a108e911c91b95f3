//! Observations that an import will write, kept aside until everything is checked: in memory up to a bound, then in a file
//! without a name, which goes with the program.

use std::{
    collections::HashMap,
    io::{self, BufRead, BufReader, BufWriter, Seek, Write},
    sync::Arc,
};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use tempfile::SpooledTempFile;

use crate::{
    figures::{Citation, Observation, Period, Published, SeriesId, Status},
    store::Incoming,
};

/// Maximum number of bytes that are kept in memory.
const IN_MEMORY: usize = 8 << 20;
/// Maximum number of citations that are remembered: each is written once while it is.
const REMEMBERED: usize = 10_000;

/// An observation as a line, with the numbers of its citations. A citation is a line of its own before the first
/// observation that has it, an object; `null` says that from here on they are counted from 0 again.
#[derive(Serialize, Deserialize)]
struct Line(SeriesId, Period, Published, Decimal, Status, Vec<usize>);

/// Observations in the order in which they came.
pub(super) struct Staged {
    file: BufWriter<SpooledTempFile>,
    /// The numbers of citations.
    citations: HashMap<Citation, usize>,
}

impl Staged {
    pub fn new() -> Staged {
        Staged { file: BufWriter::new(tempfile::spooled_tempfile(IN_MEMORY)), citations: HashMap::new() }
    }

    pub fn push(&mut self, observation: &Observation) -> anyhow::Result<()> {
        if self.citations.len() >= REMEMBERED {
            self.citations.clear();
            self.file.write_all(b"null\n")?;
        }
        let mut numbers = Vec::with_capacity(observation.sources.len());
        for citation in &observation.sources {
            let known = self.citations.get(citation).copied();
            if known.is_none() {
                self.file.write_all(Incoming::citation(citation)?.as_bytes())?;
                self.file.write_all(b"\n")?;
                self.citations.insert(citation.clone(), self.citations.len());
            }
            numbers.push(known.unwrap_or(self.citations.len() - 1));
        }
        let Observation { series, period, vintage, value, status, .. } = observation;
        serde_json::to_writer(&mut self.file, &Line(series.clone(), *period, *vintage, *value, *status, numbers))?;
        self.file.write_all(b"\n")?;
        Ok(())
    }

    /// All of them, from the first.
    pub fn into_reader(self) -> io::Result<StagedReader> {
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        let file = BufReader::with_capacity(256 << 10, file);
        Ok(StagedReader { file, line: String::new(), citations: Vec::new() })
    }
}

/// Reads them again.
pub(super) struct StagedReader {
    file: BufReader<SpooledTempFile>,
    line: String,
    citations: Vec<Arc<str>>,
}

impl StagedReader {
    /// The next ones, at most so many; none at the end. The reader comes back with them.
    pub fn batch(mut self, most: usize) -> io::Result<(StagedReader, Vec<Incoming>)> {
        let mut batch = Vec::new();
        while batch.len() < most {
            self.line.clear();
            if self.file.read_line(&mut self.line)? == 0 {
                break;
            }
            let line = self.line.trim_end();
            if line == "null" {
                self.citations.clear();
            } else if line.starts_with('{') {
                self.citations.push(line.into());
            } else {
                let Line(series, period, vintage, value, status, numbers) = serde_json::from_str(line)?;
                let citations = numbers.iter().filter_map(|number| self.citations.get(*number).cloned()).collect();
                batch.push(Incoming { series, period, vintage, value, status, citations });
            }
        }
        Ok((self, batch))
    }
}

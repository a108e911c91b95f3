//! The files that citations name as their evidence, by their SHA-256: which of them nobody keeps is told when figures are imported.

use std::collections::BTreeMap;

use crate::{
    base::{
        csv_table::MAX_PROBLEMS,
        plural::counted,
        problem::{Problem, Problems},
    },
    figures::Observation,
    store::{Error, Store},
};

/// Maximum number of files that are looked for.
const MAX_FILES: usize = 10_000;

/// The hashes that citations name, each with the first value that it is evidence of, and the number of values.
#[derive(Debug, Default)]
pub(super) struct NamedEvidence {
    named: BTreeMap<String, (String, u64)>,
}

impl NamedEvidence {
    /// Notes what the citations of these values name.
    pub fn note<'a>(&mut self, observations: impl Iterator<Item = &'a Observation>) {
        for observation in observations {
            for hash in observation.sources.iter().filter_map(|source| source.evidence.as_ref()) {
                if let Some((_, values)) = self.named.get_mut(hash) {
                    *values += 1;
                } else if self.named.len() < MAX_FILES {
                    let Observation { series, period, vintage, .. } = observation;
                    self.named.insert(hash.clone(), (format!("{series} {period} ({vintage})"), 1));
                }
            }
        }
    }

    /// A warning for each file that is not kept.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn not_kept(&self, store: &Store) -> Result<Problems, Error> {
        let (mut problems, mut more) = (Problems::new(), 0);
        for (hash, (first, values)) in &self.named {
            if store.blob_length(hash).await?.is_some() {
                continue;
            }
            if problems.0.len() >= MAX_PROBLEMS {
                more += 1;
                continue;
            }
            let others = match values - 1 {
                0 => String::new(),
                others => format!(" and {}", counted(others, "more value")),
            };
            let what = format!("the evidence of {first}{others} is not kept: no file has the SHA-256 {hash}");
            problems.push(Problem::warning(what).hint("`greenbrief figures keep FILE` keeps it"));
        }
        if more > 0 {
            problems.push(Problem::warning(format!("there are {} more like these", counted(more, "file"))));
        }
        Ok(problems)
    }
}

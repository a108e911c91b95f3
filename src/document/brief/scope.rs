//! The context of expressions: snapshot, language and file, and what the expressions leave behind (insertions, problems,
//! printed figures).

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    markers::{Insertion, insertion_marker},
    numbers::{GermanNumbers, Writing},
};
use crate::{
    base::{
        language::Language,
        problem::{Problem, Source},
    },
    figures::{Citation, Observation, Period, SeriesId, Snapshot},
};

/// Results of evaluating the expressions of a text.
#[derive(Default)]
pub(super) struct Gathered {
    /// In the order of their markers.
    pub insertions: Vec<Insertion>,
    pub problems: Vec<Problem>,
    /// Every observation that was printed, for the attached CSV.
    pub printed: Vec<Observation>,
}

/// A chart or table that a cross reference can lead to.
pub(super) struct NumberedBlock {
    pub id: String,
    /// As the reference names it: `Figure 2`.
    pub name: String,
}

/// The context in which the expressions of one file are evaluated. Clones share what is gathered.
#[derive(Clone)]
pub(super) struct Scope {
    pub snapshot: Arc<Snapshot>,
    pub language: Language,
    pub german: GermanNumbers,
    pub source: Source,
    pub gathered: Arc<Mutex<Gathered>>,
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scope")
    }
}

impl Scope {
    pub fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How numbers are written.
    pub fn writing(&self) -> Writing {
        Writing { language: self.language, german: self.german }
    }

    /// Inserts a text; returns its marker.
    pub fn insert(&self, text: String, cites: Vec<Citation>) -> String {
        self.mark(Insertion { text, cites, to: None })
    }

    /// Inserts a cross reference to a block, which [`Scope::name_references`] names later; returns its marker.
    pub fn insert_reference(&self, to: String) -> String {
        self.mark(Insertion { to: Some(to), ..Insertion::default() })
    }

    fn mark(&self, insertion: Insertion) -> String {
        let mut gathered = self.gathered();
        gathered.insertions.push(insertion);
        insertion_marker(gathered.insertions.len() - 1)
    }

    /// Gives every cross reference the name of its block. A reference to an unknown block is a problem.
    pub fn name_references(&self, numbered: &[NumberedBlock]) {
        let mut lost = Vec::new();
        for insertion in &mut self.gathered().insertions {
            let Some(id) = &insertion.to else { continue };
            match numbered.iter().find(|block| block.id == *id) {
                Some(block) => insertion.text.clone_from(&block.name),
                None => lost.push(id.clone()),
            }
        }
        for id in lost {
            let asked = format!("ref(\"{id}\")");
            let at = self.source.text().find(&asked).map_or(0..0, |at| at..at + asked.len());
            let known = numbered.iter().map(|block| block.id.as_str());
            let problem = Problem::error(format!("no chart or table `{id}` stands in this text"));
            self.gathered().problems.push(problem.at(self.source.place(at)).did_you_mean(&id, known));
        }
    }

    /// Reports a problem at the first place of the file where these words stand in quotes, near each other.
    pub fn problem(&self, words: &[&str], problem: Problem) {
        let text = self.source.text();
        let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        let at = quoted.first().and_then(|first| {
            text.match_indices(first.as_str())
                .find(|(at, _)| {
                    quoted.get(1).is_none_or(|second| {
                        text.get(*at..(at + 160).min(text.len())).is_none_or(|near| near.contains(second.as_str()))
                    })
                })
                .map(|(at, found)| at + 1..at + found.len() - 1)
        });
        let problem = match at {
            Some(range) => problem.at(self.source.place(range)),
            None => problem.at(self.source.place(0..0)),
        };
        self.gathered().problems.push(problem);
    }

    /// The series of this name; an unknown one is a problem.
    pub fn series(&self, name: &str) -> Option<SeriesId> {
        let found = SeriesId::new(name).filter(|id| self.snapshot.data.series.contains_key(id));
        if found.is_none() {
            let known = self.snapshot.data.series.keys().map(SeriesId::as_str);
            self.problem(&[name], Problem::error(format!("unknown series `{name}`")).did_you_mean(name, known));
        }
        found
    }

    /// The period that is asked for of the series `name`; a text that is none is a problem.
    pub fn period(&self, name: &str, period: &str) -> Option<Period> {
        let parsed = period.parse().ok();
        if parsed.is_none() {
            self.problem(
                &[name, period],
                Problem::error(format!("`{period}` is not a period"))
                    .hint("write 2024, 2024-06, 2024-06-30 or 2024/25"),
            );
        }
        parsed
    }
}

//! What a brief asks its figures for, recorded while it is filled: also what is not there. An edition freezes these and no
//! others.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use super::SeriesId;

/// The names that were asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Names of series, also of some that are not there.
    pub series: BTreeSet<String>,
    /// Ids of events, also of some that are not there.
    pub events: BTreeSet<String>,
}

impl Asked {
    /// The series among them.
    pub fn series_ids(&self) -> BTreeSet<SeriesId> {
        self.series.iter().filter_map(|name| SeriesId::new(name)).collect()
    }
}

/// Records what a dataset is asked for, if anybody wants to know. Clones of a dataset record together. Two datasets are
/// equal whether or not they record.
#[derive(Debug, Clone, Default)]
pub struct Recorder(Option<Arc<Mutex<Asked>>>);

impl PartialEq for Recorder {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Recorder {}

impl Recorder {
    /// One that records.
    pub fn recording() -> Recorder {
        Recorder(Some(Arc::default()))
    }

    /// What was asked for so far.
    pub fn asked(&self) -> Asked {
        let asked = |asked: &Arc<Mutex<Asked>>| asked.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.0.as_ref().map(asked).unwrap_or_default()
    }

    fn note(&self, note: impl FnOnce(&mut Asked)) {
        if let Some(asked) = &self.0 {
            note(&mut asked.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Notes that a series is asked for.
    pub fn series(&self, name: &str) {
        self.note(|asked| {
            if !asked.series.contains(name) {
                asked.series.insert(name.to_owned());
            }
        });
    }

    /// Notes that an event is asked for.
    pub fn event(&self, id: &str) {
        self.note(|asked| {
            if !asked.events.contains(id) {
                asked.events.insert(id.to_owned());
            }
        });
    }
}

/// The names that are asked for and not there, each with the one that was perhaps meant; empty if there is none.
pub type MissingNames = BTreeMap<String, String>;

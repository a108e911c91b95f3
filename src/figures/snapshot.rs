//! All figures at one moment, frozen: what an edition is made from. Reading it back gives the same bytes and id.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Event, Observation, Period, Series, SeriesId, Unit};

/// What a set of data files or the store holds. Sorted and complete: every observation's series and every series'
/// unit is here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dataset {
    /// Units by id.
    pub units: BTreeMap<String, Unit>,
    /// Series by id.
    pub series: BTreeMap<SeriesId, Series>,
    /// Observations by series, sorted by period, then vintage (oldest first).
    pub observations: BTreeMap<SeriesId, Vec<Observation>>,
    /// Events, oldest first.
    pub events: Vec<Event>,
}

/// The state of knowledge an edition is written with: values published on or before that day.
pub type AsKnown = NaiveDate;

/// A dataset frozen for an edition, with the day up to which it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Values published later are not seen.
    pub as_known: AsKnown,
    /// Everything the store held.
    pub data: Dataset,
}

impl Snapshot {
    /// The observation of `series` for `period` in the newest vintage published on or before `as_known` (of the
    /// snapshot, or an earlier one that a block pins). An unknown date counts as published before all known ones.
    pub fn observation(&self, series: &SeriesId, period: Period, as_known: Option<AsKnown>) -> Option<&Observation> {
        let day = as_known.map_or(self.as_known, |pinned| pinned.min(self.as_known));
        self.data
            .observations
            .get(series)?
            .iter()
            .filter(|o| o.period == period)
            .filter(|o| o.vintage.counts_from().is_none_or(|from| from <= day))
            .max_by_key(|o| o.vintage.counts_from())
    }
}

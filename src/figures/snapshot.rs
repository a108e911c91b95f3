//! All figures at one moment, frozen: what an edition is made from, and the questions a brief asks of it. Reading it
//! back gives the same bytes and the same id.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ring::digest::{SHA256, digest};
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
    /// The snapshot as JSON; the same snapshot always gives the same bytes.
    ///
    /// # Errors
    /// Only if serialisation itself fails.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    /// Reads what `to_bytes` wrote.
    ///
    /// # Errors
    /// If the bytes are something else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Snapshot, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    /// Lower-case hex SHA-256 of `to_bytes`.
    ///
    /// # Errors
    /// As `to_bytes`.
    pub fn id(&self) -> Result<String, serde_json::Error> {
        Ok(digest(&SHA256, &self.to_bytes()?).as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The observation of `series` for `period` in the newest vintage published on or before `as_known` (of the
    /// snapshot, or an earlier one that a block pins). An unknown date counts as published before all known ones.
    pub fn observation(&self, series: &SeriesId, period: Period, as_known: Option<AsKnown>) -> Option<&Observation> {
        self.known(series, as_known).filter(|o| o.period == period).max_by_key(|o| o.vintage.counts_from())
    }

    /// The observation of the latest period that is known.
    pub fn latest(&self, series: &SeriesId, as_known: Option<AsKnown>) -> Option<&Observation> {
        let period = self.known(series, as_known).map(|o| o.period).max()?;
        self.observation(series, period, as_known)
    }

    /// The periods for which there is a value, oldest first.
    pub fn periods(&self, series: &SeriesId) -> Vec<Period> {
        let mut periods: Vec<Period> = self.known(series, None).map(|o| o.period).collect();
        periods.dedup();
        periods
    }

    /// A later vintage known at the snapshot's day with another value than the one printed.
    pub fn restated(&self, printed: &Observation) -> Option<&Observation> {
        self.observation(&printed.series, printed.period, None).filter(|newest| {
            newest.value != printed.value && newest.vintage.counts_from() > printed.vintage.counts_from()
        })
    }

    /// The series that is the printed change on the year of this one.
    pub fn printed_change_of(&self, series: &SeriesId) -> Option<&Series> {
        self.data.series.values().find(|candidate| candidate.change_of.as_ref() == Some(series))
    }

    fn known(&self, series: &SeriesId, as_known: Option<AsKnown>) -> impl Iterator<Item = &Observation> {
        let day = as_known.map_or(self.as_known, |pinned| pinned.min(self.as_known));
        self.data
            .observations
            .get(series)
            .into_iter()
            .flatten()
            .filter(move |o| o.vintage.counts_from().is_none_or(|from| from <= day))
    }
}

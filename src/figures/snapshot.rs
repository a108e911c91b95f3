//! The figures of one moment, frozen for an edition, and the queries of a brief. A snapshot that is read back has the same
//! bytes and the same id.

use std::{collections::BTreeMap, sync::OnceLock};

use chrono::NaiveDate;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::{Event, Frequency, MissingNames, Observation, Period, Publisher, Recorder, Series, SeriesId, Unit};
use crate::base::language::Language;

/// The figures of a set of files, or of the store. It is sorted. In the store it is complete: every series of an
/// observation and every unit of a series is in it.
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
    /// The names of publishers and carriers in each language, by the name that citations have.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub publishers: BTreeMap<String, Publisher>,
    /// Of a part of the figures: what was asked for and is not there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub missing: MissingNames,
    /// Records what is asked for, if anybody wants to know.
    #[serde(skip)]
    pub recorder: Recorder,
}

impl Dataset {
    /// Number of units, series, observations, events and publishers.
    pub fn len(&self) -> usize {
        let observations: usize = self.observations.values().map(Vec::len).sum();
        self.units.len() + self.series.len() + observations + self.events.len() + self.publishers.len()
    }

    /// Whether there is none of them.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name of a publisher or carrier in this language: as citations have it, if it has no other.
    pub fn publisher_name<'a>(&'a self, name: &'a str, language: Language) -> &'a str {
        self.publishers.get(name).map_or(name, |publisher| publisher.name.get(language))
    }

    /// The series that goes on what another one measured until a break.
    pub fn successor(&self, of: &SeriesId) -> Option<&Series> {
        self.series.values().find(|series| series.predecessor.as_ref() == Some(of))
    }
}

/// The day up to which published values count as known.
pub type AsKnown = NaiveDate;

/// A dataset frozen for an edition, with the day up to which it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Values published later are ignored.
    pub as_known: AsKnown,
    /// The figures that the brief asks for; of an older edition, all figures of the store at that time.
    pub data: Dataset,
    #[serde(skip)]
    id: KeptId,
}

/// The id of a snapshot once somebody has asked for it: three languages, and each variant of a brief, print the same one. It
/// says nothing about the figures that they do not say themselves, and a clone, which may be changed, has none.
#[derive(Debug, Default)]
struct KeptId(OnceLock<String>);

impl Clone for KeptId {
    fn clone(&self) -> KeptId {
        KeptId::default()
    }
}

impl PartialEq for KeptId {
    fn eq(&self, _: &KeptId) -> bool {
        true
    }
}

impl Eq for KeptId {}

impl Snapshot {
    /// Freezes figures as they are known on a day. Whoever changes them later changes a clone.
    pub fn new(as_known: AsKnown, data: Dataset) -> Snapshot {
        Snapshot { as_known, data, id: KeptId::default() }
    }

    /// The snapshot as JSON. Equal snapshots have equal bytes.
    ///
    /// # Errors
    /// Only if serialisation fails.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    /// Reads a snapshot back.
    ///
    /// # Errors
    /// If the bytes are not a snapshot.
    pub fn from_bytes(bytes: &[u8]) -> Result<Snapshot, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    /// The SHA-256 of `to_bytes` in lower-case hex.
    ///
    /// # Errors
    /// Only if serialisation fails.
    pub fn id(&self) -> Result<String, serde_json::Error> {
        if let Some(id) = self.id.0.get() {
            debug_assert_eq!(
                Some(id),
                self.computed_id().ok().as_ref(),
                "a snapshot was changed after its id was told"
            );
            return Ok(id.clone());
        }
        let id = self.computed_id()?;
        Ok(self.id.0.get_or_init(|| id).clone())
    }

    fn computed_id(&self) -> Result<String, serde_json::Error> {
        Ok(digest(&SHA256, &self.to_bytes()?).as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The observation of `series` for `period` in the newest vintage that is known: at the snapshot's day, or at an earlier
    /// day `as_known`. An unknown date counts as earlier than all known ones.
    pub fn observation(&self, series: &SeriesId, period: Period, as_known: Option<AsKnown>) -> Option<&Observation> {
        self.known(series, as_known).filter(|o| o.period == period).max_by_key(|o| o.vintage.counts_from())
    }

    /// The frequency of a series: its longest, if it has periods of several. A year that is published in parts as well goes
    /// on being told by years.
    pub fn frequency(&self, series: &SeriesId, as_known: Option<AsKnown>) -> Option<Frequency> {
        self.known(series, as_known).map(|o| o.period.frequency()).max()
    }

    /// The observation of the latest known period of the series' frequency.
    pub fn latest(&self, series: &SeriesId, as_known: Option<AsKnown>) -> Option<&Observation> {
        self.latest_of(series, self.frequency(series, as_known)?, as_known)
    }

    /// The observation of the latest known period of this frequency.
    pub fn latest_of(
        &self,
        series: &SeriesId,
        frequency: Frequency,
        as_known: Option<AsKnown>,
    ) -> Option<&Observation> {
        let known = self.known(series, as_known).map(|o| o.period);
        self.observation(series, known.filter(|period| period.frequency() == frequency).max()?, as_known)
    }

    /// The periods that have a value, oldest first.
    pub fn periods(&self, series: &SeriesId) -> Vec<Period> {
        let mut periods: Vec<Period> = self.known(series, None).map(|o| o.period).collect();
        periods.dedup();
        periods
    }

    /// The newest known vintage of a printed observation, if it is later and has another value.
    pub fn restated(&self, printed: &Observation) -> Option<&Observation> {
        self.observation(&printed.series, printed.period, None).filter(|newest| {
            newest.value != printed.value && newest.vintage.counts_from() > printed.vintage.counts_from()
        })
    }

    /// The series that holds the printed changes of this one.
    pub fn printed_change_of(&self, series: &SeriesId) -> Option<&Series> {
        let found = self.data.series.values().find(|candidate| candidate.change_of.as_ref() == Some(series))?;
        self.data.recorder.series(found.id.as_str());
        Some(found)
    }

    fn known(&self, series: &SeriesId, as_known: Option<AsKnown>) -> impl Iterator<Item = &Observation> {
        self.data.recorder.series(series.as_str());
        let day = as_known.map_or(self.as_known, |pinned| pinned.min(self.as_known));
        self.data
            .observations
            .get(series)
            .into_iter()
            .flatten()
            .filter(move |o| o.vintage.counts_from().is_none_or(|from| from <= day))
    }
}

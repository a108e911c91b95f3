//! A series as a chart plots it.

use crate::{
    document::brief::translations::PROVISIONAL_MARK,
    figures::{Observation, Period, SeriesId},
};

pub(super) struct PlottedSeries {
    /// As the block's texts call it.
    pub name: String,
    pub id: SeriesId,
    pub points: Vec<PlottedPoint>,
}

pub(super) struct PlottedPoint {
    pub period: Period,
    /// `None` is a gap.
    pub observation: Option<Observation>,
    /// The change that is shown beside the value, with its mark if it is provisional; empty if none is shown.
    pub change: String,
}

impl PlottedPoint {
    /// Whether a value that the change beside it rests on is provisional.
    pub fn has_provisional_change(&self) -> bool {
        self.change.ends_with(PROVISIONAL_MARK)
    }
}

impl PlottedSeries {
    pub fn observations(&self) -> impl Iterator<Item = &Observation> {
        self.points.iter().filter_map(|point| point.observation.as_ref())
    }
}

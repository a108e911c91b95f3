//! A series as a chart plots it.

use crate::figures::{Observation, Period, SeriesId};

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
    /// The change that is shown beside the value; empty if none is.
    pub change: String,
}

impl PlottedSeries {
    pub fn observations(&self) -> impl Iterator<Item = &Observation> {
        self.points.iter().filter_map(|point| point.observation.as_ref())
    }
}

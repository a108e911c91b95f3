//! A series as a chart plots it.

use rust_decimal::Decimal;

use crate::figures::{ChangeUnit, Observation, Period, SeriesId};

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
    /// The change that is shown beside the value.
    pub change: Option<PlottedChange>,
}

pub(super) struct PlottedChange {
    pub value: Decimal,
    pub unit: ChangeUnit,
    pub provisional: bool,
}

impl PlottedPoint {
    /// Whether a value that the change beside it rests on is provisional.
    pub fn has_provisional_change(&self) -> bool {
        self.change.as_ref().is_some_and(|change| change.provisional)
    }
}

impl PlottedSeries {
    pub fn observations(&self) -> impl Iterator<Item = &Observation> {
        self.points.iter().filter_map(|point| point.observation.as_ref())
    }
}

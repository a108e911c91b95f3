//! Figures as they were read from all files, each with its place, and the checks between them: what is there twice, and
//! references to units and series that do not exist.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::{
    base::problem::{Place, Problem, Problems},
    figures::{Citation, Dataset, Event, Observation, Period, Published, Series, SeriesId, Status, Unit},
};

/// Something that was read, with the place where it begins.
pub(super) struct Placed<T> {
    pub thing: T,
    pub place: Place,
}

/// A value with one of its sources.
pub(super) struct SourcedValue {
    pub series: SeriesId,
    pub period: Period,
    pub vintage: Published,
    pub value: Decimal,
    pub status: Status,
    pub source: Citation,
    pub value_place: Place,
}

/// The contents of all files, in their order.
#[derive(Default)]
pub(super) struct Imported {
    pub units: Vec<Placed<Unit>>,
    pub series: Vec<Placed<Series>>,
    pub values: Vec<Placed<SourcedValue>>,
    pub events: Vec<Placed<Event>>,
}

impl Imported {
    /// All of it as a dataset. Problems are those between figures, also of figures in `existing`.
    pub fn into_dataset(self, existing: &Dataset, problems: &mut Problems) -> Dataset {
        let mut checked = Checked { data: Dataset::default(), existing, places: BTreeMap::new(), problems };
        self.units.into_iter().for_each(|unit| checked.unit(unit));
        self.series.into_iter().for_each(|series| checked.series(series));
        checked.printed_changes();
        self.values.into_iter().for_each(|value| checked.value(value));
        self.events.into_iter().for_each(|event| checked.event(event));
        // Merging sorts observations and events.
        Dataset::default().merge(checked.data)
    }
}

struct Checked<'a> {
    data: Dataset,
    existing: &'a Dataset,
    /// The latest place of each unit, series and event, by kind and id.
    places: BTreeMap<String, Place>,
    problems: &'a mut Problems,
}

impl Checked<'_> {
    /// Notes where a thing stands; a second one of the same id is a problem.
    fn once(&mut self, kind: &str, id: &str, place: &Place) {
        if let Some(first) = self.places.insert(format!("{kind} {id}"), place.clone()) {
            self.problems.push(
                Problem::error(format!("the {kind} `{id}` appears here a second time"))
                    .at(place.clone())
                    .hint(format!("the first is in {}:{}", first.file, first.line)),
            );
        }
    }

    fn has_series(&self, id: &SeriesId) -> bool {
        self.data.series.contains_key(id) || self.existing.series.contains_key(id)
    }

    fn unit(&mut self, Placed { thing, place }: Placed<Unit>) {
        self.once("unit", &thing.id, &place);
        self.data.units.insert(thing.id.clone(), thing);
    }

    fn series(&mut self, Placed { thing, place }: Placed<Series>) {
        self.once("series", thing.id.as_str(), &place);
        if !self.data.units.contains_key(&thing.unit) && !self.existing.units.contains_key(&thing.unit) {
            let known = self.data.units.keys().chain(self.existing.units.keys()).map(String::as_str);
            let problem = Problem::error(format!("unknown unit `{}`", thing.unit)).at(place);
            self.problems.push(problem.did_you_mean(&thing.unit, known));
        }
        self.data.series.insert(thing.id.clone(), thing);
    }

    /// Checks, once all series are known, that a printed change is of one of them.
    fn printed_changes(&mut self) {
        let mut unknown = Problems::new();
        for series in self.data.series.values() {
            let Some(of) = series.change_of.as_ref().filter(|of| !self.has_series(of)) else { continue };
            let mut problem = Problem::error(format!("unknown series `{of}` in `change_of`"));
            problem.place = self.places.get(&format!("series {}", series.id)).cloned();
            unknown.push(problem);
        }
        self.problems.extend(unknown);
    }

    /// Values of one series, period and vintage are one observation with several sources.
    fn value(&mut self, Placed { thing: read, place }: Placed<SourcedValue>) {
        if !self.has_series(&read.series) {
            let known = self.data.series.keys().chain(self.existing.series.keys()).map(SeriesId::as_str);
            let problem = Problem::error(format!("unknown series `{}`", read.series)).at(place);
            self.problems.push(problem.did_you_mean(read.series.as_str(), known));
            return;
        }
        let all = self.data.observations.entry(read.series.clone()).or_default();
        match all.iter_mut().find(|o| o.period == read.period && o.vintage == read.vintage) {
            Some(first) if first.value != read.value => self.problems.push(
                Problem::error(format!(
                    "{} {} is {} here and {} in an earlier row of the same vintage",
                    read.series, read.period, read.value, first.value
                ))
                .at(read.value_place)
                .hint("rows of one series, period and vintage are sources of one value; a later value is a vintage of its own"),
            ),
            Some(first) if first.sources.contains(&read.source) => {
                let what = "the same source of the same value appears here a second time";
                self.problems.push(Problem::error(what).at(place));
            }
            Some(first) => first.sources.push(read.source),
            None => all.push(Observation {
                series: read.series,
                period: read.period,
                vintage: read.vintage,
                value: read.value,
                status: read.status,
                sources: vec![read.source],
            }),
        }
    }

    fn event(&mut self, Placed { thing, place }: Placed<Event>) {
        self.once("event", &thing.id, &place);
        self.data.events.push(thing);
    }
}

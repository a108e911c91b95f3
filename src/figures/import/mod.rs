//! Reading figures from files: one file per format, and the checks that need all files together. All problems of all
//! files at once, each with its place; nothing is returned if there is one. Writing them to the store is not here.

mod rows;

use std::collections::BTreeMap;

use super::{Citation, Dataset, Observation, Period, Published, SeriesId};
use crate::base::{
    problem::{Place, Problem, Problems},
    sheet::Sheet,
};

/// What the files hold. References (a series' unit, an observation's series) may also be to what `existing` holds.
///
/// Files are known by their heads: units, series, observations, events, in any order.
///
/// # Errors
/// Every problem of every file.
pub fn read(files: &[(String, Vec<u8>)], existing: &Dataset) -> Result<Dataset, Problems> {
    let mut problems = Problems::new();
    let mut found = Found::default();
    for (name, bytes) in files {
        match Sheet::read(name, bytes) {
            Err(problem) => problems.push(*problem),
            Ok((sheet, bad)) => {
                problems.extend(bad);
                rows::read(&sheet, &mut found, &mut problems);
            }
        }
    }
    let data = found.into_dataset(existing, &mut problems);
    problems.into_result(data)
}

/// A thing with its place, so that problems between rows can be shown.
struct Placed<T> {
    thing: T,
    place: Place,
}

/// One row of observations: a value with one source.
struct ObservationRow {
    series: SeriesId,
    period: Period,
    vintage: Published,
    value: rust_decimal::Decimal,
    status: super::Status,
    source: Citation,
    value_place: Place,
}

#[derive(Default)]
struct Found {
    units: Vec<Placed<super::Unit>>,
    series: Vec<Placed<super::Series>>,
    observations: Vec<Placed<ObservationRow>>,
    events: Vec<Placed<super::Event>>,
}

fn twice(kind: &str, id: &str, place: &Place, first: &Place) -> Problem {
    Problem::error(format!("the {kind} `{id}` stands here a second time"))
        .at(place.clone())
        .hint(format!("the first is in {}:{}", first.file, first.line))
}

impl Found {
    fn into_dataset(self, existing: &Dataset, problems: &mut Problems) -> Dataset {
        let mut data = Dataset::default();
        let mut places: BTreeMap<String, Place> = BTreeMap::new();
        for Placed { thing, place } in self.units {
            if let Some(first) = places.insert(format!("unit {}", thing.id), place.clone()) {
                problems.push(twice("unit", &thing.id, &place, &first));
            }
            data.units.insert(thing.id.clone(), thing);
        }
        for Placed { thing, place } in self.series {
            if let Some(first) = places.insert(format!("series {}", thing.id), place.clone()) {
                problems.push(twice("series", thing.id.as_str(), &place, &first));
            }
            if !data.units.contains_key(&thing.unit) && !existing.units.contains_key(&thing.unit) {
                let known = data.units.keys().chain(existing.units.keys()).map(String::as_str);
                problems.push(
                    Problem::error(format!("unknown unit `{}`", thing.unit))
                        .at(place.clone())
                        .did_you_mean(&thing.unit, known),
                );
            }
            data.series.insert(thing.id.clone(), thing);
        }
        let changes: Vec<_> = data.series.values().filter_map(|s| Some((s.id.clone(), s.change_of.clone()?))).collect();
        for (id, of) in changes {
            if !data.series.contains_key(&of) && !existing.series.contains_key(&of) {
                let mut problem = Problem::error(format!("unknown series `{of}` in `change_of`"));
                problem.place = places.get(&format!("series {id}")).cloned();
                problems.push(problem);
            }
        }
        for Placed { thing: row, place } in self.observations {
            if !data.series.contains_key(&row.series) && !existing.series.contains_key(&row.series) {
                let known = data.series.keys().chain(existing.series.keys()).map(SeriesId::as_str);
                problems.push(
                    Problem::error(format!("unknown series `{}`", row.series))
                        .at(place)
                        .did_you_mean(row.series.as_str(), known),
                );
                continue;
            }
            let all = data.observations.entry(row.series.clone()).or_default();
            match all.iter_mut().find(|o| o.period == row.period && o.vintage == row.vintage) {
                Some(first) if first.value != row.value => problems.push(
                    Problem::error(format!(
                        "{} {} is {} here and {} in an earlier row of the same vintage",
                        row.series, row.period, row.value, first.value
                    ))
                    .at(row.value_place)
                    .hint("rows of one series, period and vintage are sources of one value; a later value is a vintage of its own"),
                ),
                Some(first) if first.sources.contains(&row.source) => {
                    problems.push(Problem::error("the same source of the same value stands here a second time").at(place));
                }
                Some(first) => first.sources.push(row.source),
                None => all.push(Observation {
                    series: row.series,
                    period: row.period,
                    vintage: row.vintage,
                    value: row.value,
                    status: row.status,
                    sources: vec![row.source],
                }),
            }
        }
        for Placed { thing, place } in self.events {
            if let Some(first) = places.insert(format!("event {}", thing.id), place.clone()) {
                problems.push(twice("event", &thing.id, &place, &first));
            }
            data.events.push(thing);
        }
        // Sorts everything.
        Dataset::default().merge(data)
    }
}

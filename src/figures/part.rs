//! A part of the figures: what a brief asks for, and what of it is not there.

use std::collections::BTreeMap;

use super::{Asked, Dataset, Publisher, SeriesId};
use crate::base::problem::nearest;

impl Dataset {
    /// Only what is asked for, with the units of its series. What is not there is noted, with the name that was perhaps meant:
    /// who asks this dataset is told the same.
    #[must_use]
    pub fn only(&self, asked: &Asked) -> Dataset {
        let mut data = Dataset::default();
        for name in &asked.series {
            let found = SeriesId::new(name).and_then(|id| self.series.get(&id));
            let Some(series) = found else {
                let known = self.series.keys().map(SeriesId::as_str);
                let meant = nearest(name, known.chain(self.missing.values().map(String::as_str)));
                data.missing.insert(name.clone(), meant.unwrap_or_default().to_owned());
                continue;
            };
            if let Some(unit) = self.units.get(&series.unit) {
                data.units.insert(unit.id.clone(), unit.clone());
            }
            if let Some(observations) = self.observations.get(&series.id) {
                data.observations.insert(series.id.clone(), observations.clone());
            }
            data.series.insert(series.id.clone(), series.clone());
        }
        for id in &asked.events {
            match self.events.iter().find(|event| event.id == *id) {
                Some(event) => data.events.push(event.clone()),
                None => {
                    let known = self.events.iter().map(|event| event.id.as_str());
                    let meant = nearest(id, known.chain(self.missing.values().map(String::as_str)));
                    data.missing.insert(id.clone(), meant.unwrap_or_default().to_owned());
                }
            }
        }
        data.events.sort_by(|a, b| (a.date, &a.id).cmp(&(b.date, &b.id)));
        data.publishers = self.publishers_of(&data);
        data
    }

    /// The publishers that the figures of a part name.
    fn publishers_of(&self, part: &Dataset) -> BTreeMap<String, Publisher> {
        let sources = part.observations.values().flatten().flat_map(|observation| &observation.sources);
        let sources = sources.chain(part.events.iter().map(|event| &event.source));
        let cited = sources.flat_map(|source| [Some(&source.publisher), source.carrier.as_ref()]).flatten();
        let named = cited.chain(part.series.values().map(|series| &series.publisher));
        let found = named.filter_map(|name| self.publishers.get(name));
        found.map(|publisher| (publisher.id.clone(), publisher.clone())).collect()
    }

    /// The names of series, for a hint.
    pub fn known_series(&self) -> impl Iterator<Item = &str> {
        self.series.keys().map(SeriesId::as_str).chain(self.meant())
    }

    /// The ids of events, for a hint.
    pub fn known_events(&self) -> impl Iterator<Item = &str> {
        self.events.iter().map(|event| event.id.as_str()).chain(self.meant())
    }

    fn meant(&self) -> impl Iterator<Item = &str> {
        self.missing.values().map(String::as_str).filter(|name| !name.is_empty())
    }
}

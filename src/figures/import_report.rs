//! The comparison of an import with what is there, and the merge of both. Pure; the store applies an import in one
//! transaction.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use serde::Serialize;

use super::{Dataset, Observation, Period, Published};

/// A unit, series, observation or event that an import adds or changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportItem {
    /// `unit`, `series`, `observation` or `event`.
    pub kind: &'static str,
    /// Its id; of an observation the id of its series.
    pub id: String,
    /// The period of an observation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// The vintage of an observation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vintage: Option<Published>,
    /// Its value or title before; `None` if it is new.
    pub before: Option<String>,
    /// Its value or title after.
    pub after: String,
    /// The numbers of an observation's sources, if they differ: the imported ones take the place of those that were there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sources: Option<SourceCounts>,
}

/// Numbers of sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SourceCounts {
    /// Before the import.
    pub before: usize,
    /// After it.
    pub after: usize,
}

impl fmt::Display for ImportItem {
    /// `observation vw_bev_world 2024 (2025-01-14)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.id)?;
        match (self.period, self.vintage) {
            (Some(period), Some(Published::Unknown)) => write!(f, " {period} (no date)"),
            (Some(period), Some(vintage)) => write!(f, " {period} ({vintage})"),
            _ => Ok(()),
        }
    }
}

/// The effect of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Not there yet.
    pub new: Vec<ImportItem>,
    /// There already, with other content.
    pub changed: Vec<ImportItem>,
    /// Number of those that are there already with the same content.
    pub unchanged: usize,
}

impl ImportReport {
    fn note(&mut self, item: ImportItem, same: bool) {
        match (&item.before, same) {
            (None, _) => self.new.push(item),
            (Some(_), true) => self.unchanged += 1,
            (Some(_), false) => self.changed.push(item),
        }
    }
}

/// What tells an observation from others of its series.
fn identity(observation: &Observation) -> (Period, Published) {
    (observation.period, observation.vintage)
}

impl Dataset {
    /// Compares `incoming` with this dataset.
    pub fn compare(&self, incoming: &Dataset) -> ImportReport {
        let mut report = ImportReport::default();
        let item = |kind, id: &str, before: Option<&String>, after: &str| ImportItem {
            kind,
            id: id.to_owned(),
            period: None,
            vintage: None,
            before: before.cloned(),
            after: after.to_owned(),
            sources: None,
        };
        for (id, unit) in &incoming.units {
            let before = self.units.get(id);
            report.note(item("unit", id, before.map(|u| &u.pattern.en), &unit.pattern.en), before == Some(unit));
        }
        for (id, series) in &incoming.series {
            let before = self.series.get(id);
            let item = item("series", id.as_str(), before.map(|s| &s.title.en), &series.title.en);
            report.note(item, before == Some(series));
        }
        for (id, observations) in &incoming.observations {
            let there = self.observations.get(id).into_iter().flatten();
            let there: HashMap<_, _> = there.map(|observation| (identity(observation), observation)).collect();
            for observation in observations {
                let before = there.get(&identity(observation)).copied();
                let sources = before
                    .map(|before| SourceCounts { before: before.sources.len(), after: observation.sources.len() })
                    .filter(|sources| sources.before != sources.after);
                let item = ImportItem {
                    kind: "observation",
                    id: id.to_string(),
                    period: Some(observation.period),
                    vintage: Some(observation.vintage),
                    before: before.map(|before| before.value.to_string()),
                    after: observation.value.to_string(),
                    sources,
                };
                report.note(item, before == Some(observation));
            }
        }
        for event in &incoming.events {
            let before = self.events.iter().find(|before| before.id == event.id);
            let item = item("event", &event.id, before.map(|before| &before.title.en), &event.title.en);
            report.note(item, before == Some(event));
        }
        report
    }

    /// Adds `incoming`, which replaces what has the same identity.
    #[must_use]
    pub fn merge(mut self, incoming: Dataset) -> Dataset {
        self.units.extend(incoming.units);
        self.series.extend(incoming.series);
        for (id, observations) in incoming.observations {
            let all = self.observations.entry(id).or_default();
            let replaced: HashSet<_> = observations.iter().map(identity).collect();
            all.retain(|before| !replaced.contains(&identity(before)));
            all.extend(observations);
            all.sort_by_key(|o| (o.period, o.vintage.counts_from()));
        }
        let replaced: HashSet<_> = incoming.events.iter().map(|event| &event.id).collect();
        self.events.retain(|before| !replaced.contains(&before.id));
        self.events.extend(incoming.events);
        self.events.sort_by(|a, b| (a.date, &a.id).cmp(&(b.date, &b.id)));
        self
    }

    /// Leaves out what is in `there` already, whatever its content: the rest can be added and changes nothing.
    #[must_use]
    pub fn only_new(mut self, there: &Dataset) -> Dataset {
        self.units.retain(|id, _| !there.units.contains_key(id));
        self.series.retain(|id, _| !there.series.contains_key(id));
        for (id, observations) in &mut self.observations {
            let known: HashSet<_> = there.observations.get(id).into_iter().flatten().map(identity).collect();
            observations.retain(|observation| !known.contains(&identity(observation)));
        }
        self.observations.retain(|_, observations| !observations.is_empty());
        let known: HashSet<_> = there.events.iter().map(|event| &event.id).collect();
        self.events.retain(|event| !known.contains(&event.id));
        self
    }

    /// Leaves out the observations of these series, periods and vintages.
    #[must_use]
    pub fn without<'a>(mut self, withdrawn: impl IntoIterator<Item = &'a Observation>) -> Dataset {
        for gone in withdrawn {
            if let Some(observations) = self.observations.get_mut(&gone.series) {
                observations.retain(|observation| identity(observation) != identity(gone));
            }
        }
        self.observations.retain(|_, observations| !observations.is_empty());
        self
    }
}

//! The comparison of an import with what is there, and the merge of both. Pure; the store applies an import in one
//! transaction.

use serde::Serialize;

use super::Dataset;

/// A unit, series, observation or event that an import adds or changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportItem {
    /// `unit`, `series`, `observation` or `event`.
    pub kind: &'static str,
    /// Its identity: `vw_bev_world 2024 (2025-01-14)`.
    pub what: String,
    /// Its value or title before; `None` if it is new.
    pub before: Option<String>,
    /// Its value or title after.
    pub after: String,
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
    fn note(&mut self, kind: &'static str, what: String, before: Option<String>, after: String, same: bool) {
        let item = ImportItem { kind, what, before, after };
        match (&item.before, same) {
            (None, _) => self.new.push(item),
            (Some(_), true) => self.unchanged += 1,
            (Some(_), false) => self.changed.push(item),
        }
    }
}

impl Dataset {
    /// Compares `incoming` with this dataset.
    pub fn compare(&self, incoming: &Dataset) -> ImportReport {
        let mut report = ImportReport::default();
        for (id, unit) in &incoming.units {
            let before = self.units.get(id);
            report.note(
                "unit",
                id.clone(),
                before.map(|u| u.pattern.en.clone()),
                unit.pattern.en.clone(),
                before == Some(unit),
            );
        }
        for (id, series) in &incoming.series {
            let before = self.series.get(id);
            let title = |s: &super::Series| s.title.en.clone();
            report.note("series", id.to_string(), before.map(title), title(series), before == Some(series));
        }
        for (id, observations) in &incoming.observations {
            for o in observations {
                let before = self
                    .observations
                    .get(id)
                    .and_then(|all| all.iter().find(|b| b.period == o.period && b.vintage == o.vintage));
                let vintage = if o.vintage.code().is_empty() { "no date".to_owned() } else { o.vintage.code() };
                let what = format!("{id} {} ({vintage})", o.period);
                report.note(
                    "observation",
                    what,
                    before.map(|b| b.value.to_string()),
                    o.value.to_string(),
                    before == Some(o),
                );
            }
        }
        for event in &incoming.events {
            let before = self.events.iter().find(|b| b.id == event.id);
            report.note(
                "event",
                event.id.clone(),
                before.map(|b| b.title.en.clone()),
                event.title.en.clone(),
                before == Some(event),
            );
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
            for o in observations {
                all.retain(|b| !(b.period == o.period && b.vintage == o.vintage));
                all.push(o);
            }
            all.sort_by_key(|o| (o.period, o.vintage.counts_from()));
        }
        for event in incoming.events {
            self.events.retain(|b| b.id != event.id);
            self.events.push(event);
        }
        self.events.sort_by(|a, b| (a.date, &a.id).cmp(&(b.date, &b.id)));
        self
    }
}

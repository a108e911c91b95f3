//! What an import would change: new, changed and unchanged, by the identity of each thing; and the import itself,
//! pure. The store applies it in one transaction.

use serde::Serialize;

use super::Dataset;

/// What happens to one thing that is imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// `unit`, `series`, `observation` or `event`.
    pub kind: &'static str,
    /// What it is: `vw_bev_world 2024 (2025-01-14)`.
    pub what: String,
    /// Its value or title before; `None` if it is new.
    pub before: Option<String>,
    /// Its value or title after.
    pub after: String,
}

/// The comparison of an import with what is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Not there yet.
    pub new: Vec<Item>,
    /// There, with other content.
    pub changed: Vec<Item>,
    /// How many are there already, just so.
    pub unchanged: usize,
}

impl Report {
    fn note(&mut self, kind: &'static str, what: String, before: Option<String>, after: String, same: bool) {
        let item = Item { kind, what, before, after };
        match (&item.before, same) {
            (None, _) => self.new.push(item),
            (Some(_), true) => self.unchanged += 1,
            (Some(_), false) => self.changed.push(item),
        }
    }
}

impl Dataset {
    /// What importing `incoming` into this would change.
    pub fn compare(&self, incoming: &Dataset) -> Report {
        let mut report = Report::default();
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

    /// This with `incoming` in it; what is in both is taken from `incoming`.
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

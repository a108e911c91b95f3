//! The comparison of an import with what is there, and the merge of both. Pure; the store applies an import in one
//! transaction.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use rust_decimal::Decimal;
use serde::Serialize;

use super::{Dataset, Identity, Observation, Period, Published, SeriesId};

/// A unit, series, observation, event or publisher that an import adds or changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportItem {
    /// `unit`, `series`, `observation`, `event` or `publisher`.
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
    /// Of a new observation, the value of the period that counted before, if it is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earlier: Option<EarlierValue>,
    /// The columns in which a series differs from what it was, but for its title.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<&'static str>,
}

/// The value of a period in an earlier vintage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EarlierValue {
    /// The value.
    pub value: Decimal,
    /// Its vintage.
    pub vintage: Published,
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

impl ImportItem {
    /// Whether it is an observation with another value.
    pub fn is_revised(&self) -> bool {
        self.kind == "observation" && self.before.as_ref().is_some_and(|before| *before != self.after)
    }

    /// By how much a value is [revised](revision). `None` if it was 0.
    pub fn revised_by(&self) -> Option<String> {
        revision(self.before.as_ref()?.parse().ok()?, self.after.parse().ok()?)
    }
}

/// By how much a value is revised, in per cent of what it was: `+0.3 %`. `None` if it was 0.
pub fn revision(before: Decimal, after: Decimal) -> Option<String> {
    let share = after.checked_sub(before)?.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(before.abs())?;
    // As many decimals as it takes to see it, up to four.
    let rounded = (1..=4).map(|decimals| share.round_dp(decimals)).find(|it| !it.is_zero()).unwrap_or_default();
    Some(format!("{}{} %", if rounded.is_sign_negative() { "" } else { "+" }, rounded.normalize()).replace('-', "−"))
}

/// Maximum number of items of one kind that a report keeps; the others are counted.
pub const MOST_ITEMS: usize = 1_000;

/// The effect of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// The number of the import; `None` if nothing was imported.
    pub import: Option<i64>,
    /// Not there yet.
    pub new: Vec<ImportItem>,
    /// There already, with other content.
    pub changed: Vec<ImportItem>,
    /// Number of those that are there already with the same content.
    pub unchanged: usize,
    /// There, but no more in the files that had them: told only, since a file may be a part.
    pub gone: Vec<ImportItem>,
    /// Numbers of those that are not listed.
    #[serde(skip_serializing_if = "Unlisted::is_none")]
    pub unlisted: Unlisted,
}

/// How many items a report does not list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Unlisted {
    /// New ones.
    pub new: usize,
    /// Changed ones.
    pub changed: usize,
    /// Gone ones.
    pub gone: usize,
}

impl Unlisted {
    fn is_none(&self) -> bool {
        *self == Unlisted::default()
    }
}

impl ImportReport {
    fn note(&mut self, item: ImportItem, same: bool) {
        match (&item.before, same) {
            (None, _) => self.note_new(item),
            (Some(_), true) => self.unchanged += 1,
            (Some(_), false) => self.note_changed(item),
        }
    }

    /// Notes something new.
    pub fn note_new(&mut self, item: ImportItem) {
        keep(&mut self.new, &mut self.unlisted.new, item);
    }

    /// Notes something that was there with other content.
    pub fn note_changed(&mut self, item: ImportItem) {
        keep(&mut self.changed, &mut self.unlisted.changed, item);
    }

    /// Notes something that is no more in the files.
    pub fn note_gone(&mut self, item: ImportItem) {
        keep(&mut self.gone, &mut self.unlisted.gone, item);
    }

    /// Number of what is new.
    pub fn count_new(&self) -> usize {
        self.new.len() + self.unlisted.new
    }

    /// Number of what is changed.
    pub fn count_changed(&self) -> usize {
        self.changed.len() + self.unlisted.changed
    }

    /// Number of what is gone.
    pub fn count_gone(&self) -> usize {
        self.gone.len() + self.unlisted.gone
    }

    /// Tells of each new observation which value its period had before, `there` being what counted before the import.
    pub fn tell_earlier(&mut self, there: &Dataset) {
        for item in &mut self.new {
            let (Some(period), Some(vintage), Some(id)) = (item.period, item.vintage, SeriesId::new(&item.id)) else {
                continue;
            };
            let of_period = there.observations.get(&id).into_iter().flatten().filter(|it| it.period == period);
            let before = of_period
                .filter(|it| it.vintage.counts_from() < vintage.counts_from())
                .max_by_key(|it| it.vintage.counts_from());
            item.earlier = before
                .filter(|it| item.after.parse() != Ok(it.value))
                .map(|it| EarlierValue { value: it.value, vintage: it.vintage });
        }
    }

    /// Takes what was told beforehand, in the same order, of what is gone and of what new values were before.
    pub fn tell_as(&mut self, told: ImportReport) {
        let key = |item: &ImportItem| (item.kind, item.id.clone(), item.period, item.vintage);
        let earlier = told.new.into_iter().filter_map(|item| Some((key(&item), item.earlier?)));
        let mut earlier: HashMap<_, _> = earlier.collect();
        for item in &mut self.new {
            item.earlier = earlier.remove(&key(item));
        }
        (self.gone, self.unlisted.gone) = (told.gone, told.unlisted.gone);
    }

    /// Adds what another report tells.
    pub fn add(&mut self, other: ImportReport) {
        other.new.into_iter().for_each(|item| self.note_new(item));
        other.changed.into_iter().for_each(|item| self.note_changed(item));
        other.gone.into_iter().for_each(|item| self.note_gone(item));
        self.unchanged += other.unchanged;
        self.unlisted.new += other.unlisted.new;
        self.unlisted.changed += other.unlisted.changed;
        self.unlisted.gone += other.unlisted.gone;
    }
}

fn keep(items: &mut Vec<ImportItem>, unlisted: &mut usize, item: ImportItem) {
    if items.len() < MOST_ITEMS {
        items.push(item);
    } else {
        *unlisted += 1;
    }
}

/// What tells an observation from others of its series.
fn identity(observation: &Observation) -> (Period, Published) {
    (observation.period, observation.vintage)
}

impl Dataset {
    /// Compares the units, series, events and publishers of `incoming` with those of this dataset.
    pub fn compare_catalogue(&self, incoming: &Dataset) -> ImportReport {
        let mut report = ImportReport::default();
        let item = |kind, id: &str, before: Option<&String>, after: &str| ImportItem {
            kind,
            id: id.to_owned(),
            period: None,
            vintage: None,
            before: before.cloned(),
            after: after.to_owned(),
            sources: None,
            earlier: None,
            columns: Vec::new(),
        };
        for (id, unit) in &incoming.units {
            let before = self.units.get(id);
            report.note(item("unit", id, before.map(|u| &u.pattern.en), &unit.pattern.en), before == Some(unit));
        }
        for (id, series) in &incoming.series {
            let before = self.series.get(id);
            let mut item = item("series", id.as_str(), before.map(|s| &s.title.en), &series.title.en);
            item.columns = before.map(|before| before.differing(series)).unwrap_or_default();
            report.note(item, before == Some(series));
        }
        for event in &incoming.events {
            let before = self.events.iter().find(|before| before.id == event.id);
            let item = item("event", &event.id, before.map(|before| &before.title.en), &event.title.en);
            report.note(item, before == Some(event));
        }
        for (id, publisher) in &incoming.publishers {
            let before = self.publishers.get(id);
            let item = item("publisher", id, before.map(|before| &before.name.en), &publisher.name.en);
            report.note(item, before == Some(publisher));
        }
        report
    }

    /// Notes what earlier imports of the same files have brought and is not in this dataset, which is all that they have now.
    pub fn tell_gone(&self, brought: Vec<(Identity, Decimal)>, report: &mut ImportReport) {
        let there: HashSet<Identity> = self.observations.values().flatten().map(Observation::identity).collect();
        for (identity, value) in brought.into_iter().filter(|(identity, _)| !there.contains(identity)) {
            let (series, period, vintage) = identity;
            report.note_gone(ImportItem {
                kind: "observation",
                id: series.to_string(),
                period: Some(period),
                vintage: Some(vintage),
                before: Some(value.to_string()),
                after: value.to_string(),
                sources: None,
                earlier: None,
                columns: Vec::new(),
            });
        }
    }

    /// Compares `incoming` with this dataset.
    pub fn compare(&self, incoming: &Dataset) -> ImportReport {
        let mut report = self.compare_catalogue(incoming);
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
                    earlier: None,
                    columns: Vec::new(),
                };
                report.note(item, before == Some(observation));
            }
        }
        report
    }

    /// Adds `incoming`, which replaces what has the same identity.
    #[must_use]
    pub fn merge(mut self, incoming: Dataset) -> Dataset {
        self.units.extend(incoming.units);
        self.series.extend(incoming.series);
        self.publishers.extend(incoming.publishers);
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
        self.publishers.retain(|id, _| !there.publishers.contains_key(id));
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

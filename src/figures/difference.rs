//! What differs between the figures of two snapshots, each as its day knew it. Pure: how it is told in words is the command's.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::Serialize;

use super::{Event, Period, Published, Series, SeriesId, Snapshot, Status};

/// A value as a snapshot knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct KnownValue {
    /// The value, in the unit of its series.
    pub value: Decimal,
    /// Its vintage.
    pub vintage: Published,
    /// How its publisher calls it.
    pub status: Status,
}

/// A period of a series whose value differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FigureDifference {
    /// The series.
    pub series: SeriesId,
    /// The period.
    pub period: Period,
    /// What was known before; `None` if nothing was.
    pub before: Option<KnownValue>,
    /// What is known after; `None` if nothing is any more.
    pub after: Option<KnownValue>,
}

/// Something of a series or an event that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Aspect {
    /// Only the later snapshot has it.
    Added,
    /// Only the earlier snapshot has it.
    Removed,
    /// Its title.
    Title,
    /// What is measured.
    Definition,
    /// Its unit: values of both snapshots cannot be compared.
    Unit,
    /// Its publisher, source, date or geography.
    Details,
}

/// A series or an event that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntryDifference {
    /// `series`, `publisher` or `event`.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// What differs of it.
    pub aspects: Vec<Aspect>,
}

/// What differs between two snapshots.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SnapshotDifference {
    /// Series and events, by kind and id.
    pub entries: Vec<EntryDifference>,
    /// Values of the series that both have, by series and period.
    pub figures: Vec<FigureDifference>,
}

impl SnapshotDifference {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.figures.is_empty()
    }
}

impl Snapshot {
    /// What differs since `before`. A value of another vintage that is the same is no difference. Of a series that only one of
    /// them has, that is told and none of its values: a brief may have begun to use it.
    pub fn difference_since(&self, before: &Snapshot) -> SnapshotDifference {
        let mut difference = SnapshotDifference::default();
        let ids: BTreeSet<&SeriesId> = before.data.series.keys().chain(self.data.series.keys()).collect();
        for id in ids {
            let both = (before.data.series.get(id), self.data.series.get(id));
            let aspects = aspects(both, series_aspects);
            if !aspects.is_empty() {
                difference.entries.push(EntryDifference { kind: "series", id: id.to_string(), aspects });
            }
            if let (Some(_), Some(_)) = both {
                difference.figures.extend(figures(id, &before.values(id), &self.values(id)));
            }
        }
        let ids: BTreeSet<&String> = before.data.publishers.keys().chain(self.data.publishers.keys()).collect();
        for id in ids {
            let both = (before.data.publishers.get(id), self.data.publishers.get(id));
            // One that only one of them has is told by its figures.
            if let (Some(one), Some(other)) = both
                && one != other
            {
                let aspects = vec![Aspect::Title];
                difference.entries.push(EntryDifference { kind: "publisher", id: id.clone(), aspects });
            }
        }
        let [events_before, events_after] = [before, self].map(|snapshot| {
            snapshot.data.events.iter().map(|event| (event.id.as_str(), event)).collect::<BTreeMap<_, _>>()
        });
        let ids: BTreeSet<&str> = events_before.keys().chain(events_after.keys()).copied().collect();
        for id in ids {
            let aspects = aspects((events_before.get(id).copied(), events_after.get(id).copied()), event_aspects);
            if !aspects.is_empty() {
                difference.entries.push(EntryDifference { kind: "event", id: id.to_owned(), aspects });
            }
        }
        difference
    }

    /// The value of each period in the newest vintage that is known.
    fn values(&self, series: &SeriesId) -> BTreeMap<Period, KnownValue> {
        let mut newest: BTreeMap<Period, KnownValue> = BTreeMap::new();
        for observation in self.data.observations.get(series).into_iter().flatten() {
            let (from, period) = (observation.vintage.counts_from(), observation.period);
            let is_known = from.is_none_or(|from| from <= self.as_known);
            if is_known && newest.get(&period).is_none_or(|known| known.vintage.counts_from() <= from) {
                let (value, vintage, status) = (observation.value, observation.vintage, observation.status);
                newest.insert(period, KnownValue { value, vintage, status });
            }
        }
        newest
    }
}

fn figures(
    series: &SeriesId,
    before: &BTreeMap<Period, KnownValue>,
    after: &BTreeMap<Period, KnownValue>,
) -> Vec<FigureDifference> {
    let periods: BTreeSet<&Period> = before.keys().chain(after.keys()).collect();
    let differs = |period: &&Period| {
        let said = |known: Option<&KnownValue>| known.map(|it| (it.value, it.status));
        said(before.get(*period)) != said(after.get(*period))
    };
    let of = |period: &Period| FigureDifference {
        series: series.clone(),
        period: *period,
        before: before.get(period).copied(),
        after: after.get(period).copied(),
    };
    periods.into_iter().filter(differs).map(of).collect()
}

fn aspects<T>((before, after): (Option<&T>, Option<&T>), differing: fn(&T, &T) -> Vec<Aspect>) -> Vec<Aspect> {
    match (before, after) {
        (None, Some(_)) => vec![Aspect::Added],
        (Some(_), None) => vec![Aspect::Removed],
        (Some(before), Some(after)) => differing(before, after),
        (None, None) => Vec::new(),
    }
}

fn series_aspects(before: &Series, after: &Series) -> Vec<Aspect> {
    let mut found = Vec::new();
    let mut note = |differs: bool, aspect| found.extend(differs.then_some(aspect));
    note(before.title != after.title, Aspect::Title);
    note(before.definition != after.definition, Aspect::Definition);
    note(before.unit != after.unit, Aspect::Unit);
    let rest = |series: &Series| {
        let Series { geography, publisher, change_of, parts, dimension, predecessor, .. } = series.clone();
        (geography, publisher, change_of, parts, dimension, predecessor)
    };
    note(rest(before) != rest(after), Aspect::Details);
    found
}

fn event_aspects(before: &Event, after: &Event) -> Vec<Aspect> {
    let mut found = Vec::new();
    let mut note = |differs: bool, aspect| found.extend(differs.then_some(aspect));
    note(before.title != after.title, Aspect::Title);
    note((before.date, &before.source) != (after.date, &after.source), Aspect::Details);
    found
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::figures::{Observation, shipped};

    fn id(text: &str) -> SeriesId {
        SeriesId::new(text).unwrap()
    }

    fn shipped_at(day: &str) -> Snapshot {
        Snapshot::new(day.parse::<NaiveDate>().unwrap(), shipped::dataset().unwrap())
    }

    #[test]
    fn a_snapshot_does_not_differ_from_itself() {
        assert!(shipped_at("2026-11-23").difference_since(&shipped_at("2026-11-23")).is_empty());
    }

    #[test]
    fn each_difference_is_found_once() {
        let before = shipped_at("2026-11-23");
        let mut after = before.clone();
        let name = id("vw_bev_cn");
        let values = before.values(&name);
        let [first, second] = [0, 1].map(|nth| *values.keys().nth(nth).unwrap());
        let rows = after.data.observations.get_mut(&name).unwrap();
        let newer = |row: &Observation, value: Decimal| Observation {
            vintage: Published::parse("2026-11-20").unwrap(),
            value,
            ..row.clone()
        };
        let old = rows.iter().find(|row| row.period == first).unwrap().clone();
        // Revised, the same in another vintage, not known on the day, and gone.
        rows.push(newer(&old, old.value + Decimal::ONE));
        let same = rows.iter().find(|row| row.period == second).unwrap().clone();
        rows.push(newer(&same, values[&second].value));
        rows.push(Observation { vintage: Published::parse("2026-12-24").unwrap(), ..newer(&old, Decimal::ONE) });
        let last = *values.keys().last().unwrap();
        rows.retain(|row| row.period != last);
        after.data.series.get_mut(&name).unwrap().unit = "twh".to_owned();
        after.data.series.get_mut(&name).unwrap().definition.de.push('!');
        let removed = id("vw_bev_us");
        after.data.series.remove(&removed);
        let event = after.data.events.pop().unwrap();
        let told = after.difference_since(&before);
        let figures: Vec<_> = told.figures.iter().map(|it| (it.series.as_str(), it.period)).collect();
        assert_eq!(figures, [("vw_bev_cn", first), ("vw_bev_cn", last)]);
        assert_eq!(told.figures[0].after.unwrap().value, old.value + Decimal::ONE);
        assert_eq!(told.figures[1].after, None);
        let entries: Vec<_> = told.entries.iter().map(|it| (it.kind, it.id.as_str(), &it.aspects[..])).collect();
        assert_eq!(
            entries,
            [
                ("series", "vw_bev_cn", &[Aspect::Definition, Aspect::Unit][..]),
                ("series", "vw_bev_us", &[Aspect::Removed]),
                ("event", event.id.as_str(), &[Aspect::Removed]),
            ]
        );
        // The other way round, what is gone is new.
        let back = before.difference_since(&after);
        assert_eq!((back.figures[1].before, back.entries[1].aspects.as_slice()), (None, &[Aspect::Added][..]));
    }
}

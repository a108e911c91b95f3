//! The same values under another period, another series or another unit: a row that was filled in twice, two series that
//! were exchanged, thousands taken for units.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    finding::{Check, CheckFailure, Finding},
    subject::{LastEdition, Measure, Subject, digits},
};
use crate::figures::{Observation, Period, SeriesId};

/// Digits by which a value is known again within its own series.
const OWN_DIGITS: usize = 4;
/// Digits by which a value is known again in another series.
const OTHER_DIGITS: usize = 3;
/// Number of values by which two series are the same.
const LEAST_SAME: usize = 3;
/// A value that so many series have is a usual one.
const USUAL: usize = 8;

pub(super) fn check(subject: &Subject<'_>) -> Result<Vec<Finding>, CheckFailure> {
    let measures: Vec<Measure<'_>> = subject.measures().filter(|it| it.series.change_of.is_none()).collect();
    let mut found: Vec<Finding> = measures.iter().filter_map(|measure| within(subject, measure)).collect();
    found.extend(between(subject, &measures));
    if let Some(last) = subject.last {
        found.extend(exchanged(&measures, last));
    }
    Ok(found)
}

/// A value that stands under two periods of one series.
fn within(subject: &Subject<'_>, measure: &Measure<'_>) -> Option<Finding> {
    let mut seen: HashMap<String, &Observation> = HashMap::new();
    for observation in measure.values.values() {
        let (known, count) = digits(observation.value);
        if count < OWN_DIGITS {
            continue;
        }
        let earlier = seen.insert(known, observation);
        let earlier = earlier.filter(|earlier| earlier.period.frequency() == observation.period.frequency());
        let Some(earlier) = earlier.filter(|_| subject.prints(measure.id(), observation.period)) else { continue };
        let id = measure.id();
        let text = format!(
            "{id} {} is {}, and {} is {}: the same digits",
            observation.period,
            measure.told(observation.value),
            earlier.period,
            measure.told(earlier.value)
        );
        let finding = Finding::new(Check::Copied, id, &[earlier.period, observation.period], text);
        return Some(finding.hint("look whether a row was filled in twice"));
    }
    None
}

/// Two series whose values are the same, or the same digits in another power of ten, in every period that both have.
fn between(subject: &Subject<'_>, measures: &[Measure<'_>]) -> Vec<Finding> {
    let mut by_value: HashMap<(Period, String), Vec<usize>> = HashMap::new();
    for (index, measure) in measures.iter().enumerate() {
        for observation in measure.values.values() {
            let (known, count) = digits(observation.value);
            if count >= OTHER_DIGITS {
                by_value.entry((observation.period, known)).or_default().push(index);
            }
        }
    }
    let mut same: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for indices in by_value.values().filter(|indices| indices.len() <= USUAL) {
        for (at, first) in indices.iter().enumerate() {
            for second in indices.iter().skip(at + 1) {
                *same.entry((*first.min(second), *first.max(second))).or_default() += 1;
            }
        }
    }
    let mut found = Vec::new();
    for ((first, second), count) in same.into_iter().filter(|(_, count)| *count >= LEAST_SAME) {
        let (Some(first), Some(second)) = (measures.get(first), measures.get(second)) else { continue };
        // A publisher often states some periods both before and after a break.
        if follows(first, second) || follows(second, first) {
            continue;
        }
        let common: Vec<Period> =
            first.values.keys().filter(|period| second.values.contains_key(period)).copied().collect();
        let is_printed = common.iter().any(|it| subject.prints(first.id(), *it) || subject.prints(second.id(), *it));
        if count * 4 < common.len() * 3 || !is_printed {
            continue;
        }
        let value = |measure: &Measure<'_>| {
            let shown = common.iter().filter_map(|period| measure.values.get(period)).next_back();
            shown.map_or_else(String::new, |it| format!("{} in {}", measure.told(it.value), it.period))
        };
        let text = format!(
            "{} and {} have the same digits in {count} of {} common periods: {} and {}",
            first.id(),
            second.id(),
            common.len(),
            value(first),
            value(second)
        );
        let finding = Finding::new(Check::Copied, first.id(), &common, text).and(second.id());
        found.push(finding.hint("look whether one was imported under the other’s name, or in another unit"));
    }
    found
}

fn follows(measure: &Measure<'_>, before: &Measure<'_>) -> bool {
    measure.series.predecessor.as_ref() == Some(before.id())
}

/// A series that has values which another one had in the last edition.
fn exchanged(measures: &[Measure<'_>], last: LastEdition<'_>) -> Vec<Finding> {
    let series = last.snapshot.data.series.values().filter_map(|series| Measure::of(last.snapshot, series));
    let before: BTreeMap<&SeriesId, Measure<'_>> = series.map(|measure| (measure.id(), measure)).collect();
    let mut found = Vec::new();
    for now in measures {
        let Some(own) = before.get(now.id()) else { continue };
        let differs =
            |(period, is): &(&Period, &&Observation)| own.values.get(period).is_some_and(|was| was.value != is.value);
        let changed: Vec<(&Period, &&Observation)> = now.values.iter().filter(differs).collect();
        let telling = changed.iter().filter(|(_, is)| digits(is.value).1 >= OTHER_DIGITS).count();
        if changed.is_empty()
            || telling == 0
            || (changed.len() < 2 && changed.iter().all(|(_, is)| digits(is.value).1 < OWN_DIGITS))
        {
            continue;
        }
        let has_all = |other: &&Measure<'_>| {
            other.id() != now.id()
                && changed.iter().all(|(period, is)| other.values.get(period).is_some_and(|was| was.value == is.value))
        };
        let Some(other) = before.values().find(has_all) else { continue };
        let periods: BTreeSet<Period> = changed.iter().map(|(period, _)| **period).collect();
        let periods: Vec<Period> = periods.into_iter().collect();
        let shown =
            changed.last().map_or_else(String::new, |(period, is)| format!("{} in {period}", now.told(is.value)));
        let (id, name) = (now.id(), last.name);
        let text = format!("{id} has the values that {} had in {name}: {shown}", other.id());
        found.push(
            Finding::new(Check::Copied, id, &periods, text)
                .and(other.id())
                .hint("look whether two series were exchanged"),
        );
    }
    found
}

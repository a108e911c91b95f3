//! What is another than in the last edition: a value, its unit, the age of its vintage.

use super::{
    finding::{Check, CheckFailure, Finding},
    subject::{LastEdition, Measure, Subject},
};
use crate::figures::{Observation, revision};

pub(super) fn check(subject: &Subject<'_>) -> Result<Vec<Finding>, CheckFailure> {
    let Some(last) = subject.last else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for before in last.snapshot.data.series.values() {
        let now = subject.snapshot.data.series.get(&before.id).and_then(|now| Measure::of(subject.snapshot, now));
        let (Some(now), Some(before)) = (now, Measure::of(last.snapshot, before)) else { continue };
        if now.series.unit != before.series.unit {
            let id = now.id();
            let (unit, other) = (&now.series.unit, &before.series.unit);
            let text = format!("{id} is in {unit}; in {} it was in {other}", last.name);
            let finding = Finding::new(Check::Kind, id, &[], text);
            found.push(finding.hint("values in different units cannot be compared: a new unit is a new series"));
            continue;
        }
        for (period, was) in &before.values {
            let was_printed = last.printed.is_none_or(|printed| printed.contains(&(before.id().clone(), *period)));
            if let Some(is) = now.values.get(period).filter(|_| was_printed) {
                found.extend(of_value(&now, was, is, last));
            }
        }
    }
    Ok(found)
}

fn of_value(now: &Measure<'_>, was: &Observation, is: &Observation, last: LastEdition<'_>) -> Option<Finding> {
    let (id, period, name) = (now.id(), is.period, last.name);
    if is.vintage.counts_from() < was.vintage.counts_from() {
        let text = format!(
            "{id} {period} is {} of {}; {name} printed {}, which was published later ({})",
            now.told(is.value),
            is.vintage,
            now.told(was.value),
            was.vintage
        );
        return Some(Finding::new(Check::Vintages, id, &[period], text));
    }
    if is.value == was.value {
        return None;
    }
    let by = revision(was.value, is.value).map_or_else(String::new, |by| format!(" ({by})"));
    let how = match is.vintage == was.vintage {
        true => "under the same vintage".to_owned(),
        false => format!("published {}", is.vintage),
    };
    let text = format!(
        "{id} {period}: {} → {}{by}, {how}; {name} printed the former",
        now.told(was.value),
        now.told(is.value)
    );
    Some(Finding::new(Check::Revised, id, &[period], text))
}

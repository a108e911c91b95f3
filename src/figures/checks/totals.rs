//! A total against the sum of its parts, within the rounding of all of them.

use rust_decimal::Decimal;

use super::{
    finding::{Check, CheckFailure, Finding},
    subject::{Measure, Subject, grouped},
};
use crate::figures::{Period, UnitKind, change::half_unit};

pub(super) fn check(subject: &Subject<'_>) -> Result<Vec<Finding>, CheckFailure> {
    let mut found = Vec::new();
    for total in subject.measures().filter(|measure| !measure.series.parts.is_empty()) {
        let id = total.id();
        // A brief may not ask for all of them.
        let parts = total.series.parts.iter().filter_map(|part| subject.snapshot.data.series.get(part));
        let parts: Vec<Measure<'_>> = parts.filter_map(|part| Measure::of(subject.snapshot, part)).collect();
        if let Some(other) = parts.iter().find(|part| part.series.unit != total.series.unit) {
            let (part, unit) = (other.id(), &other.series.unit);
            let text = format!("{part} is in {unit}, and {id}, of which it is a part, in {}", total.series.unit);
            found.push(Finding::new(Check::Kind, part, &[], text).and(id));
            continue;
        }
        for period in total.values.keys() {
            let is_printed = subject.prints(id, *period) || parts.iter().any(|part| subject.prints(part.id(), *period));
            if is_printed {
                found.extend(of_period(&total, &parts, *period)?);
            }
        }
    }
    Ok(found)
}

fn of_period(total: &Measure<'_>, parts: &[Measure<'_>], period: Period) -> Result<Option<Finding>, CheckFailure> {
    let (kind, id) = (total.unit.kind, total.id());
    let Some(whole) = total.values.get(&period) else { return Ok(None) };
    let known: Vec<_> = parts.iter().filter_map(|part| Some((part, part.values.get(&period)?.value))).collect();
    let (mut sum, mut tolerance) = (Decimal::ZERO, half_unit(whole.value, kind));
    for (_, value) in &known {
        sum = sum.checked_add(*value).ok_or_else(CheckFailure::too_large)?;
        tolerance = tolerance.checked_add(half_unit(*value, kind)).ok_or_else(CheckFailure::too_large)?;
    }
    let over = sum.checked_sub(whole.value).ok_or_else(CheckFailure::too_large)?;
    let is_complete = known.len() == total.series.parts.len();
    let has_negative = kind == UnitKind::Money && known.iter().any(|(_, value)| value.is_sign_negative());
    let contradicts = match is_complete {
        true => over.abs() > tolerance,
        false => over > tolerance && !has_negative,
    };
    if !contradicts {
        return Ok(None);
    }
    let listed: Vec<String> = known.iter().map(|(part, value)| format!("{} {}", part.id(), grouped(*value))).collect();
    let (told, sum) = (total.told(whole.value), total.told(sum));
    let text = match is_complete {
        true => format!("{id} {period} is {told}, but its parts make {sum} ({})", listed.join(", ")),
        false => {
            format!("{id} {period} is {told}, but those of its parts that are known make {sum} ({})", listed.join(", "))
        }
    };
    let finding = Finding::new(Check::Parts, id, &[period], text);
    Ok(Some(known.iter().fold(finding, |finding, (part, _)| finding.and(part.id()))))
}

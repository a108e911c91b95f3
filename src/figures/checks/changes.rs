//! Changes: a printed one against the values, two values of different revision, and points that are printed as per cent.

use chrono::TimeDelta;
use rust_decimal::{Decimal, RoundingStrategy};

use super::{
    finding::{Check, CheckFailure, Finding},
    subject::{Measure, Subject},
};
use crate::figures::{Observation, Series, UnitKind, change::follows, compared};

/// A publisher may revise the year before by this, as a part of it, or by three times what he has revised the series by before.
/// A larger difference is a contradiction.
const REVISED_BY: Decimal = Decimal::from_parts(5, 0, 0, false, 3);
/// Values that were published so near to each other stand in the same table.
const SAME_TABLE: TimeDelta = TimeDelta::days(60);

pub(super) fn check(subject: &Subject<'_>) -> Result<Vec<Finding>, CheckFailure> {
    let mut found = Vec::new();
    let data = &subject.snapshot.data;
    for changes in subject.measures() {
        let Some(of) = changes.series.change_of.as_ref().and_then(|id| data.series.get(id)) else { continue };
        let Some(values) = Measure::of(subject.snapshot, of) else { continue };
        for printed in changes.values.values() {
            if subject.prints(changes.id(), printed.period) || subject.prints(&of.id, printed.period) {
                found.extend(against_values(subject, of, &values, printed)?);
            }
        }
    }
    for measure in subject.measures() {
        found.extend(mixed(subject, &measure));
    }
    Ok(found)
}

/// A printed change that does not follow from the two values, as they were known when it was printed.
fn against_values(
    subject: &Subject<'_>,
    of: &Series,
    values: &Measure<'_>,
    printed: &Observation,
) -> Result<Option<Finding>, CheckFailure> {
    let pin = printed.vintage.counts_from();
    let at = |period| subject.snapshot.observation(&of.id, period, pin).or_else(|| values.values.get(&period).copied());
    let (Some(now), Some(before)) = (at(printed.period), at(printed.period.year_before())) else { return Ok(None) };
    let kind = values.unit.kind;
    if before.value.is_zero() {
        return Ok(None);
    }
    let follows = |kind| follows(printed.value, now.value, before.value, kind).ok_or_else(CheckFailure::too_large);
    let computed = compared(now.value, before.value, kind).ok_or_else(CheckFailure::too_large)?;
    if follows(kind)? {
        return Ok(None);
    }
    let (id, period) = (&of.id, printed.period);
    let told = |observation: &Observation| format!("{} ({})", values.told(observation.value), observation.period);
    let from_to = format!("{} → {}", told(before), told(now));
    let change = Change { values, printed: printed.value, computed };
    if kind.is_percentage() && follows(UnitKind::Money)? {
        let text = format!(
            "{id} {period}: the printed change {} is one in per cent of a percentage; {from_to} is {} points",
            printed.value, computed
        );
        let finding = Finding::new(Check::Kind, id, &[period], text).and(&printed.series);
        return Ok(Some(finding.hint("a percentage changes in percentage points")));
    }
    let implied = match kind {
        kind if kind.is_percentage() => None,
        _ => implied_base(now.value, printed.value),
    };
    let by = implied.and_then(|implied| (implied - before.value).checked_div(before.value)).map(|by| by.abs());
    let was_older = before.vintage.counts_from() < pin;
    if let Some(implied) = implied
        && by.is_some_and(|by| by <= revised_by(subject, of))
        && was_older
    {
        let implied = implied.round_dp_with_strategy(before.value.scale(), RoundingStrategy::MidpointAwayFromZero);
        let text = format!(
            "{id} {period}: the printed change {} rests on a revised {}, of about {}; the values known here make {}",
            change.printed_text(),
            before.period,
            values.told(implied),
            change.computed_text()
        );
        let finding = Finding::new(Check::Vintages, id, &[period], text).and(&printed.series);
        return Ok(Some(finding.hint(format!("{from_to}; a brief prints the publisher’s own change"))));
    }
    let text = format!(
        "{id} {period}: the printed change {} does not follow from the values; {from_to} is {}",
        change.printed_text(),
        change.computed_text()
    );
    let finding = Finding::new(Check::Computed, id, &[period], text).and(&printed.series);
    Ok(Some(finding.hint("look at both values and at the change; withdraw the one that is wrong")))
}

struct Change<'a> {
    values: &'a Measure<'a>,
    printed: Decimal,
    computed: Decimal,
}

impl Change<'_> {
    fn unit(&self) -> &'static str {
        if self.values.unit.kind.is_percentage() { " points" } else { " %" }
    }

    fn printed_text(&self) -> String {
        format!("{}{}", signed(self.printed), self.unit())
    }

    fn computed_text(&self) -> String {
        format!("{}{}", signed(self.computed), self.unit())
    }
}

fn signed(value: Decimal) -> String {
    let sign = if value.is_sign_negative() { "−" } else { "+" };
    format!("{sign}{}", value.abs())
}

/// The value before from which `now` is this change in per cent.
fn implied_base(now: Decimal, printed: Decimal) -> Option<Decimal> {
    let whole = Decimal::ONE_HUNDRED.checked_add(printed)?;
    now.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(whole)
}

/// The newest change, where it is computed: its publisher revises this series, and the value before is not of the table of
/// the value now.
fn mixed(subject: &Subject<'_>, measure: &Measure<'_>) -> Option<Finding> {
    let now = *measure.of_main_frequency().last()?;
    let before = *measure.values.get(&now.period.year_before())?;
    let printed = subject.snapshot.printed_change_of(measure.id());
    let is_printed = printed.is_some_and(|series| subject.snapshot.observation(&series.id, now.period, None).is_some());
    let both = subject.prints(measure.id(), now.period) && subject.prints(measure.id(), before.period);
    let (Some(newer), Some(older)) = (now.vintage.counts_from(), before.vintage.counts_from()) else { return None };
    if is_printed || !both || newer - older <= SAME_TABLE || !is_revised(subject, measure) {
        return None;
    }
    let text = format!(
        "{} {} → {} compares {} of {} with {} of {}, and its publisher revises",
        measure.id(),
        before.period,
        now.period,
        measure.told(before.value),
        before.vintage,
        measure.told(now.value),
        now.vintage
    );
    let finding = Finding::new(Check::Vintages, measure.id(), &[before.period, now.period], text);
    Some(finding.hint(format!("import the {} that was published with the {}", before.period, now.period)))
}

/// By how much, as a part of it, a value of this series may have been revised.
fn revised_by(subject: &Subject<'_>, series: &Series) -> Decimal {
    let all = subject.snapshot.data.observations.get(&series.id).map_or(&[][..], Vec::as_slice);
    let pairs = all.iter().zip(all.iter().skip(1)).filter(|(first, second)| first.period == second.period);
    let by = |(first, second): (&Observation, &Observation)| {
        second.value.checked_sub(first.value)?.checked_div(first.value).map(|by| by.abs())
    };
    let largest = pairs.filter_map(by).max().and_then(|by| by.checked_mul(Decimal::from(3)));
    largest.unwrap_or_default().max(REVISED_BY)
}

/// Whether a value of this series was ever replaced by another one for the same period.
fn is_revised(subject: &Subject<'_>, measure: &Measure<'_>) -> bool {
    let all = subject.snapshot.data.observations.get(measure.id()).map_or(&[][..], Vec::as_slice);
    all.chunk_by(|a, b| a.period == b.period)
        .any(|of| of.iter().any(|it| of.first().map(|it| it.value) != Some(it.value)))
}

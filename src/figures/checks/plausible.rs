//! Whether a value can be: against the kind of its unit, against the bounds of its series, and against its past. A jump is
//! judged by how the series moved otherwise (median and median deviation of its changes), so that one wrong value does not
//! hide itself; statistics are floating point, values never.

use rust_decimal::{Decimal, prelude::ToPrimitive as _};

use super::{
    finding::{Check, CheckFailure, Finding},
    subject::{Measure, Subject},
};
use crate::figures::{Frequency, Observation, UnitKind};

/// A value that is so many times its neighbour, or such a part of it, is implausible whatever the series did before; if periods
/// lie between, the factor is larger, see [`is_impossible`].
const IMPOSSIBLE_FACTOR: f64 = 6.0;
/// A value that is less far from its neighbours is no jump.
const LEAST_FACTOR: f64 = 1.6;
/// So many times the usual deviation is unlike the past.
const UNLIKE: f64 = 6.0;
/// Of a share: points that are no jump, and points that are needed for a factor to count.
const LEAST_POINTS: f64 = 15.0;
const COUNTED_POINTS: f64 = 5.0;
/// The least usual deviation that is believed, of logarithms and of points: a series that never moved may begin to.
const LEAST_SPREAD: f64 = 0.05;
const LEAST_SPREAD_OF_POINTS: f64 = 0.5;
/// The median deviation of values that are normally distributed, as a part of their standard deviation, turned round.
const TO_STANDARD: f64 = 1.4826;

pub(super) fn check(subject: &Subject<'_>) -> Result<Vec<Finding>, CheckFailure> {
    let mut found = Vec::new();
    for measure in subject.measures() {
        let printed = measure.values.values().filter(|it| subject.prints(measure.id(), it.period));
        for observation in printed {
            let cannot_be = kind(&measure, observation).or_else(|| bounds(&measure, observation));
            found.extend(cannot_be);
        }
        if measure.series.change_of.is_some() {
            found.extend(unit_of_change(&measure));
            continue;
        }
        let mut frequencies: Vec<Frequency> = measure.values.keys().map(|period| period.frequency()).collect();
        frequencies.sort_unstable();
        frequencies.dedup();
        for frequency in frequencies {
            found.extend(jumps(subject, &measure, frequency));
        }
    }
    Ok(found)
}

/// What the kind of its unit rules out.
fn kind(measure: &Measure<'_>, observation: &Observation) -> Option<Finding> {
    let (value, id, period) = (observation.value, measure.id(), observation.period);
    let told = measure.told(value);
    let text = match measure.unit.kind {
        UnitKind::Count if !value.fract().is_zero() => format!("{id} {period} is {told}, which is no whole number"),
        UnitKind::Count if value.is_sign_negative() && !value.is_zero() && !measure.is_open() => {
            format!("{id} {period} is {told}: there are never fewer than none")
        }
        UnitKind::Share if !(Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&value) => {
            format!("{id} {period} is {told}, and a share lies between 0 and 100 %")
        }
        UnitKind::Index if value.is_sign_negative() => {
            format!("{id} {period} is {told}, and an index is never below 0")
        }
        UnitKind::Percent if !(Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&value) && !measure.is_open() => {
            format!("{id} {period} is {told}, and a share lies between 0 and 100 %")
        }
        _ => return None,
    };
    Some(Finding::new(Check::Kind, id, &[period], text).hint(format!("its unit is `{}`", measure.unit.id)))
}

/// A printed change is in per cent, or in points of a share.
fn unit_of_change(measure: &Measure<'_>) -> Option<Finding> {
    let (id, unit) = (measure.id(), measure.unit);
    (!matches!(unit.kind, UnitKind::Percent | UnitKind::Points)).then(|| {
        let text = format!("{id} holds printed changes, and its unit is `{}`, which is not in per cent", unit.id);
        Finding::new(Check::Kind, id, &[], text)
    })
}

fn bounds(measure: &Measure<'_>, observation: &Observation) -> Option<Finding> {
    let range = measure.series.bounds?;
    let (value, id, period) = (observation.value, measure.id(), observation.period);
    (value < range.lowest || value > range.highest).then(|| {
        let text = format!(
            "{id} {period} is {}, outside of its range, {} to {}",
            measure.told(value),
            measure.told(range.lowest),
            measure.told(range.highest)
        );
        Finding::new(Check::Implausible, id, &[period], text)
    })
}

/// A value as a number with its distance from the value before, in periods.
struct Step<'a> {
    observation: &'a Observation,
    value: f64,
    hops: f64,
}

/// Values that are unlike their neighbours.
fn jumps(subject: &Subject<'_>, measure: &Measure<'_>, frequency: Frequency) -> Vec<Finding> {
    let values = measure.of_frequency(frequency);
    let mut before: Option<&Observation> = None;
    let mut steps = Vec::new();
    for observation in values {
        let Some(value) = observation.value.to_f64() else { continue };
        let hops = before.map_or(1.0, |before| hops(before, observation));
        steps.push(Step { observation, value, hops });
        before = Some(observation);
    }
    let is_looked_at = |step: &Step<'_>| subject.prints(measure.id(), step.observation.period);
    let by_ratio = !measure.unit.kind.is_percentage();
    let look = |at: usize| if by_ratio { ratio(measure, &steps, at) } else { points(measure, &steps, at) };
    let far: Vec<Option<(f64, Finding)>> = (0..steps.len()).map(look).collect();
    let by = |at: usize| far.get(at).and_then(Option::as_ref).map_or(0.0, |(by, _)| *by);
    // A value that is wrong makes those beside it look wrong, too: the farthest of them is told.
    let is_farthest = |at: usize, by_how_much: f64| {
        by(at + 1) <= by_how_much && at.checked_sub(1).is_none_or(|it| by(it) <= by_how_much)
    };
    let told = steps.iter().enumerate().zip(&far).filter(|((_, step), _)| is_looked_at(step));
    told.filter_map(|((at, _), far)| far.as_ref().filter(|(by, _)| is_farthest(at, *by)))
        .map(|(_, finding)| finding.clone())
        .collect()
}

/// How many periods lie between two values; 1 where no calendar says it.
fn hops(before: &Observation, after: &Observation) -> f64 {
    let next = std::iter::successors(before.period.following(), |period| period.following());
    let count = next.take(20).take_while(|period| *period < after.period).count();
    u32::try_from(count).map_or(1.0, |count| f64::from(count) + 1.0)
}

/// How far the value at `at` is from what its neighbours let expect, and the usual deviation of all other changes: on a
/// scale that `f` makes.
fn deviation(steps: &[Step<'_>], at: usize, least_spread: f64, f: fn(f64) -> f64) -> Option<(f64, f64)> {
    let rate = |to: usize| {
        let (before, now) = (steps.get(to.checked_sub(1)?)?, steps.get(to)?);
        Some((f(now.value) - f(before.value)) / now.hops)
    };
    let others: Vec<f64> = (1..steps.len()).filter(|to| *to != at && *to != at + 1).filter_map(rate).collect();
    let usual = median(&others).filter(|_| others.len() > 2).unwrap_or(0.0);
    let spread: Vec<f64> = others.iter().map(|rate| (rate - usual).abs()).collect();
    // Of two changes nobody can say how a series usually moves.
    let least = if others.len() < 3 { least_spread * 3.0 } else { least_spread };
    let spread = (median(&spread).unwrap_or(0.0) * TO_STANDARD).max(least);
    let now = steps.get(at)?;
    let before = at.checked_sub(1).and_then(|before| steps.get(before));
    let after = steps.get(at + 1);
    let expected = match (before, after) {
        (Some(before), Some(after)) => {
            let slope = (f(after.value) - f(before.value)) / (now.hops + after.hops);
            f(before.value) + slope * now.hops
        }
        (Some(before), None) => f(before.value) + usual * now.hops,
        (None, Some(after)) => f(after.value) - usual * after.hops,
        (None, None) => return None,
    };
    Some((f(now.value) - expected, spread))
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

/// Whether a value cannot be so many times what its neighbours let expect. In several periods it may have gone farther than in
/// one: by the square root of their number, as whatever moves at random.
fn is_impossible(factor: f64, steps: &[Step<'_>], at: usize) -> bool {
    let before = at.checked_sub(1).and(steps.get(at)).map(|step| step.hops);
    let after = steps.get(at + 1).map(|step| step.hops);
    let nearest = before.into_iter().chain(after).fold(f64::MAX, f64::min);
    nearest < f64::MAX && factor >= IMPOSSIBLE_FACTOR.powf(nearest.sqrt())
}

/// Amounts and counts: by how many times a value is what it was.
fn ratio(measure: &Measure<'_>, steps: &[Step<'_>], at: usize) -> Option<(f64, Finding)> {
    let now = steps.get(at)?;
    let neighbours = || [at.checked_sub(1), Some(at + 1)].into_iter().flatten().filter_map(|at| steps.get(at));
    if now.value == 0.0 {
        let was = neighbours().any(|other| other.value != 0.0);
        return was.then(|| (f64::MAX, finding(Check::Jump, measure, now, steps, at, "0 after something else")));
    }
    let same_sign = |other: &Step<'_>| (other.value < 0.0) == (now.value < 0.0) && other.value != 0.0;
    if !neighbours().all(same_sign) {
        let has_both = steps.iter().filter(|other| other.value < 0.0).count() > 1;
        return (!has_both && now.value < 0.0)
            .then(|| (f64::MAX, finding(Check::Jump, measure, now, steps, at, "another sign")));
    }
    let (deviation, spread) = deviation(steps, at, LEAST_SPREAD, |value| value.abs().ln())?;
    let factor = deviation.abs().exp();
    let is_impossible = is_impossible(factor, steps, at);
    let is_unlike = factor >= LEAST_FACTOR && steps.len() > 3 && deviation.abs() > UNLIKE * spread;
    let few = steps.len() <= 3 && factor >= 5.0;
    let check = match (is_impossible, is_unlike || few) {
        (true, _) => Check::Implausible,
        (false, true) => Check::Jump,
        _ => return None,
    };
    let how = if deviation > 0.0 { format!("{factor:.1} times") } else { format!("one part in {factor:.1} of") };
    Some((deviation.abs(), finding(check, measure, now, steps, at, &format!("{how} what its neighbours let expect"))))
}

/// Shares: by how many points a value is from what it was, and by how many times.
fn points(measure: &Measure<'_>, steps: &[Step<'_>], at: usize) -> Option<(f64, Finding)> {
    let now = steps.get(at)?;
    let (deviation, spread) = deviation(steps, at, LEAST_SPREAD_OF_POINTS, |value| value)?;
    let times = match now.value > 0.0 && steps.iter().all(|step| step.value > 0.0) {
        true => self::deviation(steps, at, LEAST_SPREAD, f64::ln).map_or(1.0, |(deviation, _)| deviation.abs().exp()),
        false => 1.0,
    };
    let far = deviation.abs();
    let check = if is_impossible(times, steps, at) && far >= COUNTED_POINTS {
        Check::Implausible
    } else if (far >= LEAST_POINTS && steps.len() > 3 && far > UNLIKE * spread) || far >= 4.0 * LEAST_POINTS {
        Check::Jump
    } else {
        return None;
    };
    let way = if deviation > 0.0 { "more" } else { "less" };
    Some((
        far,
        finding(check, measure, now, steps, at, &format!("{far:.1} points {way} than its neighbours let expect")),
    ))
}

fn finding(check: Check, measure: &Measure<'_>, now: &Step<'_>, steps: &[Step<'_>], at: usize, how: &str) -> Finding {
    let (id, period) = (measure.id(), now.observation.period);
    let beside = [at.checked_sub(1), Some(at + 1)].into_iter().flatten().filter_map(|at| steps.get(at));
    let beside: Vec<String> =
        beside.map(|step| format!("{} in {}", measure.told(step.observation.value), step.observation.period)).collect();
    let text = format!("{id} {period} is {}, {how}: {}", measure.told(now.observation.value), beside.join(", "));
    let finding = Finding::new(check, id, &[period], text);
    finding.hint(format!("look at the decimal mark, the unit ({}) and the row", measure.unit.label.en))
}

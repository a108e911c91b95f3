//! What is not there: what a brief asks for or its last edition printed, a period between two others, a newer value.

use chrono::{Days, NaiveDate};

use super::{
    finding::{Check, CheckFailure, Finding},
    subject::{Measure, Subject, grouped},
};
use crate::figures::{Observation, Period, SeriesId};

/// How many days after a period's end its value is looked for if the series has not shown when it comes.
const USUAL_LAG: i64 = 365;
/// Days by which a value may be later than those before it, at least.
const LEAST_GRACE: i64 = 45;
/// The most periods between two values that are told as gaps.
const MOST_MISSING: usize = 12;

pub(super) fn check(subject: &Subject<'_>) -> Result<Vec<Finding>, CheckFailure> {
    let mut found = Vec::new();
    for (name, meant) in &subject.snapshot.data.missing {
        let text = format!("the brief asks for `{name}`, which is not there");
        let finding = Finding::of_brief(Check::Missing, text);
        found.push(if meant.is_empty() { finding } else { finding.hint(format!("did you mean `{meant}`?")) });
    }
    found.extend(gone(subject));
    for measure in subject.measures() {
        found.extend(gap(subject, &measure));
        found.extend(stale(subject, &measure));
    }
    Ok(found)
}

/// What the last edition printed and nobody can print any more.
fn gone(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(last) = subject.last else { return Vec::new() };
    let mut found = Vec::new();
    for series in last.snapshot.data.series.values() {
        // A brief that has stopped to use a series misses nothing of it.
        let Some(now) = subject.snapshot.data.series.get(&series.id) else { continue };
        let both = (Measure::of(subject.snapshot, now), Measure::of(last.snapshot, series));
        let (Some(now), Some(before)) = both else { continue };
        for (period, observation) in &before.values {
            let was_printed = last.printed.is_none_or(|printed| printed.contains(&(series.id.clone(), *period)));
            if was_printed && !now.values.contains_key(period) {
                let (id, value) = (&series.id, before.told(observation.value));
                let text = format!("{id} {period} is not there any more; {} printed {value}", last.name);
                found.push(Finding::new(Check::Missing, id, &[*period], text).hint(format!(
                    "`greenbrief figures show {id}` tells whether it was withdrawn; import a value, or change the template"
                )));
            }
        }
    }
    found
}

/// Periods between two values that have none.
fn gap(subject: &Subject<'_>, measure: &Measure<'_>) -> Vec<Finding> {
    let values = measure.of_main_frequency();
    let pairs = values.iter().zip(values.iter().skip(1));
    let mut found = Vec::new();
    for (before, after) in pairs {
        let next = std::iter::successors(before.period.following(), |period| period.following());
        let between: Vec<Period> = next.take(MOST_MISSING).take_while(|period| *period < after.period).collect();
        let is_printed = subject.prints(measure.id(), before.period) && subject.prints(measure.id(), after.period);
        if !between.is_empty() && is_printed {
            let mut names: Vec<String> = between.iter().map(Period::to_string).collect();
            if between.last().and_then(|last| last.following()).is_some_and(|next| next < after.period) {
                names.push("…".to_owned());
            }
            let text = format!(
                "{} has no value for {}, between {} and {}",
                measure.id(),
                names.join(", "),
                before.period,
                after.period
            );
            found.push(Finding::new(Check::Gap, measure.id(), &between, text));
        }
    }
    found
}

/// A newer value should be out: as long after its period's end as those before it were, with some days of grace.
fn stale(subject: &Subject<'_>, measure: &Measure<'_>) -> Option<Finding> {
    let latest = *measure.of_main_frequency().last()?;
    let next = latest.period.following()?;
    let (begins, ends) = (next.begins()?, last_day(next)?);
    // Nothing newer comes for one that ended at a break.
    let is_ended = subject.snapshot.data.successor(measure.id()).is_some();
    if is_ended || !subject.prints(measure.id(), latest.period) || measure.series.change_of.is_some() {
        return None;
    }
    let (lag, why) = match (measure.series.rhythm, own_lag(subject, measure.id())) {
        (Some(days), _) => (i64::from(days), format!("its rhythm is {days} days after a period’s end")),
        (None, Some(lag)) => (lag, describe(lag)),
        (None, None) => (USUAL_LAG, "when its values come is not known, and a year is long".to_owned()),
    };
    let length = (ends - begins).num_days();
    let grace = if measure.series.rhythm.is_some() { 0 } else { LEAST_GRACE.max(length / 4) };
    let due = ends.checked_add_signed(chrono::TimeDelta::days(lag + grace))?;
    (subject.snapshot.as_known > due).then(|| {
        let id = measure.id();
        let text = format!(
            "the newest value of {id} is {} for {}; that for {next} should have been out by {due}",
            measure.told(latest.value),
            latest.period
        );
        Finding::new(Check::Stale, id, &[latest.period], text).hint(why)
    })
}

fn describe(lag: i64) -> String {
    match lag {
        0.. => format!("its values came about {} days after a period’s end", grouped(lag.into())),
        _ => format!("its values came about {} days before a period’s end", grouped(lag.saturating_neg().into())),
    }
}

/// The last day of a period that follows the calendar.
fn last_day(period: Period) -> Option<NaiveDate> {
    period.following()?.begins()?.checked_sub_days(Days::new(1))
}

/// How many days after a period's end the first value of it came: the median over its periods with a dated one.
fn own_lag(subject: &Subject<'_>, series: &SeriesId) -> Option<i64> {
    let all = subject.snapshot.data.observations.get(series)?;
    let mut lags: Vec<i64> = Vec::new();
    for observations in all.chunk_by(|a, b| a.period == b.period) {
        let first = observations.iter().filter_map(|it: &Observation| it.vintage.counts_from()).min();
        let ends = observations.first().and_then(|it| last_day(it.period));
        lags.extend(first.zip(ends).map(|(first, ends)| (first - ends).num_days()));
    }
    lags.sort_unstable();
    lags.get(lags.len() / 2).copied()
}

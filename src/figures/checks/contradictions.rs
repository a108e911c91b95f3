//! Contradictions within the figures: a printed change that does not follow from the values, a total that is not the sum
//! of its parts, values without a dated source. They are warnings, never errors, since sources do disagree.

use std::{cmp::Reverse, collections::BTreeSet};

use super::{finding::Finding, subject::Subject, totals};
use crate::{
    base::{
        plural::counted,
        problem::{Problem, Problems},
    },
    figures::{Dataset, SeriesId, Snapshot},
};

/// Maximum number of series that a warning names.
const MOST_NAMED: usize = 3;

/// All contradictions of a dataset.
pub fn contradictions(data: &Dataset) -> Problems {
    let mut problems = Problems::new();
    let snapshot = Snapshot::new(chrono::NaiveDate::MAX, data.clone());
    let mut rebased: Vec<(&SeriesId, String)> = Vec::new();
    for series in data.series.values().filter_map(|series| series.change_of.as_ref()) {
        for period in snapshot.periods(series) {
            // The change was printed with the first vintage; a restated value has another one.
            let first = data.observations.get(series).and_then(|all| all.iter().find(|o| o.period == period));
            let pin = first.and_then(|o| o.vintage.counts_from());
            if let Some(change) = snapshot.change(series, period, pin)
                && let (Some(printed), Some(computed), true) = (change.printed, change.computed, change.rebased)
            {
                rebased.push((series, format!("{period} ({printed} printed, {computed} computed)")));
            }
        }
    }
    problems.extend(not_following(&rebased));
    // A total whose sum is too large is told where editions are made: it cannot be compared.
    problems.extend(totals::check(&Subject::all(&snapshot)).unwrap_or_default().iter().map(Finding::to_warning));
    problems.extend(undated(data));
    problems
}

/// The warning of printed changes that do not follow from the values: all in one, since a publisher revises all his values.
fn not_following(rebased: &[(&SeriesId, String)]) -> Option<Problem> {
    let (first, told) = rebased.first()?;
    let what = if rebased.len() == 1 {
        format!("the printed change of `{first}` for {told} does not follow from the values")
    } else {
        let series: BTreeSet<&SeriesId> = rebased.iter().map(|(series, _)| *series).collect();
        let named: Vec<String> = series.iter().take(MOST_NAMED).map(|id| format!("`{id}`")).collect();
        let rest = series.len().saturating_sub(MOST_NAMED);
        let rest = if rest > 0 { format!(" and {rest} more series") } else { String::new() };
        format!("{} printed changes do not follow from the values: {}{rest}", rebased.len(), named.join(", "))
    };
    let problem = Problem::warning(what);
    Some(problem.hint(format!(
        "a value was revised since, and a brief prints the publisher’s own change; `greenbrief figures show {first}` shows both"
    )))
}

/// The warning of values without a dated source, with the series that have most of them.
fn undated(data: &Dataset) -> Option<Problem> {
    let counts = data.observations.iter();
    let counts = counts.map(|(id, all)| (all.iter().filter(|observation| observation.is_undated()).count(), id));
    let mut counts: Vec<(usize, &SeriesId)> = counts.filter(|(count, _)| *count > 0).collect();
    counts.sort_by_key(|(count, id)| (Reverse(*count), *id));
    let all: usize = counts.iter().map(|(count, _)| count).sum();
    counts.first()?;
    let named = counts.iter().take(MOST_NAMED).map(|(count, id)| format!("`{id}` ({count})"));
    let named = named.collect::<Vec<_>>().join(", ");
    let rest = counts.len().saturating_sub(MOST_NAMED);
    let rest = if rest > 0 { format!(" and {rest} more series") } else { String::new() };
    let what = format!("no dated source: {} of {named}{rest}", counted(all, "value"));
    Some(Problem::warning(what).hint(
        "such a value counts as older than every dated one; UNDATED in `greenbrief figures list` counts them for every series",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::shipped;

    #[test]
    fn printed_changes_that_do_not_follow_are_one_warning() {
        let [one, other] = ["de_cn_imports", "de_cn_trade"].map(|id| SeriesId::new(id).unwrap());
        let told = |rebased: &[(&SeriesId, &str)]| {
            let rebased: Vec<_> = rebased.iter().map(|(id, told)| (*id, (*told).to_owned())).collect();
            not_following(&rebased).map(|problem| problem.what)
        };
        assert_eq!(told(&[]), None);
        let single = told(&[(&one, "2025 (8.8 printed, 9.1 computed)")]).unwrap();
        assert_eq!(
            single,
            "the printed change of `de_cn_imports` for 2025 (8.8 printed, 9.1 computed) does not follow from the values"
        );
        let many = told(&[(&one, "2025"), (&other, "2021"), (&other, "2025")]).unwrap();
        assert_eq!(many, "3 printed changes do not follow from the values: `de_cn_imports`, `de_cn_trade`");
        assert_eq!(contradictions(&shipped::dataset().unwrap()).0.len(), 2, "a new user reads these first");
    }

    #[test]
    fn values_without_a_dated_source_are_told_with_their_series() {
        let data = shipped::dataset().unwrap();
        let told = undated(&data).unwrap();
        let all = data.observations.values().flatten().filter(|o| o.is_undated()).count();
        assert!(told.what.starts_with(&format!("no dated source: {all} values of `")), "{}", told.what);
        let named: Vec<&str> = told.what.split('`').skip(1).step_by(2).collect();
        assert_eq!(named.len(), MOST_NAMED, "{}", told.what);
        for id in named {
            let count = data.observations[&SeriesId::new(id).unwrap()].iter().filter(|o| o.is_undated()).count();
            assert!(told.what.contains(&format!("`{id}` ({count})")), "{}", told.what);
        }
        assert!(told.what.ends_with(" more series"), "{}", told.what);
        assert!(undated(&Dataset::default()).is_none());
    }
}

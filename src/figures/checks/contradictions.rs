//! Contradictions within the figures: a printed change that does not follow from the values, a total that is not the sum
//! of its parts, values without a dated source. They are warnings, never errors, since sources do disagree.

use std::cmp::Reverse;

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
    for series in data.series.values().filter_map(|series| series.change_of.as_ref()) {
        for period in snapshot.periods(series) {
            // The change was printed with the first vintage; a restated value has another one.
            let first = data.observations.get(series).and_then(|all| all.iter().find(|o| o.period == period));
            let pin = first.and_then(|o| o.vintage.counts_from());
            if let Some(change) = snapshot.change(series, period, pin)
                && let (Some(printed), Some(computed), true) = (change.printed, change.computed, change.rebased)
            {
                problems.push(
                    Problem::warning(format!(
                        "{series} {period}: the printed change {printed} does not follow from the values ({computed})"
                    ))
                    .hint("one of the values was revised since; a brief prints the publisher’s own change"),
                );
            }
        }
    }
    // A total whose sum is too large is told where editions are made: it cannot be compared.
    problems.extend(totals::check(&Subject::all(&snapshot)).unwrap_or_default().iter().map(Finding::to_warning));
    problems.extend(undated(data));
    problems
}

/// The warning of values without a dated source, with the series that have most of them.
fn undated(data: &Dataset) -> Option<Problem> {
    let counts = data.observations.iter();
    let counts = counts.map(|(id, all)| (all.iter().filter(|observation| observation.is_undated()).count(), id));
    let mut counts: Vec<(usize, &SeriesId)> = counts.filter(|(count, _)| *count > 0).collect();
    counts.sort_by_key(|(count, id)| (Reverse(*count), *id));
    let all: usize = counts.iter().map(|(count, _)| count).sum();
    let (_, first) = counts.first()?;
    let named = counts.iter().take(MOST_NAMED).map(|(count, id)| format!("`{id}` ({count})"));
    let named = named.collect::<Vec<_>>().join(", ");
    let rest = counts.len().saturating_sub(MOST_NAMED);
    let rest = if rest > 0 { format!(" and {rest} more series") } else { String::new() };
    let what = format!("no dated source: {} of {named}{rest}", counted(all, "value"));
    let problem = Problem::warning(what).hint("such a value counts as older than every dated one");
    Some(problem.hint(format!(
        "`greenbrief figures show {first}` shows them as published `unknown`; UNDATED in `greenbrief figures list` counts them for every series"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::shipped;

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

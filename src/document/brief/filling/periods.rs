//! The periods along an axis, with the gaps between them.

use crate::figures::Period;

/// Maximum number of periods of which gaps are looked for.
const MOST_PERIODS: usize = 1_000;

/// Sorted periods, with those between them for which there is no value, so that a gap is seen. A series of which most
/// periods are missing is published irregularly and has no gaps.
pub(super) fn with_gaps(periods: Vec<Period>) -> Vec<Period> {
    let (Some(first), Some(last)) = (periods.first().copied(), periods.last().copied()) else { return periods };
    let all: Vec<Period> = std::iter::successors(Some(first), |period| period.following())
        .take_while(|period| *period <= last)
        .take(MOST_PERIODS)
        .collect();
    let one_kind = periods.iter().all(|period| all.contains(period));
    let years = matches!(first, Period::Year(_));
    if one_kind && (years || all.len() < 2 * periods.len()) { all } else { periods }
}

//! Checks of what a text says of its figures beyond one sentence: a value that stands still while a newer one is there, and
//! one value alone of a series that has a clear trend. Each is a warning with the values. A claim of direction that hides a
//! turn is told where it is asked for (`scope`); sentences that mix periods are looked for in `sentence_periods`.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use super::{
    markers::{Insertion, Says, marked},
    series_path::{AskedSeries, course, listed, trend},
    source_map::Rendered,
};
use crate::{
    base::problem::{Problem, Problems},
    figures::{Observation, Period, SeriesId, Snapshot},
};

/// Warns of every value in this paragraph whose period the author wrote, while a newer one is there and the paragraph prints
/// none.
pub(super) fn check_pinned(rendered: &Rendered, insertions: &[Insertion], part: Range<usize>, problems: &mut Problems) {
    let Some(text) = rendered.text.get(part.clone()) else { return };
    let said: Vec<(Range<usize>, &Insertion)> =
        marked(text).filter_map(|(at, number)| Some((at, insertions.get(number)?))).collect();
    let values =
        || said.iter().filter_map(|(at, it)| if let Says::Value(value) = &it.says { Some((at, value)) } else { None });
    let mut told = BTreeSet::new();
    for (at, value) in values() {
        let Some(newer) = &value.newer else { continue };
        let is_newer = values().any(|(_, other)| other.series == value.series && other.period > value.period);
        if is_newer || !told.insert((&value.series, value.period)) {
            continue;
        }
        let place = rendered.place(part.start + at.start..part.start + at.end);
        let (series, [printed, there]) = (&value.series, &newer.values);
        let what = format!(
            "this prints `{series}` for {} ({printed}), and there is a newer value: {there} for {}",
            value.period, newer.period
        );
        let hint = format!(
            "write latest(\"{series}\"), or print the newer value in the same paragraph; history is marked, as in {{{{ \
             fig(\"{series}\", \"{}\")|past }}}}, or pinned by as_known",
            value.period
        );
        problems.push(Problem::warning(what).at(place).hint(hint));
    }
}

/// Warns of every series of which one value alone is printed while it has a clear trend. `printed` are the values that blocks
/// print, too.
pub(super) fn check_single(
    asked: &BTreeMap<SeriesId, AskedSeries>,
    printed: &[Observation],
    snapshot: &Snapshot,
    problems: &mut Problems,
) {
    for (series, asked) in asked.iter().filter(|(_, asked)| !asked.changes) {
        let in_blocks = printed.iter().filter(|it| it.series == *series).map(|it| it.period);
        let periods: BTreeSet<Period> = asked.periods.iter().copied().chain(in_blocks).collect();
        let (Some(period), 1) = (periods.first(), periods.len()) else { continue };
        let known = snapshot.periods(series).into_iter().filter(|it| it.frequency() == period.frequency());
        let values: Vec<&Observation> = known.filter_map(|it| snapshot.observation(series, it, None)).collect();
        let unit = snapshot.data.series.get(series).and_then(|series| snapshot.data.units.get(&series.unit));
        let (Some(rises), Some(unit)) = (trend(&values), unit) else { continue };
        let way = if rises { "rises" } else { "falls" };
        let (course, values) = (course(&values, rises), listed(&values, unit));
        let what = format!("`{series}` {way} {course}, and only {period} is told: {values}");
        let hint = format!(
            "say how it has changed, as in {{{{ change(\"{series}\", latest(\"{series}\")) }}}}, or show it in a chart, or on a \
             tile with `change` or `spark`"
        );
        problems.push(Problem::warning(what).at(asked.place.clone()).hint(hint));
    }
}

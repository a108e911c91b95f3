//! Contradictions within the figures: a printed change that does not follow from the values, a total that is not the sum
//! of its parts, values without a dated source. They are warnings, never errors, since sources do disagree.

use rust_decimal::Decimal;

use super::{Dataset, Published, Snapshot};
use crate::base::{
    plural::counted,
    problem::{Problem, Problems},
};

/// A series that is the sum of others.
struct Total {
    series: &'static str,
    parts: &'static [&'static str],
    /// Maximum difference by rounding, in tenths.
    tolerance: i64,
}

const TOTALS: &[Total] = &[Total { series: "de_cn_trade", parts: &["de_cn_imports", "de_cn_exports"], tolerance: 2 }];

/// All contradictions of a dataset.
pub fn contradictions(data: &Dataset) -> Problems {
    let mut problems = Problems::new();
    let snapshot = Snapshot { as_known: chrono::NaiveDate::MAX, data: data.clone() };
    for series in data.series.values().filter_map(|series| series.change_of.as_ref()) {
        for period in snapshot.periods(series) {
            // The change was printed with the first vintage; a restated value has another one.
            let first = data.observations.get(series).and_then(|all| all.iter().find(|o| o.period == period));
            let pin = first.and_then(|o| o.vintage.counts_from());
            if let Some(change) = snapshot.change(series, period, pin)
                && !change.printed_only
                && change.disagrees()
            {
                problems.push(
                    Problem::warning(format!(
                        "{series} {period}: the printed change {} does not follow from the values ({})",
                        change.printed.unwrap_or_default(),
                        change.value
                    ))
                    .hint("one of the sources uses a restated value; the brief prints the computed change"),
                );
            }
        }
    }
    for Total { series, parts, tolerance } in TOTALS {
        let ids: Vec<_> = std::iter::once(series).chain(*parts).filter_map(|id| super::SeriesId::new(id)).collect();
        let Some((total, parts)) = ids.split_first() else { continue };
        for period in snapshot.periods(total) {
            let sum: Option<Decimal> =
                parts.iter().map(|id| snapshot.observation(id, period, None).map(|o| o.value)).sum();
            let printed = snapshot.observation(total, period, None).map(|o| o.value);
            if let (Some(sum), Some(printed)) = (sum, printed)
                && (sum - printed).abs() > Decimal::new(*tolerance, 1)
            {
                problems.push(Problem::warning(format!("{total} {period} is {printed}, but its parts make {sum}")));
            }
        }
    }
    let undated =
        data.observations.values().flatten().filter(|o| o.sources.iter().all(|s| s.published == Published::Unknown));
    let count = undated.count();
    if count > 0 {
        problems
            .push(Problem::warning(format!("no dated source: {}", counted(count, "value"))).hint(
                "`greenbrief figures show SERIES` lists them; such a value counts as older than every dated one",
            ));
    }
    problems
}

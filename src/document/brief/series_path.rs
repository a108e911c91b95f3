//! The values of a series over time, as far as a text may hide them: a newer one, the path between two, a clear trend. What
//! is warned of is in `told_values`.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::numbers;
use crate::{
    base::{language::Language, problem::Place},
    figures::{Observation, Period, SeriesId, Snapshot, Unit},
};

/// Below so many values no series has a trend that is clear.
const LEAST_VALUES: usize = 5;
/// Maximum number of values that a message lists.
const MOST_LISTED: usize = 8;

/// A newer value than the one that a text prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Newer {
    pub period: Period,
    /// Both values in words, the printed one first.
    pub values: [String; 2],
}

/// The newest value of a series, if its period follows this one.
pub(super) fn newer(snapshot: &Snapshot, than: &Observation, unit: &Unit) -> Option<Newer> {
    let frequency = than.period.frequency();
    // What is announced for a time to come is not newer.
    let has_begun = |period: &Period| period.frequency() == frequency && period.begins() <= Some(snapshot.as_known);
    let newest = snapshot.periods(&than.series).into_iter().filter(has_begun).max()?;
    let newest = snapshot.observation(&than.series, newest, None)?;
    let values = [than, newest].map(|it| written(it.value, unit));
    (newest.period > than.period).then_some(Newer { period: newest.period, values })
}

/// As messages write values.
fn written(value: Decimal, unit: &Unit) -> String {
    numbers::full(value, unit, Language::En.into()).replace(['\u{a0}', '\u{202f}'], " ")
}

/// A comparison of two periods, which a text tells as a direction.
#[derive(Debug, Clone)]
pub(super) struct SpanClaim {
    /// The number of the call.
    pub call: usize,
    pub series: SeriesId,
    /// The periods between the two that are compared.
    pub between: Vec<Period>,
    /// What it hides, in words.
    pub hides: String,
}

/// What a claim of direction over this path hides, if the path has turned, or has moved in one step only. `path` begins and
/// ends with the values that are compared.
pub(super) fn span_claim(call: usize, path: &[&Observation], unit: &Unit) -> Option<SpanClaim> {
    let (first, last) = (path.first()?, path.last()?);
    let whole = last.value.checked_sub(first.value)?;
    let steps: Vec<(Decimal, &Observation)> = path
        .iter()
        .zip(path.iter().skip(1))
        .map(|(before, after)| Some((after.value.checked_sub(before.value)?, *after)))
        .collect::<Option<_>>()?;
    let against = |step: &Decimal| !step.is_zero() && step.is_sign_negative() != whole.is_sign_negative();
    let back = steps.iter().map(|(step, _)| *step).filter(against).try_fold(Decimal::ZERO, Decimal::checked_add)?;
    let largest = steps.iter().max_by_key(|(step, _)| step.abs())?;
    let tenth = whole.abs().checked_div(Decimal::TEN)?;
    let turned = !whole.is_zero() && back.abs() >= tenth;
    let in_one_step = steps.len() > 2 && largest.0.abs() >= whole.abs().checked_sub(tenth)?;
    if whole.is_zero() || !(turned || in_one_step) {
        return None;
    }
    let moved = if whole.is_sign_negative() { "fell" } else { "rose" };
    let [from, to] = [first, last].map(|it| format!("{} ({})", written(it.value, unit), it.period));
    let how =
        if in_one_step { format!("nearly all of it in {}", largest.1.period) } else { "turning on the way".to_owned() };
    let hides = format!("`{}` {moved} from {from} to {to}, {how}: {}", first.series, listed(path, unit));
    let between = path.iter().map(|it| it.period).filter(|period| *period != first.period && *period != last.period);
    Some(SpanClaim { call, series: first.series.clone(), between: between.collect(), hides })
}

/// `71% (2021/22), 51% (2022/23)`: of many values the last.
pub(super) fn listed(values: &[&Observation], unit: &Unit) -> String {
    let left_out = values.len().saturating_sub(MOST_LISTED);
    let shown = values.iter().skip(left_out).map(|it| format!("{} ({})", written(it.value, unit), it.period));
    let earlier = if left_out > 0 { "…, " } else { "" };
    format!("{earlier}{}", shown.collect::<Vec<_>>().join(", "))
}

/// The values of a series that a text asks for.
#[derive(Debug, Clone)]
pub(super) struct AskedSeries {
    pub periods: BTreeSet<Period>,
    /// It tells a change of the series, too.
    pub changes: bool,
    /// Where the first value is asked for.
    pub place: Place,
}

/// Whether the values rise (`true`) or fall for sure: by the test of Mann and Kendall, at 5 per cent on two sides. `None` if
/// neither is sure.
pub(super) fn trend(values: &[&Observation]) -> Option<bool> {
    if values.len() < LEAST_VALUES {
        return None;
    }
    let signs = values.iter().enumerate().flat_map(|(nth, before)| {
        values.iter().skip(nth + 1).map(move |after| match after.value.cmp(&before.value) {
            std::cmp::Ordering::Greater => 1_i64,
            std::cmp::Ordering::Equal => 0,
            std::cmp::Ordering::Less => -1,
        })
    });
    let sum: i64 = signs.sum();
    let count = i64::try_from(values.len()).ok()?;
    // (|S| − 1)² / var ≥ 1.96², with var = n(n − 1)(2n + 5)/18.
    let (sure, variance) = ((sum.abs() - 1).max(0), count * (count - 1) * (2 * count + 5));
    (sure * sure * 18 * 10_000 >= variance * 38_416).then_some(sum > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::language::PerLanguage;
    use crate::figures::{Published, Status, UnitKind};

    fn path(values: &[i64]) -> Vec<Observation> {
        let of = |(nth, value): (i32, &i64)| Observation {
            series: SeriesId::new("a").unwrap(),
            period: Period::Season(2021 + nth),
            vintage: Published::Unknown,
            value: (*value).into(),
            status: Status::Final,
            sources: Vec::new(),
        };
        (0..).zip(values).map(of).collect()
    }

    fn percent() -> Unit {
        let all = |text: &str| PerLanguage { en: text.to_owned(), de: text.to_owned(), zh: text.to_owned() };
        let (pattern, label) = (all("{n}%"), all("%"));
        Unit { id: "percent".to_owned(), kind: UnitKind::Percent, exponent: 0, pattern, label, zh_label_exponent: 0 }
    }

    fn hides(values: &[i64]) -> Option<String> {
        let path = path(values);
        span_claim(0, &path.iter().collect::<Vec<_>>(), &percent()).map(|claim| claim.hides)
    }

    #[test]
    fn a_direction_hides_a_turn_and_a_single_step() {
        let told = hides(&[71, 51, 54, 51, 53]).unwrap();
        assert_eq!(
            told,
            "`a` fell from 71% (2021/22) to 53% (2025/26), nearly all of it in 2022/23: 71% (2021/22), 51% (2022/23), \
             54% (2023/24), 51% (2024/25), 53% (2025/26)"
        );
        let told = hides(&[10, 30, 20, 40]).unwrap();
        assert!(told.starts_with("`a` rose from 10% (2021/22) to 40% (2024/25), turning on the way: "), "{told}");
        assert!(hides(&[71, 51, 51, 51]).is_some());
        for plain in
            [&[71, 51][..], &[71, 60, 51], &[71, 65, 58, 51], &[10, 20, 30, 40], &[5, 9, 5], &[100, 60, 61, 20]]
        {
            assert_eq!(hides(plain), None, "{plain:?}");
        }
    }

    #[test]
    fn a_trend_is_clear_or_there_is_none() {
        let of = |values: &[i64]| trend(&path(values).iter().collect::<Vec<_>>());
        assert_eq!(of(&[1, 2, 3, 4, 5]), Some(true));
        assert_eq!(of(&[9, 7, 5, 4, 2, 1]), Some(false));
        assert_eq!(of(&[1, 2, 4, 3, 5, 6, 7, 8]), Some(true));
        for none in [&[1, 2, 3, 4][..], &[1, 2, 3, 5, 4], &[3, 3, 3, 3, 3], &[71, 51, 54, 51, 53]] {
            assert_eq!(of(none), None, "{none:?}");
        }
    }
}

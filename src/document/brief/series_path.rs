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
    let tenth = whole.abs().checked_div(Decimal::TEN)?;
    let turned = !whole.is_zero() && back.abs() >= tenth;
    let single = single_step(path, &steps, whole);
    if whole.is_zero() || !(turned || single.is_some()) {
        return None;
    }
    let moved = if whole.is_sign_negative() { "fell" } else { "rose" };
    let [from, to] = [first, last].map(|it| format!("{} ({})", written(it.value, unit), it.period));
    let how = match single {
        Some((before, after)) if before.period.following() == Some(after.period) => {
            format!("nearly all of it in {}", after.period)
        }
        // There is no value between the two.
        Some((before, after)) => format!("nearly all of it between {} and {}", before.period, after.period),
        None => turn(path, whole.is_sign_negative(), unit)?,
    };
    let hides = format!("`{}` {moved} from {from} to {to}, {how}: {}", first.series, listed(path, unit));
    let between = path.iter().map(|it| it.period).filter(|period| *period != first.period && *period != last.period);
    Some(SpanClaim { call, series: first.series.clone(), between: between.collect(), hides })
}

/// The two values between which nearly the whole path was gone at once, if it is flat before and after: there its values lie
/// within a fifth of the whole.
fn single_step<'a>(
    path: &[&'a Observation],
    steps: &[(Decimal, &'a Observation)],
    whole: Decimal,
) -> Option<(&'a Observation, &'a Observation)> {
    let (nth, (step, after)) = steps.iter().enumerate().max_by_key(|(_, (step, _))| step.abs())?;
    let is_flat = |part: &[&Observation]| {
        let values = || part.iter().map(|it| it.value);
        let range = values().max()?.checked_sub(values().min()?)?;
        Some(range.checked_mul(5.into())? <= whole.abs())
    };
    let (earlier, later) = path.split_at_checked(nth + 1)?;
    let tenth = whole.abs().checked_div(Decimal::TEN)?;
    let is_single = steps.len() > 2
        && step.is_sign_negative() == whole.is_sign_negative()
        && step.abs() >= whole.abs().checked_sub(tenth)?
        && is_flat(earlier)?
        && is_flat(later)?;
    is_single.then_some((*earlier.last()?, *after))
}

/// Where a path that `falls` on the whole, or rises, turned: at the two ends of its longest way back, of which one may be an
/// end of the path.
fn turn(path: &[&Observation], falls: bool, unit: &Unit) -> Option<String> {
    let way_back = |from: &Observation, to: &Observation| {
        if falls { to.value.checked_sub(from.value) } else { from.value.checked_sub(to.value) }
    };
    // Where the way back that ends here, or later, begins.
    let mut extreme = *path.first()?;
    let mut longest = (Decimal::ZERO, extreme, extreme);
    for value in path {
        let length = way_back(extreme, value)?;
        if length < Decimal::ZERO {
            extreme = value;
        } else if length > longest.0 {
            longest = (length, extreme, value);
        }
    }
    let (_, from, to) = longest;
    let (peak, trough) = ("a peak of", "a trough of");
    let (first_word, second_word) = if falls { (trough, peak) } else { (peak, trough) };
    let [first, second] = [from, to].map(|it| format!("{} ({})", written(it.value, unit), it.period));
    Some(match (path.first()?.period == from.period, path.last()?.period == to.period) {
        (true, _) => format!("after {second_word} {second}"),
        (_, true) => format!("after {first_word} {first}"),
        _ => format!("turning at {first_word} {first} and {second_word} {second}"),
    })
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

/// How the values rise, or fall, of which a trend is sure: from each to the next, or only on the whole.
pub(super) fn course(values: &[&Observation], rises: bool) -> &'static str {
    let is_step = |(before, after): (&&Observation, &&Observation)| {
        if rises { after.value > before.value } else { after.value < before.value }
    };
    match values.iter().zip(values.iter().skip(1)).all(is_step) {
        true => "from period to period",
        false => "on the whole",
    }
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
        let turning = "turning at a peak of 30% (2022/23) and a trough of 20% (2023/24)";
        assert!(told.starts_with(&format!("`a` rose from 10% (2021/22) to 40% (2024/25), {turning}: ")), "{told}");
        for (values, how) in [
            (&[71, 51, 51, 51][..], "nearly all of it in 2022/23"),
            (&[50, 51, 50, 90, 90], "nearly all of it in 2024/25"),
            (&[93, 156, 192, 207, 116], "after a peak of 207% (2024/25)"),
            (&[50, 20, 40, 90], "after a trough of 20% (2022/23)"),
            (&[90, 120, 80, 50], "after a peak of 120% (2022/23)"),
            (&[90, 60, 20, 50], "after a trough of 20% (2023/24)"),
            (&[90, 40, 60, 30], "turning at a trough of 40% (2022/23) and a peak of 60% (2023/24)"),
            (&[10, 60, 20, 25], "turning at a peak of 60% (2022/23) and a trough of 20% (2023/24)"),
            // One step is as long as the whole, and the rest is not flat.
            (&[10, 30, 10, 30, 32], "turning at a peak of 30% (2022/23) and a trough of 10% (2023/24)"),
        ] {
            let told = hides(values).unwrap();
            assert!(told.contains(&format!("), {how}: ")), "{values:?}: {told}");
        }
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
        let how = |values: &[i64], rises| course(&path(values).iter().collect::<Vec<_>>(), rises);
        assert_eq!(how(&[1, 2, 3, 4, 5], true), "from period to period");
        assert_eq!(how(&[9, 7, 5, 4, 2, 1], false), "from period to period");
        assert_eq!(how(&[1, 2, 4, 3, 5, 6, 7, 8], true), "on the whole");
        assert_eq!(how(&[1, 2, 3, 3, 4, 5], true), "on the whole");
        for none in [&[1, 2, 3, 4][..], &[1, 2, 3, 5, 4], &[3, 3, 3, 3, 3], &[71, 51, 54, 51, 53]] {
            assert_eq!(of(none), None, "{none:?}");
        }
    }
}

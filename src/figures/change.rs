//! The change of a figure against an earlier period. Where the publisher printed the change of the value, his is taken: he
//! compares unrounded values, and a year before that he may have revised. Else it is computed, if both values are known.
//! The change of a percentage is in percentage points, never in per cent of per cent.

use rust_decimal::{Decimal, RoundingStrategy};

use super::{AsKnown, Observation, Period, SeriesId, Snapshot, Status, UnitKind};

/// The direction of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// More than before.
    Up,
    /// As before.
    Flat,
    /// Less than before.
    Down,
}

/// The unit of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeUnit {
    /// Per cent of the earlier value.
    Percent,
    /// The difference of two percentages.
    Points,
}

impl ChangeUnit {
    /// The unit in which values of this kind change.
    pub fn of(kind: UnitKind) -> ChangeUnit {
        if kind.is_percentage() { ChangeUnit::Points } else { ChangeUnit::Percent }
    }
}

/// The change from `before` to `now`, rounded to one decimal, half away from zero: in points for percentages, else in per
/// cent of `before`. `None` if per cent would be over a base of zero or less, which says nothing (from −5 to 5 is no rise by
/// 200 per cent), or a number becomes too large.
pub fn compared(now: Decimal, before: Decimal, kind: UnitKind) -> Option<Decimal> {
    let difference = now.checked_sub(before)?;
    let value = match ChangeUnit::of(kind) {
        ChangeUnit::Points => difference,
        ChangeUnit::Percent if before <= Decimal::ZERO => return None,
        ChangeUnit::Percent => difference.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(before)?,
    };
    Some(value.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero))
}

/// A change with the observations it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Change<'a> {
    /// Signed, rounded to one decimal, half away from zero.
    pub value: Decimal,
    /// Per cent or percentage points.
    pub unit: ChangeUnit,
    /// The period it is measured against.
    pub against: Period,
    /// The earlier value is not known, so that `value` cannot be checked.
    pub printed_only: bool,
    /// `value` is the publisher's own number.
    pub published: bool,
    /// The change that the publisher printed.
    pub printed: Option<Decimal>,
    /// The change that follows from the two known values.
    pub computed: Option<Decimal>,
    /// The printed change does not follow from the two values, however they were rounded: one of them was revised.
    pub rebased: bool,
    /// It, or one of the two values, is provisional.
    pub provisional: bool,
    /// The observations to cite.
    pub rests_on: Vec<&'a Observation>,
}

impl Change<'_> {
    /// Its direction.
    pub fn direction(&self) -> Direction {
        match self.value.cmp(&Decimal::ZERO) {
            std::cmp::Ordering::Greater => Direction::Up,
            std::cmp::Ordering::Equal => Direction::Flat,
            std::cmp::Ordering::Less => Direction::Down,
        }
    }
}

/// Half a unit of the last digit that a value was rounded to. The noughts at the end of a count are no digits.
pub(super) fn half_unit(value: Decimal, kind: UnitKind) -> Decimal {
    let half = Decimal::new(5, value.scale().saturating_add(1));
    let noughts = |value: Decimal| value.to_string().bytes().rev().take_while(|digit| *digit == b'0').count();
    match (kind, value.scale(), value.is_zero()) {
        (UnitKind::Count, 0, false) => {
            (0..noughts(value)).try_fold(half, |half, _| half.checked_mul(Decimal::TEN)).unwrap_or(half)
        }
        _ => half,
    }
}

/// Whether a printed change can follow from two values that were rounded as they are written.
pub(super) fn follows(printed: Decimal, now: Decimal, before: Decimal, kind: UnitKind) -> Option<bool> {
    let (around_now, around_before) = (half_unit(now, kind), half_unit(before, kind));
    let between = |now: Decimal, before: Decimal| {
        let difference = now.checked_sub(before)?;
        match ChangeUnit::of(kind) {
            ChangeUnit::Points => Some(difference),
            ChangeUnit::Percent => difference.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(before.abs()),
        }
    };
    let one = between(now.checked_sub(around_now)?, before.checked_add(around_before)?)?;
    let other = between(now.checked_add(around_now)?, before.checked_sub(around_before)?)?;
    let around = half_unit(printed, UnitKind::Percent);
    Some(printed.checked_add(around)? >= one.min(other) && printed.checked_sub(around)? <= one.max(other))
}

impl Snapshot {
    /// The change of `series` from the year before `period` to `period`.
    pub fn change(&self, series: &SeriesId, period: Period, as_known: Option<AsKnown>) -> Option<Change<'_>> {
        self.difference(series, period, period.year_before(), as_known)
    }

    /// The change of `series` from `against` to `period`. `None` if it can neither be
    /// computed nor was printed.
    pub fn difference(
        &self,
        series: &SeriesId,
        period: Period,
        against: Period,
        as_known: Option<AsKnown>,
    ) -> Option<Change<'_>> {
        let kind = self.data.units.get(&self.data.series.get(series)?.unit)?.kind;
        let printed = (against == period.year_before())
            .then(|| self.printed_change_of(series))
            .flatten()
            .and_then(|change| self.observation(&change.id, period, as_known));
        let now = self.observation(series, period, as_known);
        let before = self.observation(series, against, as_known);
        let computed = now.zip(before).and_then(|(now, before)| compared(now.value, before.value, kind));
        let unit = ChangeUnit::of(kind);
        let printed_value = printed.map(|observation| observation.value);
        let rebased = printed.zip(now.zip(before)).is_some_and(|(printed, (now, before))| {
            follows(printed.value, now.value, before.value, kind) == Some(false)
        });
        // A value that was restated since is not the one that the publisher compared.
        let of_this_value =
            |printed: &&Observation| now.is_none_or(|now| printed.vintage.counts_from() >= now.vintage.counts_from());
        let (published, value, rests_on) = match (printed.filter(of_this_value), computed, printed) {
            (Some(printed), _, _) | (None, None, Some(printed)) => (true, printed.value, vec![printed]),
            (None, Some(value), _) => (false, value, now.into_iter().chain(before).collect()),
            (None, None, None) => return None,
        };
        let known = now.into_iter().chain(before).chain(rests_on.iter().copied());
        let provisional = known.into_iter().any(|observation| observation.status == Status::Provisional);
        Some(Change {
            value,
            unit,
            against,
            printed_only: computed.is_none(),
            published,
            printed: printed_value,
            computed,
            rebased,
            provisional,
            rests_on,
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::figures::shipped;

    fn snapshot() -> Snapshot {
        Snapshot::new(NaiveDate::from_ymd_opt(2026, 6, 30).unwrap(), shipped::dataset().unwrap())
    }

    fn change<'a>(snapshot: &'a Snapshot, series: &str, period: &str) -> Change<'a> {
        let pin = NaiveDate::from_ymd_opt(2025, 3, 4);
        let id = SeriesId::new(series).unwrap();
        snapshot.change(&id, period.parse().unwrap(), pin).unwrap()
    }

    #[test]
    fn it_is_computed_and_agrees_with_the_printed_one() {
        let snapshot = snapshot();
        let world = change(&snapshot, "vw_bev_world", "2024");
        assert_eq!((world.value.to_string(), world.printed_only, world.rebased), ("-3.4".into(), false, false));
        assert_eq!(change(&snapshot, "vw_bev_cn", "2024").value.to_string(), "8.1");
    }

    #[test]
    fn against_a_revised_year_before_the_publishers_own_is_taken() {
        let snapshot = snapshot();
        let told = |series: &str, period: &str| {
            let change = snapshot.change(&SeriesId::new(series).unwrap(), period.parse().unwrap(), None).unwrap();
            (change.value.to_string(), change.computed.unwrap().to_string(), change.rebased)
        };
        // Destatis compared 2025 with a 2024 that it had revised since it was printed here.
        assert_eq!(told("de_cn_imports", "2025"), ("8.8".into(), "9.1".into(), true));
        assert_eq!(told("de_cn_trade", "2025"), ("2.1".into(), "2.2".into(), true));
        assert_eq!(told("de_cn_exports", "2025"), ("-9.7".into(), "-9.7".into(), false));
        // Volkswagen and the Chamber compared unrounded values.
        assert_eq!(told("vw_bev_eu", "2025"), ("65.9".into(), "65.8".into(), false));
        assert_eq!(told("ahk_price_pressure", "2025/26"), ("7.5".into(), "8".into(), false));
        // The printed change is that of a value which has been restated since.
        assert_eq!(told("vw_bev_world", "2024"), ("-3.4".into(), "-3.4".into(), false));
    }

    #[test]
    fn a_printed_change_agrees_within_the_rounding_of_both_values() {
        let n = |text: &str| text.parse::<Decimal>().unwrap();
        let follows = |printed, now, before, kind| follows(n(printed), n(now), n(before), kind).unwrap();
        assert!(follows("-3.4", "744800", "771100", UnitKind::Count));
        assert!(!follows("-4.3", "744800", "771100", UnitKind::Count));
        assert!(!follows("2.1", "251.8", "246.3", UnitKind::Money));
        assert!(follows("7.5", "60", "52", UnitKind::Percent) && !follows("6.9", "60", "52", UnitKind::Percent));
        assert!(follows("-40.0", "3", "5", UnitKind::Money) && follows("0", "0", "0.4", UnitKind::Percent));
    }

    #[test]
    fn without_the_earlier_value_only_the_printed_one_is_there() {
        let snapshot = snapshot();
        let us = change(&snapshot, "vw_bev_us", "2024");
        assert_eq!((us.value.to_string(), us.printed_only), ("-30.5".into(), true));
    }

    #[test]
    fn a_percentage_changes_in_points() {
        let snapshot = snapshot();
        let id = SeriesId::new("de_re_share_gross").unwrap();
        let change = snapshot.change(&id, Period::Year(2024), None).unwrap();
        assert_eq!((change.value.to_string(), change.unit), ("1.9".into(), ChangeUnit::Points));
    }
}

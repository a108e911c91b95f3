//! The change of a figure against an earlier period. It is computed where both values are known, and compared with the
//! change that the publisher printed; the printed change is taken only where it cannot be computed. The change of a
//! percentage is in percentage points, never in per cent of per cent.

use rust_decimal::{Decimal, RoundingStrategy};

use super::{AsKnown, Observation, Period, SeriesId, Snapshot, UnitKind};

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
        if kind == UnitKind::Percent { ChangeUnit::Points } else { ChangeUnit::Percent }
    }
}

/// The change from `before` to `now`, rounded to one decimal, half away from zero: in points for percentages, else in per
/// cent of `before`. `None` if `before` is zero or a number becomes too large.
pub fn compared(now: Decimal, before: Decimal, kind: UnitKind) -> Option<Decimal> {
    let difference = now.checked_sub(before)?;
    let value = match ChangeUnit::of(kind) {
        ChangeUnit::Points => difference,
        ChangeUnit::Percent => difference.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(before.abs())?,
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
    /// The earlier value is not known, so `value` is the publisher's own number.
    pub printed_only: bool,
    /// The change that the publisher printed.
    pub printed: Option<Decimal>,
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

    /// Whether the printed change differs from the computed one by more than rounding (one unit of the last decimal).
    pub fn disagrees(&self) -> bool {
        self.printed.is_some_and(|printed| (printed - self.value).abs() > Decimal::new(1, 1))
    }
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
        let computed = now
            .zip(before)
            .and_then(|(now, before)| Some((compared(now.value, before.value, kind)?, vec![now, before])));
        let unit = ChangeUnit::of(kind);
        let printed_value = printed.map(|observation| observation.value);
        match (computed, printed) {
            (Some((value, rests_on)), _) => {
                Some(Change { value, unit, against, printed_only: false, printed: printed_value, rests_on })
            }
            (None, Some(observation)) => Some(Change {
                value: observation.value,
                unit,
                against,
                printed_only: true,
                printed: printed_value,
                rests_on: vec![observation],
            }),
            (None, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::figures::shipped;

    fn snapshot() -> Snapshot {
        Snapshot { as_known: NaiveDate::from_ymd_opt(2026, 6, 30).unwrap(), data: shipped::dataset().unwrap() }
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
        assert_eq!((world.value.to_string(), world.printed_only, world.disagrees()), ("-3.4".into(), false, false));
        assert_eq!(change(&snapshot, "vw_bev_cn", "2024").value.to_string(), "8.1");
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

//! The ramp by which a new sender becomes known: a provider takes many mails from an address only after it took few for some
//! days. Pure; what went out is counted by the store.

use chrono::NaiveDate;

/// A ramp of mails a day to each domain of recipients. Days are those of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WarmUp {
    /// Its first day.
    pub begins: NaiveDate,
    /// Number of mails to each domain on that day.
    pub first_day: u32,
    /// By how much it grows from day to day, in percent.
    pub growth: u32,
    /// Number of days that it lasts.
    pub days: u32,
}

impl WarmUp {
    /// Number of mails that may go to a domain on a day; `None` before it begins and after it ends: as many as there are.
    pub fn limit(&self, day: NaiveDate) -> Option<i64> {
        let number = u32::try_from((day - self.begins).num_days()).ok().filter(|number| *number < self.days)?;
        let mut limit = i64::from(self.first_day);
        for _ in 0..number {
            // A ramp that begins with one mail grows, too.
            let more = (limit.saturating_mul(i64::from(self.growth)) / 100).max(i64::from(self.growth > 0));
            limit = limit.saturating_add(more);
        }
        Some(limit)
    }

    /// On which days this number of mails to one domain goes, if the first day is this one: each with its number. Ends with
    /// the first day without a limit.
    pub fn days_of(&self, first: NaiveDate, mails: i64) -> Vec<(NaiveDate, i64)> {
        let (mut days, mut left, mut day) = (Vec::new(), mails, first);
        while left > 0 {
            let number = self.limit(day).map_or(left, |limit| limit.min(left));
            if number > 0 {
                days.push((day, number));
            }
            left -= number;
            match day.succ_opt() {
                Some(next) => day = next,
                None => break,
            }
        }
        days
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_limit_grows_from_day_to_day_and_ends() {
        let ramp = WarmUp { begins: day("2026-12-01"), first_day: 50, growth: 50, days: 5 };
        let limits: Vec<_> = (0..8).map(|n| ramp.limit(day("2026-11-30") + chrono::Days::new(n))).collect();
        assert_eq!(limits, [None, Some(50), Some(75), Some(112), Some(168), Some(252), None, None]);
        assert_eq!(WarmUp { growth: 0, ..ramp }.limit(day("2026-12-05")), Some(50));
        let slow = WarmUp { first_day: 1, growth: 1, ..ramp };
        assert_eq!(slow.limit(day("2026-12-03")), Some(3));
        let steep = WarmUp { first_day: u32::MAX, growth: 1_000, days: 365, ..ramp };
        assert_eq!(steep.limit(day("2027-11-30")), Some(i64::MAX));
    }

    #[test]
    fn mails_go_on_several_days() {
        let ramp = WarmUp { begins: day("2026-12-01"), first_day: 50, growth: 100, days: 3 };
        let days = ramp.days_of(day("2026-12-01"), 500);
        assert_eq!(
            days,
            [(day("2026-12-01"), 50), (day("2026-12-02"), 100), (day("2026-12-03"), 200), (day("2026-12-04"), 150)]
        );
        assert_eq!(ramp.days_of(day("2026-12-03"), 7), [(day("2026-12-03"), 7)]);
        assert!(ramp.days_of(day("2026-12-03"), 0).is_empty());
    }
}

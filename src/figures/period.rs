//! The period of an observation: a year, half, quarter, month, week, day, survey season or span of months. How publishers
//! write it is in `written_period`, how a reader gets it, in `brief`.

use std::{fmt, str::FromStr};

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

/// A period. Periods are ordered by their first day, longer periods first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Period {
    /// `2024`
    Year(i32),
    /// `2024-H1`
    Half(i32, u32),
    /// `2024-Q3`
    Quarter(i32, u32),
    /// `2024-06`
    Month(i32, u32),
    /// `2024-W07`, a week by ISO 8601: from Monday, in the year that has its Thursday
    Week(i32, u32),
    /// `2024-06-30`
    Day(NaiveDate),
    /// `2024/25`, a season that is named by two years
    Season(i32),
    /// `2024-01/2024-04`, both months included
    Months {
        /// First year and month
        from: (i32, u32),
        /// Last year and month
        to: (i32, u32),
    },
}

/// The error for a text that is not a period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a period; write 2024, 2024-H1, 2024-Q3, 2024-06, 2024-W07, 2024-06-30, 2024/25 or 2024-01/2024-04"
)]
pub struct BadPeriod(pub String);

impl Period {
    /// The same period a year earlier, against which a change on the year is measured. A week is compared with the week of the
    /// same number, or week 53 with week 52 of a year without one; 29 February, with 28 February.
    pub fn year_before(self) -> Period {
        match self {
            Period::Year(y) => Period::Year(y - 1),
            Period::Half(y, n) => Period::Half(y - 1, n),
            Period::Quarter(y, n) => Period::Quarter(y - 1, n),
            Period::Month(y, n) => Period::Month(y - 1, n),
            Period::Season(y) => Period::Season(y - 1),
            Period::Week(y, n) => Period::Week(y - 1, if monday(y - 1, n).is_some() { n } else { n - 1 }),
            Period::Day(day) => Period::Day(
                NaiveDate::from_ymd_opt(day.year() - 1, day.month(), day.day())
                    .unwrap_or_else(|| day - chrono::Days::new(366)),
            ),
            Period::Months { from, to } => Period::Months { from: (from.0 - 1, from.1), to: (to.0 - 1, to.1) },
        }
    }

    /// The next period of the same kind. `None` for a day and a span of months, which follow no calendar of their own.
    pub fn following(self) -> Option<Period> {
        let next = |year: i32, n: u32, count: u32| if n < count { (year, n + 1) } else { (year + 1, 1) };
        match self {
            Period::Year(year) => Some(Period::Year(year + 1)),
            Period::Season(year) => Some(Period::Season(year + 1)),
            Period::Half(year, n) => Some(next(year, n, 2)).map(|(year, n)| Period::Half(year, n)),
            Period::Quarter(year, n) => Some(next(year, n, 4)).map(|(year, n)| Period::Quarter(year, n)),
            Period::Month(year, n) => Some(next(year, n, 12)).map(|(year, n)| Period::Month(year, n)),
            Period::Week(year, n) if monday(year, n + 1).is_some() => Some(Period::Week(year, n + 1)),
            Period::Week(year, _) => Some(Period::Week(year + 1, 1)),
            Period::Day(_) | Period::Months { .. } => None,
        }
    }

    /// The same time by its usual name: January to December of a year is that year, January to March its first quarter, so that
    /// no time has two values under two names.
    pub(super) fn by_usual_name(self) -> Period {
        let Period::Months { from, to } = self else { return self };
        match (from.1, to.1) {
            _ if from.0 != to.0 => self,
            (1, 12) => Period::Year(from.0),
            (1, 6) => Period::Half(from.0, 1),
            (7, 12) => Period::Half(from.0, 2),
            (first, last) if first % 3 == 1 && last == first + 2 => Period::Quarter(from.0, last / 3),
            (first, last) if first == last => Period::Month(from.0, first),
            _ => self,
        }
    }

    /// The year in which it begins.
    pub fn year(self) -> i32 {
        match self {
            Period::Year(y) | Period::Half(y, _) | Period::Quarter(y, _) | Period::Month(y, _) | Period::Season(y) => y,
            // The year by which it is called, in which a first week may not begin.
            Period::Week(y, _) => y,
            Period::Day(day) => day.year(),
            Period::Months { from, .. } => from.0,
        }
    }

    /// The day on which it begins. A season begins in the middle of its first year.
    pub fn begins(self) -> Option<NaiveDate> {
        let (year, month, day, _) = self.key();
        NaiveDate::from_ymd_opt(year, month, day)
    }

    /// The sort key: the first day, then the length, longer periods first.
    fn key(self) -> (i32, u32, u32, u32) {
        match self {
            Period::Year(y) => (y, 1, 1, 0),
            // A season begins in the middle of its first year.
            Period::Season(y) => (y, 7, 1, 1),
            Period::Half(y, n) => (y, n * 6 - 5, 1, 2),
            Period::Quarter(y, n) => (y, n * 3 - 2, 1, 4),
            Period::Months { from, to } => {
                let months = (to.0 - from.0) * 12 + to.1 as i32 - from.1 as i32;
                (from.0, from.1, 1, 100u32.saturating_sub(months.unsigned_abs()).max(3))
            }
            Period::Month(y, m) => (y, m, 1, 200),
            Period::Week(y, n) => {
                let (year, month, day) = monday(y, n).map_or((y, 1, 1), |day| (day.year(), day.month(), day.day()));
                (year, month, day, 250)
            }
            Period::Day(day) => (day.year(), day.month(), day.day(), 300),
        }
    }
}

/// The first day of a week; `None` if the year has no such week.
fn monday(year: i32, week: u32) -> Option<NaiveDate> {
    NaiveDate::from_isoywd_opt(year, week, Weekday::Mon)
}

impl PartialOrd for Period {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Period {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        if self == other {
            return std::cmp::Ordering::Equal;
        }
        self.key().cmp(&other.key()).then_with(|| self.to_string().cmp(&other.to_string()))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match *self {
            Period::Year(y) => format!("{y:04}"),
            Period::Half(y, n) => format!("{y:04}-H{n}"),
            Period::Quarter(y, n) => format!("{y:04}-Q{n}"),
            Period::Month(y, m) => format!("{y:04}-{m:02}"),
            Period::Week(y, n) => format!("{y:04}-W{n:02}"),
            Period::Day(d) => format!("{:04}-{:02}-{:02}", d.year(), d.month(), d.day()),
            Period::Season(y) => format!("{y:04}/{:02}", (y + 1).rem_euclid(100)),
            Period::Months { from, to } => {
                format!("{:04}-{:02}/{:04}-{:02}", from.0, from.1, to.0, to.1)
            }
        };
        f.pad(&text)
    }
}

impl FromStr for Period {
    type Err = BadPeriod;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| BadPeriod(text.chars().take(40).collect()))
    }
}

fn parse(text: &str) -> Option<Period> {
    if !text.is_ascii() || text.len() > 15 {
        return None;
    }
    let number = |part: &str, len: usize| {
        (part.len() == len && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse::<u32>().ok()).flatten()
    };
    let year = |part: &str| number(part, 4).and_then(|y| i32::try_from(y).ok());
    let month = |part: &str| {
        let (y, m) = part.split_once('-')?;
        let m = number(m, 2).filter(|m| (1..=12).contains(m))?;
        Some((year(y)?, m))
    };
    if let Some((from, to)) = text.split_once('/') {
        if let Some(next) = number(to, 2) {
            let y = year(from)?;
            return ((y + 1).rem_euclid(100) == next as i32).then_some(Period::Season(y));
        }
        let (from, to) = (month(from)?, month(to)?);
        return (from < to).then_some(Period::Months { from, to }.by_usual_name());
    }
    let Some((y, rest)) = text.split_once('-') else { return year(text).map(Period::Year) };
    let y = year(y)?;
    if let Some(half) = rest.strip_prefix('H') {
        return number(half, 1).filter(|n| (1..=2).contains(n)).map(|n| Period::Half(y, n));
    }
    if let Some(quarter) = rest.strip_prefix('Q') {
        return number(quarter, 1).filter(|n| (1..=4).contains(n)).map(|n| Period::Quarter(y, n));
    }
    if let Some(week) = rest.strip_prefix('W') {
        return number(week, 2).filter(|n| monday(y, *n).is_some()).map(|n| Period::Week(y, n));
    }
    match rest.split_once('-') {
        None => month(text).map(|(y, m)| Period::Month(y, m)),
        Some((m, d)) => NaiveDate::from_ymd_opt(y, number(m, 2)?, number(d, 2)?).map(Period::Day),
    }
}

impl From<Period> for String {
    fn from(period: Period) -> String {
        period.to_string()
    }
}

impl TryFrom<String> for Period {
    type Error = BadPeriod;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::prelude::*;

    fn any_period() -> impl Strategy<Value = Period> {
        let (year, month) = (1900..2200i32, 1..=12u32);
        let span = ((year.clone(), month.clone()), 1..60u32).prop_map(|((year, month), more)| {
            let last = month - 1 + more;
            let to = (year + i32::try_from(last / 12).unwrap(), last % 12 + 1);
            Period::Months { from: (year, month), to }.by_usual_name()
        });
        let day =
            (year.clone(), 1..=366u32).prop_filter_map("no such day", |(year, nth)| NaiveDate::from_yo_opt(year, nth));
        prop_oneof![
            year.clone().prop_map(Period::Year),
            year.clone().prop_map(Period::Season),
            (year.clone(), 1..=2u32).prop_map(|(year, n)| Period::Half(year, n)),
            (year.clone(), 1..=4u32).prop_map(|(year, n)| Period::Quarter(year, n)),
            (year.clone(), month).prop_map(|(year, n)| Period::Month(year, n)),
            (year, 1..=53u32)
                .prop_filter("no such week", |(year, n)| monday(*year, *n).is_some())
                .prop_map(|(year, n)| Period::Week(year, n)),
            day.prop_map(Period::Day),
            span,
        ]
    }

    #[test]
    fn a_span_that_has_a_usual_name_is_the_period_of_that_name() {
        for (written, read) in [
            ("2025-01/2025-12", "2025"),
            ("2025-01/2025-06", "2025-H1"),
            ("2025-07/2025-12", "2025-H2"),
            ("2025-01/2025-03", "2025-Q1"),
            ("2025-10/2025-12", "2025-Q4"),
            ("2025-02/2025-04", "2025-02/2025-04"),
            ("2025-01/2025-11", "2025-01/2025-11"),
            ("2024-07/2025-06", "2024-07/2025-06"),
        ] {
            assert_eq!(written.parse::<Period>().unwrap().to_string(), read);
        }
        for (written, read) in [
            ("Jan-Dec 2025", "2025"),
            ("2025年1—6月", "2025-H1"),
            ("Jan-Mar 2025", "2025-Q1"),
            ("2025年1—11月", "2025-01/2025-11"),
        ] {
            assert_eq!(super::super::written_period::read(written).unwrap().to_string(), read);
        }
    }

    proptest! {
        #[test]
        fn every_period_is_read_back_as_it_is_written(period in any_period()) {
            let text = period.to_string();
            prop_assert_eq!(text.parse::<Period>(), Ok(period));
            prop_assert_eq!(super::super::written_period::read(&text), Some(period));
            prop_assert_eq!(serde_json::from_str::<Period>(&serde_json::to_string(&period).unwrap()).unwrap(), period);
        }

        #[test]
        fn periods_follow_each_other_and_the_year_before_is_one_of_the_same_length(period in any_period()) {
            let before = period.year_before();
            prop_assert!(before < period);
            prop_assert_eq!(before.to_string().parse::<Period>(), Ok(before));
            prop_assert_eq!(before.frequency(), period.frequency());
            if let Some(next) = period.following() {
                prop_assert!(next > period && next.begins() > period.begins());
                prop_assert_eq!(next.frequency(), period.frequency());
                prop_assert_eq!(next.to_string().parse::<Period>(), Ok(next));
            }
        }

        #[test]
        fn no_text_breaks_the_reader(text in "\\PC{0,40}") {
            if let Some(period) = super::super::written_period::read(&text) {
                prop_assert_eq!(period.to_string().parse::<Period>(), Ok(period));
            }
        }
    }

    #[test]
    fn weeks_are_those_of_iso_8601() {
        let week = |text: &str| text.parse::<Period>().unwrap();
        assert_eq!(week("2026-W01").begins(), NaiveDate::from_ymd_opt(2025, 12, 29));
        assert_eq!(week("2020-W53").following(), Some(week("2021-W01")));
        assert_eq!(week("2025-W52").following(), Some(week("2026-W01")));
        assert_eq!(week("2020-W53").year_before(), week("2019-W52"));
        assert_eq!(week("2026-W07").year_before(), week("2025-W07"));
        assert_eq!(week("2026-W01").year(), 2026);
        assert!(week("2026-W01") < "2026".parse().unwrap() && week("2026-W02") > "2026".parse().unwrap());
        for none in ["2025-W53", "2025-W00", "2025-W7", "2025-W070", "2025W07"] {
            assert!(none.parse::<Period>().is_err(), "{none}");
        }
    }

    #[test]
    fn every_form_is_read_and_written_back() {
        for text in
            ["2024", "2024-H1", "2024-Q3", "2024-06", "2024-W07", "2024-06-30", "2024/25", "1999/00", "2024-01/2024-04"]
        {
            assert_eq!(text.parse::<Period>().unwrap().to_string(), text);
        }
        for text in ["", "24", "2024-13", "2024-02-30", "2024/26", "2024-Q5", "planned", "2024-04/2024-01", "２０２４"]
        {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }

    #[test]
    fn order_follows_the_calendar() {
        let sorted =
            ["2023", "2023-H2", "2023-09", "2024", "2024-H1", "2024-Q1", "2024-01", "2024-02-01", "2024-06", "2024/25"];
        let mut periods: Vec<Period> = sorted.iter().rev().map(|t| t.parse().unwrap()).collect();
        periods.sort();
        assert_eq!(periods.iter().map(Period::to_string).collect::<Vec<_>>(), sorted);
    }
}

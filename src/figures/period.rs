//! The period of an observation: a year, half, quarter, month, day, survey season or span of months. How a period is
//! written for a reader is in `brief`.

use std::{fmt, str::FromStr};

use chrono::{Datelike, NaiveDate};
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
#[error("`{0}` is not a period; write 2024, 2024-H1, 2024-Q3, 2024-06, 2024-06-30, 2024/25 or 2024-01/2024-04")]
pub struct BadPeriod(pub String);

impl Period {
    /// The same period a year earlier, against which a change on the year is measured.
    pub fn year_before(self) -> Period {
        match self {
            Period::Year(y) => Period::Year(y - 1),
            Period::Half(y, n) => Period::Half(y - 1, n),
            Period::Quarter(y, n) => Period::Quarter(y - 1, n),
            Period::Month(y, n) => Period::Month(y - 1, n),
            Period::Season(y) => Period::Season(y - 1),
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
            Period::Day(_) | Period::Months { .. } => None,
        }
    }

    /// The year in which it begins.
    pub fn year(self) -> i32 {
        match self {
            Period::Year(y) | Period::Half(y, _) | Period::Quarter(y, _) | Period::Month(y, _) | Period::Season(y) => y,
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
            Period::Day(day) => (day.year(), day.month(), day.day(), 300),
        }
    }
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
        return (from < to).then_some(Period::Months { from, to });
    }
    let Some((y, rest)) = text.split_once('-') else { return year(text).map(Period::Year) };
    let y = year(y)?;
    if let Some(half) = rest.strip_prefix('H') {
        return number(half, 1).filter(|n| (1..=2).contains(n)).map(|n| Period::Half(y, n));
    }
    if let Some(quarter) = rest.strip_prefix('Q') {
        return number(quarter, 1).filter(|n| (1..=4).contains(n)).map(|n| Period::Quarter(y, n));
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

    #[test]
    fn every_form_is_read_and_written_back() {
        for text in ["2024", "2024-H1", "2024-Q3", "2024-06", "2024-06-30", "2024/25", "1999/00", "2024-01/2024-04"] {
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

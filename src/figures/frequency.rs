//! How long the periods of a series are: values of one frequency can be compared with each other, a year with a half year
//! cannot. `snapshot` decides by it what the latest value of a series is.

use std::{cmp::Ordering, fmt, str::FromStr};

use super::Period;

/// The length of a period. The longer one is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Frequency {
    /// `2024`
    Year,
    /// `2024/25`
    Season,
    /// `2024-H1`
    Half,
    /// `2024-Q3`
    Quarter,
    /// `2024-06`
    Month,
    /// `2024-W07`
    Week,
    /// `2024-06-30`
    Day,
    /// `2024-01/2024-04`, with the number of its months
    Months(u32),
}

impl Frequency {
    /// The months of a period, and which of two that have as many counts as longer.
    const fn length(self) -> (u32, u8) {
        match self {
            Frequency::Year => (12, 2),
            Frequency::Season => (12, 1),
            Frequency::Half => (6, 1),
            Frequency::Quarter => (3, 1),
            Frequency::Month => (1, 1),
            Frequency::Week => (0, 1),
            Frequency::Day => (0, 0),
            Frequency::Months(months) => (months, 0),
        }
    }
}

impl PartialOrd for Frequency {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Frequency {
    fn cmp(&self, other: &Self) -> Ordering {
        self.length().cmp(&other.length())
    }
}

impl fmt::Display for Frequency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Frequency::Year => f.write_str("year"),
            Frequency::Season => f.write_str("season"),
            Frequency::Half => f.write_str("half"),
            Frequency::Quarter => f.write_str("quarter"),
            Frequency::Month => f.write_str("month"),
            Frequency::Week => f.write_str("week"),
            Frequency::Day => f.write_str("day"),
            Frequency::Months(months) => write!(f, "{months} months"),
        }
    }
}

/// The error for a text that is not a frequency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no length of a period")]
pub struct BadFrequency(pub String);

impl FromStr for Frequency {
    type Err = BadFrequency;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "year" => Frequency::Year,
            "season" => Frequency::Season,
            "half" => Frequency::Half,
            "quarter" => Frequency::Quarter,
            "month" => Frequency::Month,
            "week" => Frequency::Week,
            "day" => Frequency::Day,
            other => {
                let months = other.strip_suffix(" months").and_then(|number| number.parse().ok());
                Frequency::Months(
                    months.filter(|months| *months > 1).ok_or_else(|| BadFrequency(text.chars().take(40).collect()))?,
                )
            }
        })
    }
}

impl Period {
    /// How long it is.
    pub fn frequency(self) -> Frequency {
        match self {
            Period::Year(_) => Frequency::Year,
            Period::Season(_) => Frequency::Season,
            Period::Half(..) => Frequency::Half,
            Period::Quarter(..) => Frequency::Quarter,
            Period::Month(..) => Frequency::Month,
            Period::Week(..) => Frequency::Week,
            Period::Day(_) => Frequency::Day,
            Period::Months { from, to } => {
                let months = (to.0 - from.0) * 12 + to.1 as i32 - from.1 as i32 + 1;
                Frequency::Months(months.unsigned_abs())
            }
        }
    }

    /// Whether `other` begins only when the period that follows this one is over. Then the newest value of this length is
    /// out of date. `false` where no period follows by the calendar.
    pub fn is_overtaken_by(self, other: Period) -> bool {
        let after_next = self.following().and_then(Period::following).and_then(Period::begins);
        after_next.is_some_and(|begins| other.begins() >= Some(begins))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_period_has_a_frequency_and_longer_ones_are_greater() {
        let by_length = [
            ("2024-06-30", "day"),
            ("2024-W07", "week"),
            ("2024-06", "month"),
            ("2024-Q3", "quarter"),
            ("2024-01/2024-04", "4 months"),
            ("2024-H1", "half"),
            ("2024-02/2025-01", "12 months"),
            ("2024/25", "season"),
            ("2024", "year"),
        ];
        let mut before = None;
        for (text, word) in by_length {
            let frequency = text.parse::<Period>().unwrap().frequency();
            assert_eq!(frequency.to_string(), word);
            assert_eq!(word.parse(), Ok(frequency));
            assert!(before.replace(frequency).is_none_or(|before| before < frequency), "{text}");
        }
        for text in ["", "years", "1 months", "x months", "Half"] {
            assert!(text.parse::<Frequency>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_year_is_overtaken_when_the_next_one_is_over() {
        let overtaken = |period: &str, by: &str| period.parse::<Period>().unwrap().is_overtaken_by(by.parse().unwrap());
        assert!(!overtaken("2024", "2025-H1"));
        assert!(!overtaken("2024", "2025-12"));
        assert!(overtaken("2024", "2026-01"));
        assert!(overtaken("2024-H1", "2025-01"));
        assert!(!overtaken("2024-06-30", "2026-01"));
    }
}

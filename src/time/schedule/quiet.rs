//! Quiet hours: the part of each day, by a clock on the wall, in which no mail of a schedule's editions goes out. Pure; who
//! keeps them is the outbox.

use std::fmt;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::civil::{Shown, shown_at, when};

/// A part of each day, such as 22:00 to 07:00: from its beginning, which is in it, to its end, which is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    /// When they begin
    pub from: NaiveTime,
    /// When they end; before `from` that is on the next day. Never the same.
    pub until: NaiveTime,
    /// Whose clock
    pub timezone: Tz,
}

impl QuietHours {
    /// How long they last when no clock changes.
    pub fn length(&self) -> TimeDelta {
        let length = self.until - self.from;
        if length > TimeDelta::zero() { length } else { length + TimeDelta::days(1) }
    }

    /// The quiet times that end after `from` and begin before `until`, in their order; at most a hundred.
    ///
    /// Where a clock is set forward over a time, the first instant after the gap counts; where it shows a time twice, quiet
    /// begins at the first and ends at the second.
    pub fn spans(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        let Some(today) = shown_at(self.timezone, from).map(|clock| clock.date()) else { return Vec::new() };
        let days = today.pred_opt().unwrap_or(today).iter_days();
        let spans = days.map_while(|day| {
            let end = if self.until > self.from { day } else { day.succ_opt()? };
            Some((self.instant(day.and_time(self.from), false)?, self.instant(end.and_time(self.until), true)?))
        });
        spans
            .take_while(|(begin, _)| *begin < until)
            .filter(|(begin, end)| *end > from && begin < end)
            .take(100)
            .collect()
    }

    fn instant(&self, clock: chrono::NaiveDateTime, last: bool) -> Option<DateTime<Utc>> {
        Some(match when(self.timezone, clock)? {
            Shown::Once(at) => at,
            Shown::Twice { first, second } => {
                if last {
                    second
                } else {
                    first
                }
            }
            Shown::Never { resumes } => resumes,
        })
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{} {}", self.from.format("%H:%M"), self.until.format("%H:%M"), self.timezone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet(from: &str, until: &str) -> QuietHours {
        let time = |text: &str| NaiveTime::parse_from_str(text, "%H:%M").unwrap();
        QuietHours { from: time(from), until: time(until), timezone: chrono_tz::Europe::Berlin }
    }

    fn spans(hours: QuietHours, from: &str, until: &str) -> Vec<String> {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let show = |at: DateTime<Utc>| at.format("%dT%H:%M").to_string();
        hours.spans(at(from), at(until)).into_iter().map(|(a, b)| format!("{} {}", show(a), show(b))).collect()
    }

    #[test]
    fn nights_and_noons_in_their_order() {
        let night = quiet("22:00", "07:00");
        assert_eq!(night.length(), TimeDelta::hours(9));
        // One that has begun, and one that begins before the end.
        let found = spans(night, "2026-11-23T05:00:00Z", "2026-11-24T05:00:00Z");
        assert_eq!(found, ["22T21:00 23T06:00", "23T21:00 24T06:00"]);
        // The end is not quiet, nor is what begins at the last moment.
        let found = spans(night, "2026-11-23T06:00:00Z", "2026-11-23T21:00:00Z");
        assert_eq!(found, Vec::<String>::new());
        let found = spans(quiet("12:00", "13:30"), "2026-11-23T06:00:00Z", "2026-11-24T06:00:00Z");
        assert_eq!(found, ["23T11:00 23T12:30"]);
        assert_eq!(night.to_string(), "22:00-07:00 Europe/Berlin");
    }

    #[test]
    fn a_clock_that_is_set_makes_a_night_longer_or_shorter_and_leaves_no_hole() {
        let night = quiet("22:00", "02:30");
        assert_eq!(spans(night, "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"), ["28T21:00 29T01:00"]);
        assert_eq!(spans(night, "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z"), ["24T20:00 25T01:30"]);
        // Wholly in a gap: never.
        assert_eq!(
            spans(quiet("02:15", "02:45"), "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn it_ends_however_long_the_time_is() {
        let night = quiet("22:00", "07:00");
        assert_eq!(night.spans(DateTime::UNIX_EPOCH, DateTime::<Utc>::MAX_UTC).len(), 100);
        assert_eq!(night.spans(DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MAX_UTC), []);
    }
}

//! Quiet hours: the part of each day, by the local clock, in which no mail of a schedule's editions is sent. The outbox
//! enforces them.

use std::fmt;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::civil::{Resolved, civil_at, resolve};

/// A part of each day, such as 22:00 to 07:00. The beginning is in it, the end is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    /// Local time at which they begin.
    pub from: NaiveTime,
    /// Local time at which they end; on the next day if it is before `from`. Never equal to it.
    pub until: NaiveTime,
    /// The zone of the local times.
    pub timezone: Tz,
}

/// One time in which no mail goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietSpan {
    /// When it begins.
    pub from: DateTime<Utc>,
    /// When it ends: the first instant at which mails go out again.
    pub until: DateTime<Utc>,
}

impl QuietHours {
    /// Their length on a day without a clock change.
    pub fn length(&self) -> TimeDelta {
        let length = self.until - self.from;
        if length > TimeDelta::zero() { length } else { length + TimeDelta::days(1) }
    }

    /// The quiet spans that end after `from` and begin before `until`, in order; at most a hundred.
    ///
    /// A time in a gap counts as the first instant after it. Of a time that the clock shows twice, quiet begins at the first
    /// and ends at the second.
    pub fn spans(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<QuietSpan> {
        let Some(today) = civil_at(self.timezone, from).map(|clock| clock.date()) else { return Vec::new() };
        let days = today.pred_opt().unwrap_or(today).iter_days();
        let spans = days.map_while(|day| {
            let end = if self.until > self.from { day } else { day.succ_opt()? };
            let from = self.instant(day.and_time(self.from), false)?;
            Some(QuietSpan { from, until: self.instant(end.and_time(self.until), true)? })
        });
        spans
            .take_while(|span| span.from < until)
            .filter(|span| span.until > from && span.from < span.until)
            .take(100)
            .collect()
    }

    fn instant(&self, civil: chrono::NaiveDateTime, last: bool) -> Option<DateTime<Utc>> {
        Some(match resolve(self.timezone, civil)? {
            Resolved::Unique(at) => at,
            Resolved::Overlap { first, second } => {
                if last {
                    second
                } else {
                    first
                }
            }
            Resolved::Gap { resumes } => resumes,
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
        hours
            .spans(at(from), at(until))
            .into_iter()
            .map(|span| format!("{} {}", show(span.from), show(span.until)))
            .collect()
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

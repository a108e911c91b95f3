//! A time as a person writes it: a day, a time of day in the zone of a brief, or an instant with its offset.

use std::{collections::BTreeMap, str::FromStr};

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::{Installation, Result};
use crate::{base::problem::Problem, time::schedule::first_instant};

/// A time that may need a zone to be an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GivenTime {
    /// `2026-12-07T07:00:00+01:00` (RFC 3339; the seconds may be missing, and a space may stand for the T); `UTC` for the
    /// offset, as tables show times
    Instant(DateTime<Utc>),
    /// `2026-12-07 07:00`
    Local(NaiveDateTime),
    /// `2026-12-07`
    Day(NaiveDate),
}

/// A text that is no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "write a day (2026-12-07), a time in the brief's zone (\"2026-12-07 07:00\"), or a time with its offset \
     (2026-12-07T07:00:00+01:00)"
)]
pub struct InvalidTime;

impl GivenTime {
    /// It is an instant by itself.
    pub const fn has_offset(self) -> bool {
        matches!(self, GivenTime::Instant(_))
    }

    /// The instant in this zone; the first moment of a day. As with schedules, a time that the clock shows twice is the
    /// first, and one that it skips is the moment after.
    pub fn begin(self, zone: Tz) -> DateTime<Utc> {
        match self {
            GivenTime::Instant(instant) => instant,
            GivenTime::Local(civil) => instant_of(zone, civil),
            GivenTime::Day(day) => instant_of(zone, day.and_time(NaiveTime::MIN)),
        }
    }

    /// As [`begin`](GivenTime::begin), but the last second of a day.
    pub fn end(self, zone: Tz) -> DateTime<Utc> {
        match self {
            GivenTime::Day(day) => {
                let next = day.succ_opt().unwrap_or(day);
                instant_of(zone, next.and_time(NaiveTime::MIN)) - TimeDelta::seconds(1)
            }
            other => other.begin(zone),
        }
    }
}

/// A civil time of these years has an instant in every zone.
fn instant_of(zone: Tz, civil: NaiveDateTime) -> DateTime<Utc> {
    first_instant(zone, civil).unwrap_or_else(|| civil.and_utc())
}

impl FromStr for GivenTime {
    type Err = InvalidTime;

    fn from_str(text: &str) -> std::result::Result<GivenTime, InvalidTime> {
        let (day, rest) = text.trim().split_at_checked(10).ok_or(InvalidTime)?;
        let day = NaiveDate::parse_from_str(day, "%Y-%m-%d").map_err(|_| InvalidTime)?;
        if !(1970..=4000).contains(&day.year()) {
            return Err(InvalidTime);
        }
        if rest.is_empty() {
            return Ok(GivenTime::Day(day));
        }
        let rest = rest.strip_prefix(['T', 't', ' ']).ok_or(InvalidTime)?.trim_start();
        let offset_at = rest.find(['Z', 'z', '+', '-', ' ']).unwrap_or(rest.len());
        let (clock, offset) = rest.split_at(offset_at);
        let civil = day.and_time(clock_time(clock).ok_or(InvalidTime)?);
        match offset.trim_start() {
            "" => Ok(GivenTime::Local(civil)),
            "Z" | "z" | "UTC" => Ok(GivenTime::Instant(civil.and_utc())),
            offset => {
                let offset: FixedOffset = offset.parse().map_err(|_| InvalidTime)?;
                let utc = civil - TimeDelta::seconds(i64::from(offset.local_minus_utc()));
                Ok(GivenTime::Instant(utc.and_utc()))
            }
        }
    }
}

/// `07:00`, `07:00:30`, `07:00:30.5`.
fn clock_time(text: &str) -> Option<NaiveTime> {
    // chrono also takes `7:0`.
    let is_full = text.split(':').take(2).all(|part| part.len() == 2);
    let format = if text.len() == 5 { "%H:%M" } else { "%H:%M:%S%.f" };
    is_full.then(|| NaiveTime::parse_from_str(text, format).ok()).flatten()
}

impl Installation {
    /// The zone for these times, as [`timezone`](Installation::timezone) finds it; any if none of them needs one.
    ///
    /// # Errors
    /// As `timezone`.
    pub fn timezone_for(&self, given: &[Option<GivenTime>], brief: Option<&str>, schedule: Option<&str>) -> Result<Tz> {
        if given.iter().flatten().all(|given| given.has_offset()) {
            Ok(Tz::UTC)
        } else {
            self.timezone(brief, schedule)
        }
    }

    /// The zone in which a time without an offset is read: that of this brief or schedule, or the one that all briefs have.
    ///
    /// # Errors
    /// There is no such brief or schedule, or the briefs have different zones.
    pub fn timezone(&self, brief: Option<&str>, schedule: Option<&str>) -> Result<Tz> {
        if let Some(brief) = brief {
            return Ok(self.brief(brief)?.timezone);
        }
        if let Some(schedule) = schedule {
            return Ok(self.schedule(schedule)?.rule.timezone);
        }
        let zones: BTreeMap<&str, Tz> =
            self.config.briefs()?.values().map(|brief| (brief.timezone.name(), brief.timezone)).collect();
        match (zones.first_key_value(), zones.len()) {
            (None, _) => Ok(Tz::UTC),
            (Some((_, zone)), 1) => Ok(*zone),
            _ => {
                let names: Vec<&str> = zones.into_keys().collect();
                Err(Problem::error(format!("in which zone is that time? the briefs have {}", names.join(" and ")))
                    .hint("name one with --brief, or write the offset, as in 2026-12-07T07:00:00+01:00")
                    .into())
            }
        }
    }

    /// A time that was given for a brief; now if none was given.
    ///
    /// # Errors
    /// There is no such brief.
    pub fn time_for(&self, brief: &str, given: Option<GivenTime>) -> Result<DateTime<Utc>> {
        let zone = self.timezone(Some(brief), None)?;
        Ok(given.map_or_else(|| self.now(), |given| given.begin(zone)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    #[test]
    fn days_local_times_and_instants_are_times() {
        let begin = |text: &str| text.parse::<GivenTime>().unwrap().begin(Tz::Europe__Berlin);
        for (text, instant) in [
            ("2027-01-01", "2026-12-31T23:00:00Z"),
            ("2026-12-07 07:00", "2026-12-07T06:00:00Z"),
            ("2026-12-07T07:00", "2026-12-07T06:00:00Z"),
            ("2026-12-07 07:00:30", "2026-12-07T06:00:30Z"),
            ("2026-12-07T07:00:00+01:00", "2026-12-07T06:00:00Z"),
            ("2026-12-07 07:00 +08:00", "2026-12-06T23:00:00Z"),
            ("2026-12-07 07:00:00-05:00", "2026-12-07T12:00:00Z"),
            ("2026-12-07T07:00Z", "2026-12-07T07:00:00Z"),
            ("2026-12-07 07:00:30 UTC", "2026-12-07T07:00:30Z"),
            ("2026-12-07t07:00:00.5z", "2026-12-07T07:00:00.5Z"),
            (" 2026-07-07 ", "2026-07-06T22:00:00Z"),
            // Shown twice: the first; skipped: the moment after.
            ("2026-10-25 02:30", "2026-10-25T00:30:00Z"),
            ("2027-03-28 02:30", "2027-03-28T01:00:00Z"),
        ] {
            assert_eq!(begin(text), utc(instant), "{text}");
        }
        let end = |text: &str| text.parse::<GivenTime>().unwrap().end(Tz::Europe__Berlin);
        assert_eq!(end("2027-01-31"), utc("2027-01-31T22:59:59Z"));
        assert_eq!(end("2027-01-31 12:00"), utc("2027-01-31T11:00:00Z"));
    }

    #[test]
    fn what_may_be_two_things_is_no_time() {
        for text in [
            "",
            "7.12.2026",
            "07/12/2026",
            "2026-12",
            "2026-12-7",
            "2026-13-01",
            "2026-02-30",
            "26-12-07",
            "tomorrow",
            "2026-12-07 7:00",
            "2026-12-07 07",
            "2026-12-07 24:00",
            "2026-12-07 07:60",
            "2026-12-07 07:00 CET",
            "2026-12-07 UTC",
            "2026-12-07 07:00 pm",
            "2026-12-07T",
            "2026-12-07x07:00",
            "1969-12-31",
            "9999-01-01",
            "2026-12-07 07:00+25:00",
            "２０２６-12-07",
        ] {
            assert_eq!(text.parse::<GivenTime>(), Err(InvalidTime), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[0-9TZtz:. +-]{0,30}|\\PC{0,30}") {
            let _ = text.parse::<GivenTime>();
        }

        #[test]
        fn what_rfc_3339_prints_is_read_back(seconds in 0_i64..60_000_000_000, offset in -14_i32..=14) {
            let offset = FixedOffset::east_opt(offset * 3600).unwrap();
            let instant = DateTime::from_timestamp(seconds, 0).unwrap();
            let text = instant.with_timezone(&offset).to_rfc3339();
            if let Ok(read) = text.parse::<GivenTime>() {
                prop_assert_eq!(read, GivenTime::Instant(instant));
            } else {
                // Only at the edges of the years that are read.
                prop_assert!(!(1971..4000).contains(&instant.year()), "{}", text);
            }
        }
    }
}

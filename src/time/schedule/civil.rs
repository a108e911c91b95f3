//! Civil times and instants: which instants a clock of a time zone shows a civil time at, and where it jumps. What a rule
//! makes of it is in `rule`.

use chrono::{DateTime, Datelike, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// The years in which slots are sought; beyond them chrono's clocks or croner's calendar end.
const YEARS: std::ops::RangeInclusive<i32> = 2..=4998;

/// When a clock shows a civil time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// At one instant.
    Once(DateTime<Utc>),
    /// In an overlap, at two.
    Twice { first: DateTime<Utc>, second: DateTime<Utc> },
    /// In a gap, at none; the gap ends at this instant, before which the clock shows less and from which it shows more.
    Never { resumes: DateTime<Utc> },
}

/// What the clock shows at `at`; none outside the years that are sought.
pub(super) fn shown_at(zone: Tz, at: DateTime<Utc>) -> Option<NaiveDateTime> {
    let whole = DateTime::from_timestamp(at.timestamp(), 0)?;
    YEARS.contains(&whole.year()).then(|| whole.with_timezone(&zone).naive_local())
}

/// When the clock shows `civil`.
pub(super) fn when(zone: Tz, civil: NaiveDateTime) -> Option<Shown> {
    if !YEARS.contains(&civil.year()) {
        return None;
    }
    Some(match zone.from_local_datetime(&civil) {
        chrono::LocalResult::Single(at) => Shown::Once(at.to_utc()),
        chrono::LocalResult::Ambiguous(a, b) => Shown::Twice { first: a.min(b).to_utc(), second: a.max(b).to_utc() },
        chrono::LocalResult::None => {
            // No offset is a whole day, so that the clock is before `civil` at one end and behind it at the other.
            let near = civil.and_utc();
            let (from, to) = (near - TimeDelta::days(1), near + TimeDelta::days(1));
            Shown::Never { resumes: first(from, to, |at| at.with_timezone(&zone).naive_local() > civil) }
        }
    })
}

/// The instant at which the second pass of an overlap begins, between the two instants that show a civil time in it.
pub(super) fn turn(zone: Tz, before: DateTime<Utc>, behind: DateTime<Utc>) -> DateTime<Utc> {
    let offset = |at: DateTime<Utc>| zone.offset_from_utc_datetime(&at.naive_utc()).fix();
    let old = offset(before);
    first(before, behind, |at| offset(at) != old)
}

/// The first whole second after `from`, at most `to`, for which `holds`; it must hold from there up to `to`.
fn first(from: DateTime<Utc>, to: DateTime<Utc>, holds: impl Fn(DateTime<Utc>) -> bool) -> DateTime<Utc> {
    let (mut from, mut to) = (from, to);
    while to - from > TimeDelta::seconds(1) {
        let middle = from + TimeDelta::seconds((to - from).num_seconds() / 2);
        if holds(middle) { to = middle } else { from = middle }
    }
    to
}

/// The first instant at which the clock shows `civil` or, if it goes forward over it, more; none beyond the years that are
/// sought.
pub fn first_at(zone: Tz, civil: NaiveDateTime) -> Option<DateTime<Utc>> {
    Some(match when(zone, civil)? {
        Shown::Once(utc) => utc,
        Shown::Twice { first, .. } => first,
        Shown::Never { resumes } => resumes,
    })
}

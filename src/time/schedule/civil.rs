//! Civil times and instants: at which instants the clock of a time zone shows a civil time, and where it jumps. Which of
//! them a rule takes is in `rule`.

use chrono::{DateTime, Datelike, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// The years in which slots are searched; beyond them chrono's clocks or croner's calendar end.
const YEARS: std::ops::RangeInclusive<i32> = 2..=4998;

/// The instants at which a clock shows a civil time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resolved {
    /// One instant.
    Unique(DateTime<Utc>),
    /// Two instants: the clock goes back over it.
    Overlap { first: DateTime<Utc>, second: DateTime<Utc> },
    /// None: the clock goes forward over it. Before `resumes` the clock shows less, from then on more.
    Gap { resumes: DateTime<Utc> },
}

/// What the clock shows at `at`, to the second. `None` outside the years that are searched.
pub(super) fn civil_at(zone: Tz, at: DateTime<Utc>) -> Option<NaiveDateTime> {
    let whole = DateTime::from_timestamp(at.timestamp(), 0)?;
    YEARS.contains(&whole.year()).then(|| whole.with_timezone(&zone).naive_local())
}

/// The instants at which the clock shows `civil`. `None` outside the years that are searched.
pub(super) fn resolve(zone: Tz, civil: NaiveDateTime) -> Option<Resolved> {
    if !YEARS.contains(&civil.year()) {
        return None;
    }
    Some(match zone.from_local_datetime(&civil) {
        chrono::LocalResult::Single(at) => Resolved::Unique(at.to_utc()),
        chrono::LocalResult::Ambiguous(a, b) => {
            Resolved::Overlap { first: a.min(b).to_utc(), second: a.max(b).to_utc() }
        }
        chrono::LocalResult::None => {
            // Every offset is below a day, so the clock is before `civil` at one end and past it at the other.
            let near = civil.and_utc();
            let (from, to) = (near - TimeDelta::days(1), near + TimeDelta::days(1));
            Resolved::Gap { resumes: first_second(from, to, |at| at.with_timezone(&zone).naive_local() > civil) }
        }
    })
}

/// The instant at which the second pass of an overlap begins, between the two instants that show a civil time in it.
pub(super) fn second_pass(zone: Tz, before: DateTime<Utc>, behind: DateTime<Utc>) -> DateTime<Utc> {
    let offset = |at: DateTime<Utc>| zone.offset_from_utc_datetime(&at.naive_utc()).fix();
    let old = offset(before);
    first_second(before, behind, |at| offset(at) != old)
}

/// The first whole second after `from` for which `holds`, at most `to`. It must hold from there up to `to`.
fn first_second(from: DateTime<Utc>, to: DateTime<Utc>, holds: impl Fn(DateTime<Utc>) -> bool) -> DateTime<Utc> {
    let (mut from, mut to) = (from, to);
    while to - from > TimeDelta::seconds(1) {
        let middle = from + TimeDelta::seconds((to - from).num_seconds() / 2);
        if holds(middle) { to = middle } else { from = middle }
    }
    to
}

/// The first instant at which the clock shows `civil` or, if it goes forward over it, a later time. `None` outside the
/// years that are searched.
pub fn first_instant(zone: Tz, civil: NaiveDateTime) -> Option<DateTime<Utc>> {
    Some(match resolve(zone, civil)? {
        Resolved::Unique(utc) => utc,
        Resolved::Overlap { first, .. } => first,
        Resolved::Gap { resumes } => resumes,
    })
}

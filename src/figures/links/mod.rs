//! The web addresses that citations name: what came of looking at one, when the next look is due, and which count as dead. Pure;
//! who asks the servers is `actions::figures::links`.

mod robots;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

pub use self::robots::{MAX_ROBOTS, Robots};
use crate::base::word_enum::word_enum;

word_enum! {
    "what came of looking at a link";
    /// What came of looking at a link.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum LinkResult {
        /// It is there.
        Ok = "ok",
        /// It is there, but has another address for good.
        Moved = "moved",
        /// The server says that there is no such page, or none any more.
        Gone = "gone",
        /// The server does not let a program look. It may be there.
        Refused = "refused",
        /// There is no server, or no answer that can be used.
        Failed = "failed",
    }
}

impl LinkResult {
    /// Whether a reader would find nothing there.
    pub const fn is_dead(self) -> bool {
        matches!(self, LinkResult::Gone | LinkResult::Failed)
    }
}

/// One look at a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Look {
    /// What came of it
    pub result: LinkResult,
    /// What the server said, or why there was no answer; empty if it is there
    pub detail: String,
    /// The address that it has for good, if it has another one
    pub moved_to: Option<String>,
}

/// What is known of a link from all looks at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LinkRecord {
    /// When it was looked at last
    pub looked_at: DateTime<Utc>,
    /// The last look
    #[serde(flatten)]
    pub look: Look,
    /// The first look that found it dead, if none since found it otherwise
    pub dead_since: Option<DateTime<Utc>>,
    /// How many looks found it dead since
    pub dead_looks: i64,
    /// The first of these looks that was on another day (UTC) than the first one: from then on it counts as dead
    pub confirmed_at: Option<DateTime<Utc>>,
}

/// Links that count as dead, by their address.
pub type DeadLinks = BTreeMap<String, LinkRecord>;

impl LinkRecord {
    /// How long a look is good for. A day less than a week, so that a job that runs weekly leaves nothing out.
    const GOOD_FOR: TimeDelta = TimeDelta::days(6);

    /// What is known after a look.
    pub fn after(before: Option<&LinkRecord>, look: Look, at: DateTime<Utc>) -> LinkRecord {
        let nothing =
            LinkRecord { looked_at: at, look: look.clone(), dead_since: None, dead_looks: 0, confirmed_at: None };
        if !look.result.is_dead() {
            return nothing;
        }
        let before = before.filter(|before| before.dead_since.is_some());
        let Some(LinkRecord { dead_since: Some(since), dead_looks, confirmed_at, .. }) = before else {
            return LinkRecord { dead_since: Some(at), dead_looks: 1, ..nothing };
        };
        let is_another_day = at.date_naive() > since.date_naive();
        LinkRecord {
            dead_since: Some(*since),
            dead_looks: dead_looks + 1,
            confirmed_at: confirmed_at.or_else(|| is_another_day.then_some(at)),
            ..nothing
        }
    }

    /// Whether it is to be looked at again: the last look is old, or found it dead for the first time, on an earlier day.
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        let is_doubtful = self.dead_since.is_some() && self.confirmed_at.is_none();
        now - self.looked_at >= Self::GOOD_FOR || (is_doubtful && now.date_naive() > self.looked_at.date_naive())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        format!("2026-11-{text}:00Z").parse().unwrap()
    }

    fn look(result: LinkResult) -> Look {
        Look { result, detail: String::new(), moved_to: None }
    }

    #[test]
    fn two_looks_on_two_days_without_a_break_make_a_link_dead() {
        let mut record: Option<LinkRecord> = None;
        for (day, result, dead_since, looks, confirmed) in [
            ("01T09:00", LinkResult::Refused, None, 0, None),
            ("02T09:00", LinkResult::Gone, Some("02T09:00"), 1, None),
            ("02T23:00", LinkResult::Failed, Some("02T09:00"), 2, None),
            ("03T00:10", LinkResult::Gone, Some("02T09:00"), 3, Some("03T00:10")),
            ("09T09:00", LinkResult::Failed, Some("02T09:00"), 4, Some("03T00:10")),
            ("10T09:00", LinkResult::Moved, None, 0, None),
            ("11T09:00", LinkResult::Gone, Some("11T09:00"), 1, None),
        ] {
            let after = LinkRecord::after(record.as_ref(), look(result), at(day));
            let told = (after.dead_since, after.dead_looks, after.confirmed_at);
            assert_eq!(told, (dead_since.map(at), looks, confirmed.map(at)), "{day}");
            record = Some(after);
        }
    }

    #[test]
    fn a_look_is_good_for_six_days_but_for_one_if_it_is_doubtful() {
        let ok = LinkRecord::after(None, look(LinkResult::Ok), at("02T09:00"));
        let dead = LinkRecord::after(None, look(LinkResult::Gone), at("02T09:00"));
        let surely = LinkRecord::after(Some(&dead), look(LinkResult::Gone), at("03T09:00"));
        for (now, expected) in [
            ("02T23:59", [false, false, false]),
            ("03T00:00", [false, true, false]),
            ("08T08:59", [false, true, false]),
            ("08T09:00", [true, true, false]),
            ("09T09:00", [true, true, true]),
        ] {
            assert_eq!([&ok, &dead, &surely].map(|record| record.is_due(at(now))), expected, "{now}");
        }
    }
}

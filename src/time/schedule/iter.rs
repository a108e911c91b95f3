//! Iterators over the occurrences of a timetable by due time, forward from an instant or back from one. They compute as they
//! go. The order is mostly that of the slots; jitter and days off may change it.

use std::{cmp::Reverse, collections::BinaryHeap};

use chrono::{DateTime, TimeDelta, Utc};

use super::{ScheduledOccurrence, Slot, Timetable};

/// Orders occurrences by due time, then by slot.
struct ByDue(ScheduledOccurrence);

impl ByDue {
    const fn key(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        (self.0.due, self.0.slot.utc)
    }
}

impl PartialEq for ByDue {
    fn eq(&self, other: &ByDue) -> bool {
        self.key() == other.key()
    }
}

impl Eq for ByDue {}

impl PartialOrd for ByDue {
    fn partial_cmp(&self, other: &ByDue) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ByDue {
    fn cmp(&self, other: &ByDue) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl<'a> Timetable<'a> {
    /// The occurrences that are due after `after`, earliest first.
    pub fn upcoming(&self, after: DateTime<Utc>) -> Upcoming<'a> {
        let (_, behind) = self.reach();
        // A time before chrono's first one: from the first slot on.
        let ahead = after.checked_sub_signed(behind).and_then(|from| self.next_slot(from));
        Upcoming { timetable: *self, after, ahead, found: BinaryHeap::new() }
    }

    /// The first occurrence that is due after `after`.
    pub fn next(&self, after: DateTime<Utc>) -> Option<ScheduledOccurrence> {
        self.upcoming(after).next()
    }

    /// The occurrences that are due in (after, until], the newest first.
    pub fn newest_first(&self, after: DateTime<Utc>, until: DateTime<Utc>) -> NewestFirst<'a> {
        let (before, behind) = self.reach();
        let from = after.checked_sub_signed(behind).unwrap_or(after);
        let ahead = until.checked_add_signed(before).and_then(|to| self.last_slot(from, to));
        NewestFirst { timetable: *self, after, until, from, ahead, found: BinaryHeap::new() }
    }
}

/// Occurrences by due time, earliest first.
pub struct Upcoming<'a> {
    timetable: Timetable<'a>,
    after: DateTime<Utc>,
    /// The first slot that is not examined yet.
    ahead: Option<Slot>,
    found: BinaryHeap<Reverse<ByDue>>,
}

impl Iterator for Upcoming<'_> {
    type Item = ScheduledOccurrence;

    fn next(&mut self) -> Option<ScheduledOccurrence> {
        let (before, _) = self.timetable.reach();
        while let Some(slot) = self.ahead {
            // No slot from here on can be due before this one.
            if self.found.peek().is_some_and(|Reverse(first)| first.0.due < slot.utc - before) {
                break;
            }
            let occurrence = self.timetable.occurrence(slot);
            if occurrence.due > self.after {
                self.found.push(Reverse(ByDue(occurrence)));
            }
            self.ahead = self.timetable.next_slot(slot.utc);
        }
        self.found.pop().map(|Reverse(first)| first.0)
    }
}

/// Occurrences by due time, newest first.
pub struct NewestFirst<'a> {
    timetable: Timetable<'a>,
    after: DateTime<Utc>,
    until: DateTime<Utc>,
    /// No slot before this can be due after `after`.
    from: DateTime<Utc>,
    ahead: Option<Slot>,
    found: BinaryHeap<ByDue>,
}

impl Iterator for NewestFirst<'_> {
    type Item = ScheduledOccurrence;

    fn next(&mut self) -> Option<ScheduledOccurrence> {
        let (_, behind) = self.timetable.reach();
        while let Some(slot) = self.ahead {
            if self.found.peek().is_some_and(|last| last.0.due > slot.utc + behind) {
                break;
            }
            let occurrence = self.timetable.occurrence(slot);
            if occurrence.due > self.after && occurrence.due <= self.until {
                self.found.push(ByDue(occurrence));
            }
            self.ahead = self.timetable.last_slot(self.from, slot.utc - TimeDelta::seconds(1));
        }
        self.found.pop().map(|last| last.0)
    }
}

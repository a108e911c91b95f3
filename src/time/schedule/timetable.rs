//! The part of a schedule that decides when an edition is due: rule, limits, calendar and policies. What the policies make
//! of one slot is in `policies`, the order of due times in `iter`, and what is to be run now in `due`.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Rule, Slot};
use crate::time::calendar::Calendar;

/// Policy for slots that were missed (`catch_up`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum CatchUp {
    /// Run the newest.
    #[default]
    Latest,
    /// Run none.
    Skip,
    /// Run each, the oldest first.
    All,
}

/// Policy for a slot that is due while the edition of an earlier one is still being made (`overlap`). An edition that is
/// made and still being sent does not count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Overlap {
    /// No edition is made for it.
    #[default]
    Skip,
    /// It waits for the earlier one.
    Queue,
    /// Both are made at the same time.
    Allow,
}

/// Policy for a slot on a day off (`on_holiday`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum OnHoliday {
    /// It is due as on other days.
    #[default]
    Run,
    /// No edition is made for it.
    Skip,
    /// It is due at the same time on the next working day.
    NextWorkday,
    /// It is due at the same time on the previous working day.
    PreviousWorkday,
}

/// Policy for a slot on a day that the calendar does not cover (`calendar_unknown`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum OnUnknown {
    /// It is due as on other days.
    #[default]
    Run,
    /// No edition is made for it.
    Skip,
}

/// Everything that decides when a schedule is due. Borrows from the config; cheap to copy.
#[derive(Debug, Clone, Copy)]
pub struct Timetable<'a> {
    /// `brief/schedule`: the jitter is derived from it.
    pub id: &'a str,
    /// Gives the slots.
    pub rule: &'a Rule,
    /// Slots before this are left out.
    pub starts: Option<DateTime<Utc>>,
    /// Slots after this are left out.
    pub ends: Option<DateTime<Utc>>,
    /// Says which days are days off.
    pub calendar: Option<&'a Calendar>,
    /// Policy for slots on days off.
    pub on_holiday: OnHoliday,
    /// Policy for slots on days that the calendar does not cover.
    pub calendar_unknown: OnUnknown,
    /// A slot is delayed by less than this; whole seconds.
    pub jitter: TimeDelta,
    /// Policy for slots that were missed.
    pub catch_up: CatchUp,
    /// Maximum age of a missed slot that is still run.
    pub catch_up_window: TimeDelta,
}

/// A timetable that borrows nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnedTimetable {
    id: String,
    rule: Rule,
    starts: Option<DateTime<Utc>>,
    ends: Option<DateTime<Utc>>,
    calendar: Option<Arc<Calendar>>,
    on_holiday: OnHoliday,
    calendar_unknown: OnUnknown,
    jitter: TimeDelta,
}

impl OwnedTimetable {
    /// The same timetable with its calendar. When missed slots are made up for is not kept.
    pub fn of(timetable: Timetable<'_>, calendar: Option<Arc<Calendar>>) -> OwnedTimetable {
        OwnedTimetable {
            id: timetable.id.to_owned(),
            rule: timetable.rule.clone(),
            starts: timetable.starts,
            ends: timetable.ends,
            calendar,
            on_holiday: timetable.on_holiday,
            calendar_unknown: timetable.calendar_unknown,
            jitter: timetable.jitter,
        }
    }

    /// The timetable.
    pub fn borrowed(&self) -> Timetable<'_> {
        Timetable {
            starts: self.starts,
            ends: self.ends,
            calendar: self.calendar.as_deref(),
            on_holiday: self.on_holiday,
            calendar_unknown: self.calendar_unknown,
            jitter: self.jitter,
            ..Timetable::plain(&self.id, &self.rule)
        }
    }
}

/// Maximum number of days by which a day off moves a slot.
pub(super) const REACH: i64 = 31;

impl<'a> Timetable<'a> {
    /// A rule without limits or calendar, and with the default policies.
    pub fn plain(id: &'a str, rule: &'a Rule) -> Timetable<'a> {
        Timetable {
            id,
            rule,
            starts: None,
            ends: None,
            calendar: None,
            on_holiday: OnHoliday::Run,
            calendar_unknown: OnUnknown::Run,
            jitter: TimeDelta::zero(),
            catch_up: CatchUp::Latest,
            catch_up_window: TimeDelta::hours(12),
        }
    }

    /// The first slot after `after` within the limits.
    pub(super) fn next_slot(&self, after: DateTime<Utc>) -> Option<Slot> {
        let after = self.starts.map_or(after, |starts| after.max(starts - TimeDelta::seconds(1)));
        self.rule.next(after).filter(|slot| self.ends.is_none_or(|ends| slot.utc <= ends))
    }

    /// The last slot in (after, until] within the limits.
    pub(super) fn last_slot(&self, after: DateTime<Utc>, until: DateTime<Utc>) -> Option<Slot> {
        let after = self.starts.map_or(after, |starts| after.max(starts - TimeDelta::seconds(1)));
        self.rule.latest(after, self.ends.map_or(until, |ends| until.min(ends)))
    }

    /// Does a slot lie within the limits?
    pub fn is_within(&self, utc: DateTime<Utc>) -> bool {
        self.starts.is_none_or(|starts| utc >= starts) && self.ends.is_none_or(|ends| utc <= ends)
    }

    /// How long before its slot, and how long after it, an occurrence may be due at most.
    pub(super) fn reach(&self) -> (TimeDelta, TimeDelta) {
        // One day more, for clock changes.
        let days = TimeDelta::days(REACH + 1);
        match (self.calendar.is_some(), self.on_holiday) {
            (true, OnHoliday::NextWorkday) => (TimeDelta::zero(), days + self.jitter),
            (true, OnHoliday::PreviousWorkday) => (days, self.jitter),
            _ => (TimeDelta::zero(), self.jitter),
        }
    }
}

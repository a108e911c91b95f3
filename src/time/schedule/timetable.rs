//! A schedule as far as it decides when an edition is due: its rule, its limits, its calendar, its policies; and what
//! they make of one slot. Which slots come, in the order in which they are due, is in `walk`; which of them is to be run
//! now, in `due`.

use chrono::{DateTime, TimeDelta, Utc};
use ring::digest::{SHA256, digest};

use super::{Coming, Gap, Outcome, Rule, Shift, Slot, coming::Fate};
use crate::time::calendar::Calendar;

/// What becomes of slots that were missed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum CatchUp {
    /// The newest is made up.
    #[default]
    Latest,
    /// None is.
    Skip,
    /// Each is, the oldest first.
    All,
}

/// What becomes of a slot that is due while the edition of an earlier one is still being made. An edition that is made
/// and still being sent does not count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Overlap {
    /// No edition is made for it.
    #[default]
    Skip,
    /// It waits.
    Queue,
    /// Both are made at once.
    Allow,
}

/// What becomes of a slot on a day off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum OnHoliday {
    /// It is due as on other days.
    #[default]
    Run,
    /// No edition is made for it.
    Skip,
    /// It is due at the same time of the next day on which people work.
    NextWorkday,
    /// It is due at the same time of the last day before on which people work.
    PreviousWorkday,
}

/// What becomes of a slot on a day of which the calendar knows nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum OnUnknown {
    /// It is due as on other days.
    #[default]
    Run,
    /// No edition is made for it.
    Skip,
}

/// All that decides when a schedule is due.
#[derive(Debug, Clone, Copy)]
pub struct Timetable<'a> {
    /// `brief/schedule`: the jitter hangs on it.
    pub id: &'a str,
    /// The slots.
    pub rule: &'a Rule,
    /// There is no slot before.
    pub starts: Option<DateTime<Utc>>,
    /// There is no slot behind.
    pub ends: Option<DateTime<Utc>>,
    /// Which days are days off.
    pub calendar: Option<&'a Calendar>,
    /// What becomes of slots on them.
    pub on_holiday: OnHoliday,
    /// What becomes of slots on days of which it knows nothing.
    pub calendar_unknown: OnUnknown,
    /// So long at most a slot is put off; whole seconds.
    pub jitter: TimeDelta,
    /// What becomes of slots that were missed.
    pub catch_up: CatchUp,
    /// How late a missed one is still made.
    pub catch_up_window: TimeDelta,
}

/// The furthest that a slot is moved by a day off, in days.
pub(super) const REACH: i64 = 31;

impl<'a> Timetable<'a> {
    /// A rule without limits, calendar and policies.
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

    /// What becomes of a slot.
    pub fn coming(&self, slot: Slot) -> Coming {
        let mut coming = Coming {
            slot,
            due: slot.utc,
            jitter: TimeDelta::zero(),
            fate: Fate::Runs,
            moved: None,
            unknown_after: None,
        };
        if slot.shift == Shift::Gap && self.rule.gap == Gap::Skip {
            let reason =
                format!("the clock goes forward over {}, and dst_gap = \"skip\"", slot.nominal.format("%H:%M"));
            coming.fate = Fate::Skipped(Outcome::SkippedGap, reason);
            return coming;
        }
        if let Some(calendar) = self.calendar {
            self.ask(calendar, &mut coming);
        }
        if coming.fate == Fate::Runs {
            coming.jitter = self.jitter_of(slot.utc);
            coming.due += coming.jitter;
        }
        coming
    }

    /// The first slot after `after` that lies within the limits.
    pub(super) fn next_slot(&self, after: DateTime<Utc>) -> Option<Slot> {
        let after = self.starts.map_or(after, |starts| after.max(starts - TimeDelta::seconds(1)));
        self.rule.next(after).filter(|slot| self.ends.is_none_or(|ends| slot.utc <= ends))
    }

    /// The last slot in (after, until] that lies within the limits.
    pub(super) fn last_slot(&self, after: DateTime<Utc>, until: DateTime<Utc>) -> Option<Slot> {
        let after = self.starts.map_or(after, |starts| after.max(starts - TimeDelta::seconds(1)));
        self.rule.latest(after, self.ends.map_or(until, |ends| until.min(ends)))
    }

    /// Does a slot lie within the limits?
    pub fn is_within(&self, utc: DateTime<Utc>) -> bool {
        self.starts.is_none_or(|starts| utc >= starts) && self.ends.is_none_or(|ends| utc <= ends)
    }

    /// So long before its slot an occurrence may be due, and so long after it.
    pub(super) fn reach(&self) -> (TimeDelta, TimeDelta) {
        // A day more, for what clocks do.
        let days = TimeDelta::days(REACH + 1);
        match (self.calendar.is_some(), self.on_holiday) {
            (true, OnHoliday::NextWorkday) => (TimeDelta::zero(), days + self.jitter),
            (true, OnHoliday::PreviousWorkday) => (days, self.jitter),
            _ => (TimeDelta::zero(), self.jitter),
        }
    }

    /// How long a slot is put off: the first eight bytes, big-endian, of the SHA-256 of “id, line feed, seconds since 1970
    /// in decimal digits”, modulo the jitter in seconds. Every process and version finds the same.
    fn jitter_of(&self, slot: DateTime<Utc>) -> TimeDelta {
        let Ok(span @ 1..) = u64::try_from(self.jitter.num_seconds()) else { return TimeDelta::zero() };
        let hash = digest(&SHA256, format!("{}\n{}", self.id, slot.timestamp()).as_bytes());
        let number = hash.as_ref().iter().take(8).fold(0, |number: u64, byte| (number << 8) | u64::from(*byte));
        TimeDelta::seconds(i64::try_from(number % span).unwrap_or(0))
    }
}

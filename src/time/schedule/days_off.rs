//! The policy for days off: a slot on one is due as usual, moved to a working day, or skipped. Which days are off is in
//! `time::calendar`; a day that the calendar does not cover is never guessed.

use chrono::{Days, NaiveDate, NaiveDateTime};

use super::{
    ClockChange, DstOverlap, Fate, OnHoliday, OnUnknown, Outcome, ScheduledOccurrence, Timetable, timetable::REACH,
};
use crate::time::calendar::{Calendar, Day};

impl Timetable<'_> {
    /// Moves or skips an occurrence whose day is off.
    pub(super) fn apply_calendar(&self, calendar: &Calendar, occurrence: &mut ScheduledOccurrence) {
        let (date, time) = (occurrence.slot.nominal.date(), occurrence.slot.nominal.time());
        let day = calendar.day(date);
        if day == Day::Unknown {
            self.apply_unknown(calendar, occurrence);
            return;
        }
        if !self.is_off(&day) {
            return;
        }
        let why = match &day {
            Day::Holiday(name) => format!("{name} is a day off ({})", calendar.id),
            _ => format!("{} is a day off ({})", date.format("%A"), calendar.id),
        };
        let forward = match self.on_holiday {
            OnHoliday::Run => return,
            OnHoliday::Skip => {
                occurrence.fate = Fate::Skipped(Outcome::SkippedHoliday, why);
                return;
            }
            OnHoliday::NextWorkday => true,
            OnHoliday::PreviousWorkday => false,
        };
        for steps in 1..=REACH {
            let Some(target) = step(date, steps, forward) else { break };
            match calendar.day(target) {
                Day::Unknown => {
                    self.apply_unknown(calendar, occurrence);
                    return;
                }
                day if day.is_workday() => {
                    let civil = target.and_time(time);
                    let Some(instant) = self.rule.instant(civil) else { return };
                    occurrence.due = instant;
                    if occurrence.slot.clock_change == ClockChange::SecondPass
                        && self.rule.dst_overlap == DstOverlap::Both
                    {
                        let reason = format!("{why}, and the first pass of its hour is due at the same time");
                        occurrence.fate = Fate::Skipped(Outcome::SkippedHoliday, reason);
                        return;
                    }
                    match self.slot_due_then(calendar, date, civil, forward) {
                        Some(other) => {
                            let other = other.format("%a %F %H:%M");
                            let reason = format!("{why}, and the slot of {other} is due at the same time");
                            occurrence.fate = Fate::Skipped(Outcome::SkippedHoliday, reason);
                        }
                        None => occurrence.moved = Some((target, why)),
                    }
                    return;
                }
                _ => {}
            }
        }
        let reason = format!("{why}, and so is every day within {REACH} days");
        occurrence.fate = Fate::Skipped(Outcome::SkippedHoliday, reason);
    }

    /// Is this a day off for the schedule? Holidays are, and Saturdays and Sundays unless the rule itself names days of the
    /// week.
    fn is_off(&self, day: &Day) -> bool {
        match day {
            Day::Holiday(_) => true,
            Day::Weekend => !self.rule.cron.names_weekdays(),
            Day::Workday | Day::MakeUp(_) | Day::Unknown => false,
        }
    }

    fn apply_unknown(&self, calendar: &Calendar, occurrence: &mut ScheduledOccurrence) {
        if self.on_holiday == OnHoliday::Run {
            return;
        }
        occurrence.unknown_after = Some(calendar.known_until());
        if self.calendar_unknown == OnUnknown::Skip {
            let reason = format!("the calendar {} ends with {}", calendar.id, calendar.known_until());
            occurrence.fate = Fate::Skipped(Outcome::SkippedHoliday, reason);
        }
    }

    /// Of several slots that come to the same time, the slot of that day itself is run, else the nearest to it. Returns the
    /// one that is run instead of the slot of `date`.
    fn slot_due_then(
        &self,
        calendar: &Calendar,
        date: NaiveDate,
        to: NaiveDateTime,
        forward: bool,
    ) -> Option<NaiveDateTime> {
        let between = (0..REACH).filter_map(|steps| step(to.date(), steps, !forward)).take_while(|day| *day != date);
        between.map(|day| day.and_time(to.time())).find(|civil| {
            let stays = civil.date() == to.date() || self.is_off(&calendar.day(civil.date()));
            stays
                && self.rule.cron.names(*civil)
                && self.rule.is_shown(*civil)
                && self.rule.instant(*civil).is_some_and(|utc| self.is_within(utc))
        })
    }
}

/// The date `days` later, or earlier.
fn step(date: NaiveDate, days: i64, forward: bool) -> Option<NaiveDate> {
    let days = Days::new(u64::try_from(days).unwrap_or(0));
    if forward { date.checked_add_days(days) } else { date.checked_sub_days(days) }
}

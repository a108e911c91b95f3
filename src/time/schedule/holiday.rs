//! What a day off makes of a slot: it is due as ever, moved to a day on which people work, or skipped. Which days those are,
//! the calendar says; what it does not know is never guessed.

use chrono::{Days, NaiveDate, NaiveDateTime};

use super::{Coming, OnHoliday, OnUnknown, Outcome, Shift, Timetable, Twice, coming::Fate, timetable::REACH};
use crate::time::calendar::{Calendar, Day};

impl Timetable<'_> {
    /// Asks the calendar what becomes of an occurrence.
    pub(super) fn ask(&self, calendar: &Calendar, coming: &mut Coming) {
        let (date, time) = (coming.slot.nominal.date(), coming.slot.nominal.time());
        let day = calendar.day(date);
        if day == Day::Unknown {
            self.not_known(calendar, coming);
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
                coming.fate = Fate::Skipped(Outcome::SkippedHoliday, why);
                return;
            }
            OnHoliday::NextWorkday => true,
            OnHoliday::PreviousWorkday => false,
        };
        for steps in 1..=REACH {
            let Some(target) = step(date, steps, forward) else { break };
            match calendar.day(target) {
                Day::Unknown => {
                    self.not_known(calendar, coming);
                    return;
                }
                day if day.is_workday() => {
                    let civil = target.and_time(time);
                    let Some(instant) = self.rule.instant(civil) else { return };
                    coming.due = instant;
                    if coming.slot.shift == Shift::Second && self.rule.twice == Twice::Both {
                        let reason = format!("{why}, and the first pass of its hour is due at the same time");
                        coming.fate = Fate::Skipped(Outcome::SkippedHoliday, reason);
                        return;
                    }
                    match self.joined(calendar, date, civil, forward) {
                        Some(other) => {
                            let other = other.format("%a %F %H:%M");
                            let reason = format!("{why}, and the slot of {other} is due at the same time");
                            coming.fate = Fate::Skipped(Outcome::SkippedHoliday, reason);
                        }
                        None => coming.moved = Some((target, why)),
                    }
                    return;
                }
                _ => {}
            }
        }
        let reason = format!("{why}, and so is every day within {REACH} days");
        coming.fate = Fate::Skipped(Outcome::SkippedHoliday, reason);
    }

    /// A day off for this schedule: one that the calendar names, and Saturdays and Sundays unless the rule says itself
    /// which days of the week it is about.
    fn is_off(&self, day: &Day) -> bool {
        match day {
            Day::Holiday(_) => true,
            Day::Weekend => !self.rule.cron.names_weekdays(),
            Day::Workday | Day::MakeUp(_) | Day::Unknown => false,
        }
    }

    fn not_known(&self, calendar: &Calendar, coming: &mut Coming) {
        if self.on_holiday == OnHoliday::Run {
            return;
        }
        coming.unknown_after = Some(calendar.known_until());
        if self.calendar_unknown == OnUnknown::Skip {
            let reason = format!("the calendar {} ends with {}", calendar.id, calendar.known_until());
            coming.fate = Fate::Skipped(Outcome::SkippedHoliday, reason);
        }
    }

    /// Of several slots that come to one time, that of the day itself has its edition, else the nearest to it: the one that
    /// has it instead of the slot of `date`.
    fn joined(&self, calendar: &Calendar, date: NaiveDate, to: NaiveDateTime, forward: bool) -> Option<NaiveDateTime> {
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

/// So many days later or earlier.
fn step(date: NaiveDate, days: i64, forward: bool) -> Option<NaiveDate> {
    let days = Days::new(u64::try_from(days).unwrap_or(0));
    if forward { date.checked_add_days(days) } else { date.checked_sub_days(days) }
}

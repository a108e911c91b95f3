//! Remarks for people on what is unusual about an occurrence. `plan` and the timekeeper show the same ones.

use chrono::TimeDelta;

use super::{ClockChange, DstOverlap, Fate, Rule, ScheduledOccurrence, Timetable};

impl ScheduledOccurrence {
    /// Sentences about everything unusual: a clock change, a day off, jitter. Empty for an ordinary occurrence.
    pub fn remarks(&self, timetable: &Timetable<'_>) -> Vec<String> {
        let mut remarks = Vec::new();
        let Rule { timezone, dst_overlap, .. } = timetable.rule;
        let time = self.slot.nominal.format("%H:%M");
        match (self.slot.clock_change, &self.fate) {
            (ClockChange::Gap, Fate::Runs) => {
                remarks.push(format!(
                    "{time} does not exist that day (clocks go forward): sent at the first moment after"
                ));
            }
            (ClockChange::FirstPass, _) if *dst_overlap == DstOverlap::Both => {
                remarks.push(format!("{time} comes twice that day (clocks go back): this is the first time"));
            }
            (ClockChange::FirstPass, _) => {
                remarks.push(format!("{time} comes twice that day (clocks go back): sent the first time only"));
            }
            (ClockChange::SecondPass, _) => {
                remarks.push(format!("{time} comes twice that day (clocks go back): this is the second time"));
            }
            _ => {}
        }
        if let Some((day, why)) = &self.moved {
            remarks.push(format!("moved from {} to {}: {why}", self.slot.nominal.format("%a %F"), day.format("%a %F")));
        }
        if let Fate::Skipped(_, reason) = &self.fate {
            remarks.push(format!("no edition: {reason}"));
        }
        if let (Some(day), Some(calendar)) = (self.unknown_after, timetable.calendar) {
            remarks.push(format!("uncertain: calendar {} unknown after {day}", calendar.id));
        }
        if self.runs() && timetable.jitter > TimeDelta::zero() {
            let base = (self.due - self.jitter).with_timezone(timezone);
            let latest = base + timetable.jitter - TimeDelta::seconds(1);
            remarks.push(format!(
                "jitter {} s, by which it falls between {} and {}",
                self.jitter.num_seconds(),
                base.format("%T"),
                latest.format("%T")
            ));
        }
        remarks
    }
}

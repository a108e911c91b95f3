//! Applies the policies of a timetable to one slot. The policy for days off is in `days_off`; the one for slots that
//! were missed is in `due`.

use chrono::{DateTime, TimeDelta, Utc};
use ring::digest::{SHA256, digest};

use super::{ClockChange, DstGap, Fate, Outcome, ScheduledOccurrence, Slot, Timetable};

impl Timetable<'_> {
    /// What the policies make of a slot: the gap of a clock change first, then days off, then jitter.
    pub fn occurrence(&self, slot: Slot) -> ScheduledOccurrence {
        let mut occurrence = ScheduledOccurrence {
            slot,
            due: slot.utc,
            jitter: TimeDelta::zero(),
            fate: Fate::Runs,
            moved: None,
            unknown_after: None,
        };
        if slot.clock_change == ClockChange::Gap && self.rule.dst_gap == DstGap::Skip {
            let reason =
                format!("the clock goes forward over {}, and dst_gap = \"skip\"", slot.nominal.format("%H:%M"));
            occurrence.fate = Fate::Skipped(Outcome::SkippedGap, reason);
            return occurrence;
        }
        if let Some(calendar) = self.calendar {
            self.apply_calendar(calendar, &mut occurrence);
        }
        if occurrence.fate == Fate::Runs {
            occurrence.jitter = self.jitter_of(slot.utc);
            occurrence.due += occurrence.jitter;
        }
        occurrence
    }

    /// Delay of a slot: the first eight bytes, big-endian, of the SHA-256 of “id, line feed, seconds since 1970 in decimal
    /// digits”, modulo the jitter in seconds. Every process and version computes the same.
    fn jitter_of(&self, slot: DateTime<Utc>) -> TimeDelta {
        let Ok(span @ 1..) = u64::try_from(self.jitter.num_seconds()) else { return TimeDelta::zero() };
        let hash = digest(&SHA256, format!("{}\n{}", self.id, slot.timestamp()).as_bytes());
        let number = hash.as_ref().iter().take(8).fold(0, |number: u64, byte| (number << 8) | u64::from(*byte));
        TimeDelta::seconds(i64::try_from(number % span).unwrap_or(0))
    }
}

//! When a schedule is due, as pure functions: a cron rule in a time zone, its slots, what calendar and policies make of a
//! slot, and which slots are to be run now. The only room that knows croner. The record of what ran is in `store`; waking
//! up for a slot is the timekeeper's job.
//!
//! # Clock changes
//!
//! croner walks the civil calendar only. Which instant a civil time means is decided here:
//!
//! - A **fixed** rule (no wildcard in minute or hour) fires once for each of its nominal civil times. In a gap (the clock
//!   goes forward over it) it fires at the first instant after the gap; in an overlap (the clock shows it twice) at the
//!   first pass. Nominal times that come to the same instant fire together, as one slot.
//! - A rule **with a wildcard** follows real time: times in a gap do not exist, and an overlap fires in both passes.
//! - A schedule may choose otherwise for a fixed rule: `dst_gap = "skip"`, `dst_overlap = "second"` or `"both"`.
//!
//! # Slots and due times
//!
//! A slot is the nominal second, by which the ledger identifies an occurrence. Jitter and days off change only when it is
//! due. The cursor of a schedule is the time up to which everything that was due is settled.

mod civil;
mod cron;
mod days_off;
mod description;
mod due;
mod fields;
mod iter;
mod occurrence;
mod outcome;
mod policies;
mod quiet_hours;
mod remarks;
mod rule;
#[cfg(test)]
mod tests;
mod timetable;

pub use civil::first_instant;
pub use cron::{BadCron, Cron};
pub use due::{Due, LATE_AFTER, MAX_AT_ONCE, SkippedOccurrence, due};
pub use iter::{NewestFirst, Upcoming};
pub use occurrence::{Fate, ScheduledOccurrence};
pub use outcome::{IfUnchanged, Outcome};
pub use quiet_hours::{QuietHours, QuietSpan};
pub use remarks::Remark;
pub use rule::{ClockChange, DstGap, DstOverlap, Rule, Slot};
pub use timetable::{CatchUp, OnHoliday, OnUnknown, Overlap, OwnedTimetable, Timetable};

//! When a thing is due, pure: a cron rule in a time zone, the slots it gives, what calendar and policies make of them, and
//! which of them is to be run now. It owns croner. What was run is the ledger's (`store`), and who wakes up for it is the timekeeper's; neither is here.
//!
//! # Clock changes
//!
//! croner walks the civil calendar only; which instant a civil time is, this room decides itself:
//!
//! - A **fixed** rule (no wildcard in minute or hour) fires once for each of its nominal civil times. In a gap (the clock
//!   goes forward over it) it fires at the first instant after the gap; in an overlap (the clock shows it twice) at the
//!   first pass. Nominal times that come to the same instant fire together, as one slot.
//! - A rule **with a wildcard** follows real time: what a gap leaves out never was, and an overlap fires in both passes.
//! - A schedule may ask for something else of its fixed rule: `dst_gap = "skip"`, `dst_overlap = "second"` or `"both"`.
//!
//! # Slots and when they are due
//!
//! A slot is the nominal second, by which the ledger knows it. Jitter and days off move only when it is due. The cursor of
//! a schedule is a time up to which everything that was due is settled.

mod civil;
mod coming;
mod cron;
mod due;
mod fields;
mod holiday;
mod outcome;
mod quiet;
mod rule;
mod sentence;
#[cfg(test)]
mod tests;
mod timetable;
mod walk;

pub use civil::first_at;
pub use coming::{Coming, Fate};
pub use cron::{BadCron, Cron};
pub use due::{Due, LATE, NAMED, Passed, due};
pub use outcome::{Outcome, UnknownOutcome};
pub use quiet::QuietHours;
pub use rule::{Gap, Rule, Shift, Slot, Twice};
pub use timetable::{CatchUp, OnHoliday, OnUnknown, Overlap, Timetable};
pub use walk::{NewestFirst, Upcoming};

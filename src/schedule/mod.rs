//! When a thing is due, pure: a cron rule in a time zone, the slots it gives, and which of them is to be run now. It owns
//! croner. What was run is the ledger's (`store`), and who wakes up for it is the timekeeper's; neither is here.
//!
//! # Clock changes
//!
//! croner walks the civil calendar only; which instant a civil time is, this room decides itself:
//!
//! - A **fixed** rule (no wildcard in minute or hour) fires once for each of its nominal civil times. In a gap (the clock
//!   goes forward over it) it fires at the first instant after the gap; in an overlap (the clock shows it twice) at the
//!   first pass. Nominal times that come to the same instant fire together, as one slot.
//! - A rule **with a wildcard** follows real time: what a gap leaves out never was, and an overlap fires in both passes.

mod civil;
mod cron;
mod due;
mod fields;
mod outcome;
mod quiet;
mod rule;
mod sentence;
#[cfg(test)]
mod tests;

pub use cron::{BadCron, Cron};
pub use due::{Due, DueSlot, due};
pub use outcome::{Outcome, UnknownOutcome};
pub use quiet::QuietHours;
pub use rule::{Rule, Shift, Slot};

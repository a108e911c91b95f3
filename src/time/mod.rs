//! Time: the clock, calendars of days off, and when a schedule is due. Only the clock is not pure: everything else takes the
//! time as an argument.
//!
//! | room | what lives there |
//! |---|---|
//! | [`clock`] | the current time, from the machine or from a test |
//! | [`calendar`] | days off by place and organisation |
//! | [`schedule`] | cron rules in time zones, clock changes, policies, and which slots are due |

pub mod calendar;
pub mod clock;
pub mod schedule;

//! Time: what the clock says, which days are free, and when a schedule is due. All but the clock is pure: the time is an
//! argument.
//!
//! | room | what lives there |
//! |---|---|
//! | [`clock`] | the time as an argument |
//! | [`calendar`] | days off by place and house |
//! | [`schedule`] | cron rules in time zones, clock changes, days off and policies, which slot is due |

pub mod calendar;
pub mod clock;
pub mod schedule;

//! How often somebody may ask to join. Whoever types other people's addresses into forms gets little out of ours, and nobody
//! is mailed more than once a day because of it.

use chrono::TimeDelta;

/// An address gets at most one confirmation mail in this time.
pub const ADDRESS_PAUSE: TimeDelta = TimeDelta::days(1);
/// What nobody confirmed in this time is deleted.
pub const LAPSES_AFTER: TimeDelta = TimeDelta::days(7);
/// Time for which the confirmation of a form without work waits.
pub const WITHOUT_WORK_WAITS: TimeDelta = TimeDelta::minutes(3);

/// How many confirmation mails one network may cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JoinLimits {
    /// In an hour.
    pub per_hour: i64,
    /// In a day.
    pub per_day: i64,
}

impl JoinLimits {
    /// The limits of a network; a form without work is worth less.
    pub const fn of(did_work: bool) -> JoinLimits {
        if did_work { JoinLimits { per_hour: 20, per_day: 60 } } else { JoinLimits { per_hour: 5, per_day: 20 } }
    }
}

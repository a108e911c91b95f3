//! How often somebody may ask to join. Whoever types other people's addresses into forms gets little out of ours, and nobody
//! is mailed more than once a day because of it.

use chrono::TimeDelta;

/// An address gets at most one confirmation mail in this time, but for a reader who confirmed it and has left since.
pub const ADDRESS_PAUSE: TimeDelta = TimeDelta::days(1);
/// Number of confirmation mails that a mailbox gets in [`ADDRESS_PAUSE`] under all spellings of its address. Those with a plus
/// sign do not count for those without: else a stranger who makes up a few would keep the reader from joining.
pub const MAILBOX_PER_DAY: i64 = 3;
/// What nobody confirmed in this time is deleted.
pub const LAPSES_AFTER: TimeDelta = TimeDelta::days(7);
/// Time for which the confirmation of a form without work waits.
pub const WITHOUT_WORK_WAITS: TimeDelta = TimeDelta::minutes(3);

/// Number of confirmations in an hour that mails cause whose senders nobody knows but by what they say themselves.
pub const BY_MAIL_PER_HOUR: i64 = 300;

/// Number of confirmations in an hour that go to one domain before any of them is confirmed; those of large providers have no
/// such limit. One domain may be one person's mailbox, with any number of addresses; where many really ask, they confirm.
pub const BY_DOMAIN_PER_HOUR: i64 = 30;

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

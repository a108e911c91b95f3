//! The pace of one domain: it halves when the domain complains and recovers step by step while the domain takes mails.

use std::time::Duration;

use super::{Admission, Feedback};
use crate::delivery::rules::rate::{Bucket, Rate};

const SECOND: Duration = Duration::from_secs(1);
/// First interval between mails when an unlimited domain asks us to slow down and gets one mail at a time already.
const FIRST_INTERVAL: Duration = SECOND;
/// Maximum interval between mails that complaints lead to.
pub(super) const MAX_INTERVAL: Duration = Duration::from_secs(60);
/// Number of mails that a domain takes in a row before its pace recovers by a step.
pub(super) const RECOVERY_RUN: u32 = 5;
/// Time without a further complaint after which the pace is what the config allows.
const FORGIVEN_AFTER: Duration = Duration::from_secs(3600);

/// How many mails may go at a time, and at which interval; an interval of zero is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Allowance {
    pub concurrency: usize,
    pub interval: Duration,
}

#[derive(Debug)]
pub(super) struct DomainPace {
    /// As the config has it
    pub allowed: Allowance,
    listed: bool,
    in_flight: usize,
    /// Maximum number of mails at a time, for now
    pub concurrency: usize,
    pub bucket: Bucket,
    /// Mails taken since the last change
    taken_in_a_row: u32,
    /// When it last asked for less; `None` if the pace is what the config allows
    pub slowed_at: Option<Duration>,
    /// Moving average of the time that a mail takes
    mail_duration: Duration,
    /// When the last of the mails that were put off comes back
    pub put_off_until: Duration,
}

impl DomainPace {
    pub fn new(allowed: Allowance, listed: bool) -> DomainPace {
        DomainPace {
            allowed,
            listed,
            in_flight: 0,
            concurrency: allowed.concurrency,
            bucket: Bucket::new(Rate { interval: allowed.interval }),
            taken_in_a_row: 0,
            slowed_at: None,
            mail_duration: SECOND,
            put_off_until: Duration::ZERO,
        }
    }

    pub const fn current(&self) -> Allowance {
        Allowance { concurrency: self.concurrency, interval: self.bucket.interval }
    }

    pub fn admission(&mut self, now: Duration) -> Admission {
        self.forgive(now);
        if self.in_flight >= self.concurrency {
            return Admission::AfterAnother;
        }
        let next = self.bucket.next();
        if next > now { Admission::NotBefore(next) } else { Admission::Now }
    }

    pub fn begin(&mut self, now: Duration) {
        self.in_flight += 1;
        self.bucket.take(now);
    }

    pub fn end(&mut self, began: Duration, feedback: Feedback, now: Duration) {
        match feedback {
            Feedback::Accepted => {
                self.mail_duration = (self.mail_duration * 3 + now.saturating_sub(began)) / 4;
                self.recover();
            }
            Feedback::SlowDown => self.slow_down(began, now),
            Feedback::Neutral => {}
        }
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Halves the concurrency; at one mail at a time, doubles the interval. Ignores mails that began before the last
    /// complaint was known: they only repeat it.
    fn slow_down(&mut self, began: Duration, now: Duration) {
        if self.slowed_at.is_some_and(|slowed| began < slowed) {
            return;
        }
        self.slowed_at = Some(now);
        self.taken_in_a_row = 0;
        // A limit that was not reached did not limit.
        let used = self.concurrency.min(self.in_flight.max(1));
        if used > 1 {
            self.concurrency = used / 2;
            return;
        }
        self.concurrency = 1;
        let interval = self.bucket.interval;
        let slower = if interval.is_zero() { FIRST_INTERVAL } else { interval * 2 };
        self.bucket.interval = slower.min(MAX_INTERVAL).max(self.allowed.interval);
        // Not at once again either.
        self.bucket.level = self.bucket.level.max(now + self.bucket.interval);
    }

    /// After a run of mails that were taken, halves the interval; once that is at its limit, adds one mail at a time.
    fn recover(&mut self) {
        if self.slowed_at.is_none() {
            return;
        }
        self.taken_in_a_row += 1;
        if self.taken_in_a_row < RECOVERY_RUN {
            return;
        }
        self.taken_in_a_row = 0;
        let Allowance { concurrency, interval } = self.allowed;
        if self.bucket.interval > interval {
            let faster = self.bucket.interval / 2;
            self.bucket.interval =
                if interval.is_zero() && faster < FIRST_INTERVAL { interval } else { faster.max(interval) };
        } else {
            self.concurrency = (self.concurrency + 1).min(concurrency);
        }
        if self.current() == self.allowed {
            self.slowed_at = None;
        }
    }

    pub fn forgive(&mut self, now: Duration) {
        if self.slowed_at.is_some_and(|slowed| now >= slowed + FORGIVEN_AFTER) {
            self.concurrency = self.allowed.concurrency;
            self.bucket.interval = self.allowed.interval;
            self.slowed_at = None;
            self.taken_in_a_row = 0;
        }
    }

    /// Is there nothing to remember of it?
    pub const fn is_idle(&self) -> bool {
        self.in_flight == 0 && self.slowed_at.is_none() && !self.listed
    }

    /// Estimated interval between two mails, at least a millisecond.
    pub fn expected_interval(&self) -> Duration {
        let concurrency = u32::try_from(self.concurrency).unwrap_or(u32::MAX);
        self.bucket.interval.max(self.mail_duration / concurrency.max(1)).max(Duration::from_millis(1))
    }
}

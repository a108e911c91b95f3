//! A rate of mails, and the bucket that says when it lets the next one go. Pure: a time is the time since the courier
//! began, and is an argument. Whose rate it is (all mails', a domain's) is not known here.

use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// A maximum rate of mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Interval between two mails
    pub(super) interval: Duration,
}

impl Rate {
    /// `mails` in each `per`; 0 counts as 1.
    pub fn new(mails: u32, per: Duration) -> Rate {
        Rate { interval: per / mails.max(1) }
    }
}

/// Lets mails go at a rate. After a rest, up to a second's worth of them go at once, at least one: in any `t` seconds go at
/// most as many mails as the rate allows in `t + 1`. The algorithm is known as GCRA (ITU-T I.371).
#[derive(Debug, Clone)]
pub struct Bucket {
    pub(super) interval: Duration,
    /// When all mails that went are made up for
    pub(super) level: Duration,
}

impl Bucket {
    /// A bucket that no mail has gone through.
    pub fn new(rate: Rate) -> Bucket {
        Bucket { interval: rate.interval, level: Duration::ZERO }
    }

    /// Returns the time from which the next mail may go.
    pub fn next(&self) -> Duration {
        self.level.saturating_sub(SECOND.saturating_sub(self.interval))
    }

    /// Records that a mail goes.
    pub fn take(&mut self, now: Duration) {
        self.level = self.level.max(now) + self.interval;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_rate_lets_a_seconds_worth_go_at_once() {
        for (rate, at_once, next) in [
            (Rate::new(600, seconds(60)), 10, Duration::from_millis(100)),
            (Rate::new(2, seconds(1)), 2, Duration::from_millis(500)),
            (Rate::new(60, seconds(60)), 1, seconds(1)),
            (Rate::new(1, seconds(60)), 1, seconds(60)),
            (Rate::new(0, seconds(60)), 1, seconds(60)),
        ] {
            let (mut bucket, start) = (Bucket::new(rate), seconds(100));
            let mut mails = 0;
            while bucket.next() <= start {
                bucket.take(start);
                mails += 1;
            }
            assert_eq!((mails, bucket.next() - start), (at_once, next), "{rate:?}");
        }
    }
}

//! A rate, and what it lets go when: a bucket. Pure: a time is the time since the courier began, and comes as an argument.
//! Whose rate it is (all mails', a domain's) is not known here.

use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// So many mails in so much time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// From one to the next
    pub(super) every: Duration,
}

impl Rate {
    /// `mails` (none is taken as one) in `per`.
    pub fn new(mails: u32, per: Duration) -> Rate {
        Rate { every: per / mails.max(1) }
    }
}

/// Lets mails go at a rate, after a rest at most a second's worth of them at once (one, if that is less than one): in any
/// `t` seconds so many go as the rate allows in `t + 1`. Known as GCRA, of ITU-T I.371.
#[derive(Debug, Clone)]
pub struct Bucket {
    pub(super) every: Duration,
    /// When all that went is made up for
    pub(super) level: Duration,
}

impl Bucket {
    /// One that nothing has gone through.
    pub fn new(rate: Rate) -> Bucket {
        Bucket { every: rate.every, level: Duration::ZERO }
    }

    /// From when on the next mail may go.
    pub fn next(&self) -> Duration {
        self.level.saturating_sub(SECOND.saturating_sub(self.every))
    }

    /// A mail goes.
    pub fn take(&mut self, now: Duration) {
        self.level = self.level.max(now) + self.every;
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

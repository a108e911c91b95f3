//! Whether the clock can be believed: it is compared with the monotonic clock, which nobody sets.

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

/// A jump longer than this is believed only if the next tick shows it too.
const LEAP: TimeDelta = TimeDelta::hours(24);
/// Jumps back up to this are ignored.
const BACK_TOLERANCE: TimeDelta = TimeDelta::seconds(2);
/// Jumps forward up to this are ignored: the tick itself came late.
const FORWARD_TOLERANCE: TimeDelta = TimeDelta::seconds(60);

/// The clocks as the last tick saw them.
#[derive(Debug, Default)]
pub(super) struct ClockCheck {
    last: Option<(DateTime<Utc>, Instant)>,
    early: bool,
}

/// The clock compared with the last tick.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ClockReading {
    /// The clock goes as clocks do.
    Steady,
    /// It jumped forward by this, or the machine slept.
    Forward(TimeDelta),
    /// It jumped back by this.
    Back(TimeDelta),
    /// It is not believed unless the next tick sees it too.
    Doubtful(String),
}

impl ClockCheck {
    /// Compares `now` with a moment of the monotonic clock. A clock before `earliest` is wrong.
    pub(super) fn check(&mut self, now: DateTime<Utc>, moment: Instant, earliest: DateTime<Utc>) -> ClockReading {
        let last = self.last.replace((now, moment));
        let was_early = std::mem::replace(&mut self.early, now < earliest);
        if self.early && !was_early {
            return ClockReading::Doubtful("the clock shows a time before this version was built".to_owned());
        }
        let Some((shown, seen)) = last else { return ClockReading::Steady };
        let passed = TimeDelta::from_std(moment.saturating_duration_since(seen)).unwrap_or(TimeDelta::MAX);
        let jump = (now - shown).checked_sub(&passed).unwrap_or_default();
        if jump.abs() > LEAP {
            let way = if jump > TimeDelta::zero() { "forward" } else { "back" };
            ClockReading::Doubtful(format!("the clock jumped {way} by {} hours", jump.abs().num_hours()))
        } else if jump > FORWARD_TOLERANCE {
            ClockReading::Forward(jump)
        } else if jump < -BACK_TOLERANCE {
            ClockReading::Back(-jump)
        } else {
            ClockReading::Steady
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_leap_is_believed_at_the_second_look() {
        let (start, earliest) = (Instant::now(), "2026-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap());
        let mut clock_check = ClockCheck::default();
        let mut look = |second: u64, shown: TimeDelta| {
            clock_check.check(earliest + shown, start + Duration::from_secs(second), earliest)
        };
        let day = TimeDelta::days(1);
        assert_eq!(look(0, day), ClockReading::Steady);
        assert_eq!(look(1, day + TimeDelta::seconds(1)), ClockReading::Steady);
        assert_eq!(look(2, day + TimeDelta::seconds(902)), ClockReading::Forward(TimeDelta::seconds(900)));
        assert_eq!(look(3, day + TimeDelta::seconds(3)), ClockReading::Back(TimeDelta::seconds(900)));
        assert!(matches!(look(4, day * 4), ClockReading::Doubtful(why) if why.contains("forward by 71 hours")));
        assert_eq!(look(5, day * 4 + TimeDelta::seconds(1)), ClockReading::Steady);
        assert!(matches!(look(6, day), ClockReading::Doubtful(why) if why.contains("back by 72 hours")));
        assert_eq!(look(7, day + TimeDelta::seconds(1)), ClockReading::Steady);
        assert!(matches!(look(8, -day), ClockReading::Doubtful(why) if why.contains("before this version")));
        assert_eq!(look(9, -day + TimeDelta::seconds(1)), ClockReading::Steady);
        assert_eq!(look(100, -day + TimeDelta::seconds(92)), ClockReading::Steady, "a look that came late");
    }

    #[test]
    fn a_start_before_the_version_waits_once() {
        let (start, earliest) = (Instant::now(), "2026-11-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap());
        let mut clock_check = ClockCheck::default();
        let early = earliest - TimeDelta::days(365);
        assert!(matches!(clock_check.check(early, start, earliest), ClockReading::Doubtful(_)));
        assert_eq!(
            clock_check.check(early + TimeDelta::seconds(1), start + Duration::from_secs(1), earliest),
            ClockReading::Steady
        );
        // Once it is right it leaps forward, and that is looked at twice, too.
        let beat = clock_check.check(earliest, start + Duration::from_secs(2), earliest);
        assert!(matches!(beat, ClockReading::Doubtful(_)));
    }
}

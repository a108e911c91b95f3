//! Is the clock to be believed? What it shows is held against the monotonic clock, which nobody sets.

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

/// A jump that is longer is believed only if the next look shows it, too.
const LEAP: TimeDelta = TimeDelta::hours(24);
/// The clock may differ so much between two looks without a word.
const QUIET: TimeDelta = TimeDelta::seconds(2);
/// Forward it may differ so much: it is then a look that came late.
const LATE: TimeDelta = TimeDelta::seconds(60);

/// What the last look saw.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    last: Option<(DateTime<Utc>, Instant)>,
    early: bool,
}

/// What this look sees.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Beat {
    /// The clock goes as clocks do.
    Steady,
    /// It went forward by so much, or the machine slept.
    Forward(TimeDelta),
    /// It went back by so much.
    Back(TimeDelta),
    /// It cannot be so, unless the next look sees it, too.
    Doubtful(String),
}

impl Pulse {
    /// Sees the clock show `now` at a moment of the monotonic clock. Before `earliest` no right clock is.
    pub(super) fn feel(&mut self, now: DateTime<Utc>, moment: Instant, earliest: DateTime<Utc>) -> Beat {
        let last = self.last.replace((now, moment));
        let was_early = std::mem::replace(&mut self.early, now < earliest);
        if self.early && !was_early {
            return Beat::Doubtful("the clock shows a time before this version was made".to_owned());
        }
        let Some((shown, seen)) = last else { return Beat::Steady };
        let passed = TimeDelta::from_std(moment.saturating_duration_since(seen)).unwrap_or(TimeDelta::MAX);
        let jump = (now - shown).checked_sub(&passed).unwrap_or_default();
        if jump.abs() > LEAP {
            let way = if jump > TimeDelta::zero() { "forward" } else { "back" };
            Beat::Doubtful(format!("the clock went {way} by {} hours at once", jump.abs().num_hours()))
        } else if jump > LATE {
            Beat::Forward(jump)
        } else if jump < -QUIET {
            Beat::Back(-jump)
        } else {
            Beat::Steady
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
        let mut pulse = Pulse::default();
        let mut look =
            |second: u64, shown: TimeDelta| pulse.feel(earliest + shown, start + Duration::from_secs(second), earliest);
        let day = TimeDelta::days(1);
        assert_eq!(look(0, day), Beat::Steady);
        assert_eq!(look(1, day + TimeDelta::seconds(1)), Beat::Steady);
        assert_eq!(look(2, day + TimeDelta::seconds(902)), Beat::Forward(TimeDelta::seconds(900)));
        assert_eq!(look(3, day + TimeDelta::seconds(3)), Beat::Back(TimeDelta::seconds(900)));
        assert!(matches!(look(4, day * 4), Beat::Doubtful(why) if why.contains("forward by 71 hours")));
        assert_eq!(look(5, day * 4 + TimeDelta::seconds(1)), Beat::Steady);
        assert!(matches!(look(6, day), Beat::Doubtful(why) if why.contains("back by 72 hours")));
        assert_eq!(look(7, day + TimeDelta::seconds(1)), Beat::Steady);
        assert!(matches!(look(8, -day), Beat::Doubtful(why) if why.contains("before this version")));
        assert_eq!(look(9, -day + TimeDelta::seconds(1)), Beat::Steady);
        assert_eq!(look(100, -day + TimeDelta::seconds(92)), Beat::Steady, "a look that came late");
    }

    #[test]
    fn a_start_before_the_version_waits_once() {
        let (start, earliest) = (Instant::now(), "2026-11-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap());
        let mut pulse = Pulse::default();
        let early = earliest - TimeDelta::days(365);
        assert!(matches!(pulse.feel(early, start, earliest), Beat::Doubtful(_)));
        assert_eq!(pulse.feel(early + TimeDelta::seconds(1), start + Duration::from_secs(1), earliest), Beat::Steady);
        // Once it is right it leaps forward, and that is looked at twice, too.
        let beat = pulse.feel(earliest, start + Duration::from_secs(2), earliest);
        assert!(matches!(beat, Beat::Doubtful(_)));
    }
}

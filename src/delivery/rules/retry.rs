//! When a deferred mail is tried again: soon at first, then at growing intervals. When it is given up is set by its brief's
//! `give_up_after`, not here.

use chrono::{DateTime, TimeDelta, Utc};

/// Pauses after the first, second, … attempt, in minutes; the last one also follows every later attempt. RFC 5321 §4.5.4.1
/// asks for 30 minutes as a rule. The first pauses are shorter, since greylisting (RFC 6647) lets a mail pass after
/// minutes and a brief is read in the morning.
const PAUSES: [u32; 8] = [1, 2, 5, 10, 20, 40, 60, 120];

/// Maximum jitter as a fraction of the pause, so that mails deferred together do not come back together.
const SPREAD: f64 = 0.25;

/// Returns when to retry a mail whose attempt number `attempt` (from 1) failed at `now`. `jitter` is a random number from
/// 0 to 1 and adds up to a quarter of the pause; other numbers are clamped, NaN counts as 0.
pub fn retry_at(now: DateTime<Utc>, attempt: u32, jitter: f64) -> DateTime<Utc> {
    let index = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX).min(PAUSES.len() - 1);
    let pause = f64::from(PAUSES.get(index).copied().unwrap_or(120)) * 60.0;
    let jitter = if jitter.is_nan() { 0.0 } else { jitter.clamp(0.0, 1.0) };
    let millis = (pause * (1.0 + SPREAD * jitter) * 1000.0).round();
    // At most 2.5 hours: no bits are lost.
    let pause = TimeDelta::milliseconds(millis as i64);
    now.checked_add_signed(pause).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_two_hours() {
        let now = "2026-03-29T00:59:00Z".parse::<DateTime<Utc>>().unwrap();
        let minutes = |attempt, jitter| (retry_at(now, attempt, jitter) - now).num_seconds() as f64 / 60.0;
        let pauses: Vec<f64> = (1..=10).map(|attempt| minutes(attempt, 0.0)).collect();
        assert_eq!(pauses, [1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 120.0, 120.0]);
        assert_eq!(minutes(0, 0.0), 1.0);
        assert_eq!(minutes(u32::MAX, 1.0), 150.0);
        assert_eq!(minutes(1, 1.0), 1.25);
        assert_eq!(minutes(1, 0.5), 67.0 / 60.0, "67.5 s");
    }

    #[test]
    fn no_number_makes_it_earlier_or_panics() {
        let now = DateTime::<Utc>::UNIX_EPOCH;
        for jitter in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -3.0, 7.0] {
            let pause = retry_at(now, 1, jitter) - now;
            assert!((60..=75).contains(&pause.num_seconds()), "{jitter}");
        }
        assert_eq!(retry_at(DateTime::<Utc>::MAX_UTC, 1, 0.0), DateTime::<Utc>::MAX_UTC);
    }
}

//! The current time, from the machine or from a test. Only `cli`, `daemon` and `monitoring` hold a clock; below them a time
//! is a parameter, so that any run can be replayed.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::SystemTime,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

/// A source of the current time. Clones show the same time.
#[derive(Clone)]
pub struct Clock(Arc<Inner>);

enum Inner {
    System,
    /// Follows tokio's clock, which tests can pause and advance.
    Driven {
        base: DateTime<Utc>,
        start: Instant,
        /// Sum of all jumps, in microseconds.
        jumped: AtomicI64,
    },
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Clock {
        Clock(Arc::new(Inner::System))
    }

    /// A clock that shows `base` now and advances with tokio's time.
    pub fn starting_at(base: DateTime<Utc>) -> Clock {
        Clock(Arc::new(Inner::Driven { base, start: Instant::now(), jumped: AtomicI64::new(0) }))
    }

    /// The current time, to the microsecond, which is what the store keeps.
    pub fn now(&self) -> DateTime<Utc> {
        let now: DateTime<Utc> = match &*self.0 {
            Inner::System => SystemTime::now().into(),
            Inner::Driven { base, start, jumped } => {
                let passed = TimeDelta::from_std(start.elapsed()).unwrap_or_default();
                *base + passed + TimeDelta::microseconds(jumped.load(Ordering::Relaxed))
            }
        };
        DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
    }

    /// Sets a driven clock forward or back, as an operator or NTP would. Does nothing to the machine's clock.
    pub fn jump(&self, by: TimeDelta) {
        if let Inner::Driven { jumped, .. } = &*self.0 {
            jumped.fetch_add(by.num_microseconds().unwrap_or_default(), Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}

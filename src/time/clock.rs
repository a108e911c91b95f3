//! The time as an argument. Only cli, daemon, timekeeper, courier and monitor hold a clock; below them a time is a
//! parameter, so that any run can be replayed.

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

/// Tells the time. Clones show the same time.
#[derive(Clone)]
pub struct Clock(Arc<Inner>);

enum Inner {
    System,
    /// A base that goes on with tokio's clock (so that paused tests drive it), and what was added to it since, in µs.
    Driven {
        base: DateTime<Utc>,
        start: Instant,
        jumped: AtomicI64,
    },
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Clock {
        Clock(Arc::new(Inner::System))
    }

    /// A clock that shows `base` now and goes on with tokio's time.
    pub fn starting_at(base: DateTime<Utc>) -> Clock {
        Clock(Arc::new(Inner::Driven { base, start: Instant::now(), jumped: AtomicI64::new(0) }))
    }

    /// The time, to the microsecond (the store keeps no more).
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

    /// Sets a driven clock forward or back, as an operator or NTP would. The machine's clock is left alone.
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

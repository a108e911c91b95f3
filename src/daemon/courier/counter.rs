//! Counts live things of one kind. Each holds a guard and is counted until that is dropped, however the task that holds it
//! ends.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::Notify;

#[derive(Clone)]
pub(super) struct Counter(Arc<State>);

struct State {
    count: AtomicUsize,
    decreased: Notify,
}

/// Counts as one until it is dropped.
pub(super) struct CountGuard(Arc<State>);

impl Counter {
    pub fn new() -> Counter {
        Counter(Arc::new(State { count: AtomicUsize::new(0), decreased: Notify::new() }))
    }

    /// Adds one.
    pub fn guard(&self) -> CountGuard {
        self.0.count.fetch_add(1, Ordering::Relaxed);
        CountGuard(self.0.clone())
    }

    pub fn count(&self) -> usize {
        self.0.count.load(Ordering::Relaxed)
    }

    /// Waits until the count decreases; returns at once if it has since the last call.
    pub async fn decreased(&self) {
        self.0.decreased.notified().await;
    }
}

impl Drop for CountGuard {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::Relaxed);
        self.0.decreased.notify_one();
    }
}

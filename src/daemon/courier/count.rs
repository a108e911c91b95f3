//! How many of something there are: each is counted as long as its token lives, whatever becomes of the task that holds
//! it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::Notify;

#[derive(Clone)]
pub(super) struct Count(Arc<Inner>);

struct Inner {
    number: AtomicUsize,
    fewer: Notify,
}

/// One of them.
pub(super) struct Counted(Arc<Inner>);

impl Count {
    pub fn new() -> Count {
        Count(Arc::new(Inner { number: AtomicUsize::new(0), fewer: Notify::new() }))
    }

    pub fn one(&self) -> Counted {
        self.0.number.fetch_add(1, Ordering::Relaxed);
        Counted(self.0.clone())
    }

    pub fn number(&self) -> usize {
        self.0.number.load(Ordering::Relaxed)
    }

    /// Waits until one of them is gone; one that went since the last call counts.
    pub async fn fewer(&self) {
        self.0.fewer.notified().await;
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.number.fetch_sub(1, Ordering::Relaxed);
        self.0.fewer.notify_one();
    }
}

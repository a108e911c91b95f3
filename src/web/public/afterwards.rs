//! What is done once a request is answered, so that neither the answer nor its time tells what comes of it. What that is, its
//! page knows.

use std::sync::Arc;

use tokio::sync::Semaphore;

/// So much may wait at a time.
const MOST: u32 = 1_000;

/// Work that waits, one after the other.
#[derive(Clone)]
pub(super) struct Afterwards {
    places: Arc<Semaphore>,
    turn: Arc<Semaphore>,
}

impl Afterwards {
    pub fn new() -> Afterwards {
        Afterwards { places: Arc::new(Semaphore::new(MOST as usize)), turn: Arc::new(Semaphore::new(1)) }
    }

    /// Does this later. Returns false if too much waits: then it is not done.
    pub fn do_later(&self, work: impl Future<Output = ()> + Send + 'static) -> bool {
        let Ok(place) = self.places.clone().try_acquire_owned() else { return false };
        let turn = self.turn.clone();
        tokio::spawn(async move {
            // Never closed.
            let _turn = turn.acquire().await;
            work.await;
            drop(place);
        });
        true
    }

    /// Waits until all is done that waits now.
    pub async fn all_done(&self) {
        // Never closed.
        let _all = self.places.acquire_many(MOST).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

    use super::*;

    #[tokio::test]
    async fn what_waits_is_done_and_too_much_is_refused() {
        let (after, done) = (Afterwards::new(), Arc::new(AtomicU32::new(0)));
        let held = after.turn.clone().acquire_owned().await.unwrap();
        for number in 0..MOST + 2 {
            let done = done.clone();
            let taken = after.do_later(async move {
                done.fetch_add(1, Relaxed);
            });
            assert_eq!(taken, number < MOST);
        }
        assert_eq!(done.load(Relaxed), 0);
        drop(held);
        after.all_done().await;
        assert_eq!(done.load(Relaxed), MOST);
    }
}

//! An answer of the store that is kept for a while: however many monitors ask, and however many mails there are, the store
//! is hardly busier.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Mutex, time::Instant};

/// Minimum time for which an answer is kept.
pub(super) const FRESH: Duration = Duration::from_secs(5);
/// An answer is kept at least this many times as long as it took: a large store is asked less often, so that answering
/// takes a fiftieth of its time at most.
const SHARE: u32 = 50;

/// An answer that is kept for a while. Only one caller asks at a time; callers that arrive meanwhile wait for its answer.
pub struct CachedAnswer<T>(Mutex<Option<Answer<T>>>);

struct Answer<T> {
    until: Instant,
    /// `None`: there was no answer
    value: Option<Arc<T>>,
}

impl<T> Default for CachedAnswer<T> {
    fn default() -> CachedAnswer<T> {
        CachedAnswer(Mutex::default())
    }
}

impl<T> CachedAnswer<T> {
    /// Forgets the answer, also one that is being asked for: what it was about has changed.
    pub(super) async fn forget(&self) {
        *self.0.lock().await = None;
    }

    /// Returns the cached answer while it is fresh, otherwise what `ask` gives. That is then kept for `least`, or longer if
    /// it took long.
    pub(super) async fn get(&self, least: Duration, ask: impl Future<Output = Option<T>>) -> Option<Arc<T>> {
        let mut kept = self.0.lock().await;
        let begun = Instant::now();
        if let Some(answer) = kept.as_ref().filter(|answer| answer.until > begun) {
            return answer.value.clone();
        }
        let value = ask.await.map(Arc::new);
        let ended = Instant::now();
        // A missing answer is asked for again soon, however long it took to find that out.
        let share = if value.is_some() { SHARE } else { 0 };
        let until = ended + least.max((ended - begun) * share);
        *kept = Some(Answer { until, value: value.clone() });
        value
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{advance, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_kept_and_one_that_took_long_is_kept_longer() {
        let kept = CachedAnswer::default();
        let seconds = Duration::from_secs;
        let ask = |value: Option<i32>, took: Duration| {
            let kept = &kept;
            async move {
                let ask = async {
                    sleep(took).await;
                    value
                };
                kept.get(FRESH, ask).await.map(|value| *value)
            }
        };
        assert_eq!(ask(Some(1), Duration::ZERO).await, Some(1));
        advance(seconds(4)).await;
        assert_eq!(ask(Some(2), Duration::ZERO).await, Some(1));
        advance(seconds(2)).await;
        // It took 2 s: it holds for 100.
        assert_eq!(ask(Some(3), seconds(2)).await, Some(3));
        advance(seconds(99)).await;
        assert_eq!(ask(Some(4), Duration::ZERO).await, Some(3));
        advance(seconds(2)).await;
        // No answer is kept for a short time too, and not as long as an answer.
        assert_eq!(ask(None, seconds(2)).await, None);
        advance(seconds(4)).await;
        assert_eq!(ask(Some(5), Duration::ZERO).await, None);
        advance(seconds(2)).await;
        assert_eq!(ask(Some(6), Duration::ZERO).await, Some(6));
    }

    #[tokio::test(start_paused = true)]
    async fn callers_that_arrive_meanwhile_get_the_same_answer() {
        let kept: CachedAnswer<u32> = CachedAnswer::default();
        let asked = std::sync::atomic::AtomicU32::new(0);
        let ask = || async {
            let ask = async {
                sleep(Duration::from_secs(1)).await;
                Some(1 + asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
            };
            kept.get(FRESH, ask).await.map(|value| *value)
        };
        assert_eq!(tokio::join!(ask(), ask(), ask()), (Some(1), Some(1), Some(1)));
    }
}

//! What the store knows that monitors want to see, asked together and kept for a while: however many monitors ask, and
//! however many mails there are, the store is hardly busier.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use tokio::{sync::Mutex, time::Instant};

use super::Plan;
use crate::{
    delivery::rules::State,
    store::{Error, HeldEdition, MailKind, OnHold, Store},
    time::schedule::Outcome,
};

/// For so long at least an answer is kept.
pub(super) const KEPT: Duration = Duration::from_secs(5);
/// And so many times as long as it took: a large store is asked more seldom, for a fiftieth of the time at most.
const SHARE: u32 = 50;

/// What the store knows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Facts {
    pub mails: Vec<(MailKind, State, i64)>,
    /// Mails a second over the last minute, by all processes
    pub rate: f64,
    pub last_sent: Option<DateTime<Utc>>,
    pub outcomes: Vec<(String, Outcome, i64)>,
    /// By schedule
    pub schedules: BTreeMap<String, OfSchedule>,
    pub held: Vec<HeldEdition>,
    /// Brief and number of editions
    pub paused: Vec<(String, i64)>,
    pub on_hold: OnHold,
    pub newest_activation: i64,
}

/// How a schedule stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OfSchedule {
    /// By a person
    pub paused: bool,
    /// Its newest slot, and how that ended if it has
    pub last: Option<(DateTime<Utc>, Option<Outcome>)>,
}

impl Facts {
    pub async fn ask(store: &Store, plan: &Plan, now: DateTime<Utc>) -> Result<Facts, Error> {
        let mut schedules = BTreeMap::new();
        for schedule in &plan.schedules {
            let Some(state) = store.schedule_state(&schedule.id).await? else { continue };
            let last = store.occurrences(Some(&schedule.id), 1).await?;
            let last = last.first().map(|last| (last.slot, last.outcome));
            schedules.insert(schedule.id.clone(), OfSchedule { paused: state.paused.is_some(), last });
        }
        Ok(Facts {
            mails: store.tally_by_kind().await?,
            rate: store.rate(None, now).await?,
            last_sent: store.last_sent().await?,
            outcomes: store.outcomes().await?,
            schedules,
            held: store.held_editions().await?,
            paused: store.paused_editions().await?,
            on_hold: store.on_hold().await?,
            newest_activation: store.newest_activation().await?,
        })
    }
}

/// An answer that is kept. One asks at a time; who comes meanwhile waits for that answer.
pub(super) struct Kept<T>(Mutex<Option<Answer<T>>>);

struct Answer<T> {
    until: Instant,
    /// `None`: there was no answer
    said: Option<Arc<T>>,
}

impl<T> Default for Kept<T> {
    fn default() -> Kept<T> {
        Kept(Mutex::default())
    }
}

impl<T> Kept<T> {
    /// The kept answer while it is fresh, else what `ask` gives, which is kept for `least`, or longer if it took long.
    pub async fn get(&self, least: Duration, ask: impl Future<Output = Option<T>>) -> Option<Arc<T>> {
        let mut kept = self.0.lock().await;
        let begun = Instant::now();
        if let Some(answer) = kept.as_ref().filter(|answer| answer.until > begun) {
            return answer.said.clone();
        }
        let said = ask.await.map(Arc::new);
        let ended = Instant::now();
        // That there is no answer is not kept longer for its having taken long.
        let share = if said.is_some() { SHARE } else { 0 };
        let until = ended + least.max((ended - begun) * share);
        *kept = Some(Answer { until, said: said.clone() });
        said
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{advance, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_kept_and_one_that_took_long_is_kept_longer() {
        let kept = Kept::default();
        let seconds = Duration::from_secs;
        let ask = |value: Option<i32>, took: Duration| {
            let kept = &kept;
            async move {
                let ask = async {
                    sleep(took).await;
                    value
                };
                kept.get(KEPT, ask).await.map(|value| *value)
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
    async fn who_comes_meanwhile_waits_for_the_same_answer() {
        let kept: Kept<u32> = Kept::default();
        let asked = std::sync::atomic::AtomicU32::new(0);
        let ask = || async {
            let ask = async {
                sleep(Duration::from_secs(1)).await;
                Some(1 + asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
            };
            kept.get(KEPT, ask).await.map(|value| *value)
        };
        assert_eq!(tokio::join!(ask(), ask(), ask()), (Some(1), Some(1), Some(1)));
    }
}

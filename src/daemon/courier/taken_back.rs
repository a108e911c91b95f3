//! Mails that were taken from this courier before their dot: by a pause, a stop, or another courier. They are many at once,
//! and logged as one line.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use tracing::info;

/// Minimum time between two lines, while mails are still under way.
const INTERVAL: Duration = Duration::from_secs(10);

#[derive(Default)]
pub(super) struct TakenBack(Mutex<State>);

#[derive(Default)]
struct State {
    /// Mails that no line has told of
    mails: usize,
    logged: Option<Instant>,
    /// A dot was refused: mails that wait here may have been taken back as well
    suspected: bool,
}

impl TakenBack {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a dot was not allowed: mails that wait for a worker may have been taken back, too.
    pub fn suspect(&self) {
        self.state().suspected = true;
    }

    /// Are mails that wait for a worker to be looked at? They are, once for each suspicion.
    pub fn take_suspicion(&self) -> bool {
        std::mem::take(&mut self.state().suspected)
    }

    /// Adds mails that were taken back.
    pub fn add(&self, mails: usize) {
        self.state().mails += mails;
    }

    /// Logs how many there are: at once if none is under way any more, else now and then.
    pub fn log(&self, quiet: bool) {
        let mut state = self.state();
        let now = Instant::now();
        if state.mails == 0 || !(quiet || state.logged.is_none_or(|logged| now - logged >= INTERVAL)) {
            return;
        }
        let mails = std::mem::take(&mut state.mails);
        state.logged = Some(now);
        drop(state);
        info!(mails, "mails on their way were taken back by a pause, a stop or another courier; none of them was sent");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn many_are_one_line() {
        let taken = TakenBack::default();
        let open = |taken: &TakenBack| taken.state().mails;
        taken.add(3);
        taken.log(false);
        assert_eq!(open(&taken), 0, "the first ones at once");
        taken.add(2);
        taken.add(100);
        taken.log(false);
        assert_eq!(open(&taken), 102, "the others together");
        tokio::time::advance(INTERVAL).await;
        taken.log(false);
        assert_eq!(open(&taken), 0);
        taken.add(1);
        taken.log(true);
        assert_eq!(open(&taken), 0, "or when all is quiet");
    }
}

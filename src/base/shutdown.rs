//! The request to shut down: one side makes it once, any number of tasks wait for it. How long their work may still take
//! is theirs to decide.

use tokio::sync::watch;

/// Makes a request to shut down. Dropping it counts as the request, so that no task outlives whoever could stop it.
#[derive(Debug)]
pub struct ShutdownTrigger(watch::Sender<bool>);

/// Receives a request to shut down. Clones see the same request.
#[derive(Debug, Clone)]
pub struct Shutdown(watch::Receiver<bool>);

impl Shutdown {
    /// Returns both sides, with nothing requested yet.
    pub fn channel() -> (ShutdownTrigger, Shutdown) {
        let (sender, receiver) = watch::channel(false);
        (ShutdownTrigger(sender), Shutdown(receiver))
    }

    /// Has the shutdown been requested?
    pub fn is_requested(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Waits until the shutdown is requested; returns at once if it has been already.
    pub async fn requested(&self) {
        // Fails only if the trigger is gone, which counts as the request.
        let _ = self.0.clone().wait_for(|requested| *requested).await;
    }
}

impl ShutdownTrigger {
    /// Asks everybody who waits to shut down. Asking again changes nothing.
    pub fn request(&self) {
        self.0.send_replace(true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_clone_sees_the_request() {
        let (trigger, shutdown) = Shutdown::channel();
        let before = shutdown.clone();
        assert!(!shutdown.is_requested());
        trigger.request();
        trigger.request();
        for one in [&shutdown, &before, &shutdown.clone()] {
            one.requested().await;
            assert!(one.is_requested());
        }
    }

    #[tokio::test]
    async fn a_dropped_trigger_counts_as_the_request() {
        let (trigger, shutdown) = Shutdown::channel();
        drop(trigger);
        shutdown.requested().await;
        assert!(shutdown.is_requested());
    }
}

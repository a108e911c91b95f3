//! Whether a daemon lives, is ready and is well, and its metrics. The answers are made from the store and from what
//! timekeeper and courier note in `vitals`; who may ask, and over which protocol, is in `web`.
//!
//! No answer names a reader, an address, a subject or the text of an error.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::time::{Instant, timeout};

use crate::{
    config::Config,
    monitoring::{
        cached_answer::{CachedAnswer, FRESH},
        metrics::{self, Format},
        monitored_config::MonitoredConfig,
        store_status::StoreStatus,
        vitals::Vitals,
    },
    store::{HeldEdition, Store},
    time::clock::Clock,
};

/// Timeout for an answer of the store, after which it counts as away: less than a monitor waits (10 s with Prometheus).
const PATIENCE: Duration = Duration::from_secs(5);
/// Time for which it is taken as known that the store answers.
const PROBED: Duration = Duration::from_secs(1);

/// Answers questions about a running daemon. It does nothing by itself.
pub struct Monitor {
    store: Store,
    clock: Clock,
    vitals: Arc<Vitals>,
    start: Instant,
    /// The same by the clock
    started: DateTime<Utc>,
    config: Mutex<Arc<MonitoredConfig>>,
    /// Errors in the config files as they are now, if they are not in force
    config_problems: AtomicUsize,
    store_status: CachedAnswer<StoreStatus>,
    newest_activation: CachedAnswer<i64>,
    held_editions: CachedAnswer<Vec<HeldEdition>>,
}

impl Monitor {
    /// For a process that starts now.
    pub fn new(store: Store, clock: Clock, vitals: Arc<Vitals>) -> Monitor {
        let (start, started) = (Instant::now(), clock.now());
        Monitor {
            store,
            clock,
            vitals,
            start,
            started,
            config: Mutex::default(),
            config_problems: AtomicUsize::new(0),
            store_status: CachedAnswer::default(),
            newest_activation: CachedAnswer::default(),
            held_editions: CachedAnswer::default(),
        }
    }

    /// Notes that this config is in force from now on, under this activation number.
    pub fn activated(&self, config: &Config, activation: i64) {
        let config = Arc::new(MonitoredConfig::of(config, activation, self.clock.now()));
        *self.config.lock().unwrap_or_else(PoisonError::into_inner) = config;
        self.config_problems.store(0, Ordering::Relaxed);
    }

    /// Notes how many errors the config files have, so that the config in force stays.
    pub fn config_refused(&self, errors: usize) {
        self.config_problems.store(errors, Ordering::Relaxed);
    }

    fn config(&self) -> Arc<MonitoredConfig> {
        self.config.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Checks that timekeeper and courier still do their work.
    ///
    /// # Errors
    /// Returns which of the two has stopped, in words. A restart may help.
    pub fn check_alive(&self) -> Result<(), String> {
        let (signs, now) = (self.vitals.now(), Instant::now());
        for (name, activity) in [("timekeeper", signs.timekeeper), ("courier", signs.courier)] {
            if let Some(silent) = activity.silent(self.start, now) {
                return Err(format!("the {name} has not looked for {} s", silent.as_secs()));
            }
        }
        Ok(())
    }

    /// Checks that the daemon is at work and has everything it needs.
    ///
    /// # Errors
    /// Returns what is missing, in words.
    pub async fn check_ready(&self) -> Result<(), String> {
        self.check_alive()?;
        let signs = self.vitals.now();
        for (name, activity) in [("timekeeper", signs.timekeeper), ("courier", signs.courier)] {
            if activity.last.is_none() {
                return Err(format!("the {name} is not at work yet"));
            }
        }
        let newest = self.newest_activation().await.ok_or("the store does not answer")?;
        if newest > self.config().activation {
            return Err("another process activated a newer config: this one claims nothing".to_owned());
        }
        Ok(())
    }

    /// Checks that all is well: ready, no schedule overdue, no edition held beyond its time.
    ///
    /// # Errors
    /// Returns what is not well, in words.
    pub async fn check_well(&self) -> Result<(), String> {
        self.check_ready().await?;
        if let Some(reads) = self.vitals.now().watcher_stuck(Instant::now()) {
            return Err(format!("the config's files have been read for {} s without an end", reads.as_secs()));
        }
        if let Some(schedule) = self.vitals.now().overdue.first() {
            return Err(format!("{schedule} is overdue"));
        }
        let (config, now) = (self.config(), self.clock.now());
        let ask = async { timeout(PATIENCE, self.store.editions().held()).await.ok()?.ok() };
        let all = self.held_editions.get(FRESH, ask).await.ok_or("the store does not answer")?;
        for held in all.iter() {
            let Some(limit) = config.held_limit.get(&held.name.brief) else { continue };
            if now - held.slot > *limit {
                return Err(format!("{} is held", held.name));
            }
        }
        Ok(())
    }

    /// Returns all metrics as Prometheus and its kin read them; without those of the store while it does not answer.
    pub async fn metrics(&self, format: Format) -> String {
        let ready = self.check_ready().await.is_ok();
        let config = self.config();
        let store_status = self.store_status(&config).await;
        let input = metrics::Input {
            now: self.clock.now(),
            instant: Instant::now(),
            start: self.start,
            started: self.started,
            ready,
            config: &config,
            config_problems: self.config_problems.load(Ordering::Relaxed),
            signs: &self.vitals.now(),
            store: store_status.as_deref(),
        };
        metrics::text(&input, format)
    }

    /// Returns the next edition and its local time, if one is planned.
    pub(super) fn next_edition(&self) -> Option<String> {
        self.config().next_edition(self.clock.now())
    }

    async fn newest_activation(&self) -> Option<i64> {
        let ask = async { timeout(PATIENCE, self.store.activations().newest_number()).await.ok()?.ok() };
        self.newest_activation.get(PROBED, ask).await.map(|newest| *newest)
    }

    async fn store_status(&self, config: &MonitoredConfig) -> Option<Arc<StoreStatus>> {
        let now = self.clock.now();
        let ask = async { timeout(PATIENCE, StoreStatus::read(&self.store, config, now)).await.ok()?.ok() };
        self.store_status.get(FRESH, ask).await
    }
}

//! Whether a daemon lives, is ready and is well, and its metrics. The answers are made from the store and from what
//! timekeeper and courier note in `vitals`; who may ask, and over which protocol, is in `web`.
//!
//! No answer names a reader, an address, a subject or the text of an error.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::time::{Instant, timeout};

use crate::{
    config::{Config, Schedule},
    monitoring::{
        attention::{
            Attention, SeenAttention,
            of_process::{Process, of_process},
            of_store::of_store,
            table::Code,
        },
        cached_answer::{CachedAnswer, FRESH},
        metrics::{self, Format},
        monitored_config::MonitoredConfig,
        store_status::StoreStatus,
        vitals::{Signs, Vitals},
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
    attention: CachedAnswer<Vec<Attention>>,
    /// When each state that needs a person was seen first, by its code and what it is about
    first_seen: Mutex<HashMap<(Code, String), DateTime<Utc>>>,
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
            attention: CachedAnswer::default(),
            first_seen: Mutex::default(),
        }
    }

    /// Notes that this config is in force from now on, under this activation number.
    pub fn activated(&self, config: &Config, activation: i64) {
        let config = Arc::new(MonitoredConfig::of(config, activation, self.clock.now()));
        *self.config.lock().unwrap_or_else(PoisonError::into_inner) = config;
        self.config_problems.store(0, Ordering::Relaxed);
    }

    /// Notes how many errors the config files have, so that the config in force stays. The store must know it already: what
    /// needs a person is read from there anew.
    pub async fn config_refused(&self, errors: usize) {
        self.attention.forget().await;
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
        if !signs.store_failing.is_empty() {
            return Err("the store cannot be written".to_owned());
        }
        let newest = self.newest_activation().await.ok_or("the store does not answer")?;
        if newest > self.config().activation {
            return Err("another process activated a newer config: this one claims nothing".to_owned());
        }
        Ok(())
    }

    /// Returns what needs a person: what the store tells, and what only this process knows. If the store does not answer,
    /// that is among it.
    pub async fn attention(&self) -> Vec<SeenAttention> {
        let (config, now, signs) = (self.config(), self.clock.now(), self.vitals.now());
        let ask = async {
            let schedules: Vec<&Schedule> = config.schedules.iter().map(Arc::as_ref).collect();
            timeout(PATIENCE, of_store(&self.store, &schedules, now)).await.ok()?.ok()
        };
        let of_store = self.attention.get(FRESH, ask).await;
        let mut found = match of_store {
            Some(found) => found.to_vec(),
            // A store that is only slow is no such state.
            None if self.newest_activation().await.is_some() => Vec::new(),
            None => vec![Attention::new(Code::StoreUnreadable, "", "the store does not answer")],
        };
        found.extend(self.process_attention(&signs).await);
        let mut first_seen = self.first_seen.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::take(&mut *first_seen);
        let seen = |attention: Attention| {
            let key = (attention.code, attention.about.clone());
            let first = before.get(&key).copied().unwrap_or(now);
            first_seen.insert(key, first);
            SeenAttention { attention, first_seen: first }
        };
        found.into_iter().map(seen).collect()
    }

    /// What needs a person and only this process knows.
    async fn process_attention(&self, signs: &Signs) -> Vec<Attention> {
        // While it starts, it has none yet.
        let own = self.config().activation;
        let outdated = own > 0 && self.newest_activation().await.is_some_and(|newest| newest > own);
        let reads = signs.watcher_stuck(Instant::now());
        let reads = reads.map(|time| format!("the config's files have been read for {} s", time.as_secs()));
        of_process(&Process { signs, stuck: self.check_alive().err().or(reads), outdated })
    }

    /// Returns what needs a person and only this process knows, for its sign in the store.
    pub async fn own_attention(&self) -> Vec<Attention> {
        self.process_attention(&self.vitals.now()).await
    }

    /// Notes that the daemon itself cannot write into the store, and why; with `None`, that it can.
    pub fn store_failing(&self, why: Option<&str>) {
        self.vitals.store_failing("daemon", why, self.clock.now());
    }

    /// Notes that the outside monitor does not hear from us, and why; with `None`, that it does.
    pub(super) fn ping_failing(&self, why: Option<&str>) {
        self.vitals.ping_failing(why, self.clock.now());
    }

    /// Checks that all is well: ready, no schedule overdue, no edition held beyond its time, and nothing for a while that needs
    /// a person and that a mail may not tell.
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
        for SeenAttention { attention: Attention { code, about, .. }, first_seen } in self.attention().await {
            if code.row().no_ping_after.is_some_and(|limit| now - first_seen > limit) {
                return Err(format!("{code} {about} needs a person").replace("  ", " "));
            }
        }
        Ok(())
    }

    /// Returns all metrics as Prometheus and its kin read them; without those of the store while it does not answer.
    pub async fn metrics(&self, format: Format) -> String {
        let ready = self.check_ready().await.is_ok();
        let config = self.config();
        let store_status = self.store_status(&config).await;
        let attention = self.attention().await;
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
            attention: &attention,
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

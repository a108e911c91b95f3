//! What is seen of a daemon from outside: whether it lives and is ready, its metrics, the ping that an outside monitor
//! waits for, and what systemd is told. The answers are made of the store and of what timekeeper and courier note of
//! themselves in `vitals`; who may ask, and over what, is in `web`.
//!
//! No answer names a reader, an address, a subject or the text of an error.

mod facts;
mod metrics;
mod ping;
mod systemd;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::{Instant, timeout};

use self::facts::{Facts, Kept};
pub use self::{
    metrics::Format,
    ping::{Pinger, PingerError},
};
use crate::{
    config::{Config, Schedule},
    monitoring::vitals::Vitals,
    store::{HeldEdition, Store},
    time::clock::Clock,
};

/// How long the store may take to answer until it counts as away: less than a monitor waits (10 s with Prometheus).
const PATIENCE: Duration = Duration::from_secs(5);
/// How long it is taken for known that the store answers.
const PROBED: Duration = Duration::from_secs(1);

/// Watches a daemon. Everything it says is asked for; by itself it does nothing.
pub struct Monitor {
    store: Store,
    clock: Clock,
    vitals: Arc<Vitals>,
    start: Instant,
    /// The same by the clock
    started: DateTime<Utc>,
    plan: Mutex<Arc<Plan>>,
    /// Errors of what stands in the config files, if that is not in force
    config_problems: AtomicUsize,
    /// Is systemd told how it stands?
    told_systemd: AtomicBool,
    facts: Kept<Facts>,
    activations: Kept<i64>,
    held: Kept<Vec<HeldEdition>>,
}

/// What should happen.
#[derive(Debug, Default)]
struct Plan {
    activation: i64,
    /// Since when
    loaded: Option<DateTime<Utc>>,
    schedules: Vec<Arc<Schedule>>,
    /// By brief: after its slot an edition that is held has waited too long
    patience: BTreeMap<String, TimeDelta>,
}

impl Plan {
    fn of(config: &Config, activation: i64, now: DateTime<Utc>) -> Plan {
        let all = config.briefs.values().flat_map(|brief| &brief.schedules);
        let patience = config.briefs.values().filter_map(|brief| {
            Some((brief.id.clone(), brief.schedules.iter().map(|schedule| schedule.alarm_after).min()?))
        });
        Plan { activation, loaded: Some(now), schedules: all.cloned().collect(), patience: patience.collect() }
    }
}

impl Monitor {
    /// Of a process that starts now.
    pub fn new(store: Store, clock: Clock, vitals: Arc<Vitals>) -> Monitor {
        let (start, started) = (Instant::now(), clock.now());
        let plan = Mutex::default();
        let (facts, activations, held) = (Kept::default(), Kept::default(), Kept::default());
        Monitor {
            store,
            clock,
            vitals,
            start,
            started,
            plan,
            config_problems: AtomicUsize::new(0),
            told_systemd: AtomicBool::new(false),
            facts,
            activations,
            held,
        }
    }

    /// This config is in force now, under this number.
    pub fn activated(&self, config: &Config, activation: i64) {
        let plan = Arc::new(Plan::of(config, activation, self.clock.now()));
        *self.plan.lock().unwrap_or_else(PoisonError::into_inner) = plan;
        self.config_problems.store(0, Ordering::Relaxed);
    }

    /// What stands in the config files has so many errors: what was in force stays so.
    pub fn refused(&self, errors: usize) {
        self.config_problems.store(errors, Ordering::Relaxed);
    }

    fn plan(&self) -> Arc<Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Do timekeeper and courier still do their work? Else who does not, in words: a new start may help.
    ///
    /// # Errors
    /// What is still.
    pub fn lives(&self) -> Result<(), String> {
        let (signs, now) = (self.vitals.now(), Instant::now());
        for (name, pulse) in [("timekeeper", signs.timekeeper), ("courier", signs.courier)] {
            if let Some(silent) = pulse.silent(self.start, now) {
                return Err(format!("the {name} has not looked for {} s", silent.as_secs()));
            }
        }
        Ok(())
    }

    /// Is it at work, with everything that it needs?
    ///
    /// # Errors
    /// What is missing, in words.
    pub async fn ready(&self) -> Result<(), String> {
        self.lives()?;
        let signs = self.vitals.now();
        for (name, pulse) in [("timekeeper", signs.timekeeper), ("courier", signs.courier)] {
            if pulse.looked.is_none() {
                return Err(format!("the {name} is not at work yet"));
            }
        }
        let newest = self.newest_activation().await.ok_or("the store does not answer")?;
        if newest > self.plan().activation {
            return Err("another process activated a newer config: this one claims nothing".to_owned());
        }
        Ok(())
    }

    /// Is all well: ready, no schedule overdue, no edition held beyond its time?
    ///
    /// # Errors
    /// What is not, in words.
    pub async fn well(&self) -> Result<(), String> {
        self.ready().await?;
        if let Some(schedule) = self.vitals.now().overdue.first() {
            return Err(format!("{schedule} is overdue"));
        }
        let (plan, now) = (self.plan(), self.clock.now());
        let ask = async { timeout(PATIENCE, self.store.held_editions()).await.ok()?.ok() };
        let all = self.held.get(facts::KEPT, ask).await.ok_or("the store does not answer")?;
        for held in all.iter() {
            // Of a brief without schedules, nobody waits for an edition at a time.
            let Some(patience) = plan.patience.get(&held.brief) else { continue };
            if now - held.slot > *patience {
                return Err(format!("{}/{} is held", held.brief, held.number));
            }
        }
        Ok(())
    }

    /// All numbers, as Prometheus and its kin read them. Without those from the store while it does not answer.
    pub async fn metrics(&self, format: Format) -> String {
        let ready = self.ready().await.is_ok();
        let plan = self.plan();
        let facts = self.facts(&plan).await;
        let now = self.clock.now();
        let seen = metrics::Seen {
            now,
            instant: Instant::now(),
            start: self.start,
            started: self.started,
            ready,
            plan: &plan,
            config_problems: self.config_problems.load(Ordering::Relaxed),
            signs: &self.vitals.now(),
            facts: facts.as_deref(),
        };
        metrics::text(&seen, format)
    }

    async fn newest_activation(&self) -> Option<i64> {
        let ask = async { timeout(PATIENCE, self.store.newest_activation()).await.ok()?.ok() };
        self.activations.get(PROBED, ask).await.map(|newest| *newest)
    }

    async fn facts(&self, plan: &Plan) -> Option<Arc<Facts>> {
        let now = self.clock.now();
        let ask = async { timeout(PATIENCE, Facts::ask(&self.store, plan, now)).await.ok()?.ok() };
        self.facts.get(facts::KEPT, ask).await
    }
}

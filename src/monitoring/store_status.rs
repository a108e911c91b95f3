//! The state of the store that monitors report, read together. [`CachedAnswer`](super::cached_answer::CachedAnswer) keeps it
//! for a while, so that many monitors are hardly more work for the store than one.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::{
    base::ids::ScheduleId,
    monitoring::monitored_config::MonitoredConfig,
    store::{Error, HeldEdition, MailCount, OnHold, OutcomeCount, PausedCount, Store},
    time::schedule::Outcome,
};

/// The store's contents in numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct StoreStatus {
    pub(super) mails: Vec<MailCount>,
    /// Mails per second over the last minute, by all processes
    pub(super) rate: f64,
    pub(super) last_sent: Option<DateTime<Utc>>,
    pub(super) outcomes: Vec<OutcomeCount>,
    /// By schedule
    pub(super) schedules: BTreeMap<ScheduleId, ScheduleStatus>,
    pub(super) held: Vec<HeldEdition>,
    pub(super) paused: Vec<PausedCount>,
    pub(super) on_hold: OnHold,
    pub(super) newest_activation: i64,
}

/// The state of one schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ScheduleStatus {
    /// By a person
    pub paused: bool,
    /// Its newest slot, and how that ended if it has
    pub last: Option<(DateTime<Utc>, Option<Outcome>)>,
}

impl StoreStatus {
    pub(super) async fn read(
        store: &Store,
        config: &MonitoredConfig,
        now: DateTime<Utc>,
    ) -> Result<StoreStatus, Error> {
        let mut schedules = BTreeMap::new();
        for schedule in &config.schedules {
            let Some(state) = store.schedules().state(&schedule.id).await? else { continue };
            let last = store.ledger().newest(Some(&schedule.id), 1).await?;
            let last = last.first().map(|last| (last.slot, last.outcome));
            schedules.insert(schedule.id.clone(), ScheduleStatus { paused: state.paused.is_some(), last });
        }
        Ok(StoreStatus {
            mails: store.outbox().tally_by_kind().await?,
            rate: store.outbox().rate(None, now).await?,
            last_sent: store.outbox().last_sent().await?,
            outcomes: store.ledger().outcomes().await?,
            schedules,
            held: store.editions().held().await?,
            paused: store.editions().paused_by_brief().await?,
            on_hold: store.on_hold().await?,
            newest_activation: store.activations().newest_number().await?,
        })
    }
}

//! The part of the config in force that monitoring needs: the schedules, and how long an edition may be held.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};

use crate::config::{Config, Schedule};

/// Maximum number of occurrences of a schedule that are searched for one with an edition.
const SEARCHED: usize = 100;

/// The part of the config in force that answers depend on.
#[derive(Debug, Default)]
pub struct MonitoredConfig {
    pub(super) activation: i64,
    /// When this process took it
    pub(super) loaded: Option<DateTime<Utc>>,
    pub(super) schedules: Vec<Arc<Schedule>>,
    /// By brief: how long after its slot an edition may be held before something is wrong. The shortest `alarm_after` of
    /// the brief's schedules; nobody waits for an edition of a brief without any
    pub(super) held_limit: BTreeMap<String, TimeDelta>,
}

impl MonitoredConfig {
    pub(super) fn of(config: &Config, activation: i64, now: DateTime<Utc>) -> MonitoredConfig {
        let schedules = config.briefs.values().flat_map(|brief| &brief.schedules);
        let held_limit = config.briefs.values().filter_map(|brief| {
            Some((brief.id.clone(), brief.schedules.iter().map(|schedule| schedule.alarm_after).min()?))
        });
        MonitoredConfig {
            activation,
            loaded: Some(now),
            schedules: schedules.cloned().collect(),
            held_limit: held_limit.collect(),
        }
    }

    /// The next edition and its local time: `green-economy/weekly on 2026-11-30 at 07:00 CET`.
    pub(super) fn next_edition(&self, now: DateTime<Utc>) -> Option<String> {
        let running = self.schedules.iter().filter(|schedule| schedule.paused.is_none());
        let next = running.filter_map(|schedule| {
            let mut coming = schedule.timetable().upcoming(now).take(SEARCHED);
            Some((coming.find(|coming| coming.runs())?.due, schedule))
        });
        let (due, schedule) = next.min_by_key(|(due, _)| *due)?;
        let local = due.with_timezone(&schedule.rule.timezone);
        Some(format!("{} on {}", schedule.id, local.format("%F at %R %Z")))
    }
}

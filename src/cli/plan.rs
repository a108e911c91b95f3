//! `plan`: the coming occurrences of all schedules, from the same rule that runs them.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::context::Context;
use crate::{
    config::{Brief, Config, Schedule},
    schedule::{Shift, Slot},
};

/// A coming occurrence.
#[derive(Debug, Serialize)]
pub(super) struct Coming {
    pub brief: String,
    pub schedule: String,
    pub slot_utc: DateTime<Utc>,
    pub local: String,
    pub timezone: &'static str,
    pub note: String,
}

pub(super) async fn run(
    context: &Context,
    next: usize,
    from: Option<DateTime<Utc>>,
    brief: Option<&str>,
) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    if let Some(id) = brief {
        context.brief(&config, id)?;
    }
    let from = from.unwrap_or_else(|| context.now());
    let coming = coming(&config, from, brief, next);
    context.output.table(&["LOCAL TIME", "ZONE", "UTC", "SCHEDULE", "NOTE"], &coming, |row| {
        vec![
            row.local.clone(),
            row.timezone.to_owned(),
            row.slot_utc.format("%F %T").to_string(),
            format!("{}/{}", row.brief, row.schedule),
            row.note.clone(),
        ]
    })?;
    if coming.is_empty() {
        context.output.say("Nothing is planned: no schedule has a slot after that time.")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The next occurrences after `from`, earliest first.
pub(super) fn coming(config: &Config, from: DateTime<Utc>, brief: Option<&str>, limit: usize) -> Vec<Coming> {
    let mut all = Vec::new();
    for brief in config.briefs.values().filter(|candidate| brief.is_none_or(|id| candidate.id == id)) {
        for schedule in &brief.schedules {
            // No schedule can contribute more than is shown.
            all.extend(schedule.rule.upcoming(from).take(limit).map(|slot| told(brief, schedule, &slot)));
        }
    }
    all.sort_by(|a, b| (a.slot_utc, &a.brief, &a.schedule).cmp(&(b.slot_utc, &b.brief, &b.schedule)));
    all.truncate(limit);
    all
}

fn told(brief: &Brief, schedule: &Schedule, slot: &Slot) -> Coming {
    let zone = schedule.rule.timezone;
    let local = slot.utc.with_timezone(&zone);
    let mut notes = vec![schedule.rule.cron.describe()];
    match slot.shift {
        Shift::None => {}
        Shift::Gap => notes.push(format!(
            "{} does not exist that day (clocks go forward): sent at the first moment after",
            slot.nominal.format("%H:%M")
        )),
        Shift::Overlap => notes.push(format!(
            "{} comes twice that day (clocks go back): sent the first time only",
            slot.nominal.format("%H:%M")
        )),
    }
    if let Some(place) = &schedule.paused {
        notes.push(format!("paused in {}:{}: nothing will be sent", place.file, place.line));
    }
    let id = schedule.id.rsplit('/').next().unwrap_or(&schedule.id);
    Coming {
        brief: brief.id.clone(),
        schedule: id.to_owned(),
        slot_utc: slot.utc,
        local: local.format("%a %F %T %:z").to_string(),
        timezone: zone.name(),
        note: notes.join("; "),
    }
}

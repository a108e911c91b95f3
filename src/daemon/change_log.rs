//! Logs what a new config changes.

use std::collections::BTreeSet;

use ring::digest::{SHA256, digest};
use tracing::{info, warn};

use super::CheckedConfig;
use crate::config::{
    Config,
    difference::{AtStart, Change, Difference, ScheduleChange, in_words, sections},
};

/// Maximum number of changes of one kind that are logged one by one.
const LISTED: usize = 20;

/// The differences between two configs, templates included.
pub(super) struct Changes {
    /// Do the config's files differ in any byte?
    pub files: bool,
    difference: Difference,
    sections: Vec<&'static str>,
    /// The briefs whose template differs
    templates: BTreeSet<String>,
}

impl Changes {
    pub fn between(before: &CheckedConfig, after: &CheckedConfig, difference: Difference) -> Changes {
        Changes {
            files: before.config.hash() != after.config.hash(),
            difference,
            sections: sections(&before.config, &after.config),
            templates: after.changed_templates(before),
        }
    }

    pub fn is_empty(&self) -> bool {
        !self.files && self.difference.is_empty() && self.sections.is_empty() && self.templates.is_empty()
    }

    /// Logs the changes of a config that is now in force, last those that need a restart.
    pub fn log(&self, activation: i64, started_with: &AtStart, after: &Config) {
        let Difference { schedules, briefs } = &self.difference;
        let of = |change: Change| schedules.iter().filter(|schedule| schedule.change == change).count();
        info!(
            activation,
            added = of(Change::Added),
            removed = of(Change::Removed),
            retimed = of(Change::Retimed),
            "a new config is in force"
        );
        for schedule in schedules.iter().take(LISTED) {
            log_schedule(schedule);
        }
        for brief in briefs.iter().take(LISTED) {
            info!(brief = brief.id, what = in_words(&brief.what).join(", "), "a brief has changed");
        }
        for brief in self.templates.iter().take(LISTED) {
            info!(brief, "its template has changed: the next edition is made from it");
        }
        for (more, what) in
            [(schedules.len(), "schedules"), (briefs.len(), "briefs"), (self.templates.len(), "templates")]
        {
            if more > LISTED {
                info!(more = more - LISTED, what, "and more that have changed");
            }
        }
        if !self.sections.is_empty() {
            info!(sections = self.sections.join(", "), "other sections have changed");
        }
        for what in started_with.differs(after) {
            warn!("{what}: restart to apply it");
        }
    }
}

/// Logs the briefs that came on hold with a config.
pub(super) fn log_held(checked: &CheckedConfig) {
    for (brief, why) in checked.held.iter().take(LISTED) {
        warn!(brief, why, "on hold: it cannot be made with the figures there are; everything else goes on");
    }
}

fn log_schedule(schedule: &ScheduleChange) {
    let ScheduleChange { id, what, .. } = schedule;
    let id = id.as_str();
    let (what, next) =
        (in_words(what).join("; "), schedule.after.iter().find(|ahead| ahead.runs).map(|ahead| &*ahead.local));
    match schedule.change {
        Change::Added => info!(schedule = id, what, next, "a schedule is added"),
        Change::Removed => info!(schedule = id, what, "a schedule is removed; editions it has begun are finished"),
        Change::Retimed => info!(schedule = id, what, next, "a schedule is retimed; earlier slots are not made up"),
        Change::Moved => info!(schedule = id, what, next, "a schedule is due at other times"),
        Change::Changed => info!(schedule = id, what, next, "a schedule has changed, but not when it is due"),
    }
}

/// Returns a short fingerprint of a text.
pub(super) fn fingerprint(text: &str) -> String {
    digest(&SHA256, text.as_bytes()).as_ref().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

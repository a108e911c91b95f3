//! What a new config changes, as the log tells it.

use std::collections::BTreeSet;

use ring::digest::{SHA256, digest};
use tracing::{info, warn};

use super::Set;
use crate::{
    base::problem::Problem,
    config::{
        Config,
        difference::{AtStart, Change, Difference, ScheduleChange, sections},
    },
};

/// So many of a kind are told one by one.
const SHOWN: usize = 20;

/// What differs between two sets.
pub(super) struct Differs {
    /// Is there a byte in the config's files that is another?
    pub files: bool,
    difference: Difference,
    sections: Vec<&'static str>,
    /// Of these briefs
    templates: BTreeSet<String>,
}

impl Differs {
    pub fn between(before: &Set, after: &Set, difference: Difference) -> Differs {
        Differs {
            files: before.config.hash() != after.config.hash(),
            difference,
            sections: sections(&before.config, &after.config),
            templates: after.other_templates(before),
        }
    }

    pub fn nothing(&self) -> bool {
        !self.files && self.difference.is_empty() && self.sections.is_empty() && self.templates.is_empty()
    }

    /// Tells it, now that it is in force; last what takes a new start.
    pub fn tell(&self, activation: i64, started_with: &AtStart, after: &Config) {
        let Difference { schedules, briefs } = &self.difference;
        let of = |change: Change| schedules.iter().filter(|schedule| schedule.change == change).count();
        info!(
            activation,
            added = of(Change::Added),
            removed = of(Change::Removed),
            retimed = of(Change::Retimed),
            "a new config is in force"
        );
        for schedule in schedules.iter().take(SHOWN) {
            tell_schedule(schedule);
        }
        for brief in briefs.iter().take(SHOWN) {
            info!(brief = brief.id, what = brief.what.join(", "), "a brief differs");
        }
        for brief in self.templates.iter().take(SHOWN) {
            info!(brief, "its template differs: the next edition is made from it");
        }
        for (more, what) in
            [(schedules.len(), "schedules"), (briefs.len(), "briefs"), (self.templates.len(), "templates")]
        {
            if more > SHOWN {
                info!(more = more - SHOWN, what, "and more that differ");
            }
        }
        if !self.sections.is_empty() {
            info!(sections = self.sections.join(", "), "other sections differ");
        }
        for what in started_with.differs(after) {
            warn!("{what}: restart for it");
        }
    }
}

fn tell_schedule(schedule: &ScheduleChange) {
    let ScheduleChange { id, what, .. } = schedule;
    let id = id.as_str();
    let (what, next) = (what.join("; "), schedule.after.iter().find(|ahead| ahead.runs).map(|ahead| &*ahead.local));
    match schedule.change {
        Change::Added => info!(schedule = id, what, next, "a schedule is added"),
        Change::Removed => info!(schedule = id, what, "a schedule is removed; what it has begun is finished"),
        Change::Retimed => info!(schedule = id, what, next, "a schedule is retimed; nothing is made up from before"),
        Change::Moved => info!(schedule = id, what, next, "a schedule comes at other times"),
        Change::Changed => info!(schedule = id, what, next, "a schedule differs, and comes when it came"),
    }
}

/// `config/briefs/a.toml:3:1: this is wrong`.
pub(super) fn line(problem: &Problem) -> String {
    match &problem.place {
        Some(place) => format!("{}:{}:{}: {}", place.file, place.line, place.column, problem.what),
        None => problem.what.clone(),
    }
}

/// A short word for a text: another text has another.
pub(super) fn mark(text: &str) -> String {
    digest(&SHA256, text.as_bytes()).as_ref().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

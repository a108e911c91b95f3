//! Compares this config with another one, or with the one that the daemon has in force: schedules that are new,
//! gone, or come at other times, with their coming occurrences before and after.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};

use super::{Error, Installation, Result};
use crate::{
    base::problem::Problem,
    config::{
        Brief, ConfigSource,
        difference::{Difference, ScheduleChange},
        partial,
    },
};

/// The two configs to compare, and the part that is wanted.
#[derive(Debug)]
pub struct ComparisonQuery {
    /// The other config: its file, its folder, or `running`
    pub against: PathBuf,
    /// The time after which occurrences are shown; now if it is not given
    pub from: Option<DateTime<Utc>>,
    /// Only this brief
    pub brief: Option<String>,
    /// Only this schedule
    pub schedule: Option<String>,
}

/// The differences.
#[derive(Debug)]
pub struct Comparison {
    /// What the other config is called
    pub against: String,
    /// What is different now
    pub difference: Difference,
}

impl Comparison {
    /// No brief or schedule differs.
    pub fn is_same(&self) -> bool {
        self.difference.schedules.is_empty() && self.difference.briefs.is_empty()
    }
}

/// Compares the installation's config with another one.
///
/// # Errors
/// The other config cannot be read, or neither has the brief or schedule.
pub async fn compare(installation: &Installation, query: &ComparisonQuery) -> Result<Comparison> {
    let (before, against) = other_briefs(installation, &query.against).await?;
    let now = query.from.unwrap_or_else(|| installation.now());
    let mut difference = Difference::between(&before, installation.config.briefs_with_schedules()?, now);
    let Difference { schedules, briefs } = &mut difference;
    if let Some(brief) = &query.brief {
        if !before.contains_key(brief) {
            installation.brief(brief)?;
        }
        schedules.retain(|change| change.id.brief() == brief);
        briefs.retain(|change| change.id == *brief);
    }
    if let Some(id) = &query.schedule {
        let id = match installation.schedule(id) {
            Ok(schedule) => schedule.id.clone(),
            // It may be one that is gone.
            Err(unknown) => {
                let is_meant = |change: &&ScheduleChange| change.id == **id || change.id.name() == id;
                schedules.iter().find(is_meant).map(|change| change.id.clone()).ok_or(unknown)?
            }
        };
        schedules.retain(|change| change.id == id);
        briefs.clear();
    }
    Ok(Comparison { against, difference })
}

/// The briefs to compare with, and the name of their config.
async fn other_briefs(installation: &Installation, against: &Path) -> Result<(BTreeMap<String, Brief>, String)> {
    if against != Path::new("running") {
        let inside = ["greenbrief.toml", "config/greenbrief.toml"].map(|name| against.join(name));
        let file = match against.is_dir() {
            true => inside.into_iter().find(|file| file.is_file()).ok_or_else(|| {
                let problem = Problem::error(format!("there is no greenbrief.toml in {}", against.display()));
                Error::of_file(problem.hint("name the config file, or the folder that it is in"))
            })?,
            false => against.to_owned(),
        };
        let name = file.display().to_string();
        return Ok((ConfigSource { file, overrides: Vec::new() }.briefs().map_err(Error::of_file)?, name));
    }
    let store = installation.existing_store().await?;
    let none = || {
        Problem::error("no config was activated in this store yet")
            .hint("`greenbrief serve` activates the one that it is started with")
    };
    let active = store.activations().newest().await?.ok_or_else(none)?;
    let files = active.files.as_ref().ok_or_else(none)?;
    let at = active.at.format("%F %T UTC");
    Ok((partial::briefs_of_kept(files)?, format!("activation {} of {at}", active.sequence)))
}

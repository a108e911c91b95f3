//! `plan --against`: what this config changes against another one, or against the one that the daemon has in force: which
//! schedules are new, gone, or come at other times, with what comes of each before and after.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::context::Context;
use crate::{
    actions::schedules::find,
    base::plural::counted,
    base::problem::{Problem, Problems},
    config::{
        Brief,
        difference::{Ahead, Change, Difference, ScheduleChange},
        recall,
    },
};

/// What it is compared with, and which schedules are asked for.
#[derive(Debug)]
pub(super) struct Wanted {
    /// A config file, its folder, or `running`
    pub against: PathBuf,
    pub from: Option<DateTime<Utc>>,
    pub brief: Option<String>,
    pub schedule: Option<String>,
}

/// A schedule that differs.
#[derive(Serialize)]
struct Row<'a> {
    schedule: &'a str,
    change: Change,
    what: &'a [String],
    before: &'a [Ahead],
    after: &'a [Ahead],
}

#[derive(Serialize)]
struct BriefRow<'a> {
    brief: &'a str,
    what: &'a [String],
}

/// Exit 0: nothing differs; 1: something does, as with diff(1).
pub(super) async fn run(context: &Context, wanted: &Wanted) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    let (before, called) = before(context, &config, &wanted.against).await?;
    let now = wanted.from.unwrap_or_else(|| context.now());
    let Difference { mut schedules, mut briefs } = Difference::between(&before, &config.briefs, now);
    if let Some(brief) = &wanted.brief {
        if !before.contains_key(brief) {
            context.brief(&config, brief)?;
        }
        schedules.retain(|change| change.id.brief() == brief);
        briefs.retain(|change| change.id == *brief);
    }
    if let Some(id) = &wanted.schedule {
        let full = match find(&config.briefs, id) {
            Ok(schedule) => schedule.id.clone(),
            // It may be one that is gone.
            Err(unknown) => {
                let gone = schedules.iter().find(|change| change.id == **id || change.id.name() == id);
                gone.map(|change| change.id.clone()).ok_or(unknown)?
            }
        };
        schedules.retain(|change| change.id == full);
        briefs.clear();
    }
    for ScheduleChange { id, change, what, before, after } in &schedules {
        let row = Row { schedule: id, change: *change, what, before, after };
        context.output.result(&row, || text(&row))?;
    }
    for brief in &briefs {
        let row = BriefRow { brief: &brief.id, what: &brief.what };
        context.output.result(&row, || format!("brief {}: {}", row.brief, row.what.join(", ")))?;
    }
    let same = schedules.is_empty() && briefs.is_empty();
    let told = if same {
        format!("Against {called}, no brief or schedule differs.")
    } else {
        let (schedules, briefs) = (counted(schedules.len(), "schedule"), counted(briefs.len(), "brief"));
        format!("Against {called}: {schedules} and {briefs} with another definition.")
    };
    context.output.say(told)?;
    Ok(if same { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The briefs to compare with, and what they are called.
async fn before(
    context: &Context,
    config: &crate::config::Config,
    against: &Path,
) -> anyhow::Result<(BTreeMap<String, Brief>, String)> {
    if against != Path::new("running") {
        let inside = ["greenbrief.toml", "config/greenbrief.toml"].map(|name| against.join(name));
        let file = match against.is_dir() {
            true => inside.into_iter().find(|file| file.is_file()).ok_or_else(|| {
                let problem = Problem::error(format!("there is no greenbrief.toml in {}", against.display()));
                Problems::from(problem.hint("name the config file, or the folder that it is in"))
            })?,
            false => against.to_owned(),
        };
        return Ok((recall::briefs_of(&file, &[])?, file.display().to_string()));
    }
    let store = context.needed_store(config).await?;
    let none = || {
        let problem = Problem::error("no config was activated in this store yet");
        Problems::from(problem.hint("`greenbrief serve` activates the one that it is started with"))
    };
    let active = store.active_config().await?.ok_or_else(none)?;
    let files = active.files.as_ref().ok_or_else(none)?;
    let at = active.at.format("%F %T UTC");
    Ok((recall::briefs_of_kept(files)?, format!("activation {} of {at}", active.sequence)))
}

fn text(row: &Row<'_>) -> String {
    let mut lines = vec![format!("{} is {}: {}", row.schedule, row.change.word(), row.what.join("; "))];
    for (head, ahead) in [("before", row.before), ("after", row.after)] {
        for (nth, ahead) in ahead.iter().enumerate() {
            let head = if nth == 0 { head } else { "" };
            let fate = if ahead.runs { "" } else { "  (no edition)" };
            let note = if ahead.note.is_empty() { String::new() } else { format!("  {}", ahead.note) };
            lines.push(format!("  {head:<6}  {}{fate}{note}", ahead.local));
        }
    }
    lines.join("\n")
}

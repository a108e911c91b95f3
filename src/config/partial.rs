//! The briefs and calendars of a config that is only compared with: files that a daemon kept, or another folder. It is used
//! only to learn when slots are due, so it needs no templates, passwords or keys.

use std::{collections::BTreeMap, path::Path};

use crate::{
    base::{
        ids::ScheduleId,
        problem::{Problems, Severity},
    },
    config::{
        briefs::{self, Brief},
        calendars,
        reading::{loader::Loader, problem_sink::ProblemSink},
        settings::{self, Settings},
    },
};

/// The briefs that stood in these files (`Config::files`).
///
/// # Errors
/// Another version of the program kept them, and this one takes them for wrong.
pub fn briefs_of_kept(files: &BTreeMap<String, Vec<u8>>) -> Result<BTreeMap<String, Brief>, Problems> {
    let lines = files.get("--set").map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default();
    let overrides: Vec<(String, String)> =
        lines.lines().filter_map(|line| line.split_once('=')).map(|(key, value)| (key.into(), value.into())).collect();
    let sink = ProblemSink::default();
    let found = read(Path::new("greenbrief.toml"), &overrides, &mut Loader::kept(&sink, files));
    of_briefs(found, sink, &|name| name.starts_with("briefs/") || name.starts_with("calendars/"))
}

/// The briefs of the config with this file.
///
/// # Errors
/// What is wrong with a brief or a calendar, and with the file if it cannot be read at all.
pub fn briefs_of(file: &Path, overrides: &[(String, String)]) -> Result<BTreeMap<String, Brief>, Problems> {
    let sink = ProblemSink::default();
    let settings = file.display().to_string();
    let found = read(file, overrides, &mut Loader::new(&sink));
    let is_there = file.is_file();
    of_briefs(found, sink, &|name| name != settings || !is_there)
}

/// The ids of the briefs, each with those of its schedules, whatever else is wrong: a brief with a mistake is not there.
pub fn ids_of(file: &Path, overrides: &[(String, String)]) -> Vec<(String, Vec<ScheduleId>)> {
    let sink = ProblemSink::default();
    let briefs = read(file, overrides, &mut Loader::new(&sink));
    let schedules = |brief: &Brief| brief.schedules.iter().map(|schedule| schedule.id.clone()).collect();
    briefs.iter().map(|(id, brief)| (id.clone(), schedules(brief))).collect()
}

fn read(file: &Path, overrides: &[(String, String)], loader: &mut Loader<'_>) -> BTreeMap<String, Brief> {
    let Settings { paths, .. } = settings::read(file, overrides, &|_| None, loader);
    let calendars = calendars::read(&paths.calendars, None, loader);
    // Templates are not looked for.
    briefs::read(&paths, false, &calendars, loader)
}

fn of_briefs<T>(found: T, sink: ProblemSink, counts: &dyn Fn(&str) -> bool) -> Result<T, Problems> {
    let mut problems = sink.into_problems();
    problems.0.retain(|problem| {
        problem.severity == Severity::Error && problem.place.as_ref().is_none_or(|place| counts(&place.file))
    });
    problems.into_result(found)
}

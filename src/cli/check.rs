//! `check`: every problem of templates and figures, and the quarrels inside the figures as warnings.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use chrono::{DateTime, Utc};

use super::{output::Output, shipped};
use crate::{
    brief::Template,
    figures::{self, Dataset, checks},
    language::Language,
    problem::{Problem, Problems},
};

pub(super) fn run(output: Output, templates: &Path, files: &[PathBuf], now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let mut problems = Problems::new();
    let mut data = figures::shipped::dataset()?;
    if !files.is_empty() {
        let mut read = Vec::new();
        for path in files {
            let bytes = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
            read.push((path.display().to_string(), bytes));
        }
        match figures::import::read(&read, &data) {
            Ok(incoming) => data = data.merge(incoming),
            Err(found) => problems.extend(found),
        }
    }
    problems.extend(checks::quarrels(&data));
    let briefs = template_folders(templates)?;
    for folder in &briefs {
        match Template::load(folder, &Language::ALL) {
            Ok(template) => problems.extend(check_template(&template, data.clone(), now)),
            Err(found) => problems.extend(found),
        }
    }
    let errors = problems.0.iter().filter(|p| p.severity == crate::problem::Severity::Error).count();
    let warnings = problems.0.len() - errors;
    output.problems(&problems);
    output.say(format!(
        "{} briefs, {} series: {errors} errors, {warnings} warnings",
        briefs.len(),
        data.series.len()
    ))?;
    Ok(if errors > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn check_template(template: &Template, data: Dataset, now: DateTime<Utc>) -> Problems {
    template.check(&shipped::snapshot(data, now), &shipped::frame(now), &Language::ALL)
}

fn template_folders(templates: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(templates).map_err(|error| {
        Problems::from(
            Problem::error(format!("{} cannot be read: {error}", templates.display()))
                .hint("name the folder with --templates"),
        )
    })?;
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    Ok(folders)
}

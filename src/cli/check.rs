//! `check`: every problem of config, templates and figures, and the quarrels inside the figures as warnings.

use std::process::ExitCode;

use super::context::{Context, snapshot};
use crate::{
    base::{
        plural::counted,
        problem::{Problems, Severity},
    },
    config::Config,
    figures::{Dataset, checks},
};

pub(super) async fn run(context: &Context) -> anyhow::Result<ExitCode> {
    let (mut problems, mut told) = (Problems::new(), String::new());
    match context.read_config() {
        Err(found) => problems.extend(found),
        Ok((config, warnings)) => {
            problems.extend(warnings);
            problems.extend(config.ready_to_serve());
            let data = context.figures(&config).await?;
            problems.extend(checks::quarrels(&data));
            problems.extend(templates(context, &config, &data));
            let schedules: usize = config.briefs.values().map(|brief| brief.schedules.len()).sum();
            told = format!(
                "{}, {}, {} series: ",
                counted(config.briefs.len(), "brief"),
                counted(schedules, "schedule"),
                data.series.len()
            );
        }
    }
    let errors = problems.0.iter().filter(|problem| problem.severity == Severity::Error).count();
    let warnings = problems.0.len() - errors;
    context.output.problems(&problems);
    context.output.say(format!("{told}{}, {}", counted(errors, "error"), counted(warnings, "warning")))?;
    Ok(if errors > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Every problem of the templates with these figures.
pub(super) fn templates(context: &Context, config: &Config, data: &Dataset) -> Problems {
    let mut problems = Problems::new();
    for brief in config.briefs.values() {
        match context.order(config, brief, &[]) {
            Ok(order) => {
                let now = context.now();
                let snapshot = snapshot(data.clone(), &order, now);
                problems.extend(order.template.check(&snapshot, &order.frame(None, now), &order.languages));
            }
            Err(found) => problems.extend(found),
        }
    }
    problems
}

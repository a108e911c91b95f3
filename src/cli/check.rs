//! `check`: every problem, and how many there are.

use std::process::ExitCode;

use super::context::Context;
use crate::{actions::check::check, base::plural::counted};

pub(super) async fn run(context: &Context) -> anyhow::Result<ExitCode> {
    let checked = check(&context.config_source(), &context.clock).await?;
    let (errors, warnings) = (checked.errors(), checked.warnings());
    let scope = checked.scope.map_or_else(String::new, |scope| {
        let (briefs, schedules) = (counted(scope.briefs, "brief"), counted(scope.schedules, "schedule"));
        format!("{briefs}, {schedules}, {} series: ", scope.series)
    });
    context.output.problems(&checked.problems);
    context.output.say(format!("{scope}{}, {}", counted(errors, "error"), counted(warnings, "warning")))?;
    Ok(if errors > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

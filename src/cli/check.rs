//! `check`: every problem, and how many there are.

use serde::Serialize;

use super::{context::Context, ending::Ending};
use crate::{
    actions::check::{CheckScope, check},
    base::plural::counted,
};

/// How much was checked, and what was found, for programs.
#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
    #[serde(flatten)]
    scope: Option<CheckScope>,
}

pub(super) async fn run(context: &Context) -> anyhow::Result<Ending> {
    let checked = check(&context.config_source(), &context.clock).await?;
    let (errors, warnings) = (checked.errors(), checked.warnings());
    let scope = checked.scope.map_or_else(String::new, |scope| {
        let (briefs, schedules) = (counted(scope.briefs, "brief"), counted(scope.schedules, "schedule"));
        format!("{briefs}, {schedules}, {} series: ", scope.series)
    });
    context.output.problems(&checked.problems);
    let summary = Summary { errors, warnings, scope: checked.scope };
    context
        .output
        .result(&summary, || format!("{scope}{}, {}", counted(errors, "error"), counted(warnings, "warning")))?;
    Ok(if errors > 0 { Ending::Attention } else { Ending::Done })
}

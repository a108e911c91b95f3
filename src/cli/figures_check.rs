//! `figures check`.

use super::{context::Context, ending::Ending};
use crate::{
    actions::{
        Installation,
        figures::check::{CheckedFigures, FigureCheckRequest, check},
    },
    base::{plural::counted, problem::Place},
    figures::checks::Finding,
};

pub(super) async fn run(
    (context, installation): (&Context, &Installation),
    series: &[String],
    brief: Option<&str>,
) -> anyhow::Result<Ending> {
    let output = context.output;
    let checked = check(installation, &FigureCheckRequest { series, brief }).await?;
    for finding in &checked.findings {
        output.result(finding, || told(finding))?;
    }
    output.result(&checked, || summary(&checked))?;
    Ok(match (checked.hold, brief) {
        (0, _) => Ending::Done,
        (_, Some(_)) => Ending::Held,
        (_, None) => Ending::Attention,
    })
}

fn told(finding: &Finding) -> String {
    let place = finding.place.as_ref().map(|Place { file, line, column, .. }| format!("{file}:{line}:{column}: "));
    let place = place.unwrap_or_default();
    let head = format!("{:<5} {:<12} {place}{}", finding.verdict, finding.check, finding.text);
    let hints = finding.hints.iter().map(|hint| format!("{:19}{hint}", ""));
    [head].into_iter().chain(hints).collect::<Vec<_>>().join("\n")
}

fn summary(checked: &CheckedFigures) -> String {
    let found = match (checked.hold, checked.warn) {
        (0, 0) => "nothing was found".to_owned(),
        (hold, warn) => format!("{hold} would hold an edition, {warn} are told"),
    };
    let series = format!("{} series", checked.series);
    match &checked.brief {
        Some(brief) if checked.hold > 0 => {
            format!(
                "{brief}, {series}: {found}; its next edition would be held by {}",
                counted(checked.hold, "finding")
            )
        }
        Some(brief) => format!("{brief}, {series}: {found}"),
        None => format!("{series}: {found}"),
    }
}

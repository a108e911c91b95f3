//! `figures import`, `list` and `show`.

use std::process::ExitCode;

use super::{arguments::Figures, context::Context};
use crate::{
    actions::figures::{self, ImportSource, ListedSeries, SeriesValues},
    figures::{ImportReport, Observation, Quality},
};

/// Maximum number of new items that an import names: a first import brings hundreds.
const NEW_SHOWN: usize = 20;

pub(super) async fn run(context: &Context, command: &Figures) -> anyhow::Result<ExitCode> {
    let (installation, output) = (context.installation()?, context.output);
    match command {
        Figures::Import { files, shipped, dry_run } => {
            let source = if *shipped { ImportSource::Shipped } else { ImportSource::Files(files) };
            let report = figures::import_from(&installation, &context.actor(), source, *dry_run).await?;
            output.result(&report, || import_text(&report, *dry_run))?;
        }
        Figures::List => {
            let cells = |row: &ListedSeries| {
                vec![
                    row.series.to_string(),
                    row.period.clone(),
                    row.value.clone(),
                    row.unit.clone(),
                    row.values.to_string(),
                    row.title.clone(),
                ]
            };
            let rows = figures::list(&installation).await?;
            output.table(&["SERIES", "LATEST", "VALUE", "UNIT", "VALUES", "TITLE"], &rows, cells)?;
        }
        Figures::Show { series } => {
            let SeriesValues { series, observations } = figures::show(&installation, series).await?;
            output
                .say(format!("{}\n{}  {}  by {}", series.title.en, series.geography, series.unit, series.publisher))?;
            let heads = ["PERIOD", "VALUE", "VINTAGE", "SOURCES", "QUALITY", "FIRST SOURCE"];
            output.table(&heads, &observations, observation_cells)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn observation_cells(row: &Observation) -> Vec<String> {
    let source = row.sources.first();
    let who = source.map_or(String::new(), |s| s.carrier.clone().unwrap_or_else(|| s.publisher.clone()));
    let copy = if source.is_some_and(|s| s.quality == Quality::Copy) { "copy" } else { "report" };
    let vintage = if row.vintage.code().is_empty() { "unknown".to_owned() } else { row.vintage.code() };
    vec![row.period.to_string(), row.value.to_string(), vintage, row.sources.len().to_string(), copy.to_owned(), who]
}

/// The result of an import, or of its rehearsal.
fn import_text(report: &ImportReport, dry_run: bool) -> String {
    let mut lines = Vec::new();
    for item in report.new.iter().take(NEW_SHOWN) {
        lines.push(format!("new        {} {}: {}", item.kind, item.what, item.after));
    }
    if report.new.len() > NEW_SHOWN {
        lines.push(format!("new        and {} more", report.new.len() - NEW_SHOWN));
    }
    for item in &report.changed {
        let before = item.before.as_deref().unwrap_or_default();
        let values =
            if before == item.after { "other details".to_owned() } else { format!("{before} → {}", item.after) };
        lines.push(format!("changed    {} {}: {values}", item.kind, item.what));
    }
    let done = if dry_run { " (nothing was imported)" } else { "" };
    lines.push(format!(
        "{} new, {} changed, {} unchanged{done}",
        report.new.len(),
        report.changed.len(),
        report.unchanged
    ));
    lines.join("\n")
}

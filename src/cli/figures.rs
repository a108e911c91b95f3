//! `figures import`, `list` and `show`.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use serde::Serialize;

use super::{arguments::Figures, context::Context};
use crate::{
    base::problem::{Problem, Problems},
    figures::{self, Dataset, ImportReport, Observation, Quality, SeriesId, Snapshot, shipped},
    store::{Setting, Store},
};

#[derive(Serialize)]
struct Listed<'a> {
    series: &'a SeriesId,
    title: &'a str,
    period: String,
    value: String,
    unit: &'a str,
    values: usize,
}

pub(super) async fn run(context: &Context, command: &Figures) -> anyhow::Result<ExitCode> {
    let (output, config) = (context.output, context.config()?);
    if let Figures::Import { files, shipped, dry_run } = command {
        let store = context.store(&config).await?;
        return import(context, &store, files, *shipped, *dry_run).await;
    }
    let snapshot = Snapshot { as_known: context.now().date_naive(), data: context.figures(&config).await? };
    match command {
        Figures::Import { .. } => {}
        Figures::List => {
            let rows: Vec<Listed<'_>> = snapshot
                .data
                .series
                .values()
                .filter_map(|series| {
                    let latest = snapshot.latest(&series.id, None)?;
                    let values = snapshot.data.observations.get(&series.id).map_or(0, Vec::len);
                    Some(Listed {
                        series: &series.id,
                        title: &series.title.en,
                        period: latest.period.to_string(),
                        value: latest.value.to_string(),
                        unit: &series.unit,
                        values,
                    })
                })
                .collect();
            let cells = |row: &Listed<'_>| {
                vec![
                    row.series.to_string(),
                    row.period.clone(),
                    row.value.clone(),
                    row.unit.to_owned(),
                    row.values.to_string(),
                    row.title.to_owned(),
                ]
            };
            output.table(&["SERIES", "LATEST", "VALUE", "UNIT", "VALUES", "TITLE"], &rows, cells)?;
        }
        Figures::Show { series } => {
            let Some(found) = SeriesId::new(series).and_then(|id| snapshot.data.series.get(&id)) else {
                let known = snapshot.data.series.keys().map(SeriesId::as_str);
                return Err(Problems::from(
                    Problem::error(format!("there is no series `{series}`")).did_you_mean(series, known),
                )
                .into());
            };
            output.say(format!("{}\n{}  {}  by {}", found.title.en, found.geography, found.unit, found.publisher))?;
            let none = Vec::new();
            let rows: &Vec<Observation> = snapshot.data.observations.get(&found.id).unwrap_or(&none);
            let cells = |row: &Observation| {
                let source = row.sources.first();
                let who = source.map_or(String::new(), |s| s.carrier.clone().unwrap_or_else(|| s.publisher.clone()));
                let copy = if source.is_some_and(|s| s.quality == Quality::Copy) { "copy" } else { "report" };
                let vintage = if row.vintage.code().is_empty() { "unknown".to_owned() } else { row.vintage.code() };
                vec![
                    row.period.to_string(),
                    row.value.to_string(),
                    vintage,
                    row.sources.len().to_string(),
                    copy.to_owned(),
                    who,
                ]
            };
            output.table(&["PERIOD", "VALUE", "VINTAGE", "SOURCES", "QUALITY", "FIRST SOURCE"], rows, cells)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// All or none; says what is new, changed and unchanged.
async fn import(
    context: &Context,
    store: &Store,
    files: &[PathBuf],
    shipped: bool,
    dry_run: bool,
) -> anyhow::Result<ExitCode> {
    let existing = store.dataset().await?;
    let incoming: Dataset = if shipped {
        shipped::dataset()?
    } else {
        let mut read = Vec::new();
        for path in files {
            let bytes = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
            read.push((path.display().to_string(), bytes));
        }
        figures::import::read(&read, &existing)?
    };
    let report = if dry_run { existing.compare(&incoming) } else { store.import(&incoming).await? };
    if shipped && !dry_run {
        store.set(Setting::ShippedFigures, Some(&shipped::hash())).await?;
    }
    context.output.result(&report, || told(&report, dry_run))?;
    Ok(ExitCode::SUCCESS)
}

/// What an import did, or would do.
fn told(report: &ImportReport, dry_run: bool) -> String {
    /// Of what is new only so many are named: a first import brings hundreds.
    const NAMED: usize = 20;
    let mut lines = Vec::new();
    for item in report.new.iter().take(NAMED) {
        lines.push(format!("new        {} {}: {}", item.kind, item.what, item.after));
    }
    if report.new.len() > NAMED {
        lines.push(format!("new        and {} more", report.new.len() - NAMED));
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

//! `figures list` and `figures show`: the figures that come with the program.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{arguments::Figures, output::Output, shipped};
use crate::{
    figures::{self, Observation, Quality, SeriesId},
    problem::{Problem, Problems},
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

pub(super) fn run(output: Output, command: &Figures, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let snapshot = shipped::snapshot(figures::shipped::dataset()?, now);
    match command {
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

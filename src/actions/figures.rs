//! The figures: the series with their values; new ones are imported.

use std::path::PathBuf;

use serde::Serialize;
use tracing::info;

use super::{Actor, Installation, Result};
use crate::{
    base::{
        csv_table::{self, CsvInput},
        problem::Problem,
    },
    figures::{
        Dataset, ImportReport, Observation, Series, SeriesId, Snapshot,
        import::{self, ImportFile},
        shipped,
    },
    store::Setting,
};

/// A series with its latest value.
#[derive(Debug, Serialize)]
pub struct ListedSeries {
    /// Its id
    pub series: SeriesId,
    /// Its English title
    pub title: String,
    /// The period of the latest value
    pub period: String,
    /// The latest value
    pub value: String,
    /// The unit of its values
    pub unit: String,
    /// Number of values, of all periods and vintages
    pub values: usize,
}

/// All series that have a value, as they are known today.
///
/// # Errors
/// The store cannot be read.
pub async fn list(installation: &Installation) -> Result<Vec<ListedSeries>> {
    let snapshot = Snapshot { as_known: installation.now().date_naive(), data: installation.figures().await? };
    let listed = snapshot.data.series.values().filter_map(|series| {
        let latest = snapshot.latest(&series.id, None)?;
        Some(ListedSeries {
            series: series.id.clone(),
            title: series.title.en.clone(),
            period: latest.period.to_string(),
            value: latest.value.to_string(),
            unit: series.unit.clone(),
            values: snapshot.data.observations.get(&series.id).map_or(0, Vec::len),
        })
    });
    Ok(listed.collect())
}

/// A series with all its values.
#[derive(Debug)]
pub struct SeriesValues {
    /// The series
    pub series: Series,
    /// Its values of all periods and vintages, with their sources
    pub observations: Vec<Observation>,
}

/// One series with all its values, vintages and sources.
///
/// # Errors
/// There is no such series.
pub async fn show(installation: &Installation, id: &str) -> Result<SeriesValues> {
    let mut data = installation.figures().await?;
    let Some(series) = SeriesId::new(id).and_then(|id| data.series.remove(&id)) else {
        let known = data.series.keys().map(SeriesId::as_str);
        return Err(Problem::error(format!("there is no series `{id}`")).did_you_mean(id, known).into());
    };
    let observations = data.observations.remove(&series.id).unwrap_or_default();
    Ok(SeriesValues { series, observations })
}

/// Where figures are imported from.
#[derive(Debug, Clone, Copy)]
pub enum ImportSource<'a> {
    /// CSV files
    Files(&'a [PathBuf]),
    /// The figures that come with the program
    Shipped,
}

/// Imports figures, all or none. With `dry_run` it only reports what would change.
///
/// # Errors
/// A file cannot be read, or has a mistake.
pub async fn import_from(
    installation: &Installation,
    actor: &Actor,
    source: ImportSource<'_>,
    dry_run: bool,
) -> Result<ImportReport> {
    let store = installation.store().await?;
    let existing = store.figures().dataset().await?;
    let incoming = match source {
        ImportSource::Files(files) => read_files(files, &existing)?,
        ImportSource::Shipped => shipped::dataset()?,
    };
    if dry_run {
        return Ok(existing.compare(&incoming));
    }
    let report = store.figures().import(&incoming).await?;
    if let ImportSource::Shipped = source {
        store.set(Setting::ShippedFigures, Some(&shipped::hash())).await?;
    }
    info!(by = %actor, new = report.new.len(), changed = report.changed.len(), "figures are imported");
    Ok(report)
}

fn read_files(files: &[PathBuf], existing: &Dataset) -> Result<Dataset> {
    let mut contents = Vec::new();
    for path in files {
        let input = CsvInput::open(path, csv_table::MAX_FILE as u64)?;
        contents.push(ImportFile { name: input.name().to_owned(), bytes: input.into_bytes()? });
    }
    Ok(import::read(&contents, existing)?)
}

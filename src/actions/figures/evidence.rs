//! The evidence of figures: what was read of each source, and the files that are kept of it by their SHA-256.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use anyhow::Context;
use rust_decimal::Decimal;
use serde::Serialize;
use tracing::info;

use super::{Shown, show};
use crate::{
    actions::{Actor, Error, Installation, Result, build::check_folder},
    base::{archive, bounded_file, problem::Problem},
    figures::{Citation, Period, Published, SeriesId},
};

/// Maximum size of a file that is kept, in bytes.
const MAX_FILE: u64 = 64 << 20;

/// A file that is kept.
#[derive(Debug, Serialize)]
pub struct KeptFile {
    /// The file as it was named
    pub file: PathBuf,
    /// Its size in bytes
    pub bytes: usize,
    /// Its SHA-256 in lower-case hex, for the column `evidence`
    pub sha256: String,
}

/// Keeps files in the store, all or none. One that is kept already is kept once.
///
/// # Errors
/// A file cannot be read, is empty, or has more than 64 MiB.
pub async fn keep(installation: &Installation, actor: &Actor, files: &[PathBuf]) -> Result<Vec<KeptFile>> {
    let mut contents = Vec::new();
    for file in files {
        let bytes = bounded_file::read(file, MAX_FILE)
            .map_err(|unread| Error::of_file(Problem::error(format!("{} {unread}", file.display()))))?;
        if bytes.is_empty() {
            let problem = Problem::error(format!("{} is empty: it proves nothing", file.display()));
            return Err(Error::of_file(problem.hint("save again what was read")));
        }
        contents.push(bytes);
    }
    let keys = installation.store().await?.keep_blobs(&contents).await?;
    let kept: Vec<KeptFile> = files
        .iter()
        .zip(contents)
        .zip(keys)
        .map(|((file, bytes), sha256)| KeptFile { file: file.clone(), bytes: bytes.len(), sha256 })
        .collect();
    for KeptFile { file, sha256, .. } in &kept {
        info!(by = %actor, file = %file.display(), sha256, "evidence is kept");
    }
    Ok(kept)
}

/// A value with what was read for it.
#[derive(Debug, Serialize)]
pub struct ValueEvidence {
    /// The series
    pub series: SeriesId,
    /// The period
    pub period: Period,
    /// The vintage
    pub vintage: Published,
    /// The value
    pub value: Decimal,
    /// Whether it counts; else it is withdrawn
    pub counts: bool,
    /// Its sources, the best first
    pub sources: Vec<SourceEvidence>,
}

/// A source with its file.
#[derive(Debug, Serialize)]
pub struct SourceEvidence {
    /// The source
    #[serde(flatten)]
    pub source: Citation,
    /// The size of the file that is kept, in bytes; `None` if none is
    pub kept_bytes: Option<i64>,
}

/// What was read for the values of a period, in all vintages by both clocks. With a folder, the files that are kept are written
/// into it, each under its SHA-256.
///
/// # Errors
/// There is no such series or value, or a file cannot be written.
pub async fn evidence(
    installation: &Installation,
    series: &str,
    period: Period,
    shown: &Shown,
    folder: Option<&Path>,
) -> Result<Vec<ValueEvidence>> {
    if let Some(folder) = folder {
        check_folder(folder)?;
    }
    let found = show(installation, series, shown).await?;
    let store = installation.found_store().await?;
    let mut values = Vec::new();
    let mut written = BTreeSet::new();
    for shown in found.observations.iter().filter(|it| it.observation.period == period) {
        let mut sources = Vec::new();
        for source in &shown.observation.sources {
            let (kept_bytes, key) = match (&source.evidence, store) {
                (Some(key), Some(store)) => (store.blob_length(key).await?, Some(key)),
                _ => (None, None),
            };
            if let (Some(folder), Some(key), Some(_), Some(store)) = (folder, key, kept_bytes, store)
                && written.insert(key.clone())
            {
                let path = folder.join(key);
                archive::write_atomically(&path, &store.blob(key).await?)
                    .with_context(|| format!("{} could not be written", path.display()))?;
            }
            sources.push(SourceEvidence { source: source.clone(), kept_bytes });
        }
        values.push(ValueEvidence {
            series: found.series.id.clone(),
            period,
            vintage: shown.observation.vintage,
            value: shown.observation.value,
            counts: shown.counts,
            sources,
        });
    }
    if values.is_empty() {
        let mut periods: Vec<String> = found.observations.iter().map(|it| it.observation.period.to_string()).collect();
        periods.dedup();
        let problem = Problem::error(format!("{} has no value for {period}", found.series.id));
        return Err(problem.hint(format!("there are values for {}", periods.join(", "))).into());
    }
    Ok(values)
}

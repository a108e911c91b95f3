//! Figures are imported: from files, from standard input, or those that come with the program.

use std::path::PathBuf;

use serde::Serialize;
use tracing::info;

use crate::{
    actions::{
        Actor, Error, Installation, Result,
        prepare::{missing_shipped, take_shipped},
    },
    base::{csv_table::CsvInput, problem::Problems},
    figures::{
        Dataset, ImportKind, ImportReport, ImportedFile, NewImport,
        import::{self, DecimalMark, ImportFile, ImportTerms},
        shipped,
    },
    store::Setting,
};

/// Where figures are imported from.
#[derive(Debug, Clone, Copy)]
pub enum ImportSource<'a> {
    /// Files; `-` is standard input
    Files(&'a [PathBuf]),
    /// The figures that come with the program
    Shipped,
}

/// What is imported, and what the import may do.
#[derive(Debug, Clone, Copy)]
pub struct ImportRequest<'a> {
    /// Where the figures come from
    pub source: ImportSource<'a>,
    /// Only report what would change
    pub dry_run: bool,
    /// Values may change under their vintage
    pub replace: bool,
    /// Withdrawn observations may come back
    pub again: bool,
    /// The decimal mark of the files
    pub decimal: Option<DecimalMark>,
}

/// The effect of an import.
#[derive(Debug, Serialize)]
pub struct ImportOutcome {
    /// What was new, changed and unchanged
    #[serde(flatten)]
    pub report: ImportReport,
    /// Number of observations that were left out since they are withdrawn
    pub left_out: usize,
    /// Number of shipped units, series, observations and events that the store took first, since it had never taken them
    pub shipped_first: usize,
    /// Whether nothing was imported
    pub dry_run: bool,
    /// What a person should look at
    #[serde(skip)]
    pub warnings: Problems,
}

/// Imports figures, all or none. A store that has never taken the shipped figures takes them first, as the first `serve`
/// would: files may refer to them, and a brief finds them.
///
/// # Errors
/// A file cannot be read, or has a mistake; a value would change under its vintage.
pub async fn import_from(
    installation: &Installation,
    actor: &Actor,
    request: &ImportRequest<'_>,
) -> Result<ImportOutcome> {
    let store = installation.store().await?;
    let withdrawn = store.figures().withdrawn().await?;
    let mut existing = store.figures().dataset().await?;
    let mut first = None;
    let files = match request.source {
        ImportSource::Files(files) => {
            first = missing_shipped(store).await?;
            existing = existing.merge(first.clone().unwrap_or_default());
            read_files(files)?
        }
        ImportSource::Shipped => shipped::files(),
    };
    let imported: Vec<ImportedFile> = files.iter().map(ImportFile::record).collect();
    let terms = ImportTerms {
        existing: &existing,
        withdrawn: &withdrawn,
        today: installation.now().date_naive(),
        replace: request.replace,
        again: request.again,
        decimal: request.decimal,
    };
    let read = import::read(&files, &terms).map_err(Error::of_file)?;
    let shipped_first = first.as_ref().map_or(0, Dataset::len);
    let brought = match request.source {
        // Nobody knows what came through it before.
        ImportSource::Files(files) if files.iter().any(|file| file.as_os_str() == "-") => Vec::new(),
        _ => store.figures().brought_by_files(&imported).await?,
    };
    let mut report = if request.dry_run {
        existing.compare(&read.data)
    } else {
        if let Some(first) = &first {
            take_shipped(store, first, actor.name(), installation.now()).await?;
        }
        let kind = match request.source {
            _ if request.again => ImportKind::Again,
            ImportSource::Files(_) => ImportKind::File,
            ImportSource::Shipped => ImportKind::Shipped,
        };
        let new = NewImport { by: actor.name(), at: installation.now(), kind, files: &imported, reason: "" };
        let report = store.figures().import(&read.data, &new).await?;
        if let ImportSource::Shipped = request.source {
            store.set(Setting::ShippedFigures, Some(&shipped::hash())).await?;
        }
        info!(by = %actor, new = report.count_new(), changed = report.count_changed(), "figures are imported");
        report
    };
    read.data.tell_gone(brought, &mut report);
    report.tell_earlier(&existing);
    let left_out = read.left_out.0.len();
    let mut warnings = read.left_out;
    if let ImportSource::Files(_) = request.source {
        // The shipped values were looked at when they were taken up.
        warnings.extend(read.to_look_at);
    }
    Ok(ImportOutcome { report, left_out, shipped_first, dry_run: request.dry_run, warnings })
}

fn read_files(files: &[PathBuf]) -> Result<Vec<ImportFile>> {
    let mut contents = Vec::new();
    for path in files {
        let input = CsvInput::open(path, import::MAX_FILE).map_err(Error::of_file)?;
        contents.push(ImportFile { name: input.name().to_owned(), bytes: input.into_bytes().map_err(Error::of_file)? });
    }
    Ok(contents)
}

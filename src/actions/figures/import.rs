//! Figures are imported: from files, from standard input, or those that come with the program.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::PathBuf,
};

use anyhow::Context;
use rust_decimal::Decimal;
use serde::Serialize;
use tracing::info;

use super::staged::Staged;
use crate::{
    actions::{
        Actor, Error, Installation, Result,
        prepare::{missing_shipped, take_shipped},
    },
    base::{
        csv_table::{CsvInput, MAX_PROBLEMS},
        problem::{Problem, Problems},
    },
    figures::{
        Dataset, Identity, ImportKind, ImportReport, ImportedFile, NewImport, Observation, SeriesId, View,
        import::{self, DecimalMark, ImportFile, ImportTerms, LargeFiles, LargePart},
        shipped,
    },
    store::{IMPORT_BATCH, Setting, Store},
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
/// The files are read and checked in parts, beside all other work of the store; what differs is kept aside and then written
/// in one transaction.
///
/// # Errors
/// A file cannot be read, has a mistake, or is changed meanwhile; a value would change under its vintage.
pub async fn import_from(
    installation: &Installation,
    actor: &Actor,
    request: &ImportRequest<'_>,
) -> Result<ImportOutcome> {
    let store = installation.store().await?;
    let (inputs, first) = match request.source {
        ImportSource::Files(files) => (open_files(files)?, missing_shipped(store).await?),
        ImportSource::Shipped => {
            let shipped = shipped::files().into_iter();
            (shipped.map(|ImportFile { name, bytes }| CsvInput::from_bytes(name, bytes)).collect(), None)
        }
    };
    let seen = store.figures().newest_import().await?;
    let checked = check(installation, store, request, inputs, first.as_ref()).await?;
    let Checked { catalogue, staged, compared, left_out, to_look_at, files } = checked;
    let shipped_first = first.as_ref().map_or(0, Dataset::len);
    let report = if request.dry_run {
        compared
    } else {
        let mut expected = seen;
        if let Some(first) = &first {
            take_shipped(store, first, actor.name(), installation.now()).await?;
            expected += 1;
        }
        let kind = match request.source {
            _ if request.again => ImportKind::Again,
            ImportSource::Files(_) => ImportKind::File,
            ImportSource::Shipped => ImportKind::Shipped,
        };
        let new = NewImport { by: actor.name(), at: installation.now(), kind, files: &files, reason: "" };
        let report = write(store, &new, &catalogue, staged, expected, compared).await?;
        if let ImportSource::Shipped = request.source {
            store.set(Setting::ShippedFigures, Some(&shipped::hash())).await?;
        }
        info!(by = %actor, new = report.count_new(), changed = report.count_changed(), "figures are imported");
        report
    };
    let number_left_out = left_out.0.len();
    let mut warnings = left_out;
    if let ImportSource::Files(_) = request.source {
        // The shipped values were looked at when they were taken up.
        warnings.extend(to_look_at);
    }
    Ok(ImportOutcome { report, left_out: number_left_out, shipped_first, dry_run: request.dry_run, warnings })
}

fn open_files(files: &[PathBuf]) -> Result<Vec<CsvInput>> {
    files.iter().map(|path| CsvInput::open(path, import::MAX_LARGE_FILE).map_err(Error::of_file)).collect()
}

/// What was read and checked, and is to be written.
struct Checked {
    /// Units, series and events.
    catalogue: Dataset,
    /// Observations that differ from what counts.
    staged: Staged,
    /// What the import would do.
    compared: ImportReport,
    left_out: Problems,
    to_look_at: Problems,
    files: Vec<ImportedFile>,
}

/// Reads and checks files part by part. Nothing is written, and the store is free meanwhile.
async fn check(
    installation: &Installation,
    store: &Store,
    request: &ImportRequest<'_>,
    inputs: Vec<CsvInput>,
    first: Option<&Dataset>,
) -> Result<Checked> {
    let mut reading = LargeFiles::open(inputs);
    let withdrawn = store.figures().withdrawn().await?;
    let files = reading.records();
    let with_gone = match request.source {
        // Nobody knows what came through it before.
        ImportSource::Files(files) => files.iter().all(|file| file.as_os_str() != "-"),
        ImportSource::Shipped => true,
    };
    // Of observations, those of one part at a time.
    let mut existing = store.figures().catalogue_as(View::NOW).await?.merge(catalogue_of(first));
    let mut checked = Checked {
        catalogue: Dataset::default(),
        staged: Staged::new(),
        compared: ImportReport::default(),
        left_out: Problems::new(),
        to_look_at: Problems::new(),
        files,
    };
    let mut problems = reading.take_problems();
    let has_catalogue = reading.has_catalogue();
    let mut parts = 0;
    while let Some(part) = reading.next_part() {
        parts += 1;
        existing.observations = there(store, &part, &reading, first).await?;
        let terms = ImportTerms {
            existing: &existing,
            withdrawn: &withdrawn,
            today: installation.now().date_naive(),
            replace: request.replace,
            again: request.again,
            decimal: request.decimal,
        };
        let read = match reading.read(&part, &terms) {
            Ok(read) => read,
            Err(found) => {
                problems.0.extend(found.0);
                // Without the series that it brings, all that follows would be unknown.
                if problems.0.len() > MAX_PROBLEMS || (part.is_first && has_catalogue) {
                    break;
                }
                continue;
            }
        };
        if problems.is_empty() {
            let brought = if with_gone {
                store.figures().brought_by_files(&checked.files, &part.series).await?
            } else {
                Vec::new()
            };
            checked.take(&existing, &read.data, brought)?;
        }
        checked.left_out.extend(read.left_out.0);
        checked.to_look_at.extend(read.to_look_at.0);
        if part.is_first {
            let Dataset { units, series, events, .. } = read.data;
            let catalogue = Dataset { units, series, events, ..Dataset::default() };
            existing = existing.merge(catalogue.clone());
            checked.catalogue = catalogue;
        }
    }
    reading.check_unchanged()?;
    if !problems.is_empty() {
        let all = if parts > 1 { import::in_order(problems, &checked.files) } else { problems };
        return Err(Error::of_file(all));
    }
    if with_gone {
        checked.tell_gone(store, &reading.series()).await?;
    }
    Ok(checked)
}

/// Units, series and events alone.
fn catalogue_of(data: Option<&Dataset>) -> Dataset {
    let of = |data: &Dataset| Dataset {
        units: data.units.clone(),
        series: data.series.clone(),
        events: data.events.clone(),
        ..Dataset::default()
    };
    data.map(of).unwrap_or_default()
}

/// What counts of the series of a part. The first part has the catalogue, too: a series cannot change its unit while it has
/// values.
async fn there(
    store: &Store,
    part: &LargePart,
    reading: &LargeFiles,
    first: Option<&Dataset>,
) -> Result<BTreeMap<SeriesId, Vec<Observation>>> {
    let mut series = part.series.clone();
    if part.is_first {
        series.extend(reading.named_in_catalogue());
    }
    let there =
        Dataset { observations: store.figures().observations_as(View::NOW, &series).await?, ..Dataset::default() };
    let mut shipped = first.map(|first| first.observations.clone()).unwrap_or_default();
    shipped.retain(|id, _| series.contains(id));
    Ok(there.merge(Dataset { observations: shipped, ..Dataset::default() }).observations)
}

impl Checked {
    /// Takes what was read of a part: what differs is kept aside.
    fn take(&mut self, existing: &Dataset, read: &Dataset, brought: Vec<(Identity, Decimal)>) -> Result<()> {
        let mut compared = existing.compare(read);
        read.tell_gone(brought, &mut compared);
        compared.tell_earlier(existing);
        self.compared.add(compared);
        for (id, observations) in &read.observations {
            let there = existing.observations.get(id).into_iter().flatten();
            let there: HashMap<_, _> = there.map(|it| ((it.period, it.vintage), it)).collect();
            for observation in observations {
                if there.get(&(observation.period, observation.vintage)) != Some(&observation) {
                    self.staged.push(observation).context("what is to be imported cannot be kept aside")?;
                }
            }
        }
        Ok(())
    }

    /// Tells what is gone with a whole series.
    async fn tell_gone(&mut self, store: &Store, read: &BTreeSet<SeriesId>) -> Result<()> {
        let brought = store.figures().series_brought_by_files(&self.files).await?;
        let gone: Vec<SeriesId> = brought.into_iter().filter(|id| !read.contains(id)).collect();
        for ids in gone.chunks(super::SERIES_AT_A_TIME) {
            let ids = ids.iter().cloned().collect();
            let values = store.figures().brought_by_files(&self.files, &ids).await?;
            Dataset::default().tell_gone(values, &mut self.compared);
        }
        Ok(())
    }
}

/// Writes what differs, in one transaction. The report says what it did; what is not written is unchanged.
async fn write(
    store: &Store,
    new: &NewImport<'_>,
    catalogue: &Dataset,
    staged: Staged,
    expected: i64,
    compared: ImportReport,
) -> Result<ImportReport> {
    let mut staged = staged.into_reader().context("what is to be imported cannot be read")?;
    let mut importing = store.figures().begin_import(new).await?;
    if importing.number() != expected + 1 {
        importing.give_up().await?;
        let problem = Problem::error("the figures were changed while the files were read: nothing was imported");
        return Err(problem.hint("run it again: the files are then compared with what is there now").into());
    }
    importing.write_catalogue(catalogue).await?;
    let mut written = 0;
    loop {
        let batch = staged.batch(IMPORT_BATCH).context("what is to be imported cannot be read")?;
        if batch.is_empty() {
            break;
        }
        written += batch.len();
        let batch: Vec<&Observation> = batch.iter().collect();
        let placed = importing.place(&batch).await?;
        importing.write(&batch, placed).await?;
    }
    let in_catalogue = catalogue.len();
    let all = compared.count_new() + compared.count_changed() + compared.unchanged;
    importing.count_unchanged(all.saturating_sub(in_catalogue + written));
    let mut report = importing.commit().await?;
    report.tell_as(compared);
    Ok(report)
}

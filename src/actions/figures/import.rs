//! Figures are imported: from files, from standard input, or those that come with the program.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::PathBuf,
};

use anyhow::Context;
use rust_decimal::Decimal;
use serde::Serialize;
use tokio::task::spawn_blocking;
use tracing::info;

use super::{named_evidence::NamedEvidence, staged::Staged};
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
        import::{self, DecimalMark, ImportFile, ImportTerms, LargeFiles},
        shipped,
    },
    store::{IMPORT_BATCH, Setting, Store},
};

/// Number of series that are gone from files whose observations are looked at together.
const SERIES_OF_GONE: usize = 10;

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

impl ImportRequest<'_> {
    const fn kind(&self) -> ImportKind {
        match self.source {
            _ if self.again => ImportKind::Again,
            ImportSource::Files(_) => ImportKind::File,
            ImportSource::Shipped => ImportKind::Shipped,
        }
    }

    /// All that has a say in how files are read, beside what the store holds.
    fn read_as(&self) -> String {
        format!("{} {:?}", env!("CARGO_PKG_VERSION"), self.decimal)
    }
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
    let (mut inputs, first) = match request.source {
        ImportSource::Files(files) => (open_files(files)?, missing_shipped(store).await?),
        ImportSource::Shipped => {
            let shipped = shipped::files().into_iter();
            (shipped.map(|ImportFile { name, bytes }| CsvInput::from_bytes(name, bytes)).collect(), None)
        }
    };
    let new = NewImport { by: actor.name(), at: installation.now(), kind: request.kind(), files: &[], reason: "" };
    if first.is_none()
        && let Some(outcome) = repeated(store, request, &mut inputs, new).await?
    {
        return Ok(outcome);
    }
    let seen = store.figures().newest_import().await?;
    let checked = check(installation, store, request, inputs, first.as_ref()).await?;
    let Checked { catalogue, staged, compared, left_out, mut to_look_at, files, evidence } = checked;
    to_look_at.extend(evidence.not_kept(store).await?);
    let shipped_first = first.as_ref().map_or(0, Dataset::len);
    let report = if request.dry_run {
        compared
    } else {
        let mut expected = seen;
        if let Some(first) = &first {
            take_shipped(store, first, actor.name(), installation.now()).await?;
            expected += 1;
        }
        let is_all = left_out.is_empty() && to_look_at.is_empty() && compared.count_gone() == 0;
        let read_as = if is_all { request.read_as() } else { String::new() };
        let new = NewImport { files: &files, ..new };
        let report = write(store, &new, &catalogue, staged, expected, compared, &read_as).await?;
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

/// The outcome if the newest import was of the very same files, which are told by their hashes: nothing that they hold needs
/// to be read again. Whatever changed the figures since, an undo or a withdrawal too, would be a newer import.
async fn repeated(
    store: &Store,
    request: &ImportRequest<'_>,
    inputs: &mut [CsvInput],
    new: NewImport<'_>,
) -> Result<Option<ImportOutcome>> {
    let ImportSource::Files(paths) = request.source else { return Ok(None) };
    if paths.iter().any(|path| path.as_os_str() == "-") {
        return Ok(None);
    }
    let Some(files) = inputs.iter_mut().map(import::record_of).collect::<Option<Vec<ImportedFile>>>() else {
        return Ok(None);
    };
    let read_as = request.read_as();
    let Some((number, all)) = store.figures().repeated(&files, &read_as).await? else { return Ok(None) };
    let unchanged = usize::try_from(all).unwrap_or_default();
    let report = if request.dry_run {
        ImportReport { unchanged, ..ImportReport::default() }
    } else {
        let mut importing = store.figures().begin_import(&NewImport { files: &files, ..new }).await?;
        if importing.number() != number + 1 {
            importing.give_up().await?;
            return Ok(None);
        }
        importing.count_unchanged(unchanged);
        importing.note_reading(&read_as).await?;
        importing.commit().await?
    };
    info!(by = new.by, unchanged, "the figures of these files are there already");
    let (dry_run, warnings) = (request.dry_run, Problems::new());
    Ok(Some(ImportOutcome { report, left_out: 0, shipped_first: 0, dry_run, warnings }))
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
    /// The files that citations name.
    evidence: NamedEvidence,
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
    let brought_by = match request.source {
        // Nobody knows what came through it before.
        ImportSource::Files(files) if files.iter().any(|file| file.as_os_str() == "-") => BTreeSet::new(),
        _ => store.figures().imports_of(&files).await?,
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
        evidence: NamedEvidence::default(),
    };
    let mut problems = reading.take_problems();
    let has_catalogue = reading.has_catalogue();
    let mut parts = 0;
    while let Some(part) = reading.next_part() {
        parts += 1;
        // A series cannot change its unit while it has values.
        let series = part.series.union(&reading.with_another_unit(&existing)).cloned().collect();
        let (observations, brought) = there(store, &series, &part.series, &brought_by).await?;
        existing.observations = observations;
        existing = existing.merge(shipped_of(first, &series));
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
            checked.take(&existing, &read.data, brought)?;
        }
        checked.left_out.extend(read.left_out.0);
        checked.to_look_at.extend(read.to_look_at.0);
        if part.is_first {
            let Dataset { units, series, events, publishers, .. } = read.data;
            let catalogue = Dataset { units, series, events, publishers, ..Dataset::default() };
            existing = existing.merge(catalogue.clone());
            checked.catalogue = catalogue;
        }
    }
    reading.check_unchanged()?;
    if !problems.is_empty() {
        let all = if parts > 1 { import::in_order(problems, &checked.files) } else { problems };
        return Err(Error::of_file(all));
    }
    if !brought_by.is_empty() {
        checked.tell_gone(store, &reading.series(), &brought_by).await?;
    }
    Ok(checked)
}

/// Units, series, events and publishers alone.
fn catalogue_of(data: Option<&Dataset>) -> Dataset {
    let of = |data: &Dataset| Dataset {
        units: data.units.clone(),
        series: data.series.clone(),
        events: data.events.clone(),
        publishers: data.publishers.clone(),
        ..Dataset::default()
    };
    data.map(of).unwrap_or_default()
}

/// What counts of series, and what of those of a part these imports have brought.
async fn there(
    store: &Store,
    series: &BTreeSet<SeriesId>,
    of_part: &BTreeSet<SeriesId>,
    brought_by: &BTreeSet<i64>,
) -> Result<(BTreeMap<SeriesId, Vec<Observation>>, Vec<(Identity, Decimal)>)> {
    let (mut there, mut brought) = (BTreeMap::new(), Vec::new());
    for (id, observations) in store.figures().observations_with_imports(series).await? {
        if of_part.contains(&id) {
            let of_files = observations.iter().filter(|(_, import)| brought_by.contains(import));
            brought.extend(of_files.map(|(observation, _)| (observation.identity(), observation.value)));
        }
        there.insert(id, observations.into_iter().map(|(observation, _)| observation).collect());
    }
    Ok((there, brought))
}

/// The shipped observations of these series, which the store takes first.
fn shipped_of(first: Option<&Dataset>, series: &BTreeSet<SeriesId>) -> Dataset {
    let of_series = first.into_iter().flat_map(|first| &first.observations).filter(|(id, _)| series.contains(id));
    let observations = of_series.map(|(id, observations)| (id.clone(), observations.clone())).collect();
    Dataset { observations, ..Dataset::default() }
}

impl Checked {
    /// Takes what was read of a part: what differs is kept aside.
    fn take(&mut self, existing: &Dataset, read: &Dataset, brought: Vec<(Identity, Decimal)>) -> Result<()> {
        let mut compared = existing.compare(read);
        read.tell_gone(brought, &mut compared);
        compared.tell_earlier(existing);
        self.compared.add(compared);
        self.evidence.note(read.observations.values().flatten());
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
    async fn tell_gone(&mut self, store: &Store, read: &BTreeSet<SeriesId>, brought_by: &BTreeSet<i64>) -> Result<()> {
        let brought = store.figures().series_brought_by(brought_by).await?;
        let gone: Vec<SeriesId> = brought.into_iter().filter(|id| !read.contains(id)).collect();
        for series in gone.chunks(SERIES_OF_GONE) {
            let series = series.iter().cloned().collect();
            let (_, values) = there(store, &series, &series, brought_by).await?;
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
    read_as: &str,
) -> Result<ImportReport> {
    let staged = staged.into_reader().context("what is to be imported cannot be read")?;
    let mut importing = store.figures().begin_import(new).await?;
    if importing.number() != expected + 1 {
        importing.give_up().await?;
        let problem = Problem::error("the figures were changed while the files were read: nothing was imported");
        return Err(problem.hint("run it again: the files are then compared with what is there now").into());
    }
    importing.write_catalogue(catalogue).await?;
    let mut written = 0;
    // A batch is read while the one before it is written.
    let mut reading = spawn_blocking(|| staged.batch(IMPORT_BATCH));
    loop {
        let read = reading.await.context("what is to be imported cannot be read")?;
        let (staged, batch) = read.context("what is to be imported cannot be read")?;
        if batch.is_empty() {
            break;
        }
        reading = spawn_blocking(|| staged.batch(IMPORT_BATCH));
        written += batch.len();
        let placed = importing.place(&batch).await?;
        importing.write(&batch, placed).await?;
    }
    let in_catalogue = catalogue.len();
    let all = compared.count_new() + compared.count_changed() + compared.unchanged;
    importing.count_unchanged(all.saturating_sub(in_catalogue + written));
    importing.note_reading(read_as).await?;
    let mut report = importing.commit().await?;
    report.tell_as(compared);
    Ok(report)
}

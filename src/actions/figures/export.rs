//! Figures are exported as files that an import reads back the same.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use serde::Serialize;

use super::{SERIES_AT_A_TIME, Shown};
use crate::{
    actions::{Installation, Result, edition_export::check_empty},
    base::{problem::Problem, word_enum::word_enum},
    figures::{
        Dataset, Known, SeriesId, View,
        export::{self, Layout},
    },
};

word_enum! {
    "a part of the figures";
    /// What one file holds.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    pub enum Part {
        /// Units
        Units = "units",
        /// Series
        Series = "series",
        /// Observations
        #[default]
        Observations = "observations",
        /// Events
        Events = "events",
        /// Names of publishers
        Publishers = "publishers",
    }
}

/// Where an export goes.
#[derive(Debug)]
pub enum ExportTo<'a, W> {
    /// A folder that is new or empty: a file for each part
    Folder(&'a Path),
    /// One part
    Stream(Part, W),
}

/// What is exported.
#[derive(Debug, Clone, Copy)]
pub struct ExportRequest<'a> {
    /// Ids of series, of which a `*` at the end stands for any ending; all series and the events if there is none
    pub series: &'a [String],
    /// By which clocks
    pub shown: &'a Shown,
    /// The layout of observations
    pub layout: Layout,
}

/// The outcome of an export.
#[derive(Debug, Default, Serialize)]
pub struct ExportedFigures {
    /// The files of the folder, in the order in which they were written
    pub files: Vec<PathBuf>,
    /// Number of units
    pub units: usize,
    /// Number of series
    pub series: usize,
    /// Number of observations
    pub observations: usize,
    /// Number of events
    pub events: usize,
}

/// Exports figures by both clocks. What is withdrawn does not count, and is not exported.
///
/// # Errors
/// There is no such series, the folder holds something, or a file cannot be written.
pub async fn export<W: Write>(
    installation: &Installation,
    request: &ExportRequest<'_>,
    to: ExportTo<'_, W>,
) -> Result<ExportedFigures> {
    if let Some(nothing) = &request.shown.nothing {
        return Err(nothing.clone().into());
    }
    // One state of knowledge, though it is read in parts.
    let known = match request.shown.known {
        Known::Now => match installation.found_store().await? {
            Some(store) => store.figures().newest_import().await?,
            None => 0,
        },
        _ => 0,
    };
    let known = if known > 0 { Known::Import(known) } else { request.shown.known };
    let catalogue = chosen(installation.catalogue(known).await?, request.series)?;
    let mut export = Export {
        installation,
        view: View { published: request.shown.published, known },
        layout: request.layout,
        done: ExportedFigures {
            units: catalogue.units.len(),
            series: catalogue.series.len(),
            events: catalogue.events.len(),
            ..ExportedFigures::default()
        },
        catalogue,
    };
    match to {
        ExportTo::Folder(folder) => export.folder(folder).await?,
        ExportTo::Stream(part, mut out) => {
            export.part(part, &mut out).await?;
            out.flush().context("the figures cannot be written")?;
        }
    }
    Ok(export.done)
}

/// The units, series and events that are asked for. A series brings those that it names, and all names of publishers come along, so that what is
/// exported can be imported by itself.
fn chosen(mut all: Dataset, wanted: &[String]) -> Result<Dataset> {
    if wanted.is_empty() {
        return Ok(all);
    }
    let mut ids: BTreeSet<SeriesId> = BTreeSet::new();
    for word in wanted {
        let before = ids.len();
        let is_it = |id: &SeriesId| match word.strip_suffix('*') {
            Some(start) => id.as_str().starts_with(start),
            None => id.as_str() == word,
        };
        let found: Vec<SeriesId> = all.series.keys().filter(|id| is_it(id)).cloned().collect();
        if found.is_empty() && ids.len() == before {
            let known = all.series.keys().map(SeriesId::as_str);
            return Err(Problem::error(format!("there is no series `{word}`")).did_you_mean(word, known).into());
        }
        ids.extend(found);
    }
    let mut next: Vec<SeriesId> = ids.iter().cloned().collect();
    while let Some(id) = next.pop() {
        let Some(series) = all.series.get(&id) else { continue };
        let named = series.change_of.iter().chain(&series.predecessor).chain(&series.parts).cloned();
        next.extend(named.filter(|of| ids.insert(of.clone())));
    }
    all.series.retain(|id, _| ids.contains(id));
    let units: BTreeSet<&str> = all.series.values().map(|series| series.unit.as_str()).collect();
    all.units.retain(|id, _| units.contains(id.as_str()));
    all.events.clear();
    Ok(all)
}

struct Export<'a> {
    installation: &'a Installation,
    view: View,
    layout: Layout,
    catalogue: Dataset,
    done: ExportedFigures,
}

impl Export<'_> {
    async fn folder(&mut self, folder: &Path) -> Result<()> {
        check_empty(folder)?;
        fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        for part in [Part::Units, Part::Series, Part::Observations, Part::Events, Part::Publishers] {
            let is_empty = match part {
                Part::Events => self.catalogue.events.is_empty(),
                Part::Publishers => self.catalogue.publishers.is_empty(),
                Part::Units | Part::Series | Part::Observations => false,
            };
            if is_empty {
                continue;
            }
            let name = match part {
                Part::Units => "units.csv",
                Part::Series => "series.csv",
                Part::Observations => self.layout.file(),
                Part::Events => "events.csv",
                Part::Publishers => "publishers.csv",
            };
            let path = folder.join(name);
            // A file has its name once it is whole.
            let unfinished = folder.join(format!("{name}.part"));
            let unwritten = || format!("{} could not be written", path.display());
            let mut out = BufWriter::new(File::create(&unfinished).with_context(unwritten)?);
            self.part(part, &mut out).await?;
            let file = out.into_inner().map_err(io::IntoInnerError::into_error).with_context(unwritten)?;
            file.sync_all().with_context(unwritten)?;
            fs::rename(&unfinished, &path).with_context(unwritten)?;
            self.done.files.push(path);
        }
        Ok(())
    }

    async fn part(&mut self, part: Part, out: &mut impl Write) -> Result<()> {
        let write = |out: &mut dyn Write, bytes: Vec<u8>| -> Result<()> {
            Ok(out.write_all(&bytes).context("the figures cannot be written")?)
        };
        match part {
            Part::Units => write(out, export::units(&self.catalogue)),
            Part::Series => write(out, export::series(&self.catalogue)),
            Part::Events => write(out, export::events(&self.catalogue)),
            Part::Publishers => write(out, export::publishers(&self.catalogue)),
            Part::Observations => {
                write(out, self.layout.head())?;
                let ids: Vec<&SeriesId> = self.catalogue.series.keys().collect();
                let mut count = 0;
                for ids in ids.chunks(SERIES_AT_A_TIME) {
                    let ids = ids.iter().map(|id| (*id).clone()).collect();
                    let found = self.installation.observations(self.view, &ids).await?;
                    count += found.values().map(Vec::len).sum::<usize>();
                    write(out, self.layout.rows(&self.catalogue, found.values().flatten()))?;
                }
                self.done.observations = count;
                Ok(())
            }
        }
    }
}

//! The inputs of a preview, read again at each save, and their paths, to be watched.

use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::Wanted;
use crate::{
    base::{
        file_watcher::{FileWatcher, WatchedPath},
        problem::{Problem, Problems},
    },
    cli::context::{Context, figures_of, snapshot},
    config::{self, Config},
    edition::EditionSpec,
    figures::{Dataset, Snapshot},
    store::Store,
};

/// Everything a preview depends on, but the time.
#[derive(PartialEq)]
pub(super) struct Inputs {
    pub order: EditionSpec,
    pub snapshot: Snapshot,
    /// Of the config.
    pub warnings: Problems,
}

/// Reads them, and keeps the store open: opening and closing it writes to its files, which would look like a change.
#[derive(Default)]
pub(super) struct Reader {
    store: Option<Open>,
    places: Vec<WatchedPath>,
}

struct Open {
    url: String,
    /// The file's number: another one was put in its place, by a restore
    file: Option<u64>,
    store: Store,
}

impl Reader {
    /// The inputs, or what is wrong with them; what they are read from is watched before it is read.
    ///
    /// # Errors
    /// Watching broke off.
    pub async fn read(
        &mut self,
        context: &Context,
        wanted: &Wanted,
        watcher: &mut FileWatcher,
    ) -> anyhow::Result<Result<Inputs, Problems>> {
        let file = &context.global.config;
        if self.places.is_empty() {
            self.places.push(WatchedPath::Folder(folder_of(file)));
            watcher.set_paths(self.places.clone()).await?;
        }
        let read = context.read_config().and_then(|(config, warnings)| {
            let brief = context.brief(&config, &wanted.brief)?.clone();
            Ok((config, brief, warnings))
        });
        let (config, brief, warnings) = match read {
            Ok(read) => read,
            Err(problems) => {
                // It is mended where it was read before, or where it is wrong.
                for place in problems.0.iter().filter_map(|problem| problem.place.as_ref()) {
                    let folder = WatchedPath::Folder(folder_of(Path::new(&place.file)));
                    if !self.places.contains(&folder) {
                        self.places.push(folder);
                    }
                }
                watcher.set_paths(self.places.clone()).await?;
                return Ok(Err(problems));
            }
        };
        self.places = places(file, &config, &brief);
        watcher.set_paths(self.places.clone()).await?;
        let order = match context.edition_spec(&config, &brief, &wanted.languages) {
            Ok(order) => order,
            Err(problems) => return Ok(Err(problems)),
        };
        let data = match self.figures(context, &config).await {
            Ok(data) => data,
            Err(error) => {
                context.output.problems(&Problem::error(format!("{error:#}")).into());
                let problem = Problem::error("the figures cannot be read").hint("the terminal says why");
                return Ok(Err(problem.into()));
            }
        };
        let snapshot = snapshot(data, &order, wanted.at.unwrap_or_else(|| context.now()));
        Ok(Ok(Inputs { order, snapshot, warnings }))
    }

    async fn figures(&mut self, context: &Context, config: &Config) -> anyhow::Result<Dataset> {
        let url = &config.store.url;
        let file = Store::file_of(url).and_then(|path| std::fs::metadata(path).ok()).map(|about| about.ino());
        if self.store.as_ref().is_none_or(|open| open.url != *url || open.file != file) {
            if let Some(before) = self.store.take() {
                before.store.close().await;
            }
            let found = context.found_store(config).await?;
            self.store = found.map(|store| Open { url: url.clone(), file, store });
        }
        Ok(figures_of(self.store.as_ref().map(|open| &open.store)).await?)
    }
}

/// Config with its calendars, template, and an SQLite file with its log. PostgreSQL tells nothing; its figures are read at each save.
fn places(file: &Path, config: &Config, brief: &config::Brief) -> Vec<WatchedPath> {
    let mut places = vec![
        WatchedPath::Folder(folder_of(file)),
        WatchedPath::Folder(config.paths.config.join("briefs")),
        WatchedPath::Folder(config.paths.calendars.clone()),
        WatchedPath::Tree(brief.template.clone()),
    ];
    // Files that a calendar names may stand anywhere.
    let named =
        config.sources.keys().map(PathBuf::from).filter(|path| path.extension().is_some_and(|ending| ending == "ics"));
    places.extend(named.map(WatchedPath::File));
    if let Some(path) = Store::file_of(&config.store.url) {
        let mut log = path.clone().into_os_string();
        log.push("-wal");
        places.extend([WatchedPath::File(path), WatchedPath::File(log.into())]);
    }
    places
}

fn folder_of(file: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).to_owned()
}

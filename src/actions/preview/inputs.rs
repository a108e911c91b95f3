//! The inputs of a preview, read again at each save, and the paths of their files, which are watched.

use std::{
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};

use super::{Preview, PreviewRequest};
use crate::{
    actions::{Installation, Result, figures_of_draft, snapshot},
    base::{
        file_watcher::{FileWatcher, WatchedPath},
        problem::Problems,
    },
    config::{Brief, Config, Part},
    edition::EditionSpec,
    figures::{Known, Snapshot},
    store::Store,
};

/// Everything that a draft is made from.
#[derive(PartialEq)]
pub(super) struct PreviewInputs {
    pub spec: EditionSpec,
    pub snapshot: Snapshot,
    /// The time that was given; without one it is that of each build
    pub at: Option<DateTime<Utc>>,
    /// The sender of its mails, as a mailbox
    pub from: String,
    /// Warnings of the config
    pub warnings: Problems,
}

/// Reads the inputs. Keeps the store open between reads: opening and closing it writes to its files, which would look like
/// a change.
#[derive(Default)]
pub(super) struct InputReader {
    store: Option<OpenStore>,
    watched: Vec<WatchedPath>,
}

struct OpenStore {
    url: String,
    /// The inode of the file: it differs after a restore, which puts another file in its place
    inode: Option<u64>,
    store: Store,
}

impl InputReader {
    /// Returns the inputs, or what is wrong with them. Their files are watched before they are read, so that no save is
    /// missed. [`Error::Failed`](crate::actions::Error::Failed) means that the figures cannot be read.
    ///
    /// # Errors
    /// The files cannot be watched.
    pub async fn read(&mut self, preview: &Preview, watcher: &mut FileWatcher) -> io::Result<Result<PreviewInputs>> {
        let (file, request) = (&preview.source.file, &preview.request);
        if self.watched.is_empty() {
            self.watched.push(WatchedPath::Folder(folder_of(file)));
            watcher.set_paths(self.watched.clone()).await?;
        }
        let (config, warnings) = match preview.source.read().for_parts(Part::WITHOUT_SECRETS) {
            Ok(loaded) => loaded,
            Err(problems) => {
                // It is mended in the files that were read before, or where the mistakes are.
                for place in problems.0.iter().filter_map(|problem| problem.place.as_ref()) {
                    let folder = WatchedPath::Folder(folder_of(Path::new(&place.file)));
                    if !self.watched.contains(&folder) {
                        self.watched.push(folder);
                    }
                }
                watcher.set_paths(self.watched.clone()).await?;
                return Ok(Err(problems.into()));
            }
        };
        let installation = Installation::new(config.clone(), preview.clock.clone());
        let brief = match installation.brief(&request.brief) {
            Ok(brief) => brief,
            Err(error) => {
                watcher.set_paths(self.watched.clone()).await?;
                return Ok(Err(error));
            }
        };
        self.watched = files_of(file, &config, brief);
        watcher.set_paths(self.watched.clone()).await?;
        Ok(self.inputs(&installation, brief, request, warnings).await)
    }

    async fn inputs(
        &mut self,
        installation: &Installation,
        brief: &Brief,
        request: &PreviewRequest,
        warnings: Problems,
    ) -> Result<PreviewInputs> {
        let spec = installation.edition_spec(brief, &request.languages)?;
        let at = request.at.map(|at| at.begin(brief.timezone));
        let time = at.unwrap_or_else(|| installation.now());
        self.open_store(installation).await?;
        let store = self.store.as_ref().map(|open| &open.store);
        let spec = spec.compared(store, time).await?;
        let data = figures_of_draft(store, spec.draft(time), Known::Now).await?;
        let snapshot = snapshot(data, &spec, time);
        let from = installation.settings()?.mail.from.clone();
        Ok(PreviewInputs { spec, snapshot, at, from, warnings })
    }

    /// Keeps the store that was opened before, unless the config names another by now.
    async fn open_store(&mut self, installation: &Installation) -> Result<()> {
        let url = installation.store_url()?;
        let inode = Store::file_of(url).and_then(|path| std::fs::metadata(path).ok()).map(|metadata| metadata.ino());
        if self.store.as_ref().is_none_or(|open| open.url != url || open.inode != inode) {
            if let Some(before) = self.store.take() {
                before.store.close().await;
            }
            let found = installation.found_store().await?.cloned();
            self.store = found.map(|store| OpenStore { url: url.to_owned(), inode, store });
        }
        Ok(())
    }
}

/// The files of the config, the calendars, the template, and an SQLite store with its log. PostgreSQL reports no changes:
/// its figures are read again at each save.
fn files_of(config_file: &Path, config: &Config, brief: &Brief) -> Vec<WatchedPath> {
    let mut watched = vec![
        WatchedPath::Folder(folder_of(config_file)),
        WatchedPath::Folder(config.paths.config.join("briefs")),
        WatchedPath::Folder(config.paths.calendars.clone()),
        WatchedPath::Tree(brief.template.clone()),
    ];
    // A calendar may name files in any folder.
    let named =
        config.sources.keys().map(PathBuf::from).filter(|path| path.extension().is_some_and(|ending| ending == "ics"));
    watched.extend(named.map(WatchedPath::File));
    if let Some(path) = Store::file_of(&config.store.url) {
        let mut log = path.clone().into_os_string();
        log.push("-wal");
        watched.extend([WatchedPath::File(path), WatchedPath::File(log.into())]);
    }
    watched
}

fn folder_of(file: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).to_owned()
}

//! Watches files for changes: by the system's events, which come at once, and by polling every second, for folders of
//! which the system sends none (on a network drive, or created later). What the files are for is not known here.

use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use notify::{
    Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode, ModifyKind, RenameMode},
};
use tokio::{
    sync::watch,
    task::spawn_blocking,
    time::{MissedTickBehavior, interval, timeout},
};

/// How changes are gathered, and how much is polled.
#[derive(Debug, Clone, Copy)]
struct Settings {
    /// Time without an event after which an editor that saves in several steps is done.
    quiet: Duration,
    /// The same once a file was closed, or renamed into place: only other files could follow.
    quiet_after_close: Duration,
    /// Maximum wait for quiet.
    max_wait: Duration,
    /// Report a change only if a scan shows one, not whenever the system sends an event.
    confirm_by_scan: bool,
    /// Maximum number of files in a scan.
    max_files: usize,
}

/// For a person who waits for the result.
const PROMPT: Settings = Settings {
    quiet: Duration::from_millis(20),
    quiet_after_close: Duration::from_millis(4),
    max_wait: Duration::from_millis(200),
    confirm_by_scan: false,
    max_files: 2_000,
};
/// For a daemon: nobody waits, and many files may be written one after the other.
const BATCHING: Settings = Settings {
    quiet: Duration::from_millis(300),
    quiet_after_close: Duration::from_millis(300),
    max_wait: Duration::from_secs(3),
    confirm_by_scan: true,
    max_files: 100_000,
};
/// Interval between scans, for changes of which the system sends no event.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// The interval is at least this many times the duration of a scan: polling takes at most a hundredth of the time.
const POLL_SHARE: u32 = 100;
/// How many levels of folders a scan goes down into a tree.
const MAX_DEPTH: usize = 6;

/// Files to be watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchedPath {
    /// A file that is only polled: one that is written all the time, and seldom with new content.
    File(PathBuf),
    /// The files in a folder.
    Folder(PathBuf),
    /// The files in a folder that have this extension (without its dot).
    Extension(PathBuf, &'static str),
    /// A folder with its folders, down to a depth of six.
    Tree(PathBuf),
}

/// By path: what tells one state of a file from another.
type Scan = BTreeMap<PathBuf, FileState>;

#[derive(PartialEq)]
struct FileState {
    device: u64,
    inode: u64,
    length: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
    /// Seconds and nanoseconds.
    status_changed: (i64, i64),
}

/// The system's events so far.
#[derive(Debug, Clone, Copy, Default)]
struct Events {
    count: u64,
    /// The last event completed a file.
    completed: bool,
}

/// Reports changes to a set of paths.
pub struct FileWatcher {
    /// `None` if the system has no more watches to give: then files are only polled.
    watcher: Option<RecommendedWatcher>,
    events: watch::Receiver<Events>,
    paths: Vec<WatchedPath>,
    last_scan: Scan,
    scan_duration: Duration,
    settings: Settings,
}

impl FileWatcher {
    /// Reports each change at once. Watches nothing yet.
    pub fn new() -> FileWatcher {
        FileWatcher::with(PROMPT)
    }

    /// Reports changes that follow each other as one. Watches nothing yet.
    pub fn batching() -> FileWatcher {
        FileWatcher::with(BATCHING)
    }

    fn with(settings: Settings) -> FileWatcher {
        let (sender, events) = watch::channel(Events::default());
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if event.as_ref().map_or(true, is_change) {
                let completed = event.is_ok_and(|event| completes_a_file(&event));
                sender.send_modify(|events| *events = Events { count: events.count + 1, completed });
            }
        });
        FileWatcher {
            watcher: watcher.ok(),
            events,
            paths: Vec::new(),
            last_scan: Scan::new(),
            scan_duration: Duration::ZERO,
            settings,
        }
    }

    /// Watches these paths from now on, and no others. Called again with the same paths, it also finds folders that were
    /// created since.
    ///
    /// # Errors
    /// If the scan breaks off.
    pub async fn set_paths(&mut self, paths: Vec<WatchedPath>) -> io::Result<()> {
        if let Some(watcher) = &mut self.watcher {
            for path in self.paths.iter().filter(|path| !paths.contains(path)) {
                if let Some((path, _)) = system_watch(path) {
                    // It may be gone.
                    let _ = watcher.unwatch(path);
                }
            }
            for (path, mode) in paths.iter().filter_map(system_watch) {
                // What the system cannot watch is polled.
                let _ = watcher.watch(path, mode);
            }
        }
        self.paths = paths;
        // A change since the last scan is still to be reported.
        for (path, state) in self.scan().await? {
            self.last_scan.entry(path).or_insert(state);
        }
        Ok(())
    }

    /// Has the system sent an event since `changed` returned?
    pub fn has_pending_events(&self) -> bool {
        self.events.has_changed().unwrap_or(false)
    }

    /// Returns when something has changed and no further event follows. No change is lost if the future is dropped and
    /// `changed` called again.
    ///
    /// # Errors
    /// If a scan breaks off.
    pub async fn changed(&mut self) -> io::Result<()> {
        loop {
            self.settled_event().await?;
            let scan = self.scan().await?;
            let differs = scan != self.last_scan;
            self.last_scan = scan;
            if differs || !self.settings.confirm_by_scan {
                return Ok(());
            }
        }
    }

    /// Waits for an event, or a scan that differs, and then for quiet.
    async fn settled_event(&mut self) -> io::Result<()> {
        let mut polls = interval(POLL_INTERVAL.max(self.scan_duration * POLL_SHARE));
        polls.set_missed_tick_behavior(MissedTickBehavior::Delay);
        polls.reset();
        loop {
            tokio::select! {
                () = next_event(&mut self.events) => break,
                _ = polls.tick() => {
                    if self.scan().await? != self.last_scan {
                        break;
                    }
                }
            }
        }
        let quiet = async {
            loop {
                let Settings { quiet, quiet_after_close, .. } = self.settings;
                let enough = if self.events.borrow().completed { quiet_after_close } else { quiet };
                if timeout(enough, next_event(&mut self.events)).await.is_err() {
                    break;
                }
            }
        };
        let _ = timeout(self.settings.max_wait, quiet).await;
        Ok(())
    }

    async fn scan(&mut self) -> io::Result<Scan> {
        let (paths, max_files, start) = (self.paths.clone(), self.settings.max_files, Instant::now());
        // A network drive may be slow to answer.
        let scan = spawn_blocking(move || scan(&paths, max_files)).await?;
        self.scan_duration = start.elapsed();
        Ok(scan)
    }
}

impl Default for FileWatcher {
    fn default() -> Self {
        FileWatcher::new()
    }
}

/// Waits for the next event; for ever if the system has no watcher.
async fn next_event(events: &mut watch::Receiver<Events>) {
    if events.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// What the system is asked to watch for a path.
fn system_watch(path: &WatchedPath) -> Option<(&Path, RecursiveMode)> {
    match path {
        WatchedPath::File(_) => None,
        WatchedPath::Folder(path) | WatchedPath::Extension(path, _) => Some((here(path), RecursiveMode::NonRecursive)),
        WatchedPath::Tree(path) => Some((here(path), RecursiveMode::Recursive)),
    }
}

/// The parent of a bare file name is empty: it means the working directory.
fn here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

/// Opening and reading are not changes: whoever reacts to a change does it.
fn is_change(event: &Event) -> bool {
    match event.kind {
        EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
        _ => true,
    }
}

/// Was a file closed after writing, or renamed into place?
fn completes_a_file(event: &Event) -> bool {
    matches!(
        event.kind,
        EventKind::Access(AccessKind::Close(AccessMode::Write))
            | EventKind::Modify(ModifyKind::Name(RenameMode::To | RenameMode::Both))
    )
}

fn scan(paths: &[WatchedPath], max_files: usize) -> Scan {
    let mut found = Scan::new();
    for path in paths {
        match path {
            WatchedPath::File(path) => add(path, &mut found),
            WatchedPath::Folder(path) => walk(here(path), 0, None, max_files, &mut found),
            WatchedPath::Extension(path, extension) => walk(here(path), 0, Some(extension), max_files, &mut found),
            WatchedPath::Tree(path) => walk(here(path), MAX_DEPTH, None, max_files, &mut found),
        }
    }
    found
}

fn walk(folder: &Path, depth: usize, extension: Option<&str>, max_files: usize, found: &mut Scan) {
    // A folder that is not there has no files.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        // A link is no folder here: it may point to a folder above.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if found.len() >= max_files {
            return;
        }
        let path = entry.path();
        if is_folder && depth > 0 {
            walk(&path, depth - 1, extension, max_files, found);
        } else if !is_folder && extension.is_none_or(|wanted| path.extension().is_some_and(|own| own == wanted)) {
            add(&path, found);
        }
    }
}

/// Follows links: a link that now points to another file is a change.
fn add(path: &Path, found: &mut Scan) {
    if let Ok(metadata) = fs::metadata(path) {
        let state = FileState {
            device: metadata.dev(),
            inode: metadata.ino(),
            length: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            status_changed: (metadata.ctime(), metadata.ctime_nsec()),
        };
        found.insert(path.to_owned(), state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn changed(watcher: &mut FileWatcher) {
        // Long enough for any machine; that it comes at all is what is tested.
        timeout(Duration::from_secs(60), watcher.changed()).await.unwrap().unwrap();
    }

    /// Nothing is reported: longer than a poll takes, and than quiet is waited for.
    async fn still(watcher: &mut FileWatcher) -> bool {
        timeout(Duration::from_millis(1500), watcher.changed()).await.is_err()
    }

    #[tokio::test]
    async fn a_save_in_any_way_is_told_once_and_reading_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("en.md");
        fs::write(&file, "one").unwrap();
        let mut watcher = FileWatcher::new();
        watcher.set_paths(vec![WatchedPath::Tree(folder.path().to_owned())]).await.unwrap();
        // Truncated and written.
        fs::write(&file, "two").unwrap();
        changed(&mut watcher).await;
        assert!(!watcher.has_pending_events());
        // Written beside it and renamed.
        fs::write(folder.path().join("en.md.part"), "three").unwrap();
        fs::rename(folder.path().join("en.md.part"), &file).unwrap();
        changed(&mut watcher).await;
        // In a folder made later.
        fs::create_dir(folder.path().join("pictures")).unwrap();
        changed(&mut watcher).await;
        fs::write(folder.path().join("pictures/a.svg"), "<svg/>").unwrap();
        changed(&mut watcher).await;
        fs::read(&file).unwrap();
        assert!(still(&mut watcher).await);
    }

    #[tokio::test]
    async fn what_the_system_does_not_tell_is_found_by_looking() {
        let folder = tempfile::tempdir().unwrap();
        let (file, later) = (folder.path().join("a.db"), folder.path().join("later"));
        let mut watcher = FileWatcher::new();
        watcher.set_paths(vec![WatchedPath::File(file.clone()), WatchedPath::Folder(later.clone())]).await.unwrap();
        fs::write(&file, "x").unwrap();
        changed(&mut watcher).await;
        // A folder that was not there.
        fs::create_dir(&later).unwrap();
        fs::write(later.join("b.toml"), "y").unwrap();
        changed(&mut watcher).await;
        fs::remove_file(later.join("b.toml")).unwrap();
        changed(&mut watcher).await;
        // A tree that is a link to itself ends.
        std::os::unix::fs::symlink(folder.path(), later.join("loop")).unwrap();
        watcher.set_paths(vec![WatchedPath::Tree(folder.path().to_owned())]).await.unwrap();
        assert!(still(&mut watcher).await);
    }

    #[tokio::test]
    async fn many_changes_are_one_and_other_files_are_none() {
        let folder = tempfile::tempdir().unwrap();
        let (file, aside) = (folder.path().join("a.toml"), folder.path().join("a.part"));
        fs::write(&file, "0").unwrap();
        let mut watcher = FileWatcher::batching();
        watcher.set_paths(vec![WatchedPath::Extension(folder.path().to_owned(), "toml")]).await.unwrap();
        for number in 0..50 {
            fs::write(&file, number.to_string()).unwrap();
        }
        changed(&mut watcher).await;
        assert_eq!(fs::read_to_string(&file).unwrap(), "49");
        // Another ending, or the same file moved there and back.
        fs::write(folder.path().join("b.db"), "x").unwrap();
        assert!(still(&mut watcher).await);
        fs::rename(&file, &aside).unwrap();
        changed(&mut watcher).await;
        fs::rename(&aside, &file).unwrap();
        changed(&mut watcher).await;
        assert!(still(&mut watcher).await);
    }

    #[tokio::test]
    async fn another_file_behind_a_link_is_a_change() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for version in ["one", "two"] {
            fs::create_dir_all(at(version).join("briefs")).unwrap();
            fs::write(at(version).join("briefs/a.toml"), version).unwrap();
        }
        let swap = |version: &str| {
            std::os::unix::fs::symlink(version, at("new")).unwrap();
            fs::rename(at("new"), at("now")).unwrap();
        };
        swap("one");
        let mut watcher = FileWatcher::batching();
        watcher.set_paths(vec![WatchedPath::Extension(at("now/briefs"), "toml")]).await.unwrap();
        for version in ["two", "one"] {
            swap(version);
            changed(&mut watcher).await;
            assert_eq!(fs::read_to_string(at("now/briefs/a.toml")).unwrap(), version);
        }
        assert!(still(&mut watcher).await);
    }
}

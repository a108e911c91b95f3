//! Tells when files have changed: by the system's word, which comes at once, and by looking every second, for folders
//! whose changes the system does not tell (of another machine, or not there when they were asked for). What the files
//! are for is not known here.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
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

/// An editor that writes a file in several steps is done when it was quiet for so long.
const QUIET: Duration = Duration::from_millis(20);
/// Once it has closed the file, or put it in its place, only others could follow.
const CLOSED: Duration = Duration::from_millis(4);
/// But nobody waits longer than this for it to be quiet.
const LONGEST: Duration = Duration::from_millis(200);
/// How often it is looked at what the system does not tell.
const LOOK: Duration = Duration::from_secs(1);
/// A tree is looked at down to this depth.
const DEPTH: usize = 6;
/// So many files of it are looked at.
const MOST: usize = 2_000;

/// Where something may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A file that is only looked at: one that is written all the time, and seldom with something new.
    File(PathBuf),
    /// The files in a folder.
    Folder(PathBuf),
    /// A folder with all folders in it.
    Tree(PathBuf),
}

/// When each file was written, and its length.
type Look = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// What the system has told so far.
#[derive(Debug, Clone, Copy, Default)]
struct Told {
    count: u64,
    /// The last was that a file is whole
    whole: bool,
}

/// Watches places.
pub struct Watch {
    /// `None` if the system has no more watches to give: then it is only looked.
    watcher: Option<RecommendedWatcher>,
    told: watch::Receiver<Told>,
    places: Vec<Place>,
    last: Look,
}

impl Watch {
    /// Of nothing yet.
    pub fn new() -> Watch {
        let (tell, told) = watch::channel(Told::default());
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if event.as_ref().map_or(true, is_change) {
                let whole = event.is_ok_and(|event| is_whole(&event));
                tell.send_modify(|told| *told = Told { count: told.count + 1, whole });
            }
        });
        Watch { watcher: watcher.ok(), told, places: Vec::new(), last: Look::new() }
    }

    /// Watches these places from now on, and no others. Asked for again, it finds folders that were made anew.
    ///
    /// # Errors
    /// Looking broke off.
    pub async fn over(&mut self, places: Vec<Place>) -> io::Result<()> {
        if let Some(watcher) = &mut self.watcher {
            for place in self.places.iter().filter(|place| !places.contains(place)) {
                if let Some((path, _)) = told(place) {
                    // It may be gone.
                    let _ = watcher.unwatch(path);
                }
            }
            for (path, mode) in places.iter().filter_map(told) {
                // What cannot be watched is looked at.
                let _ = watcher.watch(path, mode);
            }
        }
        self.places = places;
        // What changed since it was last looked is still to be told.
        for (path, about) in self.look().await? {
            self.last.entry(path).or_insert(about);
        }
        Ok(())
    }

    /// Did something change since `changed` came back?
    pub fn is_waiting(&self) -> bool {
        self.told.has_changed().unwrap_or(false)
    }

    /// Comes back when something has changed and it is quiet again. Nothing is missed if it is dropped and called
    /// again.
    ///
    /// # Errors
    /// Looking broke off.
    pub async fn changed(&mut self) -> io::Result<()> {
        let mut seconds = interval(LOOK);
        seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        seconds.reset();
        loop {
            tokio::select! {
                () = next(&mut self.told) => break,
                _ = seconds.tick() => {
                    if self.look().await? != self.last {
                        break;
                    }
                }
            }
        }
        let quiet = async {
            loop {
                let enough = if self.told.borrow().whole { CLOSED } else { QUIET };
                if timeout(enough, next(&mut self.told)).await.is_err() {
                    break;
                }
            }
        };
        let _ = timeout(LONGEST, quiet).await;
        self.last = self.look().await?;
        Ok(())
    }

    async fn look(&self) -> io::Result<Look> {
        let places = self.places.clone();
        // A folder of another machine may keep one waiting.
        Ok(spawn_blocking(move || look(&places)).await?)
    }
}

impl Default for Watch {
    fn default() -> Self {
        Watch::new()
    }
}

/// The next word of the system; never without a watcher.
async fn next(told: &mut watch::Receiver<Told>) {
    if told.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// What the system is asked to tell about a place.
fn told(place: &Place) -> Option<(&Path, RecursiveMode)> {
    match place {
        Place::File(_) => None,
        Place::Folder(path) => Some((here(path), RecursiveMode::NonRecursive)),
        Place::Tree(path) => Some((here(path), RecursiveMode::Recursive)),
    }
}

/// The parent of a bare file name is empty: it means the working directory.
fn here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

/// Opening and reading are not changes: the builds themselves do it.
fn is_change(event: &Event) -> bool {
    match event.kind {
        EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
        _ => true,
    }
}

/// Has a file come to its end by it?
fn is_whole(event: &Event) -> bool {
    matches!(
        event.kind,
        EventKind::Access(AccessKind::Close(AccessMode::Write))
            | EventKind::Modify(ModifyKind::Name(RenameMode::To | RenameMode::Both))
    )
}

fn look(places: &[Place]) -> Look {
    let mut found = Look::new();
    for place in places {
        match place {
            Place::File(path) => note(path, &mut found),
            Place::Folder(path) => walk(here(path), 0, &mut found),
            Place::Tree(path) => walk(here(path), DEPTH, &mut found),
        }
    }
    found
}

fn walk(folder: &Path, deeper: usize, found: &mut Look) {
    // A folder that is not there has no files.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        // Not of what a link points to, which may be a folder above.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if found.len() >= MOST {
            return;
        }
        if !is_folder {
            note(&entry.path(), found);
        } else if deeper > 0 {
            walk(&entry.path(), deeper - 1, found);
        }
    }
}

fn note(path: &Path, found: &mut Look) {
    if let Ok(about) = fs::metadata(path) {
        found.insert(path.to_owned(), (about.modified().ok(), about.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn changed(watch: &mut Watch) {
        // Long enough for any machine; that it comes at all is what is tested.
        timeout(Duration::from_secs(60), watch.changed()).await.unwrap().unwrap();
    }

    async fn still(watch: &mut Watch) -> bool {
        timeout(Duration::from_millis(1500), watch.changed()).await.is_err()
    }

    #[tokio::test]
    async fn a_save_in_any_way_is_told_once_and_reading_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("en.md");
        fs::write(&file, "one").unwrap();
        let mut watch = Watch::new();
        watch.over(vec![Place::Tree(folder.path().to_owned())]).await.unwrap();
        // Truncated and written.
        fs::write(&file, "two").unwrap();
        changed(&mut watch).await;
        assert!(!watch.is_waiting());
        // Written beside it and renamed.
        fs::write(folder.path().join("en.md.part"), "three").unwrap();
        fs::rename(folder.path().join("en.md.part"), &file).unwrap();
        changed(&mut watch).await;
        // In a folder made later.
        fs::create_dir(folder.path().join("pictures")).unwrap();
        changed(&mut watch).await;
        fs::write(folder.path().join("pictures/a.svg"), "<svg/>").unwrap();
        changed(&mut watch).await;
        fs::read(&file).unwrap();
        assert!(still(&mut watch).await);
    }

    #[tokio::test]
    async fn what_the_system_does_not_tell_is_found_by_looking() {
        let folder = tempfile::tempdir().unwrap();
        let (file, later) = (folder.path().join("a.db"), folder.path().join("later"));
        let mut watch = Watch::new();
        watch.over(vec![Place::File(file.clone()), Place::Folder(later.clone())]).await.unwrap();
        fs::write(&file, "x").unwrap();
        changed(&mut watch).await;
        // A folder that was not there.
        fs::create_dir(&later).unwrap();
        fs::write(later.join("b.toml"), "y").unwrap();
        changed(&mut watch).await;
        fs::remove_file(later.join("b.toml")).unwrap();
        changed(&mut watch).await;
        // A tree that is a link to itself ends.
        std::os::unix::fs::symlink(folder.path(), later.join("loop")).unwrap();
        watch.over(vec![Place::Tree(folder.path().to_owned())]).await.unwrap();
        assert!(still(&mut watch).await);
    }
}

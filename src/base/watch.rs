//! Tells when files have changed: by the system's word, which comes at once, and by looking every second, for folders
//! whose changes the system does not tell (of another machine, or not there when they were asked for). What the files
//! are for is not known here.

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

/// How long it is waited for more.
#[derive(Debug, Clone, Copy)]
struct Patience {
    /// An editor that writes a file in several steps is done when it was quiet for so long.
    quiet: Duration,
    /// Once it has closed the file, or put it in its place, only others could follow.
    closed: Duration,
    /// But nobody waits longer than this for it to be quiet.
    longest: Duration,
    /// The system's word counts only if looking shows a change, too.
    seen: bool,
    /// So many files of a place are looked at.
    most: usize,
}

/// Somebody sits before it and waits.
const EAGER: Patience = Patience {
    quiet: Duration::from_millis(20),
    closed: Duration::from_millis(4),
    longest: Duration::from_millis(200),
    seen: false,
    most: 2_000,
};
/// Nobody waits, and many files may be written one after the other.
const PATIENT: Patience = Patience {
    quiet: Duration::from_millis(300),
    closed: Duration::from_millis(300),
    longest: Duration::from_secs(3),
    seen: true,
    most: 100_000,
};
/// How often it is looked at what the system does not tell.
const LOOK: Duration = Duration::from_secs(1);
/// And so many times as long as a look takes: many files are looked at more seldom, for a hundredth of the time at most.
const SHARE: u32 = 100;
/// A tree is looked at down to this depth.
const DEPTH: usize = 6;

/// Where something may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A file that is only looked at: one that is written all the time, and seldom with something new.
    File(PathBuf),
    /// The files in a folder.
    Folder(PathBuf),
    /// Those files in a folder whose names have this ending, without its dot.
    Ending(PathBuf, &'static str),
    /// A folder with all folders in it.
    Tree(PathBuf),
}

/// Of each name: device and number of its file, and its length; when it was written and changed.
type Look = BTreeMap<PathBuf, ([i64; 3], [i64; 4])>;

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
    /// How long the last look took
    took: Duration,
    patience: Patience,
}

impl Watch {
    /// Of nothing yet, for somebody who waits for each change.
    pub fn new() -> Watch {
        Watch::with(EAGER)
    }

    /// Of nothing yet, for somebody who has time: changes that follow each other are one.
    pub fn patient() -> Watch {
        Watch::with(PATIENT)
    }

    fn with(patience: Patience) -> Watch {
        let (tell, told) = watch::channel(Told::default());
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if event.as_ref().map_or(true, is_change) {
                let whole = event.is_ok_and(|event| is_whole(&event));
                tell.send_modify(|told| *told = Told { count: told.count + 1, whole });
            }
        });
        Watch { watcher: watcher.ok(), told, places: Vec::new(), last: Look::new(), took: Duration::ZERO, patience }
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
        loop {
            self.sign().await?;
            let seen = self.look().await?;
            let news = seen != self.last;
            self.last = seen;
            if news || !self.patience.seen {
                return Ok(());
            }
        }
    }

    /// Something has happened, and it is quiet again.
    async fn sign(&mut self) -> io::Result<()> {
        let mut seconds = interval(LOOK.max(self.took * SHARE));
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
                let enough = if self.told.borrow().whole { self.patience.closed } else { self.patience.quiet };
                if timeout(enough, next(&mut self.told)).await.is_err() {
                    break;
                }
            }
        };
        let _ = timeout(self.patience.longest, quiet).await;
        Ok(())
    }

    async fn look(&mut self) -> io::Result<Look> {
        let (places, most, begun) = (self.places.clone(), self.patience.most, Instant::now());
        // A folder of another machine may keep one waiting.
        let seen = spawn_blocking(move || look(&places, most)).await?;
        self.took = begun.elapsed();
        Ok(seen)
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
        Place::Folder(path) | Place::Ending(path, _) => Some((here(path), RecursiveMode::NonRecursive)),
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

fn look(places: &[Place], most: usize) -> Look {
    let mut found = Look::new();
    for place in places {
        match place {
            Place::File(path) => note(path, &mut found),
            Place::Folder(path) => walk(here(path), 0, None, most, &mut found),
            Place::Ending(path, ending) => walk(here(path), 0, Some(ending), most, &mut found),
            Place::Tree(path) => walk(here(path), DEPTH, None, most, &mut found),
        }
    }
    found
}

fn walk(folder: &Path, deeper: usize, ending: Option<&str>, most: usize, found: &mut Look) {
    // A folder that is not there has no files.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        // Not of what a link points to, which may be a folder above.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if found.len() >= most {
            return;
        }
        let path = entry.path();
        if is_folder && deeper > 0 {
            walk(&path, deeper - 1, ending, most, found);
        } else if !is_folder && ending.is_none_or(|ending| path.extension().is_some_and(|own| own == ending)) {
            note(&path, found);
        }
    }
}

/// Through links: where another file is put under a name by changing what a link points to, that is a change.
fn note(path: &Path, found: &mut Look) {
    if let Ok(about) = fs::metadata(path) {
        let length = i64::try_from(about.len()).unwrap_or(i64::MAX);
        let file = [about.dev().cast_signed(), about.ino().cast_signed(), length];
        found.insert(path.to_owned(), (file, [about.mtime(), about.mtime_nsec(), about.ctime(), about.ctime_nsec()]));
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

    #[tokio::test]
    async fn many_changes_are_one_and_other_files_are_none() {
        let folder = tempfile::tempdir().unwrap();
        let (file, aside) = (folder.path().join("a.toml"), folder.path().join("a.part"));
        fs::write(&file, "0").unwrap();
        let mut watch = Watch::patient();
        watch.over(vec![Place::Ending(folder.path().to_owned(), "toml")]).await.unwrap();
        for number in 0..50 {
            fs::write(&file, number.to_string()).unwrap();
        }
        changed(&mut watch).await;
        assert_eq!(fs::read_to_string(&file).unwrap(), "49");
        // Another ending, or the same file moved there and back.
        fs::write(folder.path().join("b.db"), "x").unwrap();
        assert!(still(&mut watch).await);
        fs::rename(&file, &aside).unwrap();
        changed(&mut watch).await;
        fs::rename(&aside, &file).unwrap();
        changed(&mut watch).await;
        assert!(still(&mut watch).await);
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
        let mut watch = Watch::patient();
        watch.over(vec![Place::Ending(at("now/briefs"), "toml")]).await.unwrap();
        for version in ["two", "one"] {
            swap(version);
            changed(&mut watch).await;
            assert_eq!(fs::read_to_string(at("now/briefs/a.toml")).unwrap(), version);
        }
        assert!(still(&mut watch).await);
    }
}

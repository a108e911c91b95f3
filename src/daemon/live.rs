//! The config that is in force is replaced while the daemon runs: when files change, or at SIGHUP, the whole set is read and
//! checked as at the start, and taken at once or not at all. One that has a mistake leaves the last good one in force.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::{Notify, mpsc, oneshot},
    task::{JoinSet, spawn_blocking},
    time::sleep,
};
use tracing::{debug, error, info, warn};

use super::{
    Set, chores,
    courier_factory::{self, Hand},
    telling,
};
use crate::{
    base::{
        file_watcher::{FileWatcher, WatchedPath},
        problem::{Problem, Problems, Severity},
        shutdown::Shutdown,
    },
    config::{
        Config, ConfigSource,
        difference::{AtStart, Difference},
    },
    daemon::{courier::Courier, timekeeper::News},
    figures::{Dataset, shipped},
    monitoring::{health::Monitor, operator_mail::OperatorMailer, systemd::SystemdNotifier},
    store::{RefusedConfig, Store},
    time::clock::Clock,
};

/// What was refused, or could not be read since the database was away, is tried again after this time, too: what mends it
/// may stand where nobody looks.
const AGAIN: Duration = Duration::from_secs(15);
/// A mistake that is still there after this time is one: a file that was only half written is not.
const SETTLES: Duration = Duration::from_millis(700);

/// Keeps the config in force that stands in the files.
pub(super) struct Live {
    pub source: ConfigSource,
    /// What is in force
    pub set: Arc<Set>,
    /// What the daemon was started with
    pub started_with: AtStart,
    pub store: Store,
    pub clock: Clock,
    pub monitor: Arc<Monitor>,
    pub systemd: Arc<SystemdNotifier>,
    /// To the timekeeper
    pub news: mpsc::Sender<News>,
    /// To the couriers
    pub couriers: mpsc::Sender<Courier>,
    pub hand: Hand,
    /// Tells the courier that there is something to send
    pub queued: Arc<Notify>,
    pub chores: JoinSet<()>,
    /// What was found wrong last, and is not told yet
    pub doubted: Option<String>,
    /// What was told last of a set that was refused
    pub refused: Option<String>,
    pub shutdown: Shutdown,
}

/// What makes it look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Begin,
    Files,
    Signal,
    Again,
}

/// How a look ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// What stands in the files is in force.
    Taken,
    /// It is to be tried again, after this time.
    Again(Duration),
}

/// SIGHUP, from now on.
///
/// # Errors
/// If it cannot be waited for.
pub(super) fn hangup() -> io::Result<Signal> {
    signal(SignalKind::hangup())
}

impl Live {
    /// Runs until the shutdown.
    pub async fn run(mut self, mut hangup: Signal) {
        let (mut watcher, shutdown) = (FileWatcher::batching(), self.shutdown.clone());
        let (mut why, mut places) = (Why::Begin, places(&self.source, &self.set.config));
        let mut looking = self.look_at(&mut watcher, &places).await;
        loop {
            if why != Why::Begin {
                self.systemd.reloading();
            }
            let (end, seen) = self.look(why).await;
            if why != Why::Begin {
                self.systemd.reloaded();
            }
            // What changed in a new place before it was watched is seen by looking once more.
            let more = seen.iter().any(|place| !places.contains(place));
            if seen != places {
                places = seen;
                looking = self.look_at(&mut watcher, &places).await;
            }
            if more {
                why = Why::Again;
                continue;
            }
            why = tokio::select! {
                changed = watcher.changed(), if looking => {
                    looking = changed.is_ok();
                    Why::Files
                }
                Some(()) = hangup.recv() => Why::Signal,
                () = again(end) => Why::Again,
                () = shutdown.requested() => return,
            };
            // Folders that were made anew are found by asking for them again.
            looking = looking && self.look_at(&mut watcher, &places).await;
        }
    }

    async fn look_at(&self, watcher: &mut FileWatcher, places: &[WatchedPath]) -> bool {
        match watcher.set_paths(places.to_vec()).await {
            Ok(()) => true,
            Err(problem) => {
                error!(%problem, "the config's files are not watched any more: SIGHUP has them read");
                false
            }
        }
    }

    /// Reads everything anew, and takes it if it is without a mistake. Also gives what is to be watched from now on.
    async fn look(&mut self, why: Why) -> (End, Vec<WatchedPath>) {
        let now = self.clock.now();
        let figures = match self.figures().await {
            Ok(figures) => Arc::new(figures),
            Err(problem) => {
                warn!(%problem, "the config cannot be checked without the store: tried again");
                return (End::Again(AGAIN), places(&self.source, &self.set.config));
            }
        };
        let (source, before) = (self.source.clone(), self.set.clone());
        let read = spawn_blocking(move || Set::read(&source, figures, Some(&before), now)).await;
        let read = read.unwrap_or_else(|broken| Err(Problem::error(format!("reading it broke off: {broken}")).into()));
        let taken = match read {
            Ok(set) => self.take(set, why).await,
            Err(problems) => Err(problems),
        };
        match taken {
            Ok(end) => (end, places(&self.source, &self.set.config)),
            Err(problems) => {
                let mut watched = places(&self.source, &self.set.config);
                // It is mended where it was read before, or where it is wrong.
                for place in problems.0.iter().filter_map(|problem| problem.place.as_ref()) {
                    let folder = WatchedPath::Extension(folder_of(Path::new(&place.file)), "toml");
                    if !watched.contains(&folder) && Path::new(&place.file).extension().is_some_and(|it| it == "toml") {
                        watched.push(folder);
                    }
                }
                (self.refuse(problems).await, watched)
            }
        }
    }

    async fn figures(&self) -> anyhow::Result<Dataset> {
        Ok(if self.store.figures().has_any().await? {
            self.store.figures().dataset().await?
        } else {
            shipped::dataset()?
        })
    }

    /// Takes it, if anything differs. What cannot be had (certificates) is a problem of the set.
    async fn take(&mut self, set: Set, why: Why) -> Result<End, Problems> {
        let (now, before) = (self.clock.now(), self.set.clone());
        let difference = Difference::between(&before.config.briefs, &set.config.briefs, now);
        let differs = telling::Differs::between(&before, &set, difference);
        if differs.nothing() {
            self.mended().await;
            match why {
                Why::Signal => info!("the config was read anew: nothing differs"),
                _ => debug!("the config was read anew: nothing differs"),
            }
            return Ok(End::Taken);
        }
        let operator_mailer = OperatorMailer::of(&set.config, &self.store);
        let courier = match courier_factory::is_another(&before.config, &set.config) {
            true => Some(self.hand.next(&set.config).map_err(|error| Problem::error(format!("{error:#}")))?),
            false => None,
        };
        let chores = match chores::are_others(&before.config, &set.config) {
            true => Some(
                chores::of(&set.config, &self.store, &self.clock, &self.monitor, &self.shutdown)
                    .map_err(|error| Problem::error(format!("{error:#}")))?,
            ),
            false => None,
        };
        let config = differs.files.then(|| (set.config.hash(), set.config.files.clone()));
        let (answer, answered) = oneshot::channel();
        let news = News { planned: set.planned.clone(), operator_mailer, config, answer };
        let activated = match self.news.send(news).await {
            Ok(()) => answered.await,
            // The daemon is ending.
            Err(_) => return Ok(End::Taken),
        };
        let activation = match activated {
            Ok(Ok(activation)) => activation,
            Ok(Err(problem)) => {
                warn!(%problem, "the new config could not be put into force: tried again");
                return Ok(End::Again(AGAIN));
            }
            Err(_) => return Ok(End::Taken),
        };
        self.mended().await;
        self.monitor.activated(&set.config, activation);
        for warning in &set.warnings.0 {
            warn!("{}", telling::line(warning));
        }
        differs.tell(activation, &self.started_with, &set.config);
        self.set = Arc::new(set);
        if let Some(courier) = courier {
            // Nobody takes it if the daemon is ending.
            let _ = self.couriers.send(courier).await;
        }
        if let Some(chores) = chores {
            self.chores = chores;
        }
        Ok(End::Taken)
    }

    /// What was refused before is no longer so.
    async fn mended(&mut self) {
        self.monitor.config_refused(0);
        self.doubted = None;
        if self.refused.take().is_none() {
            return;
        }
        info!("the config is good again");
        if let Err(problem) = self.store.activations().refuse(None).await {
            warn!(%problem, "the store still says that the config is refused");
        }
    }

    /// Says what is wrong with it, if it is so at the second look, too: once, in the log, in the store and to the operators.
    async fn refuse(&mut self, problems: Problems) -> End {
        let (now, problems) = (self.clock.now(), problems.each_once());
        let text = problems.to_string();
        if self.refused.as_ref() == Some(&text) {
            return End::Again(AGAIN);
        }
        if self.doubted.replace(text.clone()).as_ref() != Some(&text) {
            return End::Again(SETTLES);
        }
        let errors: Vec<&Problem> = problems.0.iter().filter(|problem| problem.severity == Severity::Error).collect();
        self.monitor.config_refused(errors.len());
        let first = errors.first().map_or_else(String::new, |problem| telling::line(problem));
        error!(problems = errors.len(), first, "the config is not taken: the last good one stays in force");
        let refused = RefusedConfig { at: now, errors: errors.len(), first };
        if let Err(problem) = self.store.activations().refuse(Some(&refused)).await {
            warn!(%problem, "the store does not know that the config is refused");
        }
        let told = format!(
            "What stands in the config files, templates and calendars is not taken. The last good ones stay in force, and editions \
             are made and sent as they say. Once this is mended, the new ones are taken by themselves; a start of the daemon \
             would fail until then.\n\n{text}\n"
        );
        // Once for its content and day, by however many processes.
        let key = format!("config.{}.{}", telling::mark(&text), now.date_naive());
        let operator_mailer = OperatorMailer::of(&self.set.config, &self.store);
        match operator_mailer.notify("the config is not taken", &told, &key, now).await {
            Ok(()) => self.queued.notify_one(),
            Err(problem) => error!(%problem, "the operators could not be told"),
        }
        self.refused = Some(text);
        End::Again(AGAIN)
    }
}

/// When it is to be tried again, if it is.
async fn again(end: End) {
    match end {
        End::Taken => std::future::pending().await,
        End::Again(after) => sleep(after).await,
    }
}

/// Where what operators write may change.
fn places(source: &ConfigSource, config: &Config) -> Vec<WatchedPath> {
    let mut places = vec![
        WatchedPath::Extension(folder_of(&source.file), "toml"),
        WatchedPath::Extension(config.paths.config.join("briefs"), "toml"),
        WatchedPath::Extension(config.paths.calendars.clone(), "toml"),
    ];
    // Files that a calendar names may stand anywhere.
    let named = config.sources.keys().map(PathBuf::from);
    places.extend(named.filter(|path| path.extension().is_some_and(|ending| ending == "ics")).map(WatchedPath::File));
    // So may those of passwords and keys, beside others that are none of our business.
    places.extend(config.secrets.iter().cloned().map(WatchedPath::File));
    let mut templates: Vec<&PathBuf> = config.briefs.values().map(|brief| &brief.template).collect();
    templates.sort_unstable();
    templates.dedup();
    places.extend(templates.into_iter().cloned().map(WatchedPath::Tree));
    places
}

fn folder_of(file: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).to_owned()
}

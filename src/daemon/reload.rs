//! Replaces the config in force while the daemon runs: when files change, or at SIGHUP, everything is read and checked as at
//! the start, and comes into force at once or not at all. If there is a mistake, the last good config stays in force.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::{Notify, mpsc, oneshot, watch},
    task::JoinSet,
    time::{Instant, sleep},
};
use tracing::{debug, error, info, warn};

use super::{
    Before, CheckedConfig, background, change_log,
    courier_factory::{self, CourierFactory},
    figures_of_config,
    intake::Intake,
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
    daemon::{courier::Courier, timekeeper::ConfigChange},
    monitoring::{health::Monitor, operator_mail::OperatorMailer, systemd::SystemdNotifier, vitals::Vitals},
    store::{RefusedConfig, Store},
    time::clock::Clock,
    web::public::PublicSite,
};

/// Time until the next try after a refusal, or while the database is away: what mends it may be in a place that is not
/// watched.
const RETRY_AFTER: Duration = Duration::from_secs(15);
/// Time after which a mistake must still be there to be reported: a half-written file is none.
const CONFIRM_AFTER: Duration = Duration::from_millis(700);

/// Keeps in force what the config files say.
pub(super) struct ConfigReloader {
    pub source: ConfigSource,
    /// What is in force
    pub active: Arc<CheckedConfig>,
    /// To those who look at it
    pub activations: watch::Sender<Arc<CheckedConfig>>,
    /// What the daemon was started with
    pub started_with: AtStart,
    pub store: Store,
    pub clock: Clock,
    pub monitor: Arc<Monitor>,
    pub vitals: Arc<Vitals>,
    pub systemd: Arc<SystemdNotifier>,
    /// To the timekeeper
    pub config_changes: mpsc::Sender<ConfigChange>,
    /// To the couriers
    pub couriers: mpsc::Sender<Courier>,
    pub courier_factory: CourierFactory,
    /// Tells the courier that there is something to send
    pub queued: Arc<Notify>,
    /// The pages for readers, if there are any
    pub public_site: Option<Arc<PublicSite>>,
    /// Takes in mails that come back
    pub intake: Arc<Intake>,
    pub background: JoinSet<()>,
    /// The problems of the last look, if they are not reported yet: a file may be half written
    pub suspected: Option<String>,
    /// The problems that were reported last, if the files are still refused
    pub refused: Option<String>,
    pub shutdown: Shutdown,
}

/// Why the files are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    Start,
    Files,
    Signal,
    Retry,
}

/// How reading the files ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LoadResult {
    /// The files are in force.
    Done,
    /// They are to be read again after this time.
    RetryIn(Duration),
}

/// Returns the stream of SIGHUPs, which do not end the process from now on.
///
/// # Errors
/// Fails if the signal cannot be waited for.
pub(super) fn hangup() -> io::Result<Signal> {
    signal(SignalKind::hangup())
}

impl ConfigReloader {
    /// Runs until the shutdown.
    pub async fn run(mut self, mut hangup: Signal) {
        let (mut watcher, shutdown) = (FileWatcher::batching(), self.shutdown.clone());
        let (mut cause, mut places) = (Cause::Start, places(&self.source, &self.active.config));
        let mut looking = self.watch_files(&mut watcher, &places).await;
        loop {
            if cause != Cause::Start {
                self.systemd.reloading();
            }
            let (result, seen) = self.reload(cause).await;
            if cause != Cause::Start {
                self.systemd.reloaded();
            }
            // A change in a new place before it was watched is seen by reading once more.
            let more = seen.iter().any(|place| !places.contains(place));
            if seen != places {
                places = seen;
                looking = self.watch_files(&mut watcher, &places).await;
            }
            if more {
                cause = Cause::Retry;
                continue;
            }
            cause = tokio::select! {
                changed = watcher.changed(), if looking => {
                    looking = changed.is_ok();
                    Cause::Files
                }
                Some(()) = hangup.recv() => Cause::Signal,
                () = retry(result) => Cause::Retry,
                () = shutdown.requested() => return,
            };
            // Folders that were made anew are found by asking for them again.
            looking = looking && self.watch_files(&mut watcher, &places).await;
        }
    }

    async fn watch_files(&self, watcher: &mut FileWatcher, places: &[WatchedPath]) -> bool {
        match watcher.set_paths(places.to_vec()).await {
            Ok(()) => true,
            Err(problem) => {
                error!(%problem, "the config's files are no longer watched: SIGHUP reloads them");
                false
            }
        }
    }

    /// Reads everything again, and puts it into force if it has no mistake. Also returns what is to be watched from now on.
    async fn reload(&mut self, cause: Cause) -> (LoadResult, Vec<WatchedPath>) {
        let now = self.clock.now();
        let figures = match figures_of_config(&self.store, &self.source, now).await {
            Ok(figures) => Arc::new(figures),
            Err(problem) => {
                warn!(%problem, "the config cannot be checked without the store; retrying");
                return (LoadResult::RetryIn(RETRY_AFTER), places(&self.source, &self.active.config));
            }
        };
        let (source, before) = (self.source.clone(), self.active.clone());
        self.vitals.watcher_reads(Some(Instant::now()));
        let read = in_thread(move || CheckedConfig::read(&source, figures, Before::Running(&before), now)).await;
        self.vitals.watcher_reads(None);
        let read = read.unwrap_or_else(|| Err(Problem::error("reading it stopped unexpectedly").into()));
        let taken = match read {
            Ok(checked) => self.put_into_force(checked, cause).await,
            Err(problems) => Err(problems),
        };
        match taken {
            Ok(result) => (result, places(&self.source, &self.active.config)),
            Err(problems) => {
                let mut watched = places(&self.source, &self.active.config);
                // The mistake is mended where the config was read before, or where it is wrong now.
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

    /// Puts the config into force if anything differs. Certificates that cannot be read are problems of the config.
    async fn put_into_force(&mut self, checked: CheckedConfig, cause: Cause) -> Result<LoadResult, Problems> {
        let (now, before) = (self.clock.now(), self.active.clone());
        let difference = Difference::between(&before.config.briefs, &checked.config.briefs, now);
        let changes = change_log::Changes::between(&before, &checked, difference);
        if changes.is_empty() {
            self.accepted().await;
            match cause {
                Cause::Signal => info!("the config was reloaded: nothing has changed"),
                _ => debug!("the config was reloaded: nothing has changed"),
            }
            return Ok(LoadResult::Done);
        }
        let operator_mailer = OperatorMailer::of(&checked.config, &self.store);
        let courier = match courier_factory::is_needed(&before.config, &checked.config) {
            true => {
                Some(self.courier_factory.next(&checked.config).map_err(|error| Problem::error(format!("{error:#}")))?)
            }
            false => None,
        };
        let background = match background::is_affected(&before.config, &checked.config) {
            true => Some(
                background::spawn(
                    &checked.config,
                    &self.store,
                    &self.clock,
                    &self.monitor,
                    &self.queued,
                    &self.shutdown,
                )
                .map_err(|error| Problem::error(format!("{error:#}")))?,
            ),
            false => None,
        };
        let config = changes.files.then(|| (checked.config.hash(), checked.config.files.clone()));
        let (answer, answered) = oneshot::channel();
        let change = ConfigChange { planned: checked.planned.clone(), operator_mailer, config, answer };
        let activated = match self.config_changes.send(change).await {
            Ok(()) => answered.await,
            // The daemon is ending.
            Err(_) => return Ok(LoadResult::Done),
        };
        let activation = match activated {
            Ok(Ok(activation)) => activation,
            Ok(Err(problem)) => {
                warn!(%problem, "the new config could not be put into force; retrying");
                return Ok(LoadResult::RetryIn(RETRY_AFTER));
            }
            Err(_) => return Ok(LoadResult::Done),
        };
        if let Some(site) = &self.public_site {
            site.replace(&checked.config);
        }
        self.intake.replace(&checked.config);
        let active = Arc::new(checked);
        self.active = active.clone();
        self.activations.send_replace(active.clone());
        if let Some(courier) = courier {
            // Nobody takes it if the daemon is ending.
            let _ = self.couriers.send(courier).await;
        }
        if let Some(background) = background {
            self.background = background;
        }
        // It is told when every part has it: who reads the line may rely on it.
        self.accepted().await;
        self.monitor.activated(&active.config, activation);
        for warning in &active.warnings.0 {
            warn!("{}", warning.on_one_line());
        }
        changes.log(activation, &self.started_with, &active.config);
        change_log::log_held(&active);
        if let Err(problem) = self.store.activations().keep_fingerprints(active.fingerprints()).await {
            warn!(%problem, "the store does not know the templates in force: a start may be refused that lacks figures");
        }
        Ok(LoadResult::Done)
    }

    /// Notes that the files are no longer refused.
    async fn accepted(&mut self) {
        self.suspected = None;
        if self.refused.take().is_none() {
            return;
        }
        if let Err(problem) = self.store.activations().refuse(None).await {
            warn!(%problem, "the store still says that the config is refused");
        }
        self.monitor.config_refused(0).await;
        info!("the config is good again");
    }

    /// Reports the problems if they are still there at the second look: once, in the log, in the store and to the operators.
    async fn refuse(&mut self, problems: Problems) -> LoadResult {
        let (now, problems) = (self.clock.now(), problems.each_once());
        let listed = problems.to_string();
        if self.refused.as_ref() == Some(&listed) {
            return LoadResult::RetryIn(RETRY_AFTER);
        }
        if self.suspected.replace(listed.clone()).as_ref() != Some(&listed) {
            return LoadResult::RetryIn(CONFIRM_AFTER);
        }
        let errors: Vec<&Problem> = problems.0.iter().filter(|problem| problem.severity == Severity::Error).collect();
        let first = errors.first().map_or_else(String::new, |problem| problem.on_one_line());
        let refused = RefusedConfig { at: now, errors: errors.len(), first };
        if let Err(problem) = self.store.activations().refuse(Some(&refused)).await {
            warn!(%problem, "the store does not know that the config is refused");
        }
        // Monitors that are told by the log find it in the metrics.
        self.monitor.config_refused(errors.len()).await;
        let first = refused.first;
        error!(problems = errors.len(), first, "the config is refused: the last good one stays in force");
        let text = format!(
            "What stands in the config files, templates and calendars is not taken. The last good ones stay in force, and editions \
             are made and sent as they say. Once this is mended, the new ones are taken by themselves; a start of the daemon \
             would fail until then.\n\n{listed}\n"
        );
        // Once for its content and day, by however many processes.
        let key = format!("config.{}.{}", change_log::fingerprint(&listed), now.date_naive());
        let operator_mailer = OperatorMailer::of(&self.active.config, &self.store);
        match operator_mailer.notify("the config is not taken", &text, &key, now).await {
            Ok(()) => self.queued.notify_one(),
            Err(problem) => error!(%problem, "the operators could not be notified"),
        }
        self.refused = Some(listed);
        LoadResult::RetryIn(RETRY_AFTER)
    }
}

/// Does `work` on a thread of its own. Unlike a task of the runtime, it does not keep the process from ending. `None` if it
/// stopped unexpectedly.
pub(super) async fn in_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (done, result) = oneshot::channel();
    let work = move || {
        // Nobody waits if the daemon is ending.
        let _ = done.send(work());
    };
    thread::Builder::new().name("config".to_owned()).spawn(work).ok()?;
    result.await.ok()
}

/// Waits until the files are to be read again, if they are.
async fn retry(result: LoadResult) {
    match result {
        LoadResult::Done => std::future::pending().await,
        LoadResult::RetryIn(after) => sleep(after).await,
    }
}

/// Returns the files and folders in which operators change things.
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

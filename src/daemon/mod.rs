//! Starts timekeeper and courier over one store, with everything that watches them, and ends them together. While they run,
//! `reload` replaces the config in force.
//!
//! | room | what lives there |
//! |---|---|
//! | [`timekeeper`] | runs what a schedule makes due |
//! | [`courier`] | sends the mails of the outbox |
//! | `intake` | takes in mails that come back |
//! | [`retention`] | removes what has been kept long enough |

mod attention;
mod background;
mod change_log;
mod checked_config;
pub mod command_courier;
pub mod courier;
mod courier_factory;
pub mod demo_pages;
mod figures_watch;
mod generations;
pub mod intake;
mod reload;
pub mod retention;
pub mod timekeeper;

use std::{io, sync::Arc, time::Duration};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use tokio::{
    net::TcpListener,
    sync::{Notify, mpsc},
    task::{JoinError, JoinHandle, JoinSet},
    time::{sleep, timeout},
};
use tracing::{error, info, warn};

pub use self::checked_config::{Before, CheckedConfig, figures_of_config};
use self::{
    courier_factory::{CourierFactory, build_courier},
    intake::Intake,
    reload::ConfigReloader,
};
use crate::{
    actions::{self, prepare::prepare},
    base::{
        problem::{Problem, Problems},
        shutdown::{Shutdown, ShutdownTrigger},
    },
    config::{Config, ConfigSource, PublicWeb, Transport, difference::AtStart},
    daemon::{
        courier::{DRAIN, notice_rollback, run_with_handover},
        timekeeper::{JobSchedulerError, Timekeeper},
    },
    monitoring::{
        attention::sign::DaemonSign, health::Monitor, operator_mail::OperatorMailer, systemd::SystemdNotifier,
        vitals::Vitals,
    },
    store::{AtWork, CourierLock, Store},
    time::clock::Clock,
    web::{
        self, monitors,
        public::{self, PublicSite},
    },
};

/// When this version was made, to the month: 1 November 2026. A clock that shows an earlier time is wrong.
const EARLIEST: DateTime<Utc> = DateTime::from_timestamp_nanos(1_793_491_200_000_000_000);

/// Runs until `stop` resolves, then finishes what is under way. `checked` is in force first; later changes of the files at
/// `source` come into force while it runs.
///
/// # Errors
/// Fails if it cannot start: another daemon is running, or something it needs is missing.
pub async fn run(
    source: ConfigSource,
    checked: CheckedConfig,
    store: Store,
    clock: Clock,
    owner: String,
    stop: impl Future<Output = io::Result<&'static str>>,
) -> anyhow::Result<()> {
    let mut daemon = Daemon::start(source, checked, store, clock, owner).await?;
    let broken = tokio::select! {
        signal = stop => {
            info!(signal = signal.context("signals cannot be received")?, "stopping: work under way is finished first");
            None
        }
        ended = &mut daemon.courier => Some(format!("the courier ended: {ended:?}")),
        ended = &mut daemon.timekeeper => Some(format!("the timekeeper ended: {ended:?}")),
        ended = &mut daemon.generations => Some(ended.unwrap_or_else(|broken| format!("the generations ended: {broken}"))),
    };
    daemon.finish().await;
    if let Some(broken) = broken {
        bail!(broken);
    }
    info!("ended");
    Ok(())
}

/// A daemon at work.
struct Daemon {
    store: Store,
    lock: CourierLock,
    clock: Clock,
    trigger: ShutdownTrigger,
    courier: JoinHandle<Result<(), JoinError>>,
    timekeeper: JoinHandle<Result<(), JobSchedulerError>>,
    /// Ends when the store is lost, and says so
    generations: JoinHandle<String>,
    systemd: Arc<SystemdNotifier>,
    /// Answers readers; finishes what it is at
    pages: JoinSet<()>,
    /// Takes in mails that come back; finishes what it is at
    intake: JoinSet<()>,
    /// The tasks that end at once, without finishing anything
    watching: JoinSet<()>,
}

impl Daemon {
    /// Starts everything. Long, since each part gets what those before it made, in the order in which that must happen.
    async fn start(
        source: ConfigSource,
        checked: CheckedConfig,
        store: Store,
        clock: Clock,
        owner: String,
    ) -> anyhow::Result<Daemon> {
        let config = &checked.config;
        // From now on SIGHUP does not end the process.
        let hangup = reload::hangup().context("signals cannot be received")?;
        let lock = lock(&store).await?;
        // Before anything is sent: a store that loses it is recognised.
        store.count_generation(clock.now()).await.context("the store's generation cannot be counted")?;
        notice_rollback(&store, &clock).await?;
        let listeners = Listeners::of(config).await?;
        let (trigger, shutdown) = Shutdown::channel();
        let vitals = Arc::new(Vitals::default());
        let monitor = Arc::new(Monitor::new(store.clone(), clock.clone(), vitals.clone()));
        let queued = Arc::new(Notify::new());
        let background = background::spawn(config, &store, &clock, &monitor, &queued, &shutdown)?;
        prepare(&store, &owner, clock.now()).await?;
        let activation = activate(&checked, &store, &clock).await?;
        monitor.activated(config, activation);
        vitals.briefs_held(checked.held.clone());
        DaemonSign { at: clock.now(), attention: monitor.own_attention().await }.write(&store).await?;
        change_log::log_held(&checked);

        let ended = clock.clone();
        let courier = build_courier(config, &store, &clock, &owner, &lock, vitals.clone())?;
        let (couriers, next_courier) = mpsc::channel(4);
        let courier = tokio::spawn(run_with_handover(courier, next_courier, queued.clone(), shutdown.clone()));
        let timekeeper = Timekeeper {
            store: store.clone(),
            clock: clock.clone(),
            earliest: EARLIEST,
            owner: owner.clone(),
            alone: lock.is_alone(),
            planned: checked.planned.clone(),
            activation,
            operator_mailer: OperatorMailer::of(config, &store),
            queued: queued.clone(),
            vitals: vitals.clone(),
        };
        let (config_changes, changes) = mpsc::channel(1);
        let timekeeper = tokio::spawn(timekeeper.run(changes, shutdown.clone()));

        let generations = tokio::spawn(generations::count(store.clone(), clock.clone()));
        let mut watching = JoinSet::new();
        if let Some(listener) = listeners.monitors {
            info!(address = %listener.local_addr()?, "monitors are answered");
            watching.spawn(answer(listener, monitor.clone()));
        }
        let public_site = PublicSite::new(config, &store, &clock, &vitals, &queued).map(Arc::new);
        let pages = answer_readers(listeners.public, public_site.as_ref(), &shutdown)?;
        let taking = Arc::new(Intake::new(config, &store, &clock, &queued, &vitals));
        let intake = intake::start(listeners.lmtp, &taking, &shutdown)?;
        let systemd = Arc::new(SystemdNotifier::new(monitor.clone()));
        let active = Arc::new(checked);
        let reloader = ConfigReloader {
            source,
            started_with: AtStart::of(&active.config),
            activations: figures_watch::spawn(&mut watching, &store, &clock, &vitals, active.clone()),
            active,
            store: store.clone(),
            clock: clock.clone(),
            monitor,
            vitals: vitals.clone(),
            systemd: systemd.clone(),
            config_changes,
            couriers,
            courier_factory: CourierFactory { store: store.clone(), clock, owner, vitals, count: 0 },
            queued,
            public_site,
            intake: taking,
            background,
            suspected: None,
            refused: None,
            shutdown: shutdown.clone(),
        };
        watching.spawn(reloader.run(hangup));
        let notifier = systemd.clone();
        watching.spawn(async move { notifier.run(shutdown).await });
        Ok(Daemon {
            store,
            lock,
            clock: ended,
            trigger,
            courier,
            timekeeper,
            generations,
            systemd,
            pages,
            intake,
            watching,
        })
    }

    /// Lets timekeeper and courier finish what is under way, within twice the courier's limit, and closes the store.
    async fn finish(self) {
        let Daemon {
            store,
            lock,
            clock,
            trigger,
            courier,
            timekeeper,
            generations,
            systemd,
            mut pages,
            mut intake,
            mut watching,
        } = self;
        trigger.request();
        systemd.stopping();
        let finish = async {
            if !timekeeper.is_finished() {
                let _ = timekeeper.await;
            }
            if !courier.is_finished() {
                let _ = courier.await;
            }
            while pages.join_next().await.is_some() {}
            while intake.join_next().await.is_some() {}
        };
        if timeout(DRAIN * 2, finish).await.is_err() {
            error!("work under way did not end in time");
        }
        watching.shutdown().await;
        if let Err(problem) = DaemonSign::take_away(&store).await {
            warn!(%problem, "the store still says that a daemon runs");
        }
        generations.abort();
        // What was done last counts, too.
        if let Err(problem) = store.count_generation(clock.now()).await {
            warn!(%problem, "the store's last generation is not counted");
        }
        store.close().await;
        drop(lock);
    }
}

/// The addresses that are listened at, before anything else is done.
struct Listeners {
    monitors: Option<TcpListener>,
    public: Option<TcpListener>,
    lmtp: Option<TcpListener>,
}

impl Listeners {
    async fn of(config: &Config) -> Result<Listeners, Problems> {
        let monitors = match &config.web {
            Some(web) => Some(web::listen(web.listen, web.place.clone()).await?),
            None => None,
        };
        let public = match &config.public_web {
            Some(PublicWeb { listen: Some(address), place, .. }) => Some(web::listen(*address, place.clone()).await?),
            _ => None,
        };
        let lmtp = match config.replies.lmtp {
            Some(address) => Some(web::listen(address, config.replies.place_of_lmtp.clone()).await?),
            None => None,
        };
        Ok(Listeners { monitors, public, lmtp })
    }
}

/// Begins to answer readers, if there is a listener for them.
fn answer_readers(
    listener: Option<TcpListener>,
    site: Option<&Arc<PublicSite>>,
    shutdown: &Shutdown,
) -> io::Result<JoinSet<()>> {
    let mut pages = JoinSet::new();
    if let (Some(listener), Some(site)) = (listener, site) {
        info!(address = %listener.local_addr()?, "readers are answered");
        pages.spawn(public::answer(listener, site.clone(), shutdown.clone()));
    }
    Ok(pages)
}

/// Puts the first config into force, and returns the number of its activation.
async fn activate(checked: &CheckedConfig, store: &Store, clock: &Clock) -> anyhow::Result<i64> {
    let config = &checked.config;
    store.activations().keep_files(&config.hash(), &config.files).await?;
    let activation = store.activations().activate(&config.hash(), clock.now()).await?;
    store.activations().keep_fingerprints(checked.fingerprints()).await?;
    store.activations().refuse(None).await?;
    info!(
        store = store.kind(),
        transport = match config.mail.transport {
            Transport::Folder => "folder",
            Transport::Smtp(_) => "smtp",
        },
        activation,
        "greenbrief {} serves",
        env!("CARGO_PKG_VERSION")
    );
    if let Some(reason) = store.on_hold().await?.why() {
        warn!(reason, "nothing is sent until `greenbrief resume`");
    }
    Ok(activation)
}

/// Takes the lock of the store. Tries for a second: `status` holds it for an instant, a daemon that was just killed for a
/// little longer.
async fn lock(store: &Store) -> anyhow::Result<CourierLock> {
    for _ in 0..20 {
        if let Some(mut lock) = store.lock_courier().map_err(actions::Error::from)? {
            lock.tell(AtWork::Daemon);
            return Ok(lock);
        }
        sleep(Duration::from_millis(50)).await;
    }
    let file = store.file().map_or_else(String::new, |file| file.display().to_string());
    let what = format!("another `greenbrief serve` is at work on {file} (or a `greenbrief send` that is not done yet)");
    Err(actions::Error::from(Problem::error(what)).into())
}

/// Answers monitors. If that breaks, mails are sent all the same.
async fn answer(listener: TcpListener, monitor: Arc<Monitor>) {
    if let Err(problem) = monitors::answer(listener, monitor).await {
        error!(%problem, "monitors are no longer answered");
    }
}

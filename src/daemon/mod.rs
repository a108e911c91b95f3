//! Starts timekeeper and courier over one store, with those who watch them, and ends them together. What they do is
//! theirs. While they run, `live` replaces the config they go by.
//!
//! | room | what lives there |
//! |---|---|
//! | [`timekeeper`] | runs what a schedule makes due |
//! | [`courier`] | sends the mails of the outbox |
//! | [`retention`] | removes what has been kept long enough |

mod chores;
pub mod courier;
mod courier_factory;
mod live;
pub mod retention;
mod set;
mod telling;
pub mod timekeeper;

use std::{io, sync::Arc, time::Duration};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use tokio::{
    net::TcpListener,
    sync::{Notify, mpsc},
    task::JoinSet,
    time::{sleep, timeout},
};
use tracing::{error, info, warn};

use self::{courier_factory::Hand, live::Live};
pub use self::{courier_factory::courier, set::Set};
use crate::{
    actions::prepare::prepare,
    base::shutdown::Shutdown,
    config::{ConfigSource, Transport, difference::AtStart},
    daemon::{
        courier::{DRAIN, run_with_handover},
        timekeeper::Timekeeper,
    },
    monitoring::{health::Monitor, operator_mail::OperatorMailer, systemd::SystemdNotifier, vitals::Vitals},
    store::{CourierLock, Store},
    time::clock::Clock,
    web::monitors,
};

/// When this version was made, to the month: 1 November 2026. No clock that is right shows less.
const EARLIEST: DateTime<Utc> = DateTime::from_timestamp_nanos(1_793_491_200_000_000_000);

/// Runs until `stop` resolves, then finishes what is under way. `set` is in force first; what stands in `source` later is
/// taken while it runs.
///
/// # Errors
/// If it cannot start: another one is running, or something it needs is not there.
pub async fn run(
    source: ConfigSource,
    set: Set,
    store: Store,
    clock: Clock,
    owner: String,
    stop: impl Future<Output = io::Result<&'static str>>,
) -> anyhow::Result<()> {
    let config = &set.config;
    let hangup = live::hangup().context("signals cannot be waited for")?;
    let lock = lock(&store).await?;
    let listener = match &config.web {
        Some(web) => Some(monitors::listen(web.listen, web.place.clone()).await?),
        None => None,
    };
    let (trigger, shutdown) = Shutdown::channel();
    let vitals = Arc::new(Vitals::default());
    let monitor = Arc::new(Monitor::new(store.clone(), clock.clone(), vitals.clone()));
    let chores = chores::of(config, &store, &clock, &monitor, &shutdown)?;
    prepare(&store, &owner).await?;
    store.activations().keep_files(&config.hash(), &config.files).await?;
    let activation = store.activations().activate(&config.hash(), clock.now()).await?;
    store.activations().refuse(None).await?;
    monitor.activated(config, activation);
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
    let queued = Arc::new(Notify::new());
    let courier = courier(config, &store, &clock, &owner, &lock, vitals.clone())?;
    let (couriers, next_courier) = mpsc::channel(4);
    let mut courier = tokio::spawn(run_with_handover(courier, next_courier, queued.clone(), shutdown.clone()));
    let timekeeper = Timekeeper {
        store: store.clone(),
        clock: clock.clone(),
        earliest: EARLIEST,
        owner: owner.clone(),
        alone: lock.is_alone(),
        planned: set.planned.clone(),
        activation,
        operator_mailer: OperatorMailer::of(config, &store),
        queued: queued.clone(),
        vitals: vitals.clone(),
    };
    let (news, heard) = mpsc::channel(1);
    let mut timekeeper = tokio::spawn(timekeeper.run(heard, shutdown.clone()));
    // Ends with this function.
    let mut watching = JoinSet::new();
    if let Some(listener) = listener {
        info!(address = %listener.local_addr()?, "monitors are answered");
        watching.spawn(answer(listener, monitor.clone()));
    }
    let systemd = Arc::new(SystemdNotifier::new(monitor.clone()));
    let live = Live {
        source,
        started_with: AtStart::of(config),
        set: Arc::new(set),
        store: store.clone(),
        clock: clock.clone(),
        monitor,
        systemd: systemd.clone(),
        news,
        couriers,
        hand: Hand { store: store.clone(), clock, owner, vitals, count: 0 },
        queued,
        chores,
        doubted: None,
        refused: None,
        shutdown: shutdown.clone(),
    };
    watching.spawn(live.run(hangup));
    watching.spawn(async move { systemd.run(shutdown).await });

    let broken = tokio::select! {
        signal = stop => {
            info!(signal = signal.context("signals cannot be waited for")?, "ending: what is under way is finished first");
            None
        }
        ended = &mut courier => Some(format!("the courier ended: {ended:?}")),
        ended = &mut timekeeper => Some(format!("the timekeeper ended: {ended:?}")),
    };
    trigger.request();
    let finish = async {
        if !timekeeper.is_finished() {
            let _ = timekeeper.await;
        }
        if !courier.is_finished() {
            let _ = courier.await;
        }
    };
    if timeout(DRAIN * 2, finish).await.is_err() {
        error!("what was under way did not end in time");
    }
    watching.shutdown().await;
    store.close().await;
    drop(lock);
    if let Some(broken) = broken {
        bail!(broken);
    }
    info!("ended");
    Ok(())
}

/// The store is ours. A `status` holds the lock for an instant, a daemon that was just killed for a little longer.
async fn lock(store: &Store) -> anyhow::Result<CourierLock> {
    for _ in 0..20 {
        if let Some(lock) = store.lock_courier()? {
            return Ok(lock);
        }
        sleep(Duration::from_millis(50)).await;
    }
    let file = store.file().map_or_else(String::new, |file| file.display().to_string());
    bail!("another `greenbrief serve` is at work on {file} (or a `greenbrief send` that is not done yet)");
}

/// Answers monitors. That they are not answered any more is no reason to send no mails.
async fn answer(listener: TcpListener, monitor: Arc<Monitor>) {
    if let Err(problem) = monitors::answer(listener, monitor).await {
        error!(%problem, "monitors are not answered any more");
    }
}

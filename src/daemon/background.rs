//! Tasks beside the work that can be restarted at any time: what is too old is removed, an outside monitor is pinged, and
//! what needs a person is told.

use std::sync::Arc;

use tokio::{sync::Notify, task::JoinSet, time::sleep};

use crate::{
    base::shutdown::Shutdown,
    config::Config,
    daemon::{attention::AttentionWatch, retention},
    monitoring::{
        health::Monitor,
        ping::{Pinger, PingerError},
    },
    store::Store,
    time::clock::Clock,
};

/// Starts the tasks that the config asks for. They end when the returned set is dropped.
///
/// # Errors
/// Fails if the outside monitor cannot be reached at all: no certificates, or a URL without a host.
pub(super) fn spawn(
    config: &Config,
    store: &Store,
    clock: &Clock,
    monitor: &Arc<Monitor>,
    queued: &Arc<Notify>,
    shutdown: &Shutdown,
) -> Result<JoinSet<()>, PingerError> {
    let pinger = config.ping.as_ref().map(|ping| Ok::<_, PingerError>((Pinger::new(&ping.url)?, ping.every)));
    let mut tasks = JoinSet::new();
    if let Some((pinger, every)) = pinger.transpose()? {
        tasks.spawn(pinger.run(monitor.clone(), every, shutdown.clone()));
    }
    tasks.spawn(AttentionWatch::of(config, store, clock, monitor, queued).run());
    let (kept, paths, store, clock) = (config.retention.clone(), config.paths.clone(), store.clone(), clock.clone());
    tasks.spawn(async move {
        loop {
            retention::remove_old(&kept, &paths, &store, clock.now()).await;
            sleep(retention::INTERVAL).await;
        }
    });
    Ok(tasks)
}

/// Returns whether the change of config needs other tasks.
pub(super) fn is_affected(before: &Config, after: &Config) -> bool {
    before.ping != after.ping
        || before.retention != after.retention
        || before.paths != after.paths
        || before.operators != after.operators
        || before.mail.from_address != after.mail.from_address
}

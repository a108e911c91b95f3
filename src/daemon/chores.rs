//! What goes on beside the work and can be begun anew at any time: what is too old is removed, and an outside monitor hears
//! from us.

use std::sync::Arc;

use tokio::{task::JoinSet, time::sleep};

use crate::{
    base::shutdown::Shutdown,
    config::Config,
    daemon::retention,
    monitoring::{
        health::Monitor,
        ping::{Pinger, PingerError},
    },
    store::Store,
    time::clock::Clock,
};

/// As the config says, from now on; they end with what is given.
///
/// # Errors
/// The outside monitor cannot be reached at all: no certificates, or its URL is none.
pub(super) fn of(
    config: &Config,
    store: &Store,
    clock: &Clock,
    monitor: &Arc<Monitor>,
    shutdown: &Shutdown,
) -> Result<JoinSet<()>, PingerError> {
    let pinger = config.ping.as_ref().map(|ping| Ok::<_, PingerError>((Pinger::new(&ping.url)?, ping.every)));
    let mut chores = JoinSet::new();
    if let Some((pinger, every)) = pinger.transpose()? {
        chores.spawn(pinger.run(monitor.clone(), every, shutdown.clone()));
    }
    let (kept, paths, store, clock) = (config.retention.clone(), config.paths.clone(), store.clone(), clock.clone());
    chores.spawn(async move {
        loop {
            retention::tidy(&kept, &paths, &store, clock.now()).await;
            sleep(retention::EVERY).await;
        }
    });
    Ok(chores)
}

/// Does another config ask for others?
pub(super) fn are_others(before: &Config, after: &Config) -> bool {
    before.ping != after.ping || before.retention != after.retention || before.paths != after.paths
}

//! Looks whether each brief can still be made after figures came or went while the daemon runs: the config was checked with
//! the figures of its time. So a brief that the gate would hold is told before its slot comes.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, task::JoinSet, time::sleep};
use tracing::debug;

use super::{CheckedConfig, reload::in_thread};
use crate::{actions::figures_of, figures::Known, monitoring::vitals::Vitals, store::Store, time::clock::Clock};

/// Interval between looks whether figures came or went.
const INTERVAL: Duration = Duration::from_secs(5);

/// Looks as long as `tasks` are there. The config in force is `active`, and later what is sent over the returned sender.
pub(super) fn spawn(
    tasks: &mut JoinSet<()>,
    store: &Store,
    clock: &Clock,
    vitals: &Arc<Vitals>,
    active: Arc<CheckedConfig>,
) -> watch::Sender<Arc<CheckedConfig>> {
    let (activations, activated) = watch::channel(active);
    tasks.spawn(run(store.clone(), clock.clone(), vitals.clone(), activated));
    activations
}

/// Never returns. A store that cannot be read is told elsewhere.
async fn run(store: Store, clock: Clock, vitals: Arc<Vitals>, mut active: watch::Receiver<Arc<CheckedConfig>>) {
    let mut seen = None;
    loop {
        sleep(INTERVAL).await;
        let Ok(newest) = store.figures().newest_import().await else { continue };
        if seen == Some(newest) && !active.has_changed().unwrap_or(false) {
            continue;
        }
        let (config, now) = (active.borrow_and_update().clone(), clock.now());
        let drafts = config.drafts(now);
        let Ok(figures) = figures_of(Some(&store), drafts, Known::Now).await else { continue };
        // It may take seconds.
        if let Some(held) = in_thread(move || config.held_with(&figures, now)).await {
            debug!(held = held.len(), "checked the briefs with the figures there are");
            vitals.briefs_held(held);
            seen = Some(newest);
        }
    }
}

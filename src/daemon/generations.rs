//! Counts the store's generations while it changes, so that a store which loses what was committed is recognised at its next
//! opening; and notices if its file is taken away under the daemon. What a generation is stands in `store`.

use std::time::Duration;

use tokio::time::sleep;
use tracing::{info, warn};

use crate::{store::Store, time::clock::Clock};

/// Interval between looks at SQLite's log, which needs no question to the database.
const LOOK: Duration = Duration::from_secs(1);
/// Interval between counts where no change can be seen.
const BLIND: Duration = Duration::from_secs(60);

/// Counts until the store is lost, and returns what happened. Counts at most once a look, and not at all while nothing
/// changes.
pub(super) async fn count(store: Store, clock: Clock) -> String {
    let mut seen = store.change_stamp();
    let mut failing = false;
    loop {
        sleep(if store.file().is_some() { LOOK } else { BLIND }).await;
        if !store.file_is_in_place() {
            let file = store.file().map_or_else(String::new, |file| file.display().to_string());
            return format!("{file} was removed or replaced while it was at work");
        }
        if store.file().is_some() && store.change_stamp() == seen {
            continue;
        }
        match store.count_generation(clock.now()).await {
            Ok(()) => {
                if std::mem::take(&mut failing) {
                    info!("the store's generations are counted again");
                }
            }
            Err(problem) => {
                if !std::mem::replace(&mut failing, true) {
                    warn!(%problem, "the store's generation cannot be counted: a store that loses data may not be recognised");
                }
            }
        }
        seen = store.change_stamp();
    }
}

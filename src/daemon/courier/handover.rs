//! Hands the outbox over from one courier to the next when the config changes how mails leave: the one at work takes no more
//! mails and ends those that it has, and the next goes on with the outbox.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, mpsc},
    task::{JoinError, JoinSet},
    time::timeout,
};
use tracing::{error, info};

use super::Courier;
use crate::base::shutdown::Shutdown;

/// Maximum time for which the next courier waits for the mails of the last one, so that both together are not faster than
/// they may be. A server that takes longer for a mail holds up that mail alone.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// Sends until the shutdown, by `first` and then by each courier that comes by `next`. Every courier has an owner of its own,
/// and only the first may be `alone`, so that none settles what another still has.
///
/// # Errors
/// If a courier's task ends by itself.
pub async fn run_with_handover(
    first: Courier,
    mut next: mpsc::Receiver<Courier>,
    wake: Arc<Notify>,
    shutdown: Shutdown,
) -> Result<(), JoinError> {
    let (mut courier, mut retiring) = (first, JoinSet::new());
    loop {
        let (retire, retired) = Shutdown::channel();
        let mut at_work = tokio::spawn(courier.run_until_retired(wake.clone(), retired, shutdown.clone()));
        courier = tokio::select! {
            ended = &mut at_work => return ended,
            () = shutdown.requested() => {
                retire.request();
                let ended = at_work.await;
                while retiring.join_next().await.is_some() {}
                return ended;
            }
            Some(next) = next.recv() => next,
        };
        retire.request();
        info!("mails follow the new config once those under way have ended");
        match timeout(MAX_WAIT, &mut at_work).await {
            Ok(Ok(())) => {}
            Ok(Err(broken)) => error!(%broken, "the previous courier failed"),
            Err(_) => drop(retiring.spawn(at_work)),
        }
        while retiring.try_join_next().is_some() {}
        // Of several couriers that came meanwhile the newest counts.
        while let Ok(newer) = next.try_recv() {
            courier = newer;
        }
        // For mails that came while no courier was at work.
        wake.notify_one();
    }
}

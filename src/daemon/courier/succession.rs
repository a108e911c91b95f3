//! One courier after the other: when the config says otherwise how mails leave, the one at work takes no more mails and ends
//! those that it has in hand, and another goes on with the outbox.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, mpsc},
    task::{JoinError, JoinSet},
    time::timeout,
};
use tracing::{error, info};

use super::Courier;
use crate::base::shutdown::Shutdown;

/// So long the next one waits for the last one's mails, so that both together are not faster than they may be. A server that
/// takes longer for a mail holds up that mail alone.
const PASSING: Duration = Duration::from_secs(10);

/// Sends until the shutdown, by the first courier and then by each that comes after it. Every courier has an owner of
/// its own, and only the first may be `alone`: what another still has in hand is not settled by the next.
///
/// # Errors
/// A courier ended by itself.
pub async fn in_turn(
    first: Courier,
    mut next: mpsc::Receiver<Courier>,
    wake: Arc<Notify>,
    shutdown: Shutdown,
) -> Result<(), JoinError> {
    let (mut courier, mut leaving) = (first, JoinSet::new());
    loop {
        let (retire, retired) = Shutdown::channel();
        let mut at_work = tokio::spawn(courier.run_until(wake.clone(), retired, shutdown.clone()));
        courier = tokio::select! {
            ended = &mut at_work => return ended,
            () = shutdown.requested() => {
                retire.request();
                let ended = at_work.await;
                while leaving.join_next().await.is_some() {}
                return ended;
            }
            Some(next) = next.recv() => next,
        };
        retire.request();
        info!("mails go as the new config says, once those that are under way have ended");
        match timeout(PASSING, &mut at_work).await {
            Ok(Ok(())) => {}
            Ok(Err(broken)) => error!(%broken, "the courier that was at work ended badly"),
            Err(_) => drop(leaving.spawn(at_work)),
        }
        while leaving.try_join_next().is_some() {}
        // Of several that came meanwhile the newest counts.
        while let Ok(newer) = next.try_recv() {
            courier = newer;
        }
        // Mails that came while nobody was at work.
        wake.notify_one();
    }
}

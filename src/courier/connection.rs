//! One connection's worth of sending: mail after mail while there are any, with a rest after each that broke. What is
//! said to the server is in `carry`.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use super::{
    Shared,
    carry::{After, Connection},
    is_over, over,
    relays::pause,
    waiting::{Next, Waiting},
};

/// An idle connection is ended after this time.
const IDLE: Duration = Duration::from_secs(10);

/// Takes mails for this relay until there are none any more. Once it is to stop, they go back.
pub(super) async fn run(shared: Arc<Shared>, relay: usize, waiting: Arc<Waiting>, mut stop: watch::Receiver<bool>) {
    let Some(station) = shared.turns.stations.get(relay) else { return };
    let mut open: Option<Connection> = None;
    let mut broken = 0;
    loop {
        // Before the next mail comes: taking leave must not keep it waiting.
        if let Some(old) = open.take_if(|open| open.mails() >= shared.mails_per_connection) {
            old.quit().await;
        }
        let next = match &open {
            None => waiting.next(relay).await,
            Some(_) => match timeout(IDLE, waiting.next(relay)).await {
                Ok(next) => next,
                Err(_) => {
                    if let Some(open) = open.take() {
                        open.quit().await;
                    }
                    continue;
                }
            },
        };
        let errand = match next {
            Next::Carry(errand) => errand,
            Next::Away(errand, why) => {
                errand.deferred_blameless(&why);
                continue;
            }
            Next::Closed => break,
        };
        tokio::select! {
            () = shared.ledger.ready() => {}
            () = over(&mut stop) => {}
        }
        if is_over(&stop) {
            errand.back("");
            continue;
        }
        match shared.carry(station, errand, &mut open).await {
            After::GoOn => broken = 0,
            After::Rest => {
                tokio::select! {
                    () = sleep(pause(broken)) => {}
                    () = over(&mut stop) => {}
                }
                broken += 1;
            }
        }
    }
    if let Some(open) = open {
        open.quit().await;
    }
}

//! One connection's worth of sending: mail after mail while there are any, with a rest after each that broke. What is
//! said to the server is in `carry`.

use std::{sync::Arc, time::Duration};

use tokio::time::{sleep, timeout};

use super::{
    Shared,
    carry::{After, Connection, Ready},
    relays::pause,
    waiting::{Next, Waiting},
};
use crate::base::shutdown::Shutdown;

/// An idle connection is ended after this time.
const IDLE: Duration = Duration::from_secs(10);

/// Takes mails for this relay until there are none any more. Once it is to stop, they go back.
pub(super) async fn run(shared: Arc<Shared>, relay: usize, waiting: Arc<Waiting>, shutdown: Shutdown) {
    let Some(station) = shared.turns.stations.get(relay) else { return };
    let most = shared.mails_per_connection;
    let mut open: Option<Connection> = None;
    let mut broken = 0;
    let mut ahead = None;
    loop {
        // Before it takes a mail: taking leave must not keep one waiting.
        if let Some(old) = open.take_if(|open| open.mails() >= most) {
            old.quit().await;
        }
        let (errand, letter) = match ahead.take() {
            Some(Ready { errand, letter }) => (errand, Some(letter)),
            None => {
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
                match next {
                    Next::Carry(errand) => (errand, None),
                    Next::Away(errand, why) => {
                        // It was not tried: it keeps its turn.
                        errand.back(&why);
                        continue;
                    }
                    Next::Closed => break,
                }
            }
        };
        tokio::select! {
            () = shared.ledger.ready() => {}
            () = shutdown.requested() => {}
        }
        if shutdown.is_requested() {
            errand.back("");
            continue;
        }
        let ready = match letter {
            Some(letter) => Ready { errand, letter },
            None => match shared.ready(errand).await {
                Some(ready) => ready,
                None => continue,
            },
        };
        // One that waits already, and only if nothing speaks against it; not with the last mail of a connection.
        let last = open.as_ref().map_or(0, Connection::mails) + 1 >= most;
        let next = async {
            if last || station.is_unruly() || shutdown.is_requested() {
                return None;
            }
            shared.ready(waiting.now(relay)?).await
        };
        let (after, next) = shared.carry(station, ready, &mut open, next).await;
        ahead = next;
        match after {
            After::GoOn => broken = 0,
            After::Rest => {
                // Others may carry it meanwhile.
                if let Some(Ready { errand, .. }) = ahead.take() {
                    errand.back("");
                }
                tokio::select! {
                    () = sleep(pause(broken)) => {}
                    () = shutdown.requested() => {}
                }
                broken += 1;
            }
        }
    }
    if let Some(open) = open {
        open.quit().await;
    }
}

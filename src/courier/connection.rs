//! One connection's worth of sending: mail after mail while there are any, with a rest after each that broke. What is
//! said to the server is in `carry`.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Mutex, mpsc, watch},
    time::{sleep, timeout},
};

use super::{
    Shared,
    carry::{After, Connection, Ready},
    errand::Errand,
    is_over, over,
};

/// An idle connection is ended after this time.
const IDLE: Duration = Duration::from_secs(10);

/// Takes errands until the queue ends. Once it is to stop, they go back.
pub(super) async fn run(
    shared: Arc<Shared>,
    errands: Arc<Mutex<mpsc::Receiver<Errand>>>,
    mut stop: watch::Receiver<bool>,
) {
    let mut open: Option<Connection> = None;
    let mut broken = 0;
    let mut ahead = None;
    loop {
        let (errand, letter) = match ahead.take() {
            Some(Ready { errand, letter }) => (errand, Some(letter)),
            None => {
                let next = async { errands.lock().await.recv().await };
                let errand = match &open {
                    None => next.await,
                    Some(_) => match timeout(IDLE, next).await {
                        Ok(errand) => errand,
                        Err(_) => {
                            if let Some(open) = open.take() {
                                open.quit().await;
                            }
                            continue;
                        }
                    },
                };
                let Some(errand) = errand else { break };
                (errand, None)
            }
        };
        tokio::select! {
            () = shared.ledger.ready() => {}
            () = over(&mut stop) => {}
        }
        if is_over(&stop) {
            errand.back("");
            continue;
        }
        if let Some(why) = shared.away() {
            // It was not tried: it keeps its turn.
            errand.back(&why);
            continue;
        }
        let ready = match letter {
            Some(letter) => Ready { errand, letter },
            None => match shared.ready(errand).await {
                Some(ready) => ready,
                None => continue,
            },
        };
        // One that waits already, and only if nothing speaks against it.
        let next = async {
            if is_over(&stop) || shared.away().is_some() {
                return None;
            }
            let errand = errands.try_lock().ok()?.try_recv().ok()?;
            shared.ready(errand).await
        };
        let (after, next) = shared.carry(ready, &mut open, next).await;
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

/// 1 s, 2 s, 4 s … 60 s.
pub(super) fn pause(times: u32) -> Duration {
    Duration::from_secs((1 << times.min(6)).min(60))
}

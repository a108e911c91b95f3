//! Looks for editions that are over and has the operators told how they went. What they are told is in `operators`.

use std::time::Duration;

use tokio::time::sleep;
use tracing::{info, warn};

use crate::{base::shutdown::Shutdown, monitoring::operator_mail::OperatorMailer, time::clock::Clock};

/// How often.
const EVERY: Duration = Duration::from_secs(3);

/// Runs until the shutdown. An edition that is over at the very end is found by the next courier.
pub(super) async fn run(operator_mailer: OperatorMailer, clock: Clock, shutdown: Shutdown) {
    let mut away = false;
    loop {
        tokio::select! {
            () = sleep(EVERY) => {}
            () = shutdown.requested() => return,
        }
        match operator_mailer.report_editions(clock.now()).await {
            Ok(0) => away = false,
            Ok(mails) => info!(mails, "the operators are told how an edition went"),
            Err(problem) => {
                if !std::mem::replace(&mut away, true) {
                    warn!(%problem, "the operators could not be told how an edition went; tried again");
                }
            }
        }
    }
}

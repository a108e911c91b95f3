//! Looks for editions that have ended and has reports of them mailed to the operators. What a report says is in
//! `monitoring::operator_mail`.

use std::time::Duration;

use tokio::time::sleep;
use tracing::{info, warn};

use crate::{base::shutdown::Shutdown, monitoring::operator_mail::OperatorMailer, time::clock::Clock};

/// Interval between looks.
const INTERVAL: Duration = Duration::from_secs(3);

/// Runs until the shutdown. An edition that ends with it is found by the next courier.
pub(super) async fn run(operator_mailer: OperatorMailer, clock: Clock, shutdown: Shutdown) {
    let mut failing = false;
    loop {
        tokio::select! {
            () = sleep(INTERVAL) => {}
            () = shutdown.requested() => return,
        }
        match operator_mailer.report_editions(clock.now()).await {
            Ok(0) => failing = false,
            Ok(mails) => info!(mails, "the report on an edition is queued for the operators"),
            Err(problem) => {
                if !std::mem::replace(&mut failing, true) {
                    warn!(%problem, "the report on an edition could not be queued; retrying");
                }
            }
        }
    }
}

//! A worker has one connection to a relay: it sends mail after mail while there are any, and pauses after each that broke.
//! The conversation with the server is in `attempt`.

use std::{sync::Arc, time::Duration};

use tokio::time::{sleep, timeout};

use super::{
    attempt::{AfterAttempt, OpenSession, PreparedMail},
    in_flight::InFlightMail,
    queue::{MailQueue, NextMail},
    relay_state::{RelayState, backoff},
    shared::Shared,
};
use crate::base::shutdown::Shutdown;

/// Maximum time for which a connection stays open without a mail.
const MAX_IDLE: Duration = Duration::from_secs(10);

pub(super) struct Worker {
    shared: Arc<Shared>,
    queue: Arc<MailQueue>,
    /// The number of its relay
    relay: usize,
    shutdown: Shutdown,
    session: Option<OpenSession>,
    /// The mail whose envelope went out with the last dot
    ahead: Option<PreparedMail>,
    /// Attempts in a row after which something was broken
    broken: u32,
}

/// The mail that a worker takes on.
enum Taken {
    Mail(InFlightMail),
    Prepared(PreparedMail),
    /// None for now: look again.
    None,
    /// None, never again.
    Closed,
}

impl Worker {
    pub fn new(shared: Arc<Shared>, queue: Arc<MailQueue>, relay: usize, shutdown: Shutdown) -> Worker {
        Worker { shared, queue, relay, shutdown, session: None, ahead: None, broken: 0 }
    }

    /// Sends mails until the queue is closed; from the shutdown on, gives them back.
    pub async fn run(mut self) {
        let shared = self.shared.clone();
        let Some(relay) = shared.dispatch.relays.get(self.relay) else { return };
        loop {
            let taken = self.take().await;
            if matches!(taken, Taken::Closed) {
                break;
            }
            if let Some(mail) = self.prepare(taken).await {
                self.send(relay, mail).await;
            }
        }
        self.quit().await;
    }

    async fn take(&mut self) -> Taken {
        // Before it takes a mail: saying QUIT must not keep one waiting.
        let most = self.shared.mails_per_connection;
        if let Some(used_up) = self.session.take_if(|session| session.mails() >= most) {
            used_up.quit().await;
        }
        if let Some(ahead) = self.ahead.take() {
            return Taken::Prepared(ahead);
        }
        let next = match &self.session {
            None => self.queue.next(self.relay).await,
            Some(_) => match timeout(MAX_IDLE, self.queue.next(self.relay)).await {
                Ok(next) => next,
                Err(_) => {
                    self.quit().await;
                    return Taken::None;
                }
            },
        };
        match next {
            NextMail::Send(mail) => Taken::Mail(mail),
            NextMail::Unreachable(mail, why) => {
                // It was not tried: that is no attempt.
                mail.give_back(&why);
                Taken::None
            }
            NextMail::Closed => Taken::Closed,
        }
    }

    async fn prepare(&self, taken: Taken) -> Option<PreparedMail> {
        if matches!(taken, Taken::None | Taken::Closed) {
            return None;
        }
        tokio::select! {
            () = self.shared.ledger.ready() => {}
            () = self.shutdown.requested() => {}
        }
        let stopping = self.shutdown.is_requested();
        match taken {
            Taken::Mail(mail) | Taken::Prepared(PreparedMail { mail, .. }) if stopping => {
                mail.give_back("");
                None
            }
            Taken::Mail(mail) => self.shared.prepare(mail).await,
            Taken::Prepared(prepared) => Some(prepared),
            Taken::None | Taken::Closed => None,
        }
    }

    async fn send(&mut self, relay: &RelayState, mail: PreparedMail) {
        // The next mail goes ahead if it is in the queue already and nothing speaks against it; not with the last mail of a
        // connection.
        let most = self.shared.mails_per_connection;
        let is_last = self.session.as_ref().map_or(0, OpenSession::mails) + 1 >= most;
        let Worker { shared, queue, shutdown, session, relay: number, .. } = self;
        let next = async {
            if is_last || relay.is_unruly() || shutdown.is_requested() {
                return None;
            }
            shared.prepare(queue.take_ready(*number)?).await
        };
        let (after, ahead) = shared.attempt(relay, mail, session, next).await;
        self.ahead = ahead;
        match after {
            AfterAttempt::Continue => self.broken = 0,
            AfterAttempt::Pause => {
                // Others may send it meanwhile.
                if let Some(PreparedMail { mail, .. }) = self.ahead.take() {
                    mail.give_back("");
                }
                tokio::select! {
                    () = sleep(backoff(self.broken)) => {}
                    () = self.shutdown.requested() => {}
                }
                self.broken += 1;
            }
        }
    }

    async fn quit(&mut self) {
        if let Some(session) = self.session.take() {
            session.quit().await;
        }
    }
}

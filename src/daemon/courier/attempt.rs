//! A delivery attempt: one mail to one server, what is written when, what is durable before it, and what becomes of the mail
//! however the attempt ends. The rule: before the final dot nothing can have been delivered; after it, only the server's
//! reply tells. Where DATA goes out with the envelope, the ledger is asked for the gate at that moment, so
//! that several mails share a commit.

use std::path::PathBuf;

use tokio::{
    join,
    sync::Notify,
    task::spawn_blocking,
    time::{Duration, Instant, timeout, timeout_at},
};
use tracing::debug;

use super::{
    counter::CountGuard,
    in_flight::InFlightMail,
    message::Message,
    relay_state::{Destination, RelayState},
    shared::Shared,
};
use crate::delivery::mail::{
    folder,
    session::{Failure, Relay, Session, Step, TlsClient},
};

/// Maximum time for which a prepared mail waits for the one before it on its connection.
const MAX_WAIT_FOR_PREVIOUS: Duration = Duration::from_secs(5);

/// The next step of a worker after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AfterAttempt {
    Continue,
    /// Something broke: first gives the server a rest.
    Pause,
}

/// A session with its count of mails, counted while it lives.
pub(super) struct OpenSession {
    session: Session,
    /// Mails that came to their dot
    mails: u32,
    _counted: CountGuard,
}

impl OpenSession {
    pub async fn quit(self) {
        self.session.quit().await;
    }

    pub const fn mails(&self) -> u32 {
        self.mails
    }

    fn is_usable(&self) -> bool {
        self.session.is_usable()
    }
}

/// A relay that is reached by SMTP.
#[derive(Clone, Copy)]
struct Server<'a> {
    state: &'a RelayState,
    relay: &'a Relay,
    tls_client: &'a TlsClient,
}

/// Why a mail's body was not written.
enum NotWritten {
    /// No connection could be opened; the mail is not to blame.
    NoConnection(Failure),
    /// Its envelope or its body failed.
    Mail(Failure),
}

/// A mail with its message.
pub(super) struct PreparedMail {
    pub mail: InFlightMail,
    pub message: Message,
}

impl Shared {
    /// Makes the message of a mail. If that fails, records it and returns `None`.
    pub(super) async fn prepare(&self, mut mail: InFlightMail) -> Option<PreparedMail> {
        if mail.claim.quiet_from.is_some_and(|from| from <= self.clock.now()) {
            mail.give_back("its quiet hours have begun");
            return None;
        }
        mail.begin();
        match mail.message().await {
            Ok(message) => return Some(PreparedMail { mail, message }),
            Err(error) if error.is_transient() => mail.deferred_blameless(&error.to_string()),
            Err(error) => mail.failed(&error.to_string()),
        }
        None
    }

    /// Sends one mail. `session` is taken and put back for the next mail while it is usable. `next` yields the mail that
    /// will be sent next, if one is waiting: its envelope goes out with this one's dot, and it is returned to be sent.
    pub(super) async fn attempt(
        &self,
        relay: &RelayState,
        mail: PreparedMail,
        session: &mut Option<OpenSession>,
        next: impl Future<Output = Option<PreparedMail>>,
    ) -> (AfterAttempt, Option<PreparedMail>) {
        match &relay.destination {
            Destination::Folder(path) => {
                write_to_folder(mail, path.clone()).await;
                (AfterAttempt::Continue, None)
            }
            Destination::Smtp(smtp, tls_client) => {
                self.attempt_by_smtp(Server { state: relay, relay: smtp, tls_client }, mail, session, next).await
            }
        }
    }

    async fn attempt_by_smtp(
        &self,
        server: Server<'_>,
        mail: PreparedMail,
        session: &mut Option<OpenSession>,
        next: impl Future<Output = Option<PreparedMail>>,
    ) -> (AfterAttempt, Option<PreparedMail>) {
        // The next one is prepared meanwhile, since a signature may take as long as the way to the dot.
        let written = Notify::new();
        let this = async {
            let ended = self.write_up_to_dot(server, mail, session).await;
            written.notify_one();
            ended
        };
        let (result, next) = join!(this, wait_for_previous(next, &written));
        match result {
            Ok((mail, open)) => self.write_dot(server, mail, open, session, next).await,
            Err(after) => (after, next),
        }
    }

    /// Writes the dot, with the envelope of the next mail if there is one, and records what became of the mail.
    async fn write_dot(
        &self,
        server: Server<'_>,
        mut mail: InFlightMail,
        mut open: OpenSession,
        session: &mut Option<OpenSession>,
        mut next: Option<PreparedMail>,
    ) -> (AfterAttempt, Option<PreparedMail>) {
        if let Err(problem) = mail.begin_dot() {
            drop(open);
            mail.deferred_blameless(&format!("not sent: the dot journal cannot be written: {problem}"));
            return (AfterAttempt::Pause, next);
        }
        debug!(mail = mail.claim.id.get(), "the dot goes out");
        let answer = match &mut next {
            Some(next) => {
                if open.session.is_pipelined() {
                    next.mail.declare();
                }
                let (from, to) = (self.return_path.sender(&next.mail.claim), &next.mail.claim.address);
                open.session.finish_with(&from, to, next.message.size()).await
            }
            None => open.session.finish().await,
        };
        open.mails += 1;
        if !open.session.is_orderly() {
            server.state.set_unruly();
        }
        *session = Some(open).filter(OpenSession::is_usable);
        let after = match answer {
            Ok(reply) => {
                debug!(mail = mail.claim.id.get(), "the server took it");
                self.mail_taken(&mail);
                mail.sent(&reply.to_string());
                AfterAttempt::Continue
            }
            // At the body: the server sent something unasked, and the dot was held back.
            Err(failure) if failure.reply().is_some() || failure.step() == Step::Body => {
                self.refused(mail, &failure).await
            }
            Err(failure) => {
                mail.unknown(&failure.to_string());
                AfterAttempt::Pause
            }
        };
        (after, next)
    }

    /// Sends a mail up to its final dot, with permission for the dot from the ledger. If it does not come so far, records
    /// that and returns what the worker does next.
    async fn write_up_to_dot(
        &self,
        server: Server<'_>,
        mut prepared: PreparedMail,
        session: &mut Option<OpenSession>,
    ) -> Result<(InFlightMail, OpenSession), AfterAttempt> {
        let began = Instant::now();
        let written = timeout_at(prepared.mail.deadline(), self.write(server, &mut prepared, session)).await;
        let mut mail = prepared.mail;
        let open = match written {
            Ok(Ok(open)) => open,
            Ok(Err(NotWritten::NoConnection(failure))) => {
                return Err(self.no_connection(server.state, mail, &failure, began));
            }
            Ok(Err(NotWritten::Mail(failure))) => return Err(self.refused(mail, &failure).await),
            Err(_) => {
                mail.deferred("not sent: the server took too long before the final dot");
                return Err(AfterAttempt::Pause);
            }
        };
        self.recipient_accepted(&mail);
        // From here on the server may have the mail: that is durable before the dot.
        if !mail.may_write_dot().await {
            // Without the dot the server discards what it got. If the move was written after all, the mail is known not to
            // have gone out; if the mail was stopped, this changes nothing.
            drop(open);
            mail.not_allowed("not sent: the ledger did not allow it");
            return Err(AfterAttempt::Continue);
        }
        Ok((mail, open))
    }

    /// Writes envelope and body, over the kept session or a new one. Returns the session, which waits for the dot.
    async fn write(
        &self,
        server: Server<'_>,
        prepared: &mut PreparedMail,
        session: &mut Option<OpenSession>,
    ) -> Result<OpenSession, NotWritten> {
        let mut open = None;
        if let Some(mut kept) = session.take().filter(OpenSession::is_usable) {
            match self.offer(&mut kept, prepared).await {
                Ok(()) => open = Some(kept),
                // The server closed between two mails, as many do after a number of them or a time: nothing of this mail was
                // taken, and a new connection tells how things stand.
                Err(failure) if failure.step() == Step::Mail && !failure.keeps_connection() => {
                    debug!(mail = prepared.mail.claim.id.get(), %failure, "the server closed the connection between two mails");
                }
                Err(failure) => {
                    // A session that is usable resets itself before the next envelope.
                    *session = Some(kept).filter(OpenSession::is_usable);
                    return Err(NotWritten::Mail(failure));
                }
            }
        }
        let mut open = match open {
            Some(open) => open,
            None => {
                let mut new = self.connect(server).await?;
                if let Err(failure) = self.offer(&mut new, prepared).await {
                    *session = Some(new).filter(OpenSession::is_usable);
                    return Err(NotWritten::Mail(failure));
                }
                new
            }
        };
        debug!(mail = prepared.mail.claim.id.get(), "the body begins");
        prepared.mail.need_permission();
        open.session.write(&prepared.message.pieces()).await.map_err(NotWritten::Mail)?;
        Ok(open)
    }

    async fn connect(&self, server: Server<'_>) -> Result<OpenSession, NotWritten> {
        let Server { state, relay, tls_client } = server;
        let _connecting = state.connecting.guard();
        let session = Session::open(relay, tls_client).await.map_err(NotWritten::NoConnection)?;
        if state.came_back() {
            self.dispatch.wake_all();
        }
        Ok(OpenSession { session, mails: 0, _counted: state.connected.guard() })
    }

    /// Sends the envelope, up to 354.
    async fn offer(&self, open: &mut OpenSession, prepared: &mut PreparedMail) -> Result<(), Failure> {
        if open.session.is_pipelined() {
            prepared.mail.declare();
        }
        let claim = &prepared.mail.claim;
        let from = self.return_path.sender(claim);
        open.session.offer(&from, &claim.address, prepared.message.size()).await
    }

    /// Records that no connection could be opened. A server that takes no further connection beside the open ones is not
    /// away: those send this mail, too. While the server is not known to be away, a connection that is just being opened may
    /// become one of them.
    fn no_connection(&self, relay: &RelayState, mail: InFlightMail, failure: &Failure, began: Instant) -> AfterAttempt {
        let why = failure.to_string();
        if relay.connected.count() > 0 || (relay.connecting.count() > 0 && !relay.is_away()) {
            debug!(mail = mail.claim.id.get(), why, "no further connection; the open ones send it");
            mail.give_back(&why);
            return AfterAttempt::Pause;
        }
        relay.went_away(&why, began);
        match self.dispatch.all_away() {
            Some(away) => mail.deferred_blameless(&away.why),
            None => mail.give_back(&why),
        }
        // Other relays have its share now.
        self.dispatch.wake_all();
        AfterAttempt::Continue
    }
}

/// Waits for the next mail and then until the one before it is written. If that takes too long, gives the mail back for
/// another connection.
async fn wait_for_previous(next: impl Future<Output = Option<PreparedMail>>, written: &Notify) -> Option<PreparedMail> {
    let prepared = next.await?;
    if timeout(MAX_WAIT_FOR_PREVIOUS, written.notified()).await.is_ok() {
        return Some(prepared);
    }
    prepared.mail.give_back("the previous mail takes too long");
    None
}

/// Writes a mail into the folder. A reader of the folder may take the file at once: so the move to the dot is durable before
/// the file can appear.
async fn write_to_folder(prepared: PreparedMail, folder: PathBuf) {
    let PreparedMail { mut mail, message } = prepared;
    let stem = mail.claim.message_id.trim_start_matches('<').split('@').next().unwrap_or_default().to_owned();
    if !mail.may_write_dot().await {
        return mail.not_allowed("not written: the ledger did not allow it");
    }
    if let Err(problem) = mail.begin_dot() {
        return mail.deferred_blameless(&format!("not written: the dot journal cannot be written: {problem}"));
    }
    let write =
        move || folder::deliver(&folder, &stem, &message.head, &message.plain_body()).map_err(|error| (folder, error));
    match spawn_blocking(write).await {
        Ok(Ok(path)) => mail.sent(&format!("written to {}", path.display())),
        // The file appears whole or not at all: it is not there.
        Ok(Err((folder, error))) => {
            mail.deferred_blameless(&format!("{} cannot be written: {error}", folder.display()));
        }
        Err(broken) => mail.unknown(&format!("writing the file stopped unexpectedly: {broken}")),
    }
}

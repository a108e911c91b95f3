//! One mail to one server: what is written when, what is durable before it, and what becomes of the mail however it
//! ends. The rule: before the final dot nothing can have been delivered; after it, only the server's answer tells.

use std::path::PathBuf;

use tokio::{
    task::spawn_blocking,
    time::{Instant, timeout_at},
};
use tracing::debug;

use super::{Shared, Transport, count::Counted, errand::Errand};
use crate::mail::{
    folder,
    message::Pressed,
    session::{Failure, Relay, Session, Step, Trust},
};

/// Does the connection go on, or did it break and give the server a rest first?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    GoOn,
    Rest,
}

/// A session, counted while it lives.
pub(super) struct Connection {
    session: Session,
    _counted: Counted,
}

impl Connection {
    pub async fn quit(self) {
        self.session.quit().await;
    }

    fn is_usable(&self) -> bool {
        self.session.is_usable()
    }
}

/// Why a mail's body is not on the wire.
enum NotWritten {
    /// No connection was to be had; the mail is not to blame.
    NoConnection(Failure),
    /// At or after its envelope.
    Mail(Failure),
}

impl Shared {
    /// Carries one mail. `kept` is the connection for the next one as long as it is sound.
    pub(super) async fn carry(&self, mut errand: Errand, kept: &mut Option<Connection>) -> After {
        errand.begin();
        let (head, pressed) = match self.letters.letter(&errand.claim).await {
            Ok(letter) => letter,
            Err(error) if error.is_passing() => {
                errand.deferred_blameless(&error.to_string());
                return After::GoOn;
            }
            Err(error) => {
                errand.failed(&error.to_string());
                return After::GoOn;
            }
        };
        match &self.transport {
            Transport::Folder(path) => {
                put(errand, path.clone(), head, pressed).await;
                After::GoOn
            }
            Transport::Smtp { relay, trust, .. } => {
                self.carry_by_smtp((relay, trust), errand, &head, &pressed, kept).await
            }
        }
    }

    async fn carry_by_smtp(
        &self,
        server: (&Relay, &Trust),
        mut errand: Errand,
        head: &[u8],
        pressed: &Pressed,
        kept: &mut Option<Connection>,
    ) -> After {
        let began = Instant::now();
        let written = match timeout_at(errand.until(), self.write(server, &errand, head, pressed, kept)).await {
            Ok(written) => written,
            Err(_) => {
                errand.deferred("not sent: the server took too long before the final dot");
                return After::Rest;
            }
        };
        let mut open = match written {
            Ok(open) => open,
            Err(NotWritten::NoConnection(failure)) => return self.no_connection(errand, &failure, began),
            Err(NotWritten::Mail(failure)) => {
                self.refused(errand, &failure).await;
                return if failure.keeps_connection() { After::GoOn } else { After::Rest };
            }
        };
        self.a_reader_is_taken();
        // From here on the server may have the mail: that is durable before the dot.
        if !errand.may_go().await {
            // Without the dot the server throws away what it got. If the note was written after all, the mail is
            // known not to have gone; if it was stopped, this changes nothing.
            drop(open);
            errand.deferred_blameless("not sent: the ledger did not allow it");
            return After::GoOn;
        }
        debug!(mail = errand.claim.id, "the dot goes out");
        let answer = open.session.finish().await;
        *kept = Some(open).filter(Connection::is_usable);
        match answer {
            Ok(reply) => {
                debug!(mail = errand.claim.id, "the server took it");
                errand.sent(&reply.to_string());
                After::GoOn
            }
            // At the body: the server spoke before its turn, and the dot was held back.
            Err(failure) if failure.reply().is_some() || failure.step() == Step::Body => {
                self.refused(errand, &failure).await;
                if failure.keeps_connection() { After::GoOn } else { After::Rest }
            }
            Err(failure) => {
                errand.unknown(&failure.to_string());
                After::Rest
            }
        }
    }

    /// Envelope and body, over the connection that is kept or a new one. Gives the connection, which waits for the dot.
    async fn write(
        &self,
        server: (&Relay, &Trust),
        errand: &Errand,
        head: &[u8],
        pressed: &Pressed,
        kept: &mut Option<Connection>,
    ) -> Result<Connection, NotWritten> {
        let size = head.len() + pressed.size();
        let (sender, to) = (self.letters.sender(), &*errand.claim.address);
        let mut open = None;
        if let Some(mut old) = kept.take().filter(Connection::is_usable) {
            match old.session.offer(sender, to, size).await {
                Ok(()) => open = Some(old),
                // The server took leave between two mails, as many do after so many of them or so much time: nothing of
                // this mail was taken, and a new connection tells how things stand.
                Err(failure) if failure.step() == Step::Mail && !failure.keeps_connection() => {
                    debug!(mail = errand.claim.id, %failure, "the connection is at its end");
                }
                Err(failure) => {
                    // The session knows whether it is sound, and resets itself before the next envelope.
                    *kept = Some(old).filter(Connection::is_usable);
                    return Err(NotWritten::Mail(failure));
                }
            }
        }
        let mut open = match open {
            Some(open) => open,
            None => {
                let connecting = self.connecting.one();
                let session = Session::open(server.0, server.1).await.map_err(NotWritten::NoConnection)?;
                self.server_is_there();
                let mut new = Connection { session, _counted: self.connected.one() };
                drop(connecting);
                if let Err(failure) = new.session.offer(sender, to, size).await {
                    *kept = Some(new).filter(Connection::is_usable);
                    return Err(NotWritten::Mail(failure));
                }
                new
            }
        };
        debug!(mail = errand.claim.id, "the body begins");
        open.session.write(&[head, pressed.body()]).await.map_err(NotWritten::Mail)?;
        Ok(open)
    }

    /// A server that takes no further connection beside those that it has is not away: they send this mail too. As long
    /// as it is not known to be away, one that others are just opening may become such.
    fn no_connection(&self, errand: Errand, failure: &Failure, began: Instant) -> After {
        let why = failure.to_string();
        if self.connected.number() > 0 || (self.connecting.number() > 0 && !self.was_away()) {
            debug!(mail = errand.claim.id, why, "no further connection; others send it");
            errand.back(&why);
            return After::Rest;
        }
        self.server_is_away(&why, began);
        errand.deferred_blameless(&why);
        After::GoOn
    }
}

/// Into the folder. Whoever reads it may take the file at once: here too it is durable before that it may be there.
async fn put(mut errand: Errand, folder: PathBuf, head: Vec<u8>, pressed: Pressed) {
    let stem = errand.claim.message_id.trim_start_matches('<').split('@').next().unwrap_or_default().to_owned();
    if !errand.may_go().await {
        return errand.deferred_blameless("not written: the ledger did not allow it");
    }
    let write = move || folder::deliver(&folder, &stem, &head, &pressed.plain_body()).map_err(|error| (folder, error));
    match spawn_blocking(write).await {
        Ok(Ok(path)) => errand.sent(&format!("written to {}", path.display())),
        // Whole or not at all: it is not there.
        Ok(Err((folder, error))) => {
            errand.deferred_blameless(&format!("{} cannot be written: {error}", folder.display()));
        }
        Err(broken) => errand.unknown(&format!("writing the file broke off: {broken}")),
    }
}

//! One mail to one server: what is written when, what is durable before it, and what becomes of the mail however it
//! ends. The rule: before the final dot nothing can have been delivered; after it, only the server's answer tells. Where
//! DATA goes out with the envelope, what must be durable before the dot is declared then, so that it shares a commit.

use std::path::PathBuf;

use tokio::{
    join,
    sync::Notify,
    task::spawn_blocking,
    time::{Duration, Instant, timeout, timeout_at},
};
use tracing::debug;

use super::{
    Shared,
    count::Counted,
    errand::Errand,
    letters::Letter,
    relays::{Station, Way},
};
use crate::delivery::mail::{
    folder,
    session::{Failure, Relay, Session, Step, TlsClient},
};

/// So long a mail that is made waits for the one before it on its connection.
const HELD: Duration = Duration::from_secs(5);

/// Does the connection go on, or did it break and give the server a rest first?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    GoOn,
    Rest,
}

/// A session, counted while it lives.
pub(super) struct Connection {
    session: Session,
    /// That came to their dot
    mails: u32,
    _counted: Counted,
}

impl Connection {
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

/// A relay, with what is known of it.
#[derive(Clone, Copy)]
struct Server<'a>(&'a Station, &'a Relay, &'a TlsClient);

/// Why a mail's body is not on the wire.
enum NotWritten {
    /// No connection was to be had; the mail is not to blame.
    NoConnection(Failure),
    /// At or after its envelope.
    Mail(Failure),
}

/// A mail that is made: its headers and, shared with others, its body.
pub(super) struct Ready {
    pub errand: Errand,
    pub letter: Letter,
}

impl Ready {
    fn size(&self) -> usize {
        let (head, pressed) = &self.letter;
        head.len() + pressed.size()
    }
}

impl Shared {
    /// Makes the mail; if it cannot be made, that is noted.
    pub(super) async fn ready(&self, mut errand: Errand) -> Option<Ready> {
        if errand.claim.quiet_from.is_some_and(|from| from <= self.clock.now()) {
            errand.back("its quiet hours have begun");
            return None;
        }
        errand.begin();
        match errand.letter().await {
            Ok(letter) => return Some(Ready { errand, letter }),
            Err(error) if error.is_passing() => errand.deferred_blameless(&error.to_string()),
            Err(error) => errand.failed(&error.to_string()),
        }
        None
    }

    /// Carries one mail. `kept` is the connection to this relay for the next one as long as it is sound. `next` gives the
    /// mail that will be carried next, if one is waiting: its envelope goes out with this one's dot. It comes back, to be
    /// carried.
    pub(super) async fn carry(
        &self,
        station: &Station,
        ready: Ready,
        kept: &mut Option<Connection>,
        next: impl Future<Output = Option<Ready>>,
    ) -> (After, Option<Ready>) {
        match &station.way {
            Way::Folder(path) => {
                put(ready, path.clone()).await;
                (After::GoOn, None)
            }
            Way::Smtp(relay, tls_client) => {
                self.carry_by_smtp(Server(station, relay, tls_client), ready, kept, next).await
            }
        }
    }

    async fn carry_by_smtp(
        &self,
        server: Server<'_>,
        ready: Ready,
        kept: &mut Option<Connection>,
        next: impl Future<Output = Option<Ready>>,
    ) -> (After, Option<Ready>) {
        // The next one is made meanwhile, since a signature may take as long as the way to the dot.
        let written = Notify::new();
        let this = async {
            let ended = self.up_to_the_dot(server, ready, kept).await;
            written.notify_one();
            ended
        };
        let (written, mut next) = join!(this, held(next, &written));
        let (mut errand, mut open) = match written {
            Ok(written) => written,
            Err(after) => return (after, next),
        };
        if let Err(problem) = errand.dot() {
            drop(open);
            errand.deferred_blameless(&format!("not sent: it could not be marked: {problem}"));
            return (After::Rest, next);
        }
        debug!(mail = errand.claim.id.get(), "the dot goes out");
        let answer = match &mut next {
            Some(next) => {
                if open.session.is_pipelined() {
                    next.errand.declare();
                }
                let to = &next.errand.claim.address;
                open.session.finish_with(self.letters.sender(), to, next.size()).await
            }
            None => open.session.finish().await,
        };
        open.mails += 1;
        if !open.session.is_orderly() {
            server.0.is_found_unruly();
        }
        *kept = Some(open).filter(Connection::is_usable);
        let after = match answer {
            Ok(reply) => {
                debug!(mail = errand.claim.id.get(), "the server took it");
                errand.sent(&reply.to_string());
                After::GoOn
            }
            // At the body: the server spoke before its turn, and the dot was held back.
            Err(failure) if failure.reply().is_some() || failure.step() == Step::Body => {
                self.refused(errand, &failure).await
            }
            Err(failure) => {
                errand.unknown(&failure.to_string());
                After::Rest
            }
        };
        (after, next)
    }

    /// All of a mail but its final dot, for which all is ready then, in the ledger too. If it does not come so far, that is
    /// noted.
    async fn up_to_the_dot(
        &self,
        server: Server<'_>,
        mut ready: Ready,
        kept: &mut Option<Connection>,
    ) -> Result<(Errand, Connection), After> {
        let began = Instant::now();
        let written = timeout_at(ready.errand.until(), self.write(server, &mut ready, kept)).await;
        let mut errand = ready.errand;
        let open = match written {
            Ok(Ok(open)) => open,
            Ok(Err(NotWritten::NoConnection(failure))) => {
                return Err(self.no_connection(server.0, errand, &failure, began));
            }
            Ok(Err(NotWritten::Mail(failure))) => return Err(self.refused(errand, &failure).await),
            Err(_) => {
                errand.deferred("not sent: the server took too long before the final dot");
                return Err(After::Rest);
            }
        };
        self.a_reader_is_taken();
        // From here on the server may have the mail: that is durable before the dot.
        if !errand.may_go().await {
            // Without the dot the server throws away what it got. If the note was written after all, the mail is
            // known not to have gone; if it was stopped, this changes nothing.
            drop(open);
            errand.deferred_blameless("not sent: the ledger did not allow it");
            return Err(After::GoOn);
        }
        Ok((errand, open))
    }

    /// Envelope and body, over the connection that is kept or a new one. Gives the connection, which waits for the dot.
    async fn write(
        &self,
        server: Server<'_>,
        ready: &mut Ready,
        kept: &mut Option<Connection>,
    ) -> Result<Connection, NotWritten> {
        let mut open = None;
        if let Some(mut old) = kept.take().filter(Connection::is_usable) {
            match self.offer(&mut old, ready).await {
                Ok(()) => open = Some(old),
                // The server took leave between two mails, as many do after so many of them or so much time: nothing of
                // this mail was taken, and a new connection tells how things stand.
                Err(failure) if failure.step() == Step::Mail && !failure.keeps_connection() => {
                    debug!(mail = ready.errand.claim.id.get(), %failure, "the connection is at its end");
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
                let Server(station, relay, tls_client) = server;
                let connecting = station.connecting.one();
                let session = Session::open(relay, tls_client).await.map_err(NotWritten::NoConnection)?;
                if station.came_back() {
                    self.turns.ring_all();
                }
                let mut new = Connection { session, mails: 0, _counted: station.connected.one() };
                drop(connecting);
                if let Err(failure) = self.offer(&mut new, ready).await {
                    *kept = Some(new).filter(Connection::is_usable);
                    return Err(NotWritten::Mail(failure));
                }
                new
            }
        };
        debug!(mail = ready.errand.claim.id.get(), "the body begins");
        ready.errand.need();
        let (head, pressed) = &ready.letter;
        open.session.write(&[head, pressed.body()]).await.map_err(NotWritten::Mail)?;
        Ok(open)
    }

    /// The envelope, up to 354.
    async fn offer(&self, open: &mut Connection, ready: &mut Ready) -> Result<(), Failure> {
        if open.session.is_pipelined() {
            ready.errand.declare();
        }
        open.session.offer(self.letters.sender(), &ready.errand.claim.address, ready.size()).await
    }

    /// A server that takes no further connection beside those that it has is not away: they send this mail too. As long
    /// as it is not known to be away, one that others are just opening may become such.
    fn no_connection(&self, station: &Station, errand: Errand, failure: &Failure, began: Instant) -> After {
        let why = failure.to_string();
        if station.connected.number() > 0 || (station.connecting.number() > 0 && !station.was_away()) {
            debug!(mail = errand.claim.id.get(), why, "no further connection; others send it");
            errand.back(&why);
            return After::Rest;
        }
        station.went_away(&why, began);
        match self.turns.all_away() {
            Some((_, why)) => errand.deferred_blameless(&why),
            None => errand.back(&why),
        }
        // Others have its share now.
        self.turns.ring_all();
        After::GoOn
    }
}

/// The next mail, unless the one before it takes so long that another connection had better carry it.
async fn held(next: impl Future<Output = Option<Ready>>, written: &Notify) -> Option<Ready> {
    let ready = next.await?;
    if timeout(HELD, written.notified()).await.is_ok() {
        return Some(ready);
    }
    ready.errand.back("the mail before it takes long");
    None
}

/// Into the folder. Whoever reads it may take the file at once: here too it is durable before that it may be there.
async fn put(ready: Ready, folder: PathBuf) {
    let Ready { mut errand, letter: (head, pressed) } = ready;
    let stem = errand.claim.message_id.trim_start_matches('<').split('@').next().unwrap_or_default().to_owned();
    if !errand.may_go().await {
        return errand.deferred_blameless("not written: the ledger did not allow it");
    }
    if let Err(problem) = errand.dot() {
        return errand.deferred_blameless(&format!("not written: it could not be marked: {problem}"));
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

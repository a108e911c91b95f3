//! The ways in for mails that come back: from the mail server by LMTP, out of a maildir, or by IMAP. A mail counts as taken,
//! and the other side is told so, only when all that follows from it is committed; until then it stays where it is.
//!
//! What a mail is and what follows is in `actions::replies`.
//!
//! | room | what lives there |
//! |---|---|
//! | `imap` | the reader of a mailbox at a server |
//! | `lmtp` | the listener |
//! | `maildir` | the reader of a folder |

mod imap;
pub mod lmtp;
mod maildir;

use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    net::TcpListener,
    sync::{Notify, watch},
    task::JoinSet,
    time::sleep,
};
use tracing::{info, warn};

use crate::{
    actions::replies::{IncomingMail, ReplyReader, TakeInError},
    base::shutdown::Shutdown,
    config::{Config, Imap},
    delivery::replies::Envelope,
    monitoring::vitals::{TakenIn, Vitals},
    store::Store,
    time::clock::Clock,
};

/// Takes in mails, whichever way they come. Its config can be replaced while it is at work.
pub(super) struct Intake {
    current: watch::Sender<Arc<Current>>,
    store: Store,
    clock: Clock,
    /// Tells the courier that there is something to send: an answer, or a mail to the operators
    queued: Arc<Notify>,
    vitals: Arc<Vitals>,
}

/// What a config says of it.
struct Current {
    reader: ReplyReader,
    maildir: Option<PathBuf>,
    imap: Option<Imap>,
}

impl Current {
    fn of(config: &Config, store: &Store) -> Arc<Current> {
        Arc::new(Current {
            reader: ReplyReader::of(config, store),
            maildir: config.replies.maildir.clone(),
            imap: config.replies.imap.clone(),
        })
    }
}

impl Intake {
    pub fn new(config: &Config, store: &Store, clock: &Clock, queued: &Arc<Notify>, vitals: &Arc<Vitals>) -> Intake {
        Intake {
            current: watch::Sender::new(Current::of(config, store)),
            store: store.clone(),
            clock: clock.clone(),
            queued: queued.clone(),
            vitals: vitals.clone(),
        }
    }

    /// From now on mails are taken in as this config says.
    pub fn replace(&self, config: &Config) {
        self.current.send_replace(Current::of(config, &self.store));
    }

    fn current(&self) -> Arc<Current> {
        self.current.borrow().clone()
    }

    /// What the config says, and what it says later.
    fn changes(&self) -> watch::Receiver<Arc<Current>> {
        self.current.subscribe()
    }

    /// Takes in a mail that came this way. When it returns `Ok`, everything is committed.
    async fn take_in(&self, way: &'static str, mail: &IncomingMail, envelope: &Envelope) -> Result<(), TakeInError> {
        let taken = self.current().reader.take_in(mail, envelope, self.clock.now()).await;
        let end = match &taken {
            Ok(_) => TakenIn::Taken,
            Err(TakeInError::Unreadable(_)) => TakenIn::Refused,
            Err(TakeInError::NobodyToTell | TakeInError::Failed(_)) => TakenIn::Deferred,
        };
        self.vitals.came_in(way, end);
        match &taken {
            Ok(_) => self.works(way),
            Err(TakeInError::Unreadable(_)) => {}
            Err(problem) => self.fails(way, &problem.to_string()),
        }
        let verdict = taken?;
        if let Some(outcome) = verdict.sign_up {
            self.vitals.signed_up(outcome);
        }
        if verdict.is_new {
            self.queued.notify_one();
        }
        Ok(())
    }

    /// Is the address one of our mailboxes?
    fn takes(&self, address: &str) -> bool {
        self.current().reader.takes(address)
    }

    /// Counts a mail that was refused before it was read.
    fn refused(&self, way: &'static str) {
        self.vitals.came_in(way, TakenIn::Refused);
    }

    fn works(&self, way: &'static str) {
        self.vitals.intake_failing(way, None, self.clock.now());
    }

    fn fails(&self, way: &'static str, why: &str) {
        self.vitals.intake_failing(way, Some(why), self.clock.now());
    }
}

/// Interval between looks whether mails were gathered long enough.
const GATHERING: Duration = Duration::from_secs(60);

/// Tells the operators of mails that were gathered, until the shutdown.
async fn tell_gathered(intake: Arc<Intake>, shutdown: Shutdown) {
    loop {
        match intake.current().reader.tell_gathered(intake.clock.now()).await {
            Ok(true) => intake.queued.notify_one(),
            Ok(false) => {}
            Err(problem) => warn!(%problem, "the operators are not told yet of mails that people wrote"),
        }
        tokio::select! {
            () = sleep(GATHERING) => {}
            () = shutdown.requested() => return,
        }
    }
}

/// Begins to take in mails. The tasks finish what they are at when the daemon ends.
///
/// # Errors
/// The listener has no address.
pub(super) fn start(
    listener: Option<TcpListener>,
    intake: &Arc<Intake>,
    shutdown: &Shutdown,
) -> std::io::Result<JoinSet<()>> {
    let mut tasks = JoinSet::new();
    if let Some(listener) = listener {
        // What it counts is there from the beginning, at 0: a rate needs a value before the first.
        intake.works(lmtp::LMTP);
        info!(address = %listener.local_addr()?, "mails that come back are taken by LMTP");
        tasks.spawn(lmtp::answer(listener, intake.clone(), shutdown.clone()));
    }
    tasks.spawn(maildir::read(intake.clone(), shutdown.clone()));
    tasks.spawn(imap::read(intake.clone(), shutdown.clone()));
    tasks.spawn(tell_gathered(intake.clone(), shutdown.clone()));
    Ok(tasks)
}

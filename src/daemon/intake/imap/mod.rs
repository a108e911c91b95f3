//! Reads mails that come back out of a mailbox at an IMAP server (RFC 9051, RFC 3501). A mail is marked as read once
//! everything that follows from it is committed; it is never deleted. What cannot be taken stays unread, and is told once.
//!
//! | file | what lives there |
//! |---|---|
//! | [`connect`] | how a connection is made, and encrypted |
//! | [`session`] | the commands of a session |
//! | [`wire`] | responses out of the connection, within their limits |
//! | [`response`] | reads one response |

mod connect;
mod response;
mod session;
mod wire;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use tracing::{info, warn};

use self::{
    connect::{Stream, connect},
    session::Session,
    wire::Fault,
};
use super::{Current, Intake};
use crate::{
    actions::replies::TakeInError,
    base::shutdown::Shutdown,
    config::{Imap, Secret},
    delivery::replies::{Envelope, MAX_SIZE},
};

/// The name of this way in.
const IMAP: &str = "imap";
/// Time between looks, if the server does not say by itself what is new.
const INTERVAL: Duration = Duration::from_secs(30);
/// Time after which we look although the server has said nothing: what a connection is worth is seen only then.
const IDLE_TIME: Duration = Duration::from_secs(120);
/// Time until what could not be written down is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(5);
/// Time until the next connection; it doubles with each that fails.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// Maximum time until the next connection, and that after a login was refused: too many lock an account.
const MAX_PAUSE: Duration = Duration::from_secs(300);
/// Time for a mail under way when the daemon ends.
const END_TIME: Duration = Duration::from_secs(10);
/// Number of mails whose sizes are asked for at a time.
const MAILS_AT_A_TIME: usize = 100;
/// How often a mail is asked for that the server does not hand over, or does not mark.
const TRIES: u32 = 3;

/// Mails that cannot be taken as things are, and why, by UID. The UIDs count for one UIDVALIDITY.
#[derive(Debug, Default)]
struct Left {
    validity: u32,
    mails: BTreeMap<u32, String>,
    /// The mail at which the server failed last, and how often in a row
    failed_at: (u32, u32),
}

/// Reads until the shutdown, then finishes the mail it is at. A mailbox that the config gains, changes or loses meanwhile is
/// read from then on.
pub(super) async fn read(intake: Arc<Intake>, shutdown: Shutdown) {
    let mut changes = intake.changes();
    let poll = async {
        loop {
            let current = changes.borrow_and_update().clone();
            match &current.imap {
                Some(mailbox) => read_mailbox(&intake, mailbox, &mut changes, &shutdown).await,
                None => tokio::select! {
                    _ = changes.changed() => {}
                    () = shutdown.requested() => {}
                },
            }
            if shutdown.is_requested() {
                return;
            }
            if current.imap.is_some() && intake.current().imap.is_none() {
                intake.works(IMAP);
            }
        }
    };
    let end = async {
        shutdown.requested().await;
        sleep(END_TIME).await;
    };
    // A mail that was not marked is read again, and nothing follows from it twice.
    tokio::select! {
        () = poll => {}
        () = end => {}
    }
}

/// Reads this mailbox, over as many connections as it takes, until the config names another or the daemon ends.
async fn read_mailbox(
    intake: &Intake,
    mailbox: &Imap,
    changes: &mut watch::Receiver<Arc<Current>>,
    shutdown: &Shutdown,
) {
    let (mut left, mut pause, mut told) = (Left::default(), FIRST_PAUSE, String::new());
    loop {
        let mut reader = Reader { intake, mailbox, changes, shutdown, left: &mut left, has_looked: false };
        let fault = match reader.run().await {
            Ok(()) => return,
            Err(fault) => fault,
        };
        if reader.has_looked {
            (pause, told) = (FIRST_PAUSE, String::new());
        }
        let why = format!("{}: {fault}", mailbox.host);
        if told != why {
            warn!(problem = why, "no mails are read by IMAP; trying again");
        }
        intake.fails(IMAP, &why);
        told = why;
        if matches!(fault, Fault::LoginRefused(_)) {
            pause = MAX_PAUSE;
        }
        tokio::select! {
            () = sleep(pause) => {}
            () = differs(changes, mailbox) => return,
            () = shutdown.requested() => return,
        }
        pause = (pause * 2).min(MAX_PAUSE);
    }
}

/// Waits until the config names another mailbox, or none.
async fn differs(changes: &mut watch::Receiver<Arc<Current>>, mailbox: &Imap) {
    while changes.changed().await.is_ok() {
        if changes.borrow().imap.as_ref() != Some(mailbox) {
            return;
        }
    }
    std::future::pending().await
}

/// One connection's reader.
struct Reader<'a> {
    intake: &'a Intake,
    mailbox: &'a Imap,
    changes: &'a mut watch::Receiver<Arc<Current>>,
    shutdown: &'a Shutdown,
    left: &'a mut Left,
    /// Whether it has looked at all that was there
    has_looked: bool,
}

/// Why a look at the folder ended.
enum Looked {
    /// All that can be taken was taken.
    All,
    /// Something could not be done that may be possible soon.
    TryAgain(String),
}

impl Reader<'_> {
    /// Reads until the config names another mailbox or the daemon ends.
    async fn run(&mut self) -> Result<(), Fault> {
        let Imap { login, folder, .. } = self.mailbox;
        let mut session = tokio::select! {
            session = connect(self.mailbox) => session?,
            () = self.shutdown.requested() => return Ok(()),
        };
        session.log_in(&login.username, login.password.as_ref().map_or("", Secret::expose)).await?;
        let validity = session.open(folder).await?;
        if self.left.validity != validity {
            *self.left = Left { validity, ..Left::default() };
        }
        info!(host = self.mailbox.host, folder, "mails that come back are read by IMAP");
        while self.is_wanted() {
            let looked = self.look(&mut session).await?;
            self.has_looked = true;
            self.tell(&looked);
            if self.is_wanted() {
                self.wait(&mut session, &looked).await?;
            }
        }
        session.log_out().await;
        Ok(())
    }

    /// Does the config still name this mailbox, while the daemon is not asked to end?
    fn is_wanted(&self) -> bool {
        !self.shutdown.is_requested() && self.intake.current().imap.as_ref() == Some(self.mailbox)
    }

    /// Takes in what nobody has read.
    async fn look(&mut self, session: &mut Session<Stream>) -> Result<Looked, Fault> {
        // An edit may mend why something was left: it is tried again.
        if self.changes.has_changed().unwrap_or(false) {
            self.changes.mark_unchanged();
            self.left.mails.clear();
        }
        let unseen = session.unseen().await?;
        self.left.mails.retain(|uid, _| unseen.contains(uid));
        let new: Vec<u32> = unseen.into_iter().filter(|uid| !self.left.mails.contains_key(uid)).collect();
        for some in new.chunks(MAILS_AT_A_TIME) {
            for (uid, size) in session.sizes(some).await? {
                if !self.is_wanted() {
                    return Ok(Looked::All);
                }
                if size > u64::try_from(MAX_SIZE).unwrap_or(u64::MAX) {
                    self.intake.refused(IMAP);
                    self.leave(uid, Fault::MailTooLarge.to_string());
                } else if let Looked::TryAgain(why) = self.take(session, uid).await? {
                    return Ok(Looked::TryAgain(why));
                }
            }
        }
        Ok(Looked::All)
    }

    async fn take(&mut self, session: &mut Session<Stream>, uid: u32) -> Result<Looked, Fault> {
        let mail = match session.content(uid).await {
            Ok(Some(mail)) => mail,
            // Another process was faster, or a person.
            Ok(None) => return Ok(Looked::All),
            Err(fault) => return self.fails_at(uid, fault),
        };
        match self.intake.take_in(IMAP, &mail, &Envelope::default()).await {
            // It was taken; to take it again does nothing.
            Ok(()) => {
                if let Err(fault) = session.mark_seen(uid).await {
                    return self.fails_at(uid, fault);
                }
            }
            Err(problem @ (TakeInError::Unreadable(_) | TakeInError::NobodyToTell)) => {
                self.leave(uid, problem.to_string());
            }
            Err(TakeInError::Failed(problem)) => return Ok(Looked::TryAgain(problem.to_string())),
        }
        Ok(Looked::All)
    }

    /// The server does not hand over this mail, or does not mark it. One that fails each time does not keep back those behind
    /// it.
    fn fails_at(&mut self, uid: u32, fault: Fault) -> Result<Looked, Fault> {
        let (at, tries) = self.left.failed_at;
        let tries = if at == uid { tries + 1 } else { 1 };
        self.left.failed_at = (uid, tries);
        // What was announced as shorter is not asked for again.
        if tries >= TRIES || fault == Fault::MailTooLarge {
            self.intake.refused(IMAP);
            self.leave(uid, fault.to_string());
        }
        match fault {
            Fault::Refused(why) if tries < TRIES => Ok(Looked::TryAgain(why)),
            Fault::Refused(_) => Ok(Looked::All),
            fault => Err(fault),
        }
    }

    fn leave(&mut self, uid: u32, why: String) {
        warn!(uid, folder = self.mailbox.folder, why, "a mail at the IMAP server is not taken: it stays there unread");
        self.left.mails.insert(uid, why);
    }

    /// Says whether all that is there can be taken.
    fn tell(&self, looked: &Looked) {
        let Imap { folder, .. } = self.mailbox;
        if let Looked::TryAgain(why) = looked {
            return self.intake.fails(IMAP, why);
        }
        match self.left.mails.first_key_value() {
            None => self.intake.works(IMAP),
            Some((uid, why)) => {
                let count = self.left.mails.len();
                let mails = if count == 1 { "1 mail".to_owned() } else { format!("{count} mails") };
                let why = format!("{mails} in the folder `{folder}` cannot be taken, such as UID {uid}: {why}");
                self.intake.fails(IMAP, &why);
            }
        }
    }

    /// Waits until another look is worth it.
    async fn wait(&mut self, session: &mut Session<Stream>, looked: &Looked) -> Result<(), Fault> {
        let (changes, shutdown) = (&mut *self.changes, self.shutdown);
        let interrupted = async {
            // Seen again by the next look, which tries what was left.
            tokio::select! {
                _ = changes.changed() => changes.mark_changed(),
                () = shutdown.requested() => {}
            }
        };
        if let Looked::TryAgain(_) = looked {
            let _ = timeout(TRY_AGAIN, interrupted).await;
            return session.noop().await;
        }
        if session.can("IDLE").await? && session.idle().await? {
            tokio::select! {
                news = session.news() => news?,
                _ = timeout(IDLE_TIME, interrupted) => {}
            }
            return session.done().await;
        }
        let _ = timeout(INTERVAL, interrupted).await;
        session.noop().await
    }
}

//! The envelope's sender of each mail, to which it comes back: the address of From or, with a mailbox for bounces, that
//! mailbox with the mail's own token (VERP). Who reads what comes back is in `actions::replies`.

use std::sync::{Mutex, PoisonError};

use ring::rand::SystemRandom;
use tokio::time::{Duration, Instant};

use crate::{
    mailing::Letterhead,
    people::tokens::{Purpose, Subject, TokenKeys},
    store::{Claim, Error, Store},
    time::clock::Clock,
};

/// How long keys are used before the store is asked for newer ones.
const KEYS_FOR: Duration = Duration::from_secs(60);

pub(super) struct ReturnPath {
    sender: String,
    /// The parts of the mailbox for bounces
    mailbox: Option<(String, String)>,
    keys: Mutex<Option<(Instant, TokenKeys)>>,
}

impl ReturnPath {
    pub fn of(letterhead: &Letterhead) -> ReturnPath {
        let parts = |address: &String| {
            let (local, domain) = address.rsplit_once('@')?;
            Some((local.to_owned(), domain.to_owned()))
        };
        ReturnPath {
            sender: letterhead.sender.clone(),
            mailbox: letterhead.bounce.as_ref().and_then(parts),
            keys: Mutex::default(),
        }
    }

    /// Has the keys ready for mails that are claimed next.
    ///
    /// # Errors
    /// Fails if the database does: mails must not go out without their token.
    pub async fn refresh(&self, store: &Store, clock: &Clock) -> Result<(), Error> {
        let is_fresh = {
            let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
            keys.as_ref().is_some_and(|(at, _)| at.elapsed() < KEYS_FOR)
        };
        if self.mailbox.is_none() || is_fresh {
            return Ok(());
        }
        let keys = store.token_keys().keys(&SystemRandom::new(), clock.now()).await?;
        *self.keys.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), keys));
        Ok(())
    }

    /// The envelope's sender of a mail: the same each time it is tried with the same key.
    pub fn sender(&self, claim: &Claim) -> String {
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        match (&self.mailbox, &*keys) {
            (Some((local, domain)), Some((_, keys))) => {
                let token = keys.issue(Purpose::Bounce, Subject::new(claim.id.get(), claim.created));
                format!("{local}+{}@{domain}", token.as_str())
            }
            _ => self.sender.clone(),
        }
    }
}

//! Handles mails that a server refused. A refusal that is meant for us (5.7.x: our addresses, keys or records) is
//! not the reader's: the edition is paused and the operators are told, before all of its mails have failed.

use std::sync::{MutexGuard, PoisonError};

use tracing::{error, warn};

use super::{attempt::AfterAttempt, in_flight::InFlightMail, refusal_streak::RefusalStreak, shared::Shared};
use crate::{
    base::ids::MailId,
    delivery::mail::session::{Failure, Step},
    store::Claim,
};

/// Whom a refusal is meant for.
enum MeantFor {
    /// The reader, or this mail.
    Mail,
    /// The sender. These mails were taken for refused before that was known.
    Sender(Vec<MailId>),
}

impl Shared {
    /// Records that the server refused a mail, or broke off where nothing can have been delivered.
    pub(super) async fn refused(&self, mut mail: InFlightMail, failure: &Failure) -> AfterAttempt {
        mail.note_feedback(failure);
        let why = failure.to_string();
        match self.meant_for(&mail.claim, failure) {
            MeantFor::Sender(others) => {
                let claim = mail.claim.clone();
                // First this mail and all others are durable, then the pause looks for them.
                mail.deferred_durably(&why).await;
                self.pause_edition(&claim, &why, &others).await;
            }
            MeantFor::Mail if failure.is_permanent() => mail.failed(&why),
            MeantFor::Mail => mail.deferred(&why),
        }
        if failure.keeps_connection() { AfterAttempt::Continue } else { AfterAttempt::Pause }
    }

    /// Records that a reader was not refused: readers who were refused before were, each for themselves.
    pub(super) fn reset_refusals(&self) {
        *self.streak() = RefusalStreak::default();
    }

    fn streak(&self) -> MutexGuard<'_, RefusalStreak> {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn meant_for(&self, claim: &Claim, failure: &Failure) -> MeantFor {
        let status = failure.reply().filter(|_| failure.is_permanent()).and_then(|reply| reply.enhanced);
        let about_sender = status.filter(|status| status.is_about_sender());
        match (failure.step(), about_sender, claim.edition) {
            // A mail without an edition is an alarm to the operators. It stays, since what refuses it may be what it reports.
            (Step::Mail | Step::Data | Step::Dot, Some(_), _) | (Step::Rcpt, Some(_), None) => {
                MeantFor::Sender(Vec::new())
            }
            (Step::Rcpt, Some(status), Some(edition)) => {
                self.streak().add(edition, status, claim.id).map_or(MeantFor::Mail, MeantFor::Sender)
            }
            (Step::Rcpt, None, _) if failure.reply().is_some() => {
                self.reset_refusals();
                MeantFor::Mail
            }
            _ => MeantFor::Mail,
        }
    }

    /// Pauses the mail's edition and tells the operators. A mail without an edition only waits.
    async fn pause_edition(&self, claim: &Claim, why: &str, others: &[MailId]) {
        let Some(edition) = claim.edition else {
            return warn!(mail = claim.id.get(), why, "the mail server refuses us: the mail waits");
        };
        let now = self.clock.now();
        let paused = async {
            let first = self.store.editions().pause(edition, why, others, now).await?;
            // From here on no courier has a mail of this edition: the next refusal begins a new streak.
            self.reset_refusals();
            if !first {
                return Ok(());
            }
            let name = self.store.editions().name(edition).await?;
            let name = name.map_or_else(String::new, |name| name.to_string());
            error!(edition = name, why, "the mail server refuses us and not a reader: the edition is paused");
            let key = format!("paused.{}.{}", name.replace('/', "."), now.timestamp_micros());
            self.operator_mailer.notify(&format!("{name} is paused"), &alarm(&name, why), &key, now).await
        };
        if let Err(problem) = paused.await {
            error!(%problem, edition = edition.get(), why, "the mail server refuses us, but the edition could not be paused");
        }
    }
}

/// The text of the operators' mail.
fn alarm(name: &str, why: &str) -> String {
    format!(
        "{name} is paused: nothing more of it is sent. The mail server refuses us and not a reader:\n\n  {why}\n\n\
         5.7 is about who sends: the login or the server's rights, the records for SPF, DKIM and DMARC, a list on which\n\
         our server's address stands, or what the mail says. The mails that it hit wait, none has failed by it.\n\n\
         Once it is mended:\n  greenbrief editions resume {name}\n\n\
         Mails that wait too long are given up, as the brief's give_up_after says; `greenbrief status` shows where things stand.\n"
    )
}

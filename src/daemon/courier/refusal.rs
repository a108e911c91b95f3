//! Handles mails that a server refused. A refusal that is about us (our addresses, keys or records, our content) is not the
//! reader's, at whatever step it comes: the domain that refuses us is paused, or the edition if all do, and the operators are
//! told, before its mails have failed one by one. Whom a refusal is about is decided in `delivery::rules`.

use std::sync::{MutexGuard, PoisonError};

use tracing::{error, warn};

use super::{
    attempt::AfterAttempt,
    in_flight::InFlightMail,
    refusals::{Likeness, Refusals},
    shared::Shared,
};
use crate::{
    base::ids::{EditionId, MailId},
    delivery::{
        mail::session::{Failure, Step},
        rules::{BounceClass, RefusalAbout, bounce_class, refusal_about},
    },
    store::{Claim, MailKind, NewBounce},
};

/// Whom a refusal is meant for.
enum MeantFor {
    /// The reader, or this mail.
    Mail,
    /// The sender, whoever is written to.
    Sender,
    /// The sender, by the recipient's domain. These mails were taken for refused before that was known.
    SenderAtDomain(Vec<MailId>),
}

impl Shared {
    /// Records that the server refused a mail, or broke off where nothing can have been delivered.
    pub(super) async fn refused(&self, mut mail: InFlightMail, failure: &Failure) -> AfterAttempt {
        mail.note_feedback(failure);
        let why = failure.to_string();
        match (self.meant_for(&mail, failure), mail.claim.edition) {
            (MeantFor::Mail, _) if failure.is_permanent() => match bounce_of(&mail, failure) {
                Some(class) => {
                    let claim = mail.claim.clone();
                    // Durable first: suppressing the address cancels what is still on its way there.
                    mail.failed_durably(&why).await;
                    self.bounced(&claim, class, failure, &why).await;
                }
                None => mail.failed(&why),
            },
            (MeantFor::Mail, _) => mail.deferred(&why),
            // An alarm to the operators. It stays, since what refuses it may be what it reports.
            (_, None) => {
                warn!(mail = mail.claim.id.get(), why, "the mail server refuses us: the mail waits");
                mail.deferred_durably(&why).await;
            }
            (MeantFor::Sender, Some(edition)) => {
                // First this mail is durable, then the pause looks for others.
                mail.deferred_durably(&why).await;
                self.pause_edition(edition, &why, &[]).await;
            }
            (MeantFor::SenderAtDomain(others), Some(edition)) => {
                let domain = mail.domain.clone();
                mail.deferred_durably(&why).await;
                self.pause_domain(edition, &domain, &why, &others).await;
            }
        }
        if failure.keeps_connection() { AfterAttempt::Continue } else { AfterAttempt::Pause }
    }

    /// Records what a refusal for good says of the reader's address, as a mail that comes back later would.
    async fn bounced(&self, claim: &Claim, class: BounceClass, failure: &Failure, why: &str) {
        let now = self.clock.now();
        let status = failure.reply().and_then(|reply| reply.enhanced);
        let bounce =
            NewBounce { mail: claim.id, edition: claim.edition, address: &claim.address, class, status, said: why };
        let recorded = async {
            let bounced = self.store.bounces().record(&bounce, now).await?;
            if let Some(reason) = bounced.suppressed {
                warn!(mail = claim.id.get(), reason, "the address is suppressed: nothing is mailed to it any more");
                self.taken_back.suspect();
            }
            if let Some(brake) = bounced.brake {
                let done = self.operator_mailer.too_many_bounces(&brake, now).await?;
                self.taken_back.suspect();
                error!(edition = brake.edition.get(), done, "too many mails come back");
            }
            Ok::<(), crate::store::Error>(())
        };
        if let Err(problem) = recorded.await {
            error!(%problem, mail = claim.id.get(), why, "a refused address could not be recorded");
        }
    }

    /// Records that a domain took a reader's address: readers who were refused before were, each for themselves.
    pub(super) fn recipient_accepted(&self, mail: &InFlightMail) {
        self.refusals().recipient_answered(&mail.domain);
    }

    /// Records that a domain took a mail.
    pub(super) fn mail_taken(&self, mail: &InFlightMail) {
        self.refusals().mail_taken(&mail.domain);
    }

    fn refusals(&self) -> MutexGuard<'_, Refusals> {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn meant_for(&self, mail: &InFlightMail, failure: &Failure) -> MeantFor {
        let (Some(reply), true) = (failure.reply(), failure.is_permanent()) else {
            if failure.step() == Step::Rcpt && failure.reply().is_some() {
                self.refusals().recipient_answered(&mail.domain);
            }
            return MeantFor::Mail;
        };
        let (step, recipient_accepted) = (failure.step(), matches!(failure.step(), Step::Data | Step::Dot));
        match (refusal_about(reply.enhanced, &reply.text, step == Step::Rcpt), step, mail.claim.edition) {
            // Before RCPT the server knows no reader.
            (RefusalAbout::Sender | RefusalAbout::Unclear, Step::Mail, _) => MeantFor::Sender,
            (RefusalAbout::Sender, ..) => MeantFor::SenderAtDomain(Vec::new()),
            (RefusalAbout::Unclear, _, Some(edition)) => {
                let likeness = Likeness { edition, code: reply.code, status: reply.enhanced, recipient_accepted };
                let alike = self.refusals().alike(&mail.domain, likeness, mail.claim.id);
                alike.map_or(MeantFor::Mail, MeantFor::SenderAtDomain)
            }
            (RefusalAbout::Unclear, _, None) => MeantFor::SenderAtDomain(Vec::new()),
            (RefusalAbout::Reader, step, _) => {
                if step == Step::Rcpt {
                    self.refusals().recipient_answered(&mail.domain);
                }
                MeantFor::Mail
            }
        }
    }

    /// Pauses the domain for the edition, or the edition if no other domain is left that takes it, and tells the operators.
    async fn pause_domain(&self, edition: EditionId, domain: &str, why: &str, others: &[MailId]) {
        let many = self.refusals().refuses_us(domain, edition);
        let editions = self.store.editions();
        let all = many
            || match editions.has_other_domains(edition, domain).await {
                Ok(others) => !others,
                Err(problem) => {
                    return error!(%problem, domain, why, "the domain refuses us, but it could not be paused");
                }
            };
        if all {
            return self.pause_edition(edition, why, others).await;
        }
        let now = self.clock.now();
        let paused = async {
            let first = editions.pause_domain(edition, domain, why, others, now).await?;
            // Mails that wait for a worker here need not be asked about one by one.
            self.taken_back.suspect();
            if !first {
                return Ok(());
            }
            let name = editions.name(edition).await?.map_or_else(String::new, |name| name.to_string());
            error!(edition = name, domain, why, "the domain refuses us and not a reader: its mails wait, others go on");
            let key = format!("refuses.{}.{domain}.{}", name.replace('/', "."), now.timestamp_micros());
            let text = domain_alarm(&name, domain, why);
            self.operator_mailer.notify(&format!("{domain} refuses {name}"), &text, &key, now).await
        };
        if let Err(problem) = paused.await {
            error!(%problem, domain, why, "the domain refuses us, but it could not be paused");
        }
    }

    /// Pauses the edition and tells the operators.
    async fn pause_edition(&self, edition: EditionId, why: &str, others: &[MailId]) {
        let now = self.clock.now();
        let paused = async {
            let first = self.store.editions().pause(edition, why, others, now).await?;
            // From here on no courier has a mail of this edition: the next refusal begins anew.
            self.refusals().forget();
            self.taken_back.suspect();
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

/// What a refusal for good says of the reader's address; `None` if that is not clear, or nobody's who reads.
fn bounce_of(mail: &InFlightMail, failure: &Failure) -> Option<BounceClass> {
    let reply = failure.reply().filter(|_| mail.claim.kind != MailKind::Operator)?;
    let about = refusal_about(reply.enhanced, &reply.text, failure.step() == Step::Rcpt);
    match bounce_class(reply.enhanced, None, &reply.text) {
        BounceClass::Gone => Some(BounceClass::Gone),
        class => (about == RefusalAbout::Reader).then_some(class),
    }
}

/// What such a refusal is about.
const ABOUT_US: &str = "It is about who sends: the login or the server's rights, the records for SPF, DKIM and DMARC, a list on which\n\
     our server's address stands, or what the mail says. The mails that it hit wait, none has failed by it.";
/// What becomes of mails that wait.
const UNTIL_THEN: &str = "Mails that wait too long are given up, as the brief's give_up_after says; `greenbrief status` shows where things stand.";

/// The text of the operators' mail on a paused edition.
fn alarm(name: &str, why: &str) -> String {
    format!(
        "{name} is paused: nothing more of it is sent. The mail server refuses us and not a reader:\n\n  {why}\n\n\
         {ABOUT_US}\n\nOnce it is mended:\n  greenbrief editions resume {name}\n\n{UNTIL_THEN}\n"
    )
}

/// The text of the operators' mail on a paused domain.
fn domain_alarm(name: &str, domain: &str, why: &str) -> String {
    format!(
        "{domain} refuses us and not a reader: no mail of {name} goes there any more; those to other domains go on.\n\n  {why}\n\n\
         {ABOUT_US}\n\nOnce it is mended:\n  greenbrief editions resume {name} --domain {domain}\n\n{UNTIL_THEN}\n"
    )
}

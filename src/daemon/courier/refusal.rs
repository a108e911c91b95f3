//! What becomes of a mail that a server refused. A refusal that is meant for us (5.7.x: our addresses, keys or records) is
//! not the reader's: the edition is paused and the operators are told, before all of its mails have failed.

use std::sync::PoisonError;

use tracing::{error, warn};

use super::{Shared, carry::After, errand::Errand};
use crate::{
    base::ids::{EditionId, MailId},
    delivery::{
        mail::session::{Failure, Step},
        rules::EnhancedStatus,
    },
    store::Claim,
};

/// So many readers in a row who are refused with the same 5.7.x are not refused for their own sake.
const MANY: usize = 20;

/// Readers of one edition who were refused one after the other with the same status.
#[derive(Default)]
pub(super) struct Row {
    same: Option<(EditionId, EnhancedStatus)>,
    /// Their mails
    mails: Vec<MailId>,
}

impl Row {
    /// One more. Gives all of them once they are many; the same ones for all that follow.
    fn one_more(&mut self, edition: EditionId, status: EnhancedStatus, mail: MailId) -> Option<Vec<MailId>> {
        if self.same != Some((edition, status)) {
            *self = Row { same: Some((edition, status)), mails: Vec::new() };
        }
        if self.mails.len() < MANY {
            self.mails.push(mail);
        }
        (self.mails.len() == MANY).then(|| self.mails.clone())
    }
}

/// Whom a refusal is meant for.
enum Meant {
    /// The reader, or this mail.
    Mail,
    /// Us; these mails were taken for refused before that was known.
    Us(Vec<MailId>),
}

impl Shared {
    /// The server said no, or broke off where nothing can have been delivered.
    pub(super) async fn refused(&self, mut errand: Errand, failure: &Failure) -> After {
        errand.heard(failure);
        let why = failure.to_string();
        match self.meant(&errand.claim, failure) {
            Meant::Us(others) => {
                let claim = errand.claim.clone();
                // First it and all others are written down, then what was written is looked for.
                errand.deferred_at_once(&why).await;
                self.pause(&claim, &why, &others).await;
            }
            Meant::Mail if failure.is_permanent() => errand.failed(&why),
            Meant::Mail => errand.deferred(&why),
        }
        if failure.keeps_connection() { After::GoOn } else { After::Rest }
    }

    /// A reader was not refused: those before were, each for themselves.
    pub(super) fn a_reader_is_taken(&self) {
        *self.refusals.lock().unwrap_or_else(PoisonError::into_inner) = Row::default();
    }

    fn meant(&self, claim: &Claim, failure: &Failure) -> Meant {
        let status = failure.reply().filter(|_| failure.is_permanent()).and_then(|reply| reply.enhanced);
        let about_us = status.filter(|status| status.is_about_sender());
        match (failure.step(), about_us, claim.edition) {
            // An alarm to the operators is not given up for what it tells of.
            (Step::Mail | Step::Data | Step::Dot, Some(_), _) | (Step::Rcpt, Some(_), None) => Meant::Us(Vec::new()),
            (Step::Rcpt, Some(status), Some(edition)) => {
                let mut row = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
                row.one_more(edition, status, claim.id).map_or(Meant::Mail, Meant::Us)
            }
            (Step::Rcpt, None, _) if failure.reply().is_some() => {
                self.a_reader_is_taken();
                Meant::Mail
            }
            _ => Meant::Mail,
        }
    }

    /// Pauses the mail's edition and tells the operators; a mail of no edition only waits.
    async fn pause(&self, claim: &Claim, why: &str, others: &[MailId]) {
        let Some(edition) = claim.edition else {
            return warn!(mail = claim.id.get(), why, "the mail server refuses us: the mail waits");
        };
        let now = self.clock.now();
        let paused = async {
            let first = self.store.editions().pause(edition, why, others, now).await?;
            // From here on nobody of this edition is with a courier: whom the next one refuses begins a new row.
            self.a_reader_is_taken();
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

fn alarm(name: &str, why: &str) -> String {
    format!(
        "{name} is paused: nothing more of it is sent. The mail server refuses us and not a reader:\n\n  {why}\n\n\
         5.7 is about who sends: the login or the server's rights, the records for SPF, DKIM and DMARC, a list on which\n\
         our server's address stands, or what the mail says. The mails that it hit wait, none has failed by it.\n\n\
         Once it is mended:\n  greenbrief editions resume {name}\n\n\
         Who waits too long is given up as the brief's give_up_after says; `greenbrief status` shows where things stand.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_more(row: &mut Row, edition: i64, status: EnhancedStatus, mail: i64) -> Option<Vec<i64>> {
        let all = row.one_more(EditionId::new(edition), status, MailId::new(mail));
        all.map(|mails| mails.into_iter().map(MailId::get).collect())
    }

    #[test]
    fn many_in_a_row_with_one_status_are_not_refused_for_their_own_sake() {
        let mut row = Row::default();
        for mail in 1..20 {
            assert_eq!(one_more(&mut row, 1, EnhancedStatus::new(5, 7, 1), mail), None);
        }
        // Another status, another edition: the row begins anew.
        assert_eq!(one_more(&mut row, 1, EnhancedStatus::new(5, 7, 26), 20), None);
        assert_eq!(one_more(&mut row, 2, EnhancedStatus::new(5, 7, 26), 21), None);
        for mail in 22..40 {
            assert_eq!(one_more(&mut row, 2, EnhancedStatus::new(5, 7, 26), mail), None);
        }
        assert_eq!(one_more(&mut row, 2, EnhancedStatus::new(5, 7, 26), 40), Some((21..=40).collect()));
        assert_eq!(
            one_more(&mut row, 2, EnhancedStatus::new(5, 7, 26), 41),
            Some((21..=40).collect()),
            "who comes later was not taken for refused"
        );
    }
}

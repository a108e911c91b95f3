//! What follows from a mail that came back. Each step takes effect once, however often it is done, so that a mail which was
//! acted on and not yet written down may be read again.

use chrono::{DateTime, Utc};

use super::{
    ReplyReader, TakeInError,
    find::{Found, FoundMail},
    forward,
};
use crate::{
    actions::{
        Result,
        leaving::{self, LeaveError, Scope, Way},
        subscribers::parse_address,
    },
    delivery::{
        replies::{Failure, Feedback, Reply, ReplyKind},
        rules::{BounceClass, EnhancedStatus},
    },
    people::{joining::SignUpOutcome, subscribers::Address},
    store::{Complained, Mail, MailKind, NewBounce, NewForwarded},
};

/// What follows from a report about a mail to an operator, who must hear of what is to come.
const FOR_OPERATORS: &str = "a mail to an operator: nothing is held against the address";

/// What is done about a mail that a person has to read.
const FORWARDED: &str = "forwarded to the operators";
/// The same, if many came within the hour.
const KEPT: &str = "kept for the operators, who are told within the hour";

/// What was done about a mail.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// The reader whom it is about, or who wrote it
    pub address: String,
    /// The mail of ours that it is about
    pub mail: Option<Mail>,
    /// By which sign that was found
    pub found_by: &'static str,
    pub status: Option<EnhancedStatus>,
    pub said: String,
    /// What was done, for people
    pub words: String,
    /// Something ended by it, that had not before
    pub has_ended: bool,
    /// A person has to read it all the same
    pub says_more: bool,
    /// What came of a wish to join
    pub sign_up: Option<SignUpOutcome>,
}

impl Outcome {
    fn nothing(words: impl Into<String>) -> Outcome {
        Outcome { words: words.into(), ..Outcome::default() }
    }

    /// What anybody could have written is held against nobody.
    fn unproven(found: FoundMail) -> Outcome {
        let words = "it has no token of ours, and anybody can write that: noted, nothing follows".to_owned();
        Outcome { words, ..Outcome::about(found) }
    }

    fn about(found: FoundMail) -> Outcome {
        let FoundMail { mail, found_by } = found;
        Outcome { address: mail.address.clone(), mail: Some(mail), found_by, ..Outcome::default() }
    }
}

impl ReplyReader {
    /// Does what follows from a mail.
    pub(super) async fn act(&self, reply: &Reply, hash: &str, now: DateTime<Utc>) -> Result<Outcome, TakeInError> {
        Ok(match &reply.kind {
            ReplyKind::Bounce(failures) => self.bounced(reply, failures, now).await?,
            ReplyKind::Complaint(feedback) => self.complained(reply, feedback, now).await?,
            ReplyKind::Delivered => self.delivered(reply, now).await?,
            ReplyKind::Delayed => self.noted(reply, "it is on its way still: nothing follows", now).await?,
            ReplyKind::AutoReply => self.told_by_sender(reply, "a program answered: nothing follows"),
            ReplyKind::OtherReport(feedback) => {
                self.noted(reply, &format!("a report on {}: nothing follows", feedback.feedback_type), now).await?
            }
            ReplyKind::Leave(request) => self.leaves(reply, request, hash, now).await?,
            ReplyKind::Join(request) => self.joins(reply, request, hash, now).await?,
            ReplyKind::Confirm(tokens) => self.confirms(reply, tokens, hash, now).await?,
            ReplyKind::Person => self.forward(reply, hash, now).await?,
        })
    }

    async fn bounced(&self, reply: &Reply, failures: &[Failure], now: DateTime<Utc>) -> Result<Outcome> {
        match self.find(&reply.about, now).await? {
            Found::Mail(found) if !found.is_proven() => {
                let Outcome { status, said, .. } = unknown(failures);
                Ok(Outcome { status, said, ..Outcome::unproven(*found) })
            }
            Found::Mail(found) => {
                // One mail has one reader; where their address stands for several, the mildest failure counts.
                let Some(failure) = failures.iter().min_by_key(|failure| failure.class) else {
                    return Ok(Outcome::about(*found));
                };
                self.failed(*found, failure, now).await
            }
            Found::BadToken(why) => Ok(Outcome::nothing(format!("{why}; nothing follows"))),
            Found::Nothing => Ok(unknown(failures)),
        }
    }

    /// A mail of ours failed.
    async fn failed(&self, found: FoundMail, failure: &Failure, now: DateTime<Utc>) -> Result<Outcome> {
        let mut outcome = Outcome::about(found);
        outcome.status = failure.status;
        outcome.said.clone_from(&failure.said);
        let Some(mail) = &outcome.mail else { return Ok(outcome) };
        if mail.kind == MailKind::Operator {
            FOR_OPERATORS.clone_into(&mut outcome.words);
            return Ok(outcome);
        }
        let edition = match &mail.edition {
            Some(name) => self.store.editions().named(name).await?,
            None => None,
        };
        let bounce = NewBounce {
            mail: mail.id,
            edition: edition.as_ref().map(|edition| edition.id),
            address: &mail.address,
            class: failure.class,
            status: failure.status,
            said: &failure.said,
        };
        let bounced = self.store.bounces().record(&bounce, now).await?;
        outcome.words = match (bounced.is_new, failure.class, &bounced.suppressed) {
            (false, ..) => "it was known that this mail failed".to_owned(),
            (_, _, Some(reason)) => format!("suppressed: {reason}"),
            (_, BounceClass::Gone, None) => "gone, and suppressed before".to_owned(),
            (_, BounceClass::Soft, None) => format!("soft bounce {} in a row", bounced.soft),
            (_, BounceClass::Policy, None) => "the reader's side takes nothing from us: noted".to_owned(),
            (_, BounceClass::AboutUs, None) => {
                self.operator_mailer.refused_later(mail, failure.status, &failure.said, now).await?;
                "it is about us, not the reader: the operators are told".to_owned()
            }
        };
        if let Some(brake) = &bounced.brake {
            let done = self.operator_mailer.too_many_bounces(brake, now).await?;
            outcome.words.push_str(&format!("; {done}"));
        }
        Ok(outcome)
    }

    async fn delivered(&self, reply: &Reply, now: DateTime<Utc>) -> Result<Outcome> {
        let mut outcome = self.noted(reply, "it was delivered", now).await?;
        // Anybody can write that; it only takes back what is counted.
        if outcome.mail.is_some() && self.store.bounces().heal(&outcome.address).await? {
            outcome.words.push_str(": earlier soft bounces are forgotten");
        }
        Ok(outcome)
    }

    async fn complained(&self, reply: &Reply, feedback: &Feedback, now: DateTime<Utc>) -> Result<Outcome> {
        let found = match self.find(&reply.about, now).await? {
            Found::Mail(found) if found.is_proven() => *found,
            Found::BadToken(why) => return Ok(Outcome::nothing(format!("{why}; nothing follows"))),
            not_proven => {
                // A token for leaving says enough, though its mail is kept no more.
                if let Some(left) = self.left_by_complaint(reply, now).await? {
                    return Ok(left);
                }
                return Ok(match not_proven {
                    Found::Mail(found) => Outcome::unproven(*found),
                    _ => Outcome::nothing("about no mail of ours: nothing follows"),
                });
            }
        };
        let mut outcome = Outcome::about(found);
        outcome.said = format!("{} {}", feedback.feedback_type, feedback.user_agent).trim().to_owned();
        let Some(mail) = &outcome.mail else { return Ok(outcome) };
        if mail.kind == MailKind::Operator {
            FOR_OPERATORS.clone_into(&mut outcome.words);
            return Ok(outcome);
        }
        let address = parse_address(&mail.address)?;
        let reason = format!("complaint: {}", outcome.said);
        let brief = mail.edition.as_ref().map(|edition| edition.brief.as_str());
        let Complained { cancelled, moved } =
            self.store.people().complain(mail.id, (&address, brief), &reason, now).await?;
        outcome.words = match &mail.edition {
            Some(edition) => format!("left {} and is suppressed: complaint", edition.brief),
            None => "suppressed: complaint".to_owned(),
        };
        if moved > 0 {
            outcome.words.push_str("; the reader had gone to another address, and left it there");
        }
        if cancelled > 0 {
            outcome.words.push_str(&format!("; mails that are not sent any more: {cancelled}"));
        }
        Ok(outcome)
    }

    /// Ends what a complaint names by a token, where the mail is not known to which address it went.
    async fn left_by_complaint(&self, reply: &Reply, now: DateTime<Utc>) -> Result<Option<Outcome>> {
        for token in &reply.about.leave_tokens {
            let Some(named) = self.named(token).await? else { continue };
            match leaving::leave(&self.store, token, Scope::ThisBrief, Way::Complaint, now).await {
                Ok(_) => {
                    let words = format!("left {}: complaint about a mail that is not kept any more", named.brief);
                    return Ok(Some(Outcome { address: named.address, words, ..Outcome::default() }));
                }
                Err(LeaveError::Store(error)) => return Err(error.into()),
                Err(LeaveError::Token(_) | LeaveError::Gone) => {}
            }
        }
        Ok(None)
    }

    /// Nothing is done; which mail it is about is written down all the same.
    async fn noted(&self, reply: &Reply, words: &str, now: DateTime<Utc>) -> Result<Outcome> {
        let outcome = match self.find(&reply.about, now).await? {
            Found::Mail(found) => Outcome { words: words.to_owned(), ..Outcome::about(*found) },
            Found::BadToken(why) => Outcome::nothing(format!("{why}; nothing follows")),
            Found::Nothing => self.told_by_sender(reply, words),
        };
        Ok(outcome)
    }

    pub(super) fn told_by_sender(&self, reply: &Reply, words: &str) -> Outcome {
        Outcome { address: reply.sender.clone().unwrap_or_default(), ..Outcome::nothing(words) }
    }

    /// Hands a mail on to the operators.
    pub(super) async fn forward(&self, reply: &Reply, hash: &str, now: DateTime<Utc>) -> Result<Outcome, TakeInError> {
        self.forward_because(reply, "", hash, now).await
    }

    /// As `forward`, and tells why the mail was not done as it asked.
    pub(super) async fn forward_because(
        &self,
        reply: &Reply,
        why: &str,
        hash: &str,
        now: DateTime<Utc>,
    ) -> Result<Outcome, TakeInError> {
        self.forward_with(reply, why, &forward::advice(reply, why), hash, now).await
    }

    /// As `forward_because`, with what the operators are to do.
    pub(super) async fn forward_with(
        &self,
        reply: &Reply,
        why: &str,
        advice: &str,
        hash: &str,
        now: DateTime<Utc>,
    ) -> Result<Outcome, TakeInError> {
        let sender = reply.sender.clone().unwrap_or_default();
        if sender.eq_ignore_ascii_case(&self.own_address) {
            return Ok(self.told_by_sender(reply, "our own mail came back: nothing follows"));
        }
        if !self.operator_mailer.has_somebody() {
            return Err(TakeInError::NobodyToTell);
        }
        let text = forward::text(reply, advice, hash);
        let lower = sender.to_lowercase();
        let new = NewForwarded { sha256: hash, sender: &lower, subject: &reply.subject, text: &text };
        let done = if self.store.replies().forward(&new, now).await? {
            let key = format!("answer.{}", hash.get(..16).unwrap_or(hash));
            let (subject, writer) = (forward::subject(reply), forward::writer(reply));
            let reply_to = writer.as_ref().map(Address::ascii);
            self.operator_mailer.forward((&subject, &text), reply_to, &key, now).await?;
            FORWARDED
        } else {
            KEPT
        };
        let mut outcome = self.noted(reply, done, now).await?;
        if outcome.words != done {
            outcome.words = format!("{done} ({})", outcome.words);
        } else if !why.is_empty() {
            outcome.words.push_str(&format!(": {why}"));
        }
        Ok(Outcome { address: sender, ..outcome })
    }
}

/// A bounce of a mail that is not ours, or is forgotten.
fn unknown(failures: &[Failure]) -> Outcome {
    let first = failures.first();
    Outcome {
        status: first.and_then(|failure| failure.status),
        said: first.map_or_else(String::new, |failure| failure.said.clone()),
        ..Outcome::nothing("about no mail of ours: nothing follows")
    }
}

//! Somebody asks to join, by a form or by a mail.

use chrono::{DateTime, TimeDelta, Utc};
use tracing::info;

use super::{JoinError, Joining, random_number, whole};
use crate::{
    actions::random_word::random_word,
    base::language::Language,
    people::{
        joining::{
            Challenge, ConsentText, FormSecret, JoinLimits, Network, Sender, SignUpOutcome, WITHOUT_WORK_WAITS, Work,
            address_consent_text, confirm_address, confirmation, consent_text,
        },
        subscribers::Address,
        tokens::Purpose,
    },
    store::{NewSignUp, SignedUp},
};

/// Number of random numbers that are tried until one is not taken: one is enough in all but a millionth of cases.
const TRIES: usize = 4;

/// What a form has to show and to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinForm {
    /// What the reader agrees to
    pub consent: ConsentText,
    /// The challenge of its proof of work
    pub challenge: Challenge,
}

/// What a form brings beside its address.
#[derive(Debug, Clone, Copy, Default)]
pub struct FormProof<'a> {
    /// The challenge that it had; empty on somebody else's page
    pub challenge: &'a str,
    /// The nonce that its script found; empty without a script
    pub nonce: &'a str,
    /// The address as it was sent, for which the work was done
    pub address: &'a str,
    /// A field that no person sees
    pub trap: &'a str,
}

/// How somebody asks.
#[derive(Debug, Clone, Copy)]
pub enum Asked<'a> {
    /// By a form
    Form(FormProof<'a>),
    /// By a mail from the address itself
    Mail,
}

/// Somebody asks to join.
#[derive(Debug, Clone, Copy)]
pub struct SignUp<'a> {
    /// The brief
    pub brief: &'a str,
    /// The language of the mails
    pub language: Language,
    /// The address
    pub address: &'a Address,
    /// Where they ask from, if that is known
    pub network: Option<Network>,
    /// How they ask
    pub asked: Asked<'a>,
}

/// What a form of a brief in a language has to show and to send.
///
/// # Errors
/// There is no such brief, or it is not written in that language.
pub async fn join_form(
    joining: Joining<'_>,
    brief: &str,
    language: Language,
    now: DateTime<Utc>,
) -> Result<JoinForm, JoinError> {
    let found = joining.brief(brief, language)?;
    let consent = consent_text(language, found.title.get(language), joining.publisher());
    Ok(JoinForm { consent, challenge: Challenge::new(&secret(joining).await?, brief, now) })
}

/// Lets somebody ask to join. The person is told the same whatever comes of it; the outcome is for the metrics alone.
///
/// # Errors
/// There is no such brief in that language, or the store cannot be written.
pub async fn sign_up(
    joining: Joining<'_>,
    request: SignUp<'_>,
    now: DateTime<Utc>,
) -> Result<SignUpOutcome, JoinError> {
    let SignUp { brief, language, .. } = request;
    let found = joining.brief(brief, language)?;
    let (way, did_work) = match request.asked {
        Asked::Mail => ("mail", true),
        Asked::Form(FormProof { trap, .. }) if !trap.is_empty() => return Ok(told(SignUpOutcome::Trap, brief)),
        Asked::Form(proof) => {
            let fields = (proof.challenge, proof.nonce);
            match Challenge::judge(&secret(joining).await?, brief, fields, proof.address, now) {
                Work::Done => ("form", true),
                Work::Missing => ("form", false),
                Work::Bad => return Ok(told(SignUpOutcome::BadWork, brief)),
            }
        }
    };
    let wish = Wish {
        brief,
        what: Wanted::Brief(found.title.get(language)),
        language,
        address: request.address,
        way,
        network: request.network,
        did_work,
    };
    Ok(told(ask(joining, wish, now).await?, brief))
}

fn told(outcome: SignUpOutcome, brief: &str) -> SignUpOutcome {
    // Logs hold no addresses of subscribers.
    info!(brief, %outcome, "somebody asks to join");
    outcome
}

async fn secret(joining: Joining<'_>) -> Result<FormSecret, JoinError> {
    let random = [(); 2].map(|()| random_word());
    let [Ok(one), Ok(other)] = random else { return Err(JoinError::NoRandomNumbers) };
    Ok(FormSecret::new(&joining.store.form_secret(&format!("{one}{other}")).await?))
}

/// What somebody wants.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'a> {
    /// To get the brief, which has this title
    Brief(&'a str),
    /// To give a subscriber another address, for these briefs with these titles
    Address { subscriber: i64, briefs: &'a [String], titles: &'a [String] },
}

/// What somebody has to confirm.
#[derive(Clone, Copy)]
pub(super) struct Wish<'a> {
    pub brief: &'a str,
    pub what: Wanted<'a>,
    pub language: Language,
    pub address: &'a Address,
    pub way: &'static str,
    pub network: Option<Network>,
    pub did_work: bool,
}

/// Asks at an address whether a wish is really its owner's.
pub(super) async fn ask(joining: Joining<'_>, wish: Wish<'_>, now: DateTime<Utc>) -> Result<SignUpOutcome, JoinError> {
    let (now, lines, store_id) = (whole(now), joining.imprint(), joining.store_id().await?);
    let (sender, domain) = (Sender { lines: &lines }, joining.config.mail.from_address.domain());
    for _ in 0..TRIES {
        let id = random_number()?;
        let token = joining.token(Purpose::Confirm, (id, now), now).await?;
        let ways = joining.ways_to_confirm(&token)?;
        let (language, publisher, by) = (wish.language, joining.publisher(), ways.confirm_by());
        let (subscriber, moves, consent, mail) = match wish.what {
            Wanted::Brief(title) => {
                let consent = consent_text(language, title, publisher);
                let mail = confirmation(language, title, by, &consent, sender);
                (None, Vec::new(), consent, mail)
            }
            Wanted::Address { subscriber, briefs, titles } => {
                let consent = address_consent_text(language, titles, publisher);
                let mail = confirm_address(language, titles, by, &consent, sender);
                (Some(subscriber), briefs.to_vec(), consent, mail)
            }
        };
        let new = NewSignUp {
            id,
            address: wish.address.clone(),
            brief: wish.brief.to_owned(),
            language,
            subscriber,
            moves,
            way: wish.way,
            network: wish.network,
            limits: JoinLimits::of(wish.did_work),
            mail,
            consent,
            reply_to: ways.address(),
            message_id: format!("<confirm.{id}.{store_id}@{domain}>"),
            now,
            waits: if wish.did_work { TimeDelta::zero() } else { WITHOUT_WORK_WAITS },
        };
        return Ok(match joining.store.people().sign_up(new).await? {
            SignedUp::Queued if wish.did_work => SignUpOutcome::Queued,
            SignedUp::Queued => SignUpOutcome::Delayed,
            SignedUp::Repeated => SignUpOutcome::Repeated,
            SignedUp::NetworkLimit => SignUpOutcome::Network,
            SignedUp::DomainLimit => SignUpOutcome::Domain,
            SignedUp::NumberTaken => continue,
        });
    }
    Err(JoinError::NoRandomNumbers)
}

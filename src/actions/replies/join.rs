//! Readers who join by mail. The answer to a wish is the confirmation mail of the form, at the address that the mail claims to
//! come from and at most once a day: whoever makes up a sender reaches nobody else by it. An answer to that mail confirms if
//! it is empty or says yes, and ends the request if it says no. What cannot be done goes to the operators.

use chrono::{DateTime, Utc};
use tracing::warn;

use super::{ReplyReader, TakeInError, act::Outcome, forward};
use crate::{
    actions::{
        Result,
        joining::{
            Asked, ConfirmState, Confirmed, JoinError, Joining, SignUp, confirm_by_mail, mail_that_asked,
            refuse_by_mail, sign_up, tell_of_suppressed,
        },
    },
    base::language::Language,
    config::{Brief, Config, Visibility},
    delivery::replies::{Answer, JoinRequest, Reply},
    people::{joining::SignUpOutcome, subscribers::Address, tokens::Token},
};

/// The brief that is meant, and its language; or why it is none that somebody can join.
fn wanted<'a>(config: &'a Config, request: &JoinRequest) -> Result<(&'a Brief, Language), String> {
    let JoinRequest { brief: id, language } = request;
    let brief = match id.as_str() {
        "" => only_open(config).ok_or_else(|| "it does not say which brief".to_owned())?,
        id => config
            .briefs
            .values()
            .find(|brief| brief.id.eq_ignore_ascii_case(id))
            .ok_or_else(|| "there is no such brief".to_owned())?,
    };
    if brief.public == Visibility::Off {
        return Err("nobody joins it without you: public = \"off\"".to_owned());
    }
    let language = match language.as_str() {
        "" => brief.languages.first().copied(),
        named => named.parse().ok().filter(|named| brief.languages.contains(named)),
    };
    language.map(|language| (brief, language)).ok_or_else(|| "it is not written in that language".to_owned())
}

/// The brief that can be joined, if there is one only.
fn only_open(config: &Config) -> Option<&Brief> {
    let mut open = config.briefs.values().filter(|brief| brief.public != Visibility::Off);
    open.next().filter(|_| open.next().is_none())
}

impl ReplyReader {
    /// Somebody wants to join.
    pub(super) async fn joins(
        &self,
        reply: &Reply,
        request: &JoinRequest,
        hash: &str,
        now: DateTime<Utc>,
    ) -> Result<Outcome, TakeInError> {
        let Some(config) = &self.config else {
            return self.forward_because(reply, "nobody joins by mail here", hash, now).await;
        };
        let (brief, language) = match wanted(config, request) {
            Ok(wanted) => wanted,
            Err(why) => return self.forward_because(reply, &why, hash, now).await,
        };
        let Some(address) = self.sender_of(reply) else {
            return self.forward_because(reply, "it is not said from which address", hash, now).await;
        };
        let asked = SignUp { brief: &brief.id, language, address: &address, network: None, asked: Asked::Mail };
        let outcome = match sign_up(Joining::of(config, &self.store), asked, now).await {
            Ok(outcome) => outcome,
            Err(JoinError::Failed(error)) => return Err(error.into()),
            Err(problem) => return self.forward_because(reply, &problem.to_string(), hash, now).await,
        };
        let words = match outcome {
            SignUpOutcome::Repeated => "asked within a day already: nothing follows".to_owned(),
            outcome if outcome.is_mailed() => {
                let joining = Joining::of(config, &self.store);
                if let Err(problem) = tell_of_suppressed(joining, &address, &brief.id, now).await {
                    warn!(%problem, "the operators are not told if the address is suppressed");
                }
                format!("asked whether they want {} in {}", brief.id, language.code())
            }
            _ => {
                let why = match outcome {
                    SignUpOutcome::Domain => {
                        "too many at that domain were asked within the hour, and have not confirmed"
                    }
                    _ => "too many ask by mail within the hour",
                };
                let forwarded = self.forward_because(reply, why, hash, now).await?;
                return Ok(Outcome { sign_up: Some(outcome), ..forwarded });
            }
        };
        let address = address.key().to_owned();
        Ok(Outcome { address, words, sign_up: Some(outcome), ..Outcome::default() })
    }

    /// Whoever writes, unless that is ourselves.
    pub(super) fn sender_of(&self, reply: &Reply) -> Option<Address> {
        let address = Address::parse(reply.sender.as_deref()?).ok()?;
        (!address.ascii().eq_ignore_ascii_case(&self.own_address)).then_some(address)
    }

    /// Somebody confirms what they asked for, or says no to it. Whoever has the token got the mail that asked them. Every token
    /// counts; if none is good, a person is told why the first is not. Whoever says more than no is heard by a person, too.
    pub(super) async fn confirms(
        &self,
        reply: &Reply,
        tokens: &[String],
        hash: &str,
        now: DateTime<Utc>,
    ) -> Result<Outcome, TakeInError> {
        let Some(config) = &self.config else {
            return self.forward_because(reply, "nobody joins by mail here", hash, now).await;
        };
        let (mut done, mut refused): (Option<Outcome>, Option<String>) = (None, None);
        for token in tokens {
            match self.confirms_by(config, reply, token, now).await? {
                Ok(confirmed) => {
                    done = Some(match done {
                        None => confirmed,
                        Some(before) => {
                            let words = format!("{}; {}", before.words, confirmed.words);
                            Outcome { words, ..before }
                        }
                    });
                }
                Err(why) => refused = refused.or(Some(why)),
            }
        }
        match done {
            Some(done) if done.says_more => {
                let advice = forward::said_no_and_more(reply);
                let forwarded = self.forward_with(reply, "", &advice, hash, now).await?;
                Ok(Outcome { words: format!("{}; {}", done.words, forwarded.words), ..done })
            }
            Some(done) => Ok(done),
            None => self.forward_because(reply, &refused.unwrap_or_default(), hash, now).await,
        }
    }

    /// By one token, if the mail says yes or no to what it is about; or why nothing follows from it.
    async fn confirms_by(
        &self,
        config: &Config,
        reply: &Reply,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Result<Outcome, String>> {
        let joining = Joining::of(config, &self.store);
        let (subject, text) = match mail_that_asked(joining, token).await {
            Ok(asked) => asked,
            Err(JoinError::Failed(error)) => return Err(error.into()),
            Err(problem) => return Ok(Err(problem.to_string())),
        };
        match reply.answered.to(&subject, &text) {
            Answer::Yes => {}
            said @ (Answer::No | Answer::NoAndMore) => {
                let refused = self.refuses_by(joining, reply, token, now).await?;
                return Ok(refused.map(|done| Outcome { says_more: said == Answer::NoAndMore, ..done }));
            }
            Answer::LikeNo => return Ok(Err("it holds a no, and may mean something else".to_owned())),
            Answer::Unclear => return Ok(Err("it is neither empty nor says yes alone".to_owned())),
        }
        let (address, Confirmed { view, edition, is_new }) =
            match confirm_by_mail(joining, token, reply.quotable_id().as_deref(), now).await {
                Ok(done) => done,
                Err(JoinError::Failed(error)) => return Err(error.into()),
                Err(problem) => return Ok(Err(problem.to_string())),
            };
        let (brief, token) = (&view.brief, Token::shown(token));
        let why = match view.state {
            ConfirmState::Open | ConfirmState::Confirmed => {
                let words = match (is_new, edition) {
                    (false, _) => format!("had confirmed {brief} before, by the token {token}: nothing changed"),
                    (true, true) => format!("confirmed {brief} by the token {token}; the latest edition goes out"),
                    (true, false) => format!("confirmed {brief} by the token {token}"),
                };
                return Ok(Ok(Outcome { address, words, ..Outcome::default() }));
            }
            ConfirmState::Lapsed => "they had asked more than 7 days before",
            ConfirmState::LeftSince => "they have left since they asked",
            ConfirmState::Suppressed => "the address is suppressed",
            ConfirmState::Superseded => "they have asked for another address since",
            ConfirmState::Closed => "nobody can join the brief any more",
        };
        Ok(Err(why.to_owned()))
    }

    /// By one token, whose reader says no.
    async fn refuses_by(
        &self,
        joining: Joining<'_>,
        reply: &Reply,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Result<Outcome, String>> {
        let id = reply.quotable_id();
        let (address, brief, refused) = match refuse_by_mail(joining, token, id.as_deref(), now).await {
            Ok(done) => done,
            Err(JoinError::Failed(error)) => return Err(error.into()),
            Err(problem) => return Ok(Err(problem.to_string())),
        };
        let token = Token::shown(token);
        let mut words = match (refused.ended, refused.was_open) {
            (0, true) => format!("said no to {brief} by the token {token}: the request is over"),
            (0, false) => format!("said no to {brief} by the token {token}: it was over before"),
            _ => format!("left {brief} with a no by the token {token}"),
        };
        if refused.cancelled > 0 {
            words.push_str(&format!("; mails that are not sent any more: {}", refused.cancelled));
        }
        if refused.at_dot > 0 {
            words.push_str(&format!("; being handed over at this moment: {}", refused.at_dot));
        }
        Ok(Ok(Outcome { address, words, has_ended: refused.is_new(), ..Outcome::default() }))
    }

    /// Of a mail that was read before: what it says no to, by its tokens. A yes changes nothing a second time.
    pub(super) async fn refuses(
        &self,
        reply: &Reply,
        tokens: &[String],
        now: DateTime<Utc>,
    ) -> Result<Option<Outcome>> {
        let Some(config) = &self.config else { return Ok(None) };
        let joining = Joining::of(config, &self.store);
        let mut done = None;
        for token in tokens {
            let Ok((subject, text)) = mail_that_asked(joining, token).await else { continue };
            if !matches!(reply.answered.to(&subject, &text), Answer::No | Answer::NoAndMore) {
                continue;
            }
            if let Ok(refused) = self.refuses_by(joining, reply, token, now).await? {
                done = done.filter(|done: &Outcome| done.has_ended).or(Some(refused));
            }
        }
        Ok(done)
    }
}

//! Why a mail did not go, in the terms in which a courier decides: at which step, what the server replied, whether the
//! refusal is permanent. What is done about it is decided elsewhere.

use std::fmt;

use super::reply::Reply;

/// A step of an SMTP session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Finding the host and connecting
    Connect,
    /// The TLS handshake, and STARTTLS before it
    Tls,
    /// The server's greeting
    Greeting,
    /// EHLO, or HELO
    Ehlo,
    /// AUTH
    Login,
    /// MAIL FROM
    Mail,
    /// RCPT TO
    Rcpt,
    /// DATA, and RSET between two mails
    Data,
    /// Headers and body, before the final dot
    Body,
    /// The final dot and its reply: a mail whose session breaks here may have been delivered
    Dot,
    /// QUIT
    Quit,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Step::Connect => "connecting",
            Step::Tls => "TLS",
            Step::Greeting => "the greeting",
            Step::Ehlo => "EHLO",
            Step::Login => "the login",
            Step::Mail => "MAIL FROM",
            Step::Rcpt => "RCPT TO",
            Step::Data => "DATA",
            Step::Body => "the body",
            Step::Dot => "the final dot",
            Step::Quit => "QUIT",
        })
    }
}

/// Why a step did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The server replied with a refusal.
    #[error("refused at {step}: {reply}")]
    Refused {
        /// At which step
        step: Step,
        /// The refusal
        reply: Reply,
    },
    /// No reply that can be understood: network, timeout, TLS, or not the protocol.
    #[error("broken at {step}: {what}")]
    Broken {
        /// At which step
        step: Step,
        /// What happened, for people
        what: String,
    },
}

impl Failure {
    pub(super) fn broken(step: Step, what: impl fmt::Display) -> Failure {
        Failure::Broken { step, what: what.to_string() }
    }

    /// The step at which it happened.
    pub const fn step(&self) -> Step {
        match self {
            Failure::Refused { step, .. } | Failure::Broken { step, .. } => *step,
        }
    }

    /// The server's reply, if there was one that could be understood.
    pub const fn reply(&self) -> Option<&Reply> {
        match self {
            Failure::Refused { reply, .. } => Some(reply),
            Failure::Broken { .. } => None,
        }
    }

    /// Will the same mail always be refused? Only a 5xx at a step of the mail itself says so: a server that refuses the
    /// connection or the login refuses us, not the mail.
    pub fn is_permanent(&self) -> bool {
        self.reply().is_some_and(|reply| (500..=599).contains(&reply.code)) && self.concerns_the_mail()
    }

    /// Can the connection be used for the next mail, as far as this failure tells? [`Session::is_usable`] has the last
    /// word.
    ///
    /// [`Session::is_usable`]: super::session::Session::is_usable
    pub fn keeps_connection(&self) -> bool {
        self.reply().is_some_and(|reply| reply.code != 421) && self.concerns_the_mail()
    }

    const fn concerns_the_mail(&self) -> bool {
        matches!(self.step(), Step::Mail | Step::Rcpt | Step::Data | Step::Dot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::rules::NO_CONNECTION;

    #[test]
    fn a_failure_before_the_first_mail_is_known_by_its_words() {
        let reply = Reply { code: 554, enhanced: None, text: "no".to_owned() };
        let of_a_mail = [Step::Mail, Step::Rcpt, Step::Data, Step::Body, Step::Dot, Step::Quit];
        for step in [Step::Connect, Step::Tls, Step::Greeting, Step::Ehlo, Step::Login].into_iter().chain(of_a_mail) {
            for failure in [Failure::broken(step, "so"), Failure::Refused { step, reply: reply.clone() }] {
                // A connection that is not there refuses nothing.
                if step == Step::Connect && failure.reply().is_some() {
                    continue;
                }
                let text = failure.to_string();
                let known = NO_CONNECTION.iter().any(|words| text.starts_with(&format!("{words}: ")));
                assert_eq!(known, !of_a_mail.contains(&step), "{text}");
            }
        }
    }
}

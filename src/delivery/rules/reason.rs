//! Why mails did not go, in a few words for an operator: the meanings of reply codes and of enhanced statuses (RFC 3463),
//! as pure tables. What a courier does about a refusal is not decided here.

use std::fmt;

use super::EnhancedStatus;

/// Maximum number of characters kept of a text that is not a reply.
const MAX_TEXT: usize = 80;

/// Why mails did not go. Mails with equal reasons are shown as one group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reason {
    /// The code of the reply, if a server refused
    pub code: Option<u16>,
    /// The enhanced status of the reply, if the server gave one
    pub enhanced: Option<EnhancedStatus>,
    /// The meaning, in a few words for people
    pub word: String,
}

/// How the word on a mail begins, or goes on after a relay's name, that reached no server, or not the folder: nothing is wrong
/// with the mail. A colon follows.
pub const NO_CONNECTION: [&str; 10] = [
    "broken at connecting",
    "broken at TLS",
    "refused at TLS",
    "broken at the greeting",
    "refused at the greeting",
    "broken at EHLO",
    "refused at EHLO",
    "broken at the login",
    "refused at the login",
    "cannot be written",
];

/// Subject, detail (`None`: every other detail of the subject), and what both mean for the mail at hand. From RFC 3463
/// §3.2–3.8; added since: 1.10 and 7.27 by RFC 7505, 7.8 by RFC 4954, 7.20–7.26 by RFC 7372.
const MEANINGS: &[(u16, Option<u16>, &str)] = &[
    (1, Some(1), "no such mailbox"),
    (1, Some(2), "no such domain"),
    (1, Some(3), "the address is not valid"),
    (1, Some(4), "the address is ambiguous"),
    (1, Some(6), "the mailbox has moved"),
    (1, Some(7), "our address is not valid"),
    (1, Some(8), "our address is refused"),
    (1, Some(10), "the domain takes no mail"),
    (1, None, "the address is refused"),
    (2, Some(1), "the mailbox is disabled"),
    (2, Some(2), "mailbox full"),
    (2, Some(3), "too large for the mailbox"),
    (2, Some(4), "a mailing list does not work"),
    (2, None, "a problem with the mailbox"),
    (3, Some(1), "the server's disk is full"),
    (3, Some(2), "the server takes no mail now"),
    (3, Some(4), "too large for the server"),
    (3, None, "a problem with the server"),
    (4, Some(1), "no answer from the reader's server"),
    (4, Some(2), "a bad connection to the reader's server"),
    (4, Some(4), "no route to the reader's server"),
    (4, Some(5), "the server is too busy"),
    (4, Some(6), "the mail goes round in a loop"),
    (4, Some(7), "given up by the server"),
    (4, None, "a problem with the network"),
    (5, Some(3), "too many recipients"),
    (5, None, "a problem with the protocol"),
    (6, None, "the content is refused"),
    (7, Some(8), "the login is refused"),
    (7, Some(20), "DKIM does not pass"),
    (7, Some(21), "DKIM does not pass"),
    (7, Some(22), "DKIM does not pass"),
    (7, Some(23), "SPF does not pass"),
    (7, Some(24), "SPF does not pass"),
    (7, Some(25), "our server's name does not pass"),
    (7, Some(26), "neither DKIM nor SPF passes"),
    (7, Some(27), "our domain takes no mail"),
    (7, None, "refused by policy"),
];

/// Meanings of codes, for replies without an enhanced status (RFC 5321 §4.2.3).
const CODES: &[(u16, &str)] = &[
    (421, "the server ends the connection"),
    (450, "the mailbox is not available now"),
    (451, "a server error"),
    (452, "the server's disk is full"),
    (550, "the mailbox is not available"),
    (551, "the mailbox has moved"),
    (552, "mailbox full"),
    (553, "the address is not valid"),
    (554, "refused"),
];

impl Reason {
    /// Reads the last word on a mail as the outbox keeps it: `refused at RCPT TO: 550 5.1.1 no such user`, or what broke.
    pub fn of(word: &str) -> Reason {
        let reply = word.strip_prefix("refused at ").and_then(|rest| rest.split_once(": ")).map(|(_, reply)| reply);
        match reply.and_then(code_and_status) {
            Some((code, enhanced)) => Reason { code: Some(code), enhanced, word: meaning(code, enhanced).to_owned() },
            // What follows the first colon is one mail's own.
            None => Reason { code: None, enhanced: None, word: before_colon(word) },
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(code) = self.code {
            write!(f, "{code} ")?;
        }
        if let Some(status) = self.enhanced {
            write!(f, "{status} ")?;
        }
        f.write_str(&self.word)
    }
}

/// Reads the code at the start of a reply, and the enhanced status after it.
fn code_and_status(reply: &str) -> Option<(u16, Option<EnhancedStatus>)> {
    let mut words = reply.split(' ');
    let code = words.next().filter(|code| code.len() == 3)?.parse().ok().filter(|code| (200..=599).contains(code))?;
    Some((code, words.next().and_then(|word| word.parse().ok())))
}

fn meaning(code: u16, status: Option<EnhancedStatus>) -> &'static str {
    if let Some(EnhancedStatus { class, subject, detail }) = status {
        if (class, subject) == (4, 7) {
            // Greylisting (RFC 6647 §2.1) and limits: it may pass later.
            return "held back by policy for now";
        }
        let row = |(known, of, _): &&(u16, Option<u16>, &str)| *known == subject && of.is_none_or(|of| of == detail);
        if let Some((_, _, word)) = MEANINGS.iter().find(row) {
            return word;
        }
    }
    let by_code = CODES.iter().find(|(known, _)| *known == code).map(|(_, word)| *word);
    by_code.unwrap_or(if code < 500 { "refused for now" } else { "refused" })
}

fn before_colon(word: &str) -> String {
    let first = word.split(": ").next().unwrap_or_default();
    if first.is_empty() { "no reason was recorded".to_owned() } else { first.chars().take(MAX_TEXT).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_say_in_short() {
        for (said, wanted) in [
            ("refused at RCPT TO: 550 5.1.1 <a@b> no such user", "550 5.1.1 no such mailbox"),
            ("refused at RCPT TO: 550 no such user", "550 the mailbox is not available"),
            ("refused at RCPT TO: 452 4.2.2 over quota", "452 4.2.2 mailbox full"),
            ("refused at RCPT TO: 450 4.7.1 greylisted", "450 4.7.1 held back by policy for now"),
            ("refused at MAIL FROM: 550 5.7.1 blocked", "550 5.7.1 refused by policy"),
            ("refused at the final dot: 550 5.7.26 unauthenticated", "550 5.7.26 neither DKIM nor SPF passes"),
            ("refused at the final dot: 554 5.7.515 unheard of", "554 5.7.515 refused by policy"),
            ("refused at RCPT TO: 550 5.9.9 new", "550 5.9.9 the mailbox is not available"),
            ("refused at RCPT TO: 555", "555 refused"),
            ("refused at RCPT TO: 455 5.1.1.1 odd", "455 refused for now"),
            ("broken at connecting: 127.0.0.1:1: refused", "broken at connecting"),
            ("/var/outbox cannot be written: disk full", "/var/outbox cannot be written"),
            ("", "no reason was recorded"),
            ("refused at ", "refused at "),
            ("refused at x: 99999 5", "refused at x"),
        ] {
            assert_eq!(Reason::of(said).to_string(), wanted, "{said}");
        }
        let long = "ü".repeat(500);
        assert_eq!(Reason::of(&long).word.chars().count(), MAX_TEXT);
    }

    #[test]
    fn a_detail_stands_before_its_subject() {
        for (index, (subject, detail, word)) in MEANINGS.iter().enumerate() {
            let hidden =
                MEANINGS[..index].iter().any(|(other, of, _)| other == subject && (of.is_none() || of == detail));
            assert!(!hidden, "{subject}.{detail:?} {word}");
        }
    }
}

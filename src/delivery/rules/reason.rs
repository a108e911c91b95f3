//! Why a mail did not go, in a short word: what a server's code and its enhanced status (RFC 3463) mean to an operator, as
//! one pure table, and which refusals are meant for us and not for the reader. What is done about it is decided elsewhere.

use std::fmt;

/// An enhanced status: class, subject, detail, such as 5.1.1 (RFC 3463 §2).
pub type Enhanced = (u8, u16, u16);

/// Characters of a text that is no reply which are kept.
const LONGEST: usize = 80;

/// Why mails did not go: those with the same reason belong together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reason {
    /// The reply's code, if a server said no
    pub code: Option<u16>,
    /// Its enhanced status, where the server gave one
    pub enhanced: Option<Enhanced>,
    /// In short, for people
    pub word: String,
}

/// Subject, detail (none: all others of the subject), what it means for the mail at hand. RFC 3463 §3.2–3.8 and the codes
/// added since: 1.10 and 7.27 RFC 7505, 7.8 RFC 4954, 7.20–7.26 RFC 7372.
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
    (2, None, "something with the mailbox"),
    (3, Some(1), "the server's disk is full"),
    (3, Some(2), "the server takes no mail now"),
    (3, Some(4), "too large for the server"),
    (3, None, "something with the server"),
    (4, Some(1), "no answer from the reader's server"),
    (4, Some(2), "a bad connection to the reader's server"),
    (4, Some(4), "no way to the reader's server"),
    (4, Some(5), "the server has too much to do"),
    (4, Some(6), "the mail goes in circles"),
    (4, Some(7), "given up by the server"),
    (4, None, "something with the network"),
    (5, Some(3), "too many recipients"),
    (5, None, "something with the protocol"),
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

/// Without an enhanced status: by the code (RFC 5321 §4.2.3).
const CODES: &[(u16, &str)] = &[
    (421, "the server ends the connection"),
    (450, "the mailbox is not available now"),
    (451, "an error of the server"),
    (452, "the server's disk is full"),
    (550, "the mailbox is not available"),
    (551, "the mailbox has moved"),
    (552, "mailbox full"),
    (553, "the address is not valid"),
    (554, "refused"),
];

impl Reason {
    /// Of a mail's last word, as the outbox keeps it: `refused at RCPT TO: 550 5.1.1 no such user`, or what broke.
    pub fn of(word: &str) -> Reason {
        let said = word.strip_prefix("refused at ").and_then(|rest| rest.split_once(": ")).map(|(_, said)| said);
        match said.and_then(status) {
            Some((code, enhanced)) => Reason { code: Some(code), enhanced, word: meaning(code, enhanced).to_owned() },
            // What comes after the first colon tells one case from the other.
            None => Reason { code: None, enhanced: None, word: before_colon(word) },
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(code) = self.code {
            write!(f, "{code} ")?;
        }
        if let Some((class, subject, detail)) = self.enhanced {
            write!(f, "{class}.{subject}.{detail} ")?;
        }
        f.write_str(&self.word)
    }
}

/// Is a refusal with this status meant for who sends, and not for one reader? RFC 3463 §3.8: subject 7 is security and
/// policy; class 5, for good.
pub const fn is_about_us(enhanced: Option<Enhanced>) -> bool {
    matches!(enhanced, Some((5, 7, _)))
}

/// The code at the start of a reply, and the enhanced status after it.
fn status(said: &str) -> Option<(u16, Option<Enhanced>)> {
    let mut words = said.split(' ');
    let code = words.next().filter(|code| code.len() == 3)?.parse().ok().filter(|code| (200..=599).contains(code))?;
    Some((code, words.next().and_then(enhanced)))
}

fn enhanced(word: &str) -> Option<Enhanced> {
    let mut parts = word.split('.');
    let found = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    (parts.next().is_none() && matches!(found.0, 2 | 4 | 5)).then_some(found)
}

fn meaning(code: u16, enhanced: Option<Enhanced>) -> &'static str {
    if let Some((class, subject, detail)) = enhanced {
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
    if first.is_empty() { "no word was kept".to_owned() } else { first.chars().take(LONGEST).collect() }
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
            ("", "no word was kept"),
            ("refused at ", "refused at "),
            ("refused at x: 99999 5", "refused at x"),
        ] {
            assert_eq!(Reason::of(said).to_string(), wanted, "{said}");
        }
        let long = "ü".repeat(500);
        assert_eq!(Reason::of(&long).word.chars().count(), LONGEST);
    }

    #[test]
    fn policy_for_good_is_about_us() {
        for (status, ours) in [
            (Some((5, 7, 1)), true),
            (Some((5, 7, 26)), true),
            (Some((4, 7, 1)), false),
            (Some((5, 1, 1)), false),
            (None, false),
        ] {
            assert_eq!(is_about_us(status), ours, "{status:?}");
        }
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

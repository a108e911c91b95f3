//! The enhanced status of a reply (RFC 3463), such as 5.1.1, and what it says of pace. What each status means to an
//! operator is in `reason`, whom a refusal is about in `refusal`.

use std::fmt;

/// An enhanced status: class, subject and detail (RFC 3463 §2). It prints as `5.1.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnhancedStatus {
    /// 2 for success, 4 for a refusal for now, 5 for a permanent one
    pub class: u8,
    /// What it is about: 1 the address, 2 the mailbox, … 7 security and policy
    pub subject: u16,
    /// Which case of the subject
    pub detail: u16,
}

impl EnhancedStatus {
    /// `class.subject.detail`.
    pub const fn new(class: u8, subject: u16, detail: u16) -> EnhancedStatus {
        EnhancedStatus { class, subject, detail }
    }

    /// Is it a refusal for good over security or policy (class 5, subject 7; RFC 3463 §3.8)?
    pub const fn is_about_policy(self) -> bool {
        self.class == 5 && self.subject == 7
    }
}

impl fmt::Display for EnhancedStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// Does a reply ask for fewer mails (RFC 5321 §4.2.3, RFC 3463)? True for a server that shuts down or has had enough
/// (421), and for a transient refusal over policy (4.7.x) or load (4.3.2), or without an enhanced status. A full mailbox
/// (4.2.2), or greylisting that calls itself 4.2.0, concerns one reader.
pub const fn asks_to_slow_down(code: u16, status: Option<EnhancedStatus>) -> bool {
    match (code, status) {
        (421, _) | (400..=499, None) => true,
        (400..=499, Some(EnhancedStatus { class, subject, detail })) => {
            matches!((class, subject, detail), (4, 7, _) | (4, 3, 2))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(text: &str) -> Option<EnhancedStatus> {
        let mut parts = text.split('.').map(|part| part.parse::<u16>().unwrap());
        let class = u8::try_from(parts.next().unwrap()).unwrap();
        Some(EnhancedStatus::new(class, parts.next().unwrap(), parts.next().unwrap()))
    }

    #[test]
    fn what_asks_for_less() {
        for (code, enhanced, less) in [
            (421, None, true),
            (421, status("4.2.1"), true),
            (450, None, true),
            (451, status("4.7.1"), true),
            (451, status("4.7.500"), true),
            (452, status("4.3.2"), true),
            (450, status("4.2.0"), false),
            (452, status("4.2.2"), false),
            (451, status("4.3.0"), false),
            (550, None, false),
            (554, status("5.7.1"), false),
            (250, None, false),
        ] {
            assert_eq!(asks_to_slow_down(code, enhanced), less, "{code} {enhanced:?}");
        }
    }

    #[test]
    fn policy_is_subject_seven_for_good() {
        for (text, policy) in [("5.7.1", true), ("5.7.26", true), ("4.7.1", false), ("5.1.1", false)] {
            let status = status(text).unwrap();
            assert_eq!((status.is_about_policy(), status.to_string()), (policy, text.to_owned()));
        }
    }
}

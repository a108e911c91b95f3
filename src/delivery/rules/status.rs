//! The enhanced status of a reply (RFC 3463), such as 5.1.1, and what it says of pace. What each status means to an
//! operator is in `reason`, whom a refusal is about in `refusal`.

use std::{fmt, str::FromStr};

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

/// A text that is no enhanced status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an enhanced status is written as 5.1.1")]
pub struct InvalidStatus;

impl FromStr for EnhancedStatus {
    type Err = InvalidStatus;

    /// Reads `5.1.1`: a class of 2, 4 or 5, a subject and a detail of up to three digits each (RFC 3463 §2).
    fn from_str(text: &str) -> Result<EnhancedStatus, InvalidStatus> {
        let mut parts = text.split('.');
        let mut next = || {
            let part = parts.next().filter(|part| (1..=3).contains(&part.len()))?;
            if part.bytes().all(|byte| byte.is_ascii_digit()) { part.parse::<u16>().ok() } else { None }
        };
        match (next(), next(), next(), parts.next()) {
            (Some(class @ (2 | 4 | 5)), Some(subject), Some(detail), None) => {
                Ok(EnhancedStatus { class: u8::try_from(class).map_err(|_| InvalidStatus)?, subject, detail })
            }
            _ => Err(InvalidStatus),
        }
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
    fn a_status_is_read_as_it_is_printed() {
        for text in ["5.1.1", "4.2.2", "2.0.0", "5.7.515"] {
            assert_eq!(text.parse::<EnhancedStatus>().map(|status| status.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "5", "5.1", "5.1.1.1", "3.1.1", "5.1.+1", "5..1", "5.1.1111", "192.0.2.1", "５.1.1"] {
            assert_eq!(text.parse::<EnhancedStatus>(), Err(InvalidStatus), "{text}");
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

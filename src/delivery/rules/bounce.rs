//! What a failed delivery says of the reader's address, wherever it is told: in the server's reply at SMTP, or in a mail that
//! comes back. Pure tables; what is done about it is not decided here.

use super::{EnhancedStatus, RefusalAbout, refusal::names_sender, refusal_about};
use crate::base::word_enum::word_enum;

word_enum! {
    "a class of failed deliveries";
    /// What a failed delivery says of the reader's address.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum BounceClass {
        /// It is about us, who send, or about what the mail says: nothing is held against the reader.
        AboutUs = "about us",
        /// The reader's side takes nothing from outside, or not from us, and says so: nothing is held against the reader.
        Policy = "policy",
        /// It may pass: a full mailbox, a server that does not answer, or a failure without a clear reason. Several in a row
        /// count.
        Soft = "soft",
        /// This address is gone.
        Gone = "gone",
    }
}

/// The statuses that say that an address is gone, by subject and detail (RFC 3463 §3.2 and §3.3; 1.10 by RFC 7505).
const GONE: &[(u16, u16)] = &[(1, 1), (1, 2), (1, 3), (1, 6), (1, 10), (2, 1)];

/// The same in words, for replies whose status says nothing of it.
const GONE_PHRASES: &[&str] = &[
    "user unknown",
    "unknown user",
    "unknown local",
    "unknown recipient",
    "recipient unknown",
    "recipient not found",
    "recipientnotfound",
    "invalid recipient",
    "no such user",
    "no such mailbox",
    "no such address",
    "no such recipient",
    "no mailbox here by that name",
    "mailbox not found",
    "mailbox does not exist",
    "mailbox is disabled",
    "mailbox disabled",
    "user not found",
    "user does not exist",
    "user doesn't exist",
    "account does not exist",
    "account that you tried to reach does not exist",
    "address does not exist",
    "address couldn't be found",
    "doesn't have a yahoo",
    "not listed in domino directory",
    "unrouteable address",
    "empfänger unbekannt",
    "unbekannter empfänger",
    "existiert nicht",
    "收件人不存在",
    "收件人邮箱不存在",
    "用户不存在",
    "邮箱不存在",
    "地址不存在",
    "账号不存在",
    "帐号不存在",
];

/// Words for a mailbox that takes nothing for now.
const FULL_PHRASES: &[&str] = &[
    "mailbox full",
    "mailbox is full",
    "over quota",
    "overquota",
    "quota exceeded",
    "exceeded storage",
    "out of storage",
    "insufficient storage",
    "邮箱已满",
    "容量已满",
    "空间不足",
];

/// Returns what a failed delivery says of the address. `own` is the status that the reader's server gave in its reply,
/// `reported` what another server made of it: a server that gets 550 without a status reports 5.1.1 or 5.0.0, whatever the
/// text says.
pub fn bounce_class(own: Option<EnhancedStatus>, reported: Option<EnhancedStatus>, text: &str) -> BounceClass {
    if let Some(class) = own.and_then(|status| by_status(status, text)) {
        return class;
    }
    if names_sender(text) {
        return BounceClass::AboutUs;
    }
    // Where the server spoke for itself, what another made of it says nothing more.
    let reported = if own.is_some() { None } else { reported };
    if let Some(class) = reported.and_then(|status| by_status(status, text)) {
        return class;
    }
    let text = text.to_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| text.contains(phrase));
    // A full mailbox is said to be somebody's more often than a missing one to be full.
    if says(FULL_PHRASES) {
        return BounceClass::Soft;
    }
    if says(GONE_PHRASES) { BounceClass::Gone } else { BounceClass::Soft }
}

/// The class of a status; `None` if the status alone does not say it.
fn by_status(status: EnhancedStatus, text: &str) -> Option<BounceClass> {
    let EnhancedStatus { class, subject, detail } = status;
    if class == 4 {
        return Some(BounceClass::Soft);
    }
    if GONE.contains(&(subject, detail)) {
        return Some(BounceClass::Gone);
    }
    match (subject, refusal_about(Some(status), text, true)) {
        (7, RefusalAbout::Reader) => Some(BounceClass::Policy),
        (7, _) | (_, RefusalAbout::Sender) => Some(BounceClass::AboutUs),
        // The mailbox is there; too large for the server.
        (2, _) if detail > 0 => Some(BounceClass::Soft),
        (3, _) => Some(BounceClass::Soft),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(text: &str) -> Option<EnhancedStatus> {
        text.parse().ok()
    }

    #[test]
    fn only_an_address_that_is_gone_is_gone() {
        for (own, reported, text, wanted) in [
            ("5.1.1", "-", "no such user", BounceClass::Gone),
            ("5.1.2", "-", "", BounceClass::Gone),
            ("5.1.3", "-", "", BounceClass::Gone),
            ("5.1.6", "-", "", BounceClass::Gone),
            ("5.1.10", "-", "RESOLVER.ADR.RecipientNotFound", BounceClass::Gone),
            ("5.2.1", "-", "mailbox disabled, see our spam policy", BounceClass::Gone),
            ("5.1.4", "-", "ambiguous", BounceClass::Soft),
            ("5.2.2", "-", "user unknown, or over quota", BounceClass::Soft),
            ("5.3.4", "-", "too large", BounceClass::Soft),
            ("5.4.4", "-", "Host not found", BounceClass::Soft),
            ("4.1.1", "-", "no such user", BounceClass::Soft),
            ("4.4.7", "-", "", BounceClass::Soft),
            ("5.7.1", "-", "not for you", BounceClass::AboutUs),
            ("5.7.26", "-", "unauthenticated", BounceClass::AboutUs),
            ("5.7.515", "-", "", BounceClass::AboutUs),
            ("5.7.13", "-", "account disabled", BounceClass::Policy),
            ("5.7.133", "-", "", BounceClass::Policy),
            ("5.1.8", "-", "", BounceClass::AboutUs),
            ("5.6.0", "-", "", BounceClass::AboutUs),
            // A server that knows no details.
            ("5.0.0", "-", "User unknown", BounceClass::Gone),
            ("5.5.0", "-", "mailbox unavailable", BounceClass::Soft),
            ("5.1.0", "-", "Address rejected", BounceClass::Soft),
            // What sendmail makes of 550 without a status.
            ("-", "5.1.1", "550 blocked using zen.example", BounceClass::AboutUs),
            ("-", "5.1.1", "550 sorry", BounceClass::Gone),
            ("-", "5.0.0", "550 mailbox is full", BounceClass::Soft),
            ("-", "5.0.0", "550 收件人不存在", BounceClass::Gone),
            ("5.2.2", "5.1.1", "", BounceClass::Soft),
            ("-", "-", "no such user here", BounceClass::Gone),
            ("-", "-", "DT:SPM", BounceClass::AboutUs),
            ("-", "-", "it went wrong", BounceClass::Soft),
        ] {
            assert_eq!(bounce_class(status(own), status(reported), text), wanted, "{own} {reported} {text}");
        }
    }

    #[test]
    fn words_lead_back() {
        for class in BounceClass::ALL {
            assert_eq!(class.word().parse(), Ok(class));
        }
    }
}

//! Whom a refusal for good is about, by its reason: the reader, or us, who send. At which step it comes only helps where the
//! reason says nothing. Pure tables; what a courier does about it is not decided here.

use super::EnhancedStatus;

/// Whom a refusal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalAbout {
    /// The reader: the address or the mailbox.
    Reader,
    /// Us: the domain, the server or the rights of the sender, or what the mail says, which is the same for all.
    Sender,
    /// Policy that names no reason: it may be either. Many in a row are about us.
    Unclear,
}

use RefusalAbout::{Reader, Sender, Unclear};

/// Subject, details from and to, and whom a refusal with such a status is about. The first row that fits counts. RFC 3463
/// §3.2–3.8; 7.8 and 7.9 by RFC 4954; 7.13 by RFC 5248; 7.17 and 7.18 by RFC 7293; 7.20–7.26 by RFC 7372; 1.10 and 7.27 by
/// RFC 7505; 7.12, 7.57–7.64 and from 7.100 on as Microsoft's servers use them.
const STATUSES: &[(u16, u16, u16, RefusalAbout)] = &[
    // Our own address: its syntax, or its domain.
    (1, 7, 8, Sender),
    (1, 0, 999, Reader),
    (2, 0, 999, Reader),
    // The content, which all readers get.
    (6, 0, 999, Sender),
    // A list that takes nothing from outside, a disabled account, an address with a new owner.
    (7, 2, 2, Reader),
    (7, 12, 13, Reader),
    (7, 17, 18, Reader),
    (7, 124, 124, Reader),
    (7, 133, 136, Reader),
    // The login, encryption, DKIM, SPF, our server's name, DMARC.
    (7, 7, 11, Sender),
    (7, 20, 30, Sender),
    (7, 57, 64, Sender),
    (7, 500, 799, Sender),
];

/// Words by which a refusal says that it is about us.
const WORDS: &[&str] = &[
    "spf",
    "dkim",
    "dmarc",
    "dnsbl",
    "rbl",
    "rdns",
    "ptr",
    "helo",
    "ehlo",
    "unauthenticated",
    "blacklist",
    "blacklisted",
    "blocklist",
    "blocklisted",
    "spamhaus",
    "spamcop",
    "barracuda",
    "reputation",
    "spam",
    "spm",
];

/// The same in several words.
const PHRASES: &[&str] = &[
    "reverse dns",
    "block list",
    "black list",
    "blocked using",
    "relay access denied",
    "relaying denied",
    "relay not permitted",
    "not permitted to relay",
    "unable to relay",
    "relaying not allowed",
    "sender address rejected",
    "sender rejected",
    "sender denied",
    "your ip",
    "client host",
    "dns check failed",
    "frequency limited",
    "content denied",
    "content rejected",
    "垃圾邮件",
    "authentication required",
];

/// Returns whom a refusal for good (5xx) is about. `at_recipient`: it is the reply to RCPT, at which a server judges the
/// reader's address; elsewhere policy without a reason is not about that.
pub fn refusal_about(status: Option<EnhancedStatus>, text: &str, at_recipient: bool) -> RefusalAbout {
    let row = status.and_then(|EnhancedStatus { subject, detail, .. }| {
        STATUSES.iter().find(|(known, from, to, _)| *known == subject && (*from..=*to).contains(&detail))
    });
    if let Some((.., about)) = row {
        return *about;
    }
    if names_sender(text) {
        return Sender;
    }
    match (status.is_some_and(EnhancedStatus::is_about_policy), at_recipient) {
        (true, false) => Sender,
        (true, true) | (false, false) => Unclear,
        (false, true) => Reader,
    }
}

/// Does a text say that it is about us, who send, or about what we send?
pub(super) fn names_sender(text: &str) -> bool {
    let text = text.to_lowercase();
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    words.any(|word| WORDS.contains(&word)) || PHRASES.iter().any(|phrase| text.contains(phrase))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What servers say, as it is known of them; before the first blank the status, or `-`.
    #[test]
    fn the_reason_says_whom_a_refusal_is_about() {
        for (said, at_recipient, elsewhere) in [
            ("5.1.1 no such user", Reader, Reader),
            ("5.1.10 the domain takes no mail", Reader, Reader),
            ("5.2.1 mailbox disabled, see our spam policy", Reader, Reader),
            ("5.1.8 Sender address rejected: Domain not found", Sender, Sender),
            ("5.6.0 content", Sender, Sender),
            ("5.7.26 This mail has been blocked because the sender is unauthenticated", Sender, Sender),
            ("5.7.23 so", Sender, Sender),
            ("5.7.515 Access denied", Sender, Sender),
            ("5.7.606 banned sending IP", Sender, Sender),
            ("5.7.1 SPF fail", Sender, Sender),
            ("5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.example", Sender, Sender),
            ("5.7.1 Relay access denied", Sender, Sender),
            ("5.7.1 not for you", Unclear, Sender),
            ("5.7.0 refused", Unclear, Sender),
            ("5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup", Reader, Reader),
            ("5.7.13 account disabled", Reader, Reader),
            ("5.4.1 Recipient address rejected: Access denied", Reader, Unclear),
            ("- MI:SPF mx1", Sender, Sender),
            ("- DT:SPM", Sender, Sender),
            ("- Domain may not exist or DNS check failed", Sender, Sender),
            ("- no such user", Reader, Unclear),
            ("- Transaction failed", Reader, Unclear),
            // No part of a word counts.
            ("- mailbox of rblake is disabled", Reader, Unclear),
        ] {
            let (status, text) = said.split_once(' ').unwrap();
            let number = |part: Option<&str>| part.unwrap().parse::<u16>().unwrap();
            let status = (status != "-").then(|| {
                let mut parts = status.split('.').skip(1);
                EnhancedStatus::new(5, number(parts.next()), number(parts.next()))
            });
            assert_eq!(refusal_about(status, text, true), at_recipient, "{said}");
            assert_eq!(refusal_about(status, text, false), elsewhere, "{said}");
        }
    }

    #[test]
    fn no_row_hides_another() {
        for (index, (subject, from, to, _)) in STATUSES.iter().enumerate() {
            let hidden = STATUSES[..index].iter().any(|(other, f, t, _)| other == subject && f <= from && to <= t);
            assert!(!hidden && from <= to, "{subject}.{from}");
        }
    }
}

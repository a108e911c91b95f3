//! Delivery status notifications: what became of each recipient (RFC 3464; in UTF-8 by RFC 6533), whatever the mail around
//! them looks like.

use super::{
    About, ReplyKind,
    fields::Fields,
    one_line,
    open::Opened,
    words::{code, status, typed_address},
};
use crate::delivery::rules::{BounceClass, EnhancedStatus, bounce_class};

/// Maximum number of recipients that are read of one report.
const MAX_RECIPIENTS: usize = 100;
/// Maximum number of characters that are kept of what a server said.
const MAX_SAID: usize = 300;

/// A recipient to whom a mail was not delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The address as it was written to, or as the last server had it, if one is named.
    pub recipient: Option<String>,
    /// What it says of the address.
    pub class: BounceClass,
    /// The reply code of the server that refused.
    pub code: Option<u16>,
    /// The enhanced status: that of the server which refused, else that of the report.
    pub status: Option<EnhancedStatus>,
    /// What was said, one line.
    pub said: String,
}

impl Failure {
    /// A failure by what is said of it: `said` has the server's own reply, `reported` what another one made of it.
    pub(super) fn new(recipient: Option<String>, reported: Option<EnhancedStatus>, said: &str) -> Failure {
        let own = status(said);
        Failure {
            recipient,
            class: bounce_class(own, reported, said),
            code: code(said),
            status: own.or(reported),
            said: one_line(said, MAX_SAID),
        }
    }
}

/// What became of a recipient (RFC 3464 §2.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Failed,
    Delayed,
    /// Delivered, relayed or expanded
    Done,
}

/// Reads the status parts of a mail; `None` if it has none that names a recipient.
pub(super) fn read(opened: &Opened) -> Option<(ReplyKind, About)> {
    let mut about = About::default();
    let (mut failures, mut found, mut all_failed) = (Vec::new(), Vec::new(), true);
    for text in opened.own(&["message/delivery-status", "message/global-delivery-status"]) {
        let blocks = Fields::blocks(text);
        let ids =
            blocks.iter().flat_map(|block| ["original-envelope-id", "x-original-envelope-id"].map(|id| block.get(id)));
        about.envelope_ids.extend(ids.flatten().map(|id| one_line(id, 200)));
        let recipients = blocks.into_iter().flat_map(|block| block.parted_at(&["final-recipient", "action"]));
        for recipient in recipients.filter(is_recipient).take(MAX_RECIPIENTS) {
            let Some(action) = action(&recipient) else { continue };
            found.push(action);
            let addresses = ["original-recipient", "x-actual-recipient", "final-recipient"];
            about.addresses.extend(addresses.iter().filter_map(|name| recipient.get(name).and_then(typed_address)));
            match action {
                Action::Failed => failures.push(failure(&recipient)),
                Action::Delayed | Action::Done => all_failed = false,
            }
        }
    }
    if found.is_empty() {
        return None;
    }
    let kind = match (all_failed, failures.is_empty()) {
        (true, _) => ReplyKind::Bounce(failures),
        // One address may stand for several; where one of them got the mail, it is not gone.
        (false, false) => ReplyKind::Delayed,
        (false, true) if found.contains(&Action::Delayed) => ReplyKind::Delayed,
        (false, true) => ReplyKind::Delivered,
    };
    Some((kind, about))
}

fn is_recipient(block: &Fields) -> bool {
    ["final-recipient", "original-recipient", "action", "status"].iter().any(|name| block.get(name).is_some())
}

/// By its word or, from a server that writes none or another one, by the class of the status.
fn action(recipient: &Fields) -> Option<Action> {
    let word = recipient.get("action").unwrap_or_default().to_ascii_lowercase();
    let word = word.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    match word {
        "failed" | "failure" | "fail" => Some(Action::Failed),
        "delayed" | "deferred" => Some(Action::Delayed),
        "delivered" | "relayed" | "expanded" => Some(Action::Done),
        _ => match reported(recipient)?.class {
            5 => Some(Action::Failed),
            4 => Some(Action::Delayed),
            _ => Some(Action::Done),
        },
    }
}

fn failure(recipient: &Fields) -> Failure {
    let address = ["original-recipient", "final-recipient"].iter().find_map(|name| typed_address(recipient.get(name)?));
    let diagnostic = recipient.get("diagnostic-code").unwrap_or_default();
    // `smtp; 550 …`: the word before the semicolon is a type.
    let said = match diagnostic.split_once(';') {
        Some((kind, rest)) if kind.trim().len() < 20 && !kind.trim().contains(' ') => rest.trim(),
        _ => diagnostic,
    };
    Failure::new(address, reported(recipient), said)
}

/// The status of the report: `5.1.1`, or with a comment.
fn reported(recipient: &Fields) -> Option<EnhancedStatus> {
    let word =
        recipient.get("status")?.split(|c: char| !c.is_ascii_digit() && c != '.').find(|word| !word.is_empty())?;
    word.trim_matches('.').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: &str) -> ReplyKind {
        let part = super::super::open::Part {
            media: "message/delivery-status".into(),
            text: status.into(),
            is_returned: false,
        };
        read(&Opened { parts: vec![part], ..Opened::default() }).unwrap().0
    }

    #[test]
    fn the_reply_of_the_readers_server_counts_more_than_the_report() {
        let ReplyKind::Bounce(failures) = of("Reporting-MTA: dns; a\n\nFinal-Recipient: rfc822; a@example.org\n\
            Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 5.1.1 no such user\n")
        else {
            panic!("a bounce")
        };
        let [failure] = failures.as_slice() else { panic!("one") };
        assert_eq!((failure.class, failure.code), (BounceClass::Gone, Some(550)));
        assert_eq!(failure.status, Some(EnhancedStatus::new(5, 1, 1)));
        assert_eq!(
            (failure.recipient.as_deref(), failure.said.as_str()),
            (Some("a@example.org"), "550 5.1.1 no such user")
        );
    }

    #[test]
    fn only_failed_is_a_bounce() {
        let one = |action: &str, status: &str| {
            of(&format!("Final-Recipient: rfc822; a@example.org\n{action}Status: {status}\n"))
        };
        assert!(matches!(one("Action: delayed\n", "5.1.1"), ReplyKind::Delayed));
        assert!(matches!(one("Action: relayed\n", "2.0.0"), ReplyKind::Delivered));
        assert!(matches!(one("", "5.1.1 (gone)"), ReplyKind::Bounce(_)));
        assert!(matches!(one("Action: what?\n", "4.1.1"), ReplyKind::Delayed));
        assert!(matches!(one("Action: failed (bad address)\n", ""), ReplyKind::Bounce(_)));
    }

    #[test]
    fn an_address_that_stands_for_two_is_not_gone_by_one_of_them() {
        let two = "Final-Recipient: rfc822; a@example.org\nAction: failed\nStatus: 5.1.1\n\n\
                   Final-Recipient: rfc822; b@example.org\nAction: relayed\nStatus: 2.0.0\n";
        assert!(matches!(of(two), ReplyKind::Delayed));
    }
}

//! What programs answer: vacation notices, read receipts, mailing lists (RFC 3834 §5, RFC 8098).

use super::{Envelope, open::Opened};

/// Fields that only programs write.
const FIELDS: &[&str] = &[
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply-from",
    "x-auto-response-suppress",
    "x-mail-autoreply",
    "x-vacation",
    "x-facebook-notify",
    "list-id",
    "list-unsubscribe",
    "feedback-id",
];

/// Values of Precedence that people do not write.
const PRECEDENCES: &[&str] = &["bulk", "junk", "list", "auto_reply", "auto-reply"];

/// How the subject of an automatic answer begins, in lower case.
const SUBJECTS: &[&str] = &[
    "auto:",
    "autoreply",
    "auto-reply",
    "auto reply",
    "automatic reply",
    "automated reply",
    "automatic response",
    "autoresponse",
    "out of office",
    "out of the office",
    "on vacation",
    "vacation",
    "away from",
    "abwesenheitsnotiz",
    "abwesenheitsbenachrichtigung",
    "automatische antwort",
    "automatische abwesenheit",
    "abwesend",
    "ich bin im urlaub",
    "réponse automatique",
    "自动回复",
    "自動回覆",
    "自动答复",
];

/// Did a program answer?
pub(super) fn is_auto_reply(opened: &Opened, envelope: &Envelope) -> bool {
    let head = &opened.head;
    let submitted = head.get("auto-submitted").map(|value| value.trim().to_ascii_lowercase());
    let is_submitted = submitted.is_some_and(|value| !value.starts_with("no"));
    let precedence = head.get("precedence").map(|value| value.trim().to_ascii_lowercase());
    // RFC 3834 §3.1: what has no sender was not written by a person.
    let has_null_sender = is_null(envelope.sender.as_deref()) || is_null(head.get("return-path"));
    is_submitted
        || has_null_sender
        || precedence.is_some_and(|value| PRECEDENCES.contains(&value.as_str()))
        || FIELDS.iter().any(|name| head.get(name).is_some())
        || opened.report_type.as_deref() == Some("disposition-notification")
        || has_subject(&opened.subject)
}

/// Does the subject begin as that of an automatic answer?
pub(super) fn has_subject(subject: &str) -> bool {
    let subject = subject.trim().to_lowercase();
    SUBJECTS.iter().any(|beginning| subject.starts_with(beginning))
}

/// Is it the null sender, `<>`?
pub(super) fn is_null(sender: Option<&str>) -> bool {
    sender.is_some_and(|sender| matches!(sender.trim(), "" | "<>"))
}

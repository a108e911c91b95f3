//! The texts with which operators get what a person wrote. Pure.

use crate::delivery::replies::{JoinRequest, LeaveRequest, Reply, ReplyKind};

/// The subject: who wrote, and about what.
pub(super) fn subject(reply: &Reply) -> String {
    let from = reply.sender.as_deref().unwrap_or("somebody");
    match reply.kind {
        ReplyKind::Leave(_) => format!("{from} wants to leave"),
        ReplyKind::Join(_) => format!("{from} wants to join"),
        _ if reply.subject.is_empty() => format!("{from} wrote"),
        _ => format!("{from} wrote: {}", reply.subject),
    }
}

/// The text: what to do, and what was written, each line behind `>`.
pub(super) fn text(reply: &Reply) -> String {
    let from = reply.sender.as_deref().unwrap_or("an address that is not named");
    let advice = match &reply.kind {
        ReplyKind::Leave(LeaveRequest::Sender) => format!(
            "Somebody who writes as {from} wants to leave, without a token that says who it is. If it is them:\n\
             \x20 greenbrief subscribers remove {from} --reason \"wrote a mail\""
        ),
        ReplyKind::Leave(LeaveRequest::Token(_) | LeaveRequest::Mail(_)) => format!(
            "Somebody who writes as {from} wants to leave; the token is of no mail of this store. If it is them:\n\
             \x20 greenbrief subscribers remove {from} --reason \"wrote a mail\""
        ),
        ReplyKind::Join(JoinRequest { brief, language }) => {
            format!("Somebody who writes as {from} wants to get {brief} ({language}).")
        }
        _ => format!("{from} answered a mail. Write to them at that address: nobody else does."),
    };
    let mut text = format!("{advice}\n\n  From:    {from}\n  Subject: {}\n", reply.subject);
    if let Some(id) = &reply.message_id {
        text.push_str(&format!("  Message: {id}\n"));
    }
    text.push('\n');
    for line in reply.text.trim_end().lines() {
        text.push_str(&format!("> {line}\n"));
    }
    if reply.is_cut {
        text.push_str("\nThe mail is longer; this is its beginning.\n");
    }
    text
}

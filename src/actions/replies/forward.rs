//! The texts with which operators get what a person wrote. Pure.

use crate::{
    delivery::replies::{JoinRequest, LeaveRequest, MAX_LEAVES, Reply, ReplyKind},
    people::subscribers::Address,
};

/// To whom an answer goes: the address from which somebody claims to write, if a mail can name it in Reply-To.
pub(super) fn writer(reply: &Reply) -> Option<Address> {
    let address = Address::parse(reply.sender.as_deref()?).ok()?;
    address.ascii().is_ascii().then_some(address)
}

/// Who answers what a person wrote.
fn who_answers(reply: &Reply) -> &'static str {
    match writer(reply) {
        Some(_) => {
            "Your answer to this mail goes to that address, and nobody else writes to it: take out of it what is for you alone."
        }
        None => "Write to them at that address: nobody else does.",
    }
}

/// The subject: who wrote, and about what.
pub(super) fn subject(reply: &Reply) -> String {
    let from = reply.sender.as_deref().unwrap_or("somebody");
    match reply.kind {
        ReplyKind::Leave(_) => format!("{from} wants to leave"),
        ReplyKind::Join(_) => format!("{from} wants to join"),
        ReplyKind::Confirm(_) => format!("{from} answered a confirmation mail"),
        _ if reply.subject.is_empty() => format!("{from} wrote"),
        _ => format!("{from} wrote: {}", reply.subject),
    }
}

/// What is said of somebody who said no, and wrote more.
pub(super) fn said_no_and_more(reply: &Reply) -> String {
    let from = reply.sender.as_deref().unwrap_or("an address that is not named");
    format!(
        "{from} answered a confirmation mail with a no, and was told that it is over. What else they wrote is for you. {}",
        who_answers(reply)
    )
}

/// What is said of a mail to leave that holds more tokens than are read.
pub(super) fn left_and_more(reply: &Reply) -> String {
    let from = reply.sender.as_deref().unwrap_or("an address that is not named");
    format!(
        "{from} wants to leave with more than {MAX_LEAVES} tokens in one mail. What the first {MAX_LEAVES} name has ended, and was \
         answered; the others were not read. Take them from the mail:\n\
         \x20 greenbrief subscribers remove --token \"TOKEN TOKEN …\" --reason \"wrote a mail\""
    )
}

/// What to do about a mail. `why` says why it was not done as it asks; it may be empty.
pub(super) fn advice(reply: &Reply, why: &str) -> String {
    let from = reply.sender.as_deref().unwrap_or("an address that is not named");
    match &reply.kind {
        ReplyKind::Leave(LeaveRequest::Sender) => format!(
            "Somebody who writes as {from} wants to leave, without a token that says who it is. If it is them:\n\
             \x20 greenbrief subscribers remove {from} --reason \"wrote a mail\""
        ),
        ReplyKind::Leave(LeaveRequest::Tokens(_)) => format!(
            "Somebody who writes as {from} wants to leave; the token is of no mail of this store. If it is them:\n\
             \x20 greenbrief subscribers remove {from} --reason \"wrote a mail\""
        ),
        ReplyKind::Join(JoinRequest { brief, language }) => {
            let language = if language.is_empty() { "no language named" } else { language };
            format!("Somebody who writes as {from} wants to get {brief} ({language}), and was not answered: {why}.")
        }
        ReplyKind::Confirm(_) => {
            format!(
                "{from} answered a confirmation mail, and nothing was confirmed: {why}. Until it lapses, the request stays \
                 open. If it means no:\n\
                 \x20 greenbrief subscribers remove {from} --reason \"wrote a mail\""
            )
        }
        _ => {
            let what = if reply.is_answer { "answered a mail" } else { "wrote a mail" };
            format!("{from} {what}. {}", who_answers(reply))
        }
    }
}

/// The text: what to do, and what was written, each line behind `>`. `hash` is that of the mail, by which it is shown.
pub(super) fn text(reply: &Reply, advice: &str, hash: &str) -> String {
    let from = reply.sender.as_deref().unwrap_or("an address that is not named");
    let mut text = format!("{advice}\n\n  From:    {from}\n  Subject: {}\n", reply.subject);
    if let Some(id) = &reply.message_id {
        text.push_str(&format!("  Message: {id}\n"));
    }
    text.push_str(&format!("  Kept as: greenbrief replies show {}\n\n", hash.get(..12).unwrap_or(hash)));
    for line in reply.text.trim_end().lines() {
        text.push_str(&format!("> {line}\n"));
    }
    if reply.is_cut {
        text.push_str("\nThe mail is longer; this is its beginning.\n");
    }
    text
}

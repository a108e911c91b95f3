//! To which of our mailboxes a mail came, and what it asks for by that: to leave (`unsubscribe+TOKEN@`), to join
//! (`subscribe+BRIEF.LANG@`), or nothing (`bounce+TOKEN@`). Tokens are read as they stand; who keeps the keys verifies them.

use super::{Envelope, fields::Fields, open::Opened, words::addresses};

/// Maximum number of recipients that are looked at.
const MAX_RECIPIENTS: usize = 50;

/// Our mailboxes, each an address without a tag; `None` for what is not read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mailboxes {
    /// For requests to leave.
    pub leave: Option<String>,
    /// For requests to join.
    pub join: Option<String>,
    /// The envelope's sender of our mails.
    pub bounce: Option<String>,
}

/// By what a reader who leaves is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeaveRequest {
    /// The token in the address.
    Token(String),
    /// The Message-ID's first part in the subject, as mails had it before there were tokens.
    Mail(String),
    /// Only the address that the mail claims to come from.
    Sender,
}

impl Mailboxes {
    /// Is the address that of one of these mailboxes, with or without a tag?
    pub fn has(&self, address: &str) -> bool {
        self.all().any(|mailbox| tag(address, Some(mailbox)).is_some())
    }

    /// The tag in an address of one of these mailboxes.
    pub fn tag_of(&self, address: &str) -> Option<String> {
        self.all().find_map(|mailbox| tag(address, Some(mailbox))).flatten()
    }

    fn all(&self) -> impl Iterator<Item = &str> {
        [&self.leave, &self.join, &self.bounce].into_iter().filter_map(|mailbox| mailbox.as_deref())
    }
}

/// What somebody wants to get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinRequest {
    /// The brief's id, as it was written.
    pub brief: String,
    /// The language, as it was written; empty if none was.
    pub language: String,
}

/// What the addresses say to which a mail came.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tagged {
    pub bounce: Option<String>,
    pub join: Option<JoinRequest>,
    leave: Option<Option<String>>,
}

/// Fields that name the envelope's recipient, the surest first.
const RECIPIENTS: &[&str] = &["x-original-to", "delivered-to", "envelope-to", "x-envelope-to", "x-rcpt-to", "to", "cc"];

pub(super) fn tagged(opened: &Opened, envelope: &Envelope, mailboxes: &Mailboxes) -> Tagged {
    let mut tagged = Tagged::default();
    let recipients = match envelope.recipients.as_slice() {
        [] => named(&opened.head),
        known => known.iter().take(MAX_RECIPIENTS).map(|address| address.trim_matches(['<', '>']).to_owned()).collect(),
    };
    for address in &recipients {
        if let Some(tag) = tag(address, mailboxes.bounce.as_deref()) {
            tagged.bounce = tagged.bounce.or(tag);
        }
        if let Some(tag) = tag(address, mailboxes.leave.as_deref()) {
            tagged.leave = Some(tagged.leave.flatten().or(tag));
        }
        if let Some(Some(tag)) = tag(address, mailboxes.join.as_deref()) {
            // A brief's id holds no dot.
            let (brief, language) = tag.split_once('.').unwrap_or((&tag, ""));
            tagged.join = Some(JoinRequest { brief: brief.to_owned(), language: language.to_lowercase() });
        }
    }
    tagged
}

/// Fields of reports and of mails that came back which hold the envelope's sender: RFC 5965 §3.2, Postfix, RFC 5321 §4.4.
const SENDERS: &[&str] = &["original-mail-from", "x-postfix-sender", "return-path"];

/// The tags of the bounce mailbox that stand within a report.
pub(super) fn quoted_tags(opened: &Opened, mailboxes: &Mailboxes) -> Vec<String> {
    let reports = opened.own(&["message/delivery-status", "message/global-delivery-status", "message/feedback-report"]);
    let blocks: Vec<Fields> = reports.flat_map(Fields::blocks).chain(opened.returned.iter().cloned()).collect();
    let senders = blocks.iter().flat_map(|block| SENDERS.iter().flat_map(|name| block.all(name))).flat_map(addresses);
    senders.filter_map(|address| tag(&address, mailboxes.bounce.as_deref())?).take(MAX_RECIPIENTS).collect()
}

fn named(head: &Fields) -> Vec<String> {
    let values = RECIPIENTS.iter().flat_map(|name| head.all(name));
    values.flat_map(addresses).take(MAX_RECIPIENTS).collect()
}

/// `Some(tag)` if an address is that of a mailbox: `Some(None)` without a tag.
fn tag(address: &str, mailbox: Option<&str>) -> Option<Option<String>> {
    let (local, domain) = address.rsplit_once('@')?;
    let (own_local, own_domain) = mailbox?.rsplit_once('@')?;
    if !domain.eq_ignore_ascii_case(own_domain) {
        return None;
    }
    let (name, tag) = match local.get(..own_local.len()) {
        // The mailbox itself may hold a plus sign.
        Some(name) if local.get(own_local.len()..).is_some_and(|rest| rest.is_empty() || rest.starts_with('+')) => {
            (name, local.get(own_local.len() + 1..))
        }
        _ => return None,
    };
    name.eq_ignore_ascii_case(own_local).then(|| tag.filter(|tag| !tag.is_empty()).map(str::to_owned))
}

impl Tagged {
    /// The request to leave that a mail is: by its address or, wherever it came, by its subject.
    pub fn leave(&self, opened: &Opened) -> Option<LeaveRequest> {
        match &self.leave {
            Some(Some(token)) => Some(LeaveRequest::Token(token.clone())),
            Some(None) => Some(of_subject(&opened.subject).unwrap_or(LeaveRequest::Sender)),
            None => of_subject(&opened.subject),
        }
    }
}

/// `unsubscribe TOKEN`, as the `mailto:` of a mail has it, or `unsubscribe green-economy.12.345.k3x9`; with or without `Re:`.
fn of_subject(subject: &str) -> Option<LeaveRequest> {
    let mut words = subject.split_whitespace();
    words.find(|word| word.eq_ignore_ascii_case("unsubscribe"))?;
    let token = words.next()?.trim_start_matches('<').split('@').next()?.trim_matches(['"', '\'', '>']);
    let parts: Vec<&str> = token.split('.').collect();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match parts.as_slice() {
        [brief, number, subscriber, store]
            if !brief.is_empty() && !store.is_empty() && is_number(number) && is_number(subscriber) =>
        {
            Some(LeaveRequest::Mail(token.to_owned()))
        }
        // Whether it is one of ours is found out where the keys are; a word of a person is none.
        [token] if looks_like_token(token) => Some(LeaveRequest::Token((*token).to_owned())),
        _ => None,
    }
}

/// Has it the form of a token: base32 (RFC 4648), longer than any word?
fn looks_like_token(text: &str) -> bool {
    let is_base32 = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'2'..=b'7');
    text.len() >= 30 && text.bytes().all(is_base32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_stands_behind_the_mailbox() {
        let mailbox = Some("bounce@example.org");
        for (address, wanted) in [
            ("bounce+abc@example.org", Some(Some("abc"))),
            ("BOUNCE+AbC@EXAMPLE.ORG", Some(Some("AbC"))),
            ("bounce@example.org", Some(None)),
            ("bounce+@example.org", Some(None)),
            ("bouncer@example.org", None),
            ("bounce+abc@example.com", None),
            ("ü@example.org", None),
            ("bounce", None),
        ] {
            assert_eq!(tag(address, mailbox), wanted.map(|tag| tag.map(str::to_owned)), "{address}");
        }
        assert_eq!(tag("a+b+c@x.y", Some("a+b@x.y")), Some(Some("c".to_owned())));
        assert_eq!(tag("bounce+abc@example.org", None), None);
    }

    #[test]
    fn a_subject_may_hold_the_token() {
        let token = format!("u{}", "ab27".repeat(9));
        for subject in
            [format!("unsubscribe {token}"), format!("Re: Unsubscribe {token}"), format!("AW: unsubscribe <{token}>")]
        {
            assert_eq!(of_subject(&subject), Some(LeaveRequest::Token(token.clone())), "{subject}");
        }
        assert_eq!(of_subject("unsubscribe me from all of these please"), None);
        assert_eq!(of_subject(&format!("unsubscribe {}1", &token[1..])), None);
    }

    #[test]
    fn a_subject_may_hold_the_mail() {
        for (subject, wanted) in [
            ("unsubscribe green-economy.12.345.k3x9", Some("green-economy.12.345.k3x9")),
            ("Re: Unsubscribe <green-economy.12.345.k3x9@example.org>", Some("green-economy.12.345.k3x9")),
            ("unsubscribe", None),
            ("how do I unsubscribe from this.list", None),
            ("unsubscribe a.b.c.d", None),
            ("green-economy.12.345.k3x9", None),
        ] {
            assert_eq!(of_subject(subject), wanted.map(|token| LeaveRequest::Mail(token.to_owned())), "{subject}");
        }
    }
}

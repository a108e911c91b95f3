//! Mails that come back: what a mail is that was sent to one of our mailboxes, and which of our mails it is about. Pure: no
//! database, no network. What is done about it is in `actions::replies`; what a server answers over SMTP is in
//! `delivery::mail::reply`.
//!
//! | file | what it reads |
//! |---|---|
//! | `open` | the MIME structure, within bounds |
//! | `fields` | blocks of header fields: of a mail, of a delivery status, of a feedback report |
//! | `delivery_status` | delivery status notifications (RFC 3464, RFC 6533) |
//! | `feedback_report` | complaints (RFC 5965) |
//! | `plain_bounce` | bounces as text, without a part for programs |
//! | `auto_reply` | what programs answer (RFC 3834) |
//! | `own_words` | whether a person who answers says yes |
//! | `answer_words` | the words of such answers |
//! | `requests` | requests to leave and to join, and answers that confirm |
//! | `naming` | whether a mail names a person who is erased |
//! | `words` | addresses, statuses and Message-IDs within text |

mod answer_words;
mod auto_reply;
mod delivery_status;
mod feedback_report;
mod fields;
mod naming;
mod open;
mod own_words;
mod plain_bounce;
mod requests;
mod words;

pub use self::{
    delivery_status::Failure,
    feedback_report::Feedback,
    naming::Named,
    open::{MAX_READ, MAX_SIZE},
    own_words::{Answer, Answered},
    requests::{JoinRequest, LeaveRequest, MAX_LEAVES, Mailboxes},
};
use self::{
    open::{Opened, open},
    requests::{Tagged, quoted_leave_tokens, quoted_tags, tagged},
    words::{message_ids, says_leave},
};

/// Maximum number of characters that are kept of a reply's text.
const MAX_TEXT: usize = 8_000;
/// Maximum number of signs of each kind that are kept of a reply.
const MAX_IDS: usize = 20;

/// To whom a mail came, and from whom, as the server said that took it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Envelope {
    /// The envelope's sender; empty for the null sender, `None` if it is not known.
    pub sender: Option<String>,
    /// The envelope's recipients; if there are none, those that the headers name.
    pub recipients: Vec<String>,
}

/// What a mail is that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyKind {
    /// It was not delivered, to these recipients; to no other either.
    Bounce(Vec<Failure>),
    /// It was not delivered yet, or not to all of the addresses behind the reader's.
    Delayed,
    /// It was delivered, or handed on.
    Delivered,
    /// A reader complained.
    Complaint(Feedback),
    /// A report about something else than a reader's complaint, such as a signature that failed.
    OtherReport(Feedback),
    /// A reader leaves.
    Leave(LeaveRequest),
    /// Somebody wants to join.
    Join(JoinRequest),
    /// Somebody confirms what they asked for, by these tokens; at least one.
    Confirm(Vec<String>),
    /// A program answered: somebody is out of office, or a mail was opened.
    AutoReply,
    /// Somebody wrote.
    Person,
}

/// The words of all kinds.
pub const KINDS: [&str; 10] =
    ["bounce", "delayed", "delivered", "complaint", "report", "leave", "join", "confirm", "auto-reply", "person"];

impl ReplyKind {
    /// The word for people, programs and the database.
    pub const fn word(&self) -> &'static str {
        match self {
            ReplyKind::Bounce(_) => "bounce",
            ReplyKind::Delayed => "delayed",
            ReplyKind::Delivered => "delivered",
            ReplyKind::Complaint(_) => "complaint",
            ReplyKind::OtherReport(_) => "report",
            ReplyKind::Leave(_) => "leave",
            ReplyKind::Join(_) => "join",
            ReplyKind::Confirm(_) => "confirm",
            ReplyKind::AutoReply => "auto-reply",
            ReplyKind::Person => "person",
        }
    }
}

/// Which of our mails a reply may be about, by what it says itself: anybody can write such a mail. The first kind of sign
/// that leads to a mail counts, in the order of the fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// Tags of the bounce mailbox to which it came, which should be tokens.
    pub bounce_tags: Vec<String>,
    /// Tags of that mailbox within the report: what it says of the envelope's sender.
    pub quoted_tags: Vec<String>,
    /// Tokens for leaving, in List-Unsubscribe of the mail that came back.
    pub leave_tokens: Vec<String>,
    /// Original-Envelope-Id, as the mail was handed over with it.
    pub envelope_ids: Vec<String>,
    /// Message-IDs of the mail that came back, with angle brackets.
    pub message_ids: Vec<String>,
    /// Addresses of the recipients.
    pub addresses: Vec<String>,
}

/// A mail that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// What it is.
    pub kind: ReplyKind,
    /// What it is about.
    pub about: About,
    /// The address in its From.
    pub sender: Option<String>,
    /// Its subject, one line.
    pub subject: String,
    /// Its text, up to 8,000 characters.
    pub text: String,
    /// Its own Message-ID, one line, as it was written.
    pub message_id: Option<String>,
    /// What it says to the mail that it answers.
    pub answered: Answered,
    /// Whether it answers another mail.
    pub is_answer: bool,
    /// Whether a program wrote it, so that no program answers it (RFC 3834 §2).
    pub is_automatic: bool,
    /// Whether it is longer than what was read of it.
    pub is_cut: bool,
}

impl Reply {
    /// Its Message-ID with angle brackets, if an answer can quote it.
    pub fn quotable_id(&self) -> Option<String> {
        let id = message_ids(self.message_id.as_deref()?).into_iter().next()?;
        id.bytes().all(|byte| byte.is_ascii_graphic()).then_some(id)
    }
}

/// A mail of which nothing is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It holds nothing.
    #[error("the mail is empty")]
    Empty,
    /// It has no header fields.
    #[error("that is no mail: it begins without a header field")]
    NoHeader,
}

/// Reads a mail that came back. Of a long one only the first [`MAX_READ`] octets are looked at: what a report says stands at
/// its beginning.
///
/// # Errors
/// It is empty, or no mail.
pub fn read(bytes: &[u8], envelope: &Envelope, mailboxes: &Mailboxes) -> Result<Reply, Unreadable> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Unreadable::Empty);
    }
    let opened = open(bytes).ok_or(Unreadable::NoHeader)?;
    let is_cut = opened.is_cut || bytes.len() > MAX_READ;
    let tagged = tagged(&opened, envelope, mailboxes);
    let mut about = About { bounce_tags: tagged.bounces.clone(), ..About::default() };
    about.quoted_tags = quoted_tags(&opened, mailboxes);
    about.leave_tokens = quoted_leave_tokens(&opened);
    let kind = kind(&opened, envelope, &tagged, &mut about);
    about.bounded();
    Ok(Reply {
        kind,
        about,
        sender: opened.from.clone(),
        subject: one_line(&opened.subject, 200),
        text: opened.text().chars().take(MAX_TEXT).collect(),
        message_id: opened.head.get("message-id").map(|id| one_line(id, 300)),
        answered: opened.answered(is_cut),
        is_answer: ["in-reply-to", "references"].iter().any(|name| opened.head.get(name).is_some()),
        is_automatic: auto_reply::is_auto_reply(&opened, envelope),
        is_cut,
    })
}

/// A token for leaving in the address counts first: a "no" is never lost, whatever the mail looks like. Next is what is in a
/// part for programs, then to which mailbox it came, then what the text looks like.
fn kind(opened: &Opened, envelope: &Envelope, tagged: &Tagged, about: &mut About) -> ReplyKind {
    about.message_ids.extend(opened.returned.iter().filter_map(|head| head.get("message-id")).flat_map(message_ids));
    let status = delivery_status::read(opened);
    let tokens = tagged.leave_tokens(opened);
    // What a mail server says of a mail is nobody's word.
    let is_of_server = status.is_some() && plain_bounce::is_of_server(opened, envelope);
    if !tokens.is_empty() && !is_of_server {
        return ReplyKind::Leave(LeaveRequest::Tokens(tokens));
    }
    if let Some((feedback, signs)) = feedback_report::read(opened) {
        about.join(signs);
        return if feedback.is_complaint() { ReplyKind::Complaint(feedback) } else { ReplyKind::OtherReport(feedback) };
    }
    if let Some((kind, signs)) = status {
        about.join(signs);
        return kind;
    }
    if tagged.asks_to_leave() {
        return ReplyKind::Leave(LeaveRequest::Sender);
    }
    if let Some((kind, signs)) = plain_bounce::read(opened, envelope, !tagged.bounces.is_empty()) {
        about.join(signs);
        return kind;
    }
    // What a program answers to a confirmation mail is no consent, and one that asks to join would be answered for ever.
    if auto_reply::is_auto_reply(opened, envelope) {
        return ReplyKind::AutoReply;
    }
    // Whoever has the token of what they were asked says no to that.
    if says_leave(&opened.subject) && tagged.confirms.is_empty() {
        return ReplyKind::Leave(LeaveRequest::Sender);
    }
    match (&*tagged.confirms, &tagged.join) {
        ([_, ..], _) => ReplyKind::Confirm(tagged.confirms.clone()),
        ([], Some(request)) => ReplyKind::Join(request.clone()),
        ([], None) => ReplyKind::Person,
    }
}

impl About {
    fn join(&mut self, other: About) {
        self.envelope_ids.extend(other.envelope_ids);
        self.message_ids.extend(other.message_ids);
        self.addresses.extend(other.addresses);
    }

    /// Each sign once, and not too many.
    fn bounded(&mut self) {
        let tokens = [&mut self.quoted_tags, &mut self.leave_tokens];
        for signs in tokens.into_iter().chain([&mut self.envelope_ids, &mut self.message_ids, &mut self.addresses]) {
            let mut seen = std::collections::HashSet::new();
            signs.retain(|sign| seen.insert(sign.clone()));
            signs.truncate(MAX_IDS);
        }
    }
}

/// A text in one line, without control characters, up to so many characters.
fn one_line(text: &str, most: usize) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most * 4).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(most).collect()
}

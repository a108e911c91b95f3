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
//! | `requests` | requests to leave and to join |
//! | `words` | addresses, statuses and Message-IDs within text |

mod auto_reply;
mod delivery_status;
mod feedback_report;
mod fields;
mod open;
mod plain_bounce;
mod requests;
mod words;

pub use self::{
    delivery_status::Failure,
    feedback_report::Feedback,
    open::{MAX_READ, MAX_SIZE},
    requests::{JoinRequest, LeaveRequest, Mailboxes},
};
use self::{
    open::{Opened, open},
    requests::{Tagged, quoted_tags, tagged},
    words::message_ids,
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
    /// A program answered: somebody is out of office, or a mail was opened.
    AutoReply,
    /// Somebody wrote.
    Person,
}

/// The words of all kinds.
pub const KINDS: [&str; 9] =
    ["bounce", "delayed", "delivered", "complaint", "report", "leave", "join", "auto-reply", "person"];

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
            ReplyKind::AutoReply => "auto-reply",
            ReplyKind::Person => "person",
        }
    }
}

/// Which of our mails a reply may be about, by what it says itself: anybody can write such a mail. The first kind of sign
/// that leads to a mail counts, in the order of the fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// The tag of the bounce mailbox to which it came, which should be a token.
    pub bounce_tag: Option<String>,
    /// Tags of that mailbox within the report: what it says of the envelope's sender.
    pub quoted_tags: Vec<String>,
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
    /// Its own Message-ID.
    pub message_id: Option<String>,
    /// Whether a program wrote it, so that no program answers it (RFC 3834 §2).
    pub is_automatic: bool,
    /// Whether it is longer than what was read of it.
    pub is_cut: bool,
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
    let tagged = tagged(&opened, envelope, mailboxes);
    let mut about = About { bounce_tag: tagged.bounce.clone(), ..About::default() };
    about.quoted_tags = quoted_tags(&opened, mailboxes);
    let kind = kind(&opened, envelope, &tagged, &mut about);
    about.bounded();
    Ok(Reply {
        kind,
        about,
        sender: opened.from.clone(),
        subject: one_line(&opened.subject, 200),
        text: opened.text().chars().take(MAX_TEXT).collect(),
        message_id: opened.head.get("message-id").map(|id| one_line(id, 300)),
        is_automatic: auto_reply::is_auto_reply(&opened, envelope),
        is_cut: opened.is_cut || bytes.len() > MAX_READ,
    })
}

/// What is in a part for programs counts first, then to which mailbox it came, then what the text looks like.
fn kind(opened: &Opened, envelope: &Envelope, tagged: &Tagged, about: &mut About) -> ReplyKind {
    about.message_ids.extend(opened.returned.iter().filter_map(|head| head.get("message-id")).flat_map(message_ids));
    if let Some((feedback, signs)) = feedback_report::read(opened) {
        about.join(signs);
        return if feedback.is_complaint() { ReplyKind::Complaint(feedback) } else { ReplyKind::OtherReport(feedback) };
    }
    if let Some((kind, signs)) = delivery_status::read(opened) {
        about.join(signs);
        return kind;
    }
    if let Some(request) = tagged.leave(opened) {
        return ReplyKind::Leave(request);
    }
    if let Some(request) = &tagged.join {
        return ReplyKind::Join(request.clone());
    }
    if let Some((kind, signs)) = plain_bounce::read(opened, envelope, tagged.bounce.is_some()) {
        about.join(signs);
        return kind;
    }
    if auto_reply::is_auto_reply(opened, envelope) { ReplyKind::AutoReply } else { ReplyKind::Person }
}

impl About {
    fn join(&mut self, other: About) {
        self.envelope_ids.extend(other.envelope_ids);
        self.message_ids.extend(other.message_ids);
        self.addresses.extend(other.addresses);
    }

    /// Each sign once, and not too many.
    fn bounded(&mut self) {
        for signs in [&mut self.quoted_tags, &mut self.envelope_ids, &mut self.message_ids, &mut self.addresses] {
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

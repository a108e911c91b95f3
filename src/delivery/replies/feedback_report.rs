//! Feedback reports: a reader called a mail of ours spam (RFC 5965), or a signature of ours failed (RFC 6591).

use super::{
    About,
    fields::Fields,
    one_line,
    open::Opened,
    words::{addresses, message_ids, typed_address},
};

/// What a feedback report says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// Its type in lower case: `abuse`, `opt-out`, `auth-failure`, … (RFC 5965 §7.3).
    pub feedback_type: String,
    /// What wrote the report, such as `Yahoo!-Mail-Feedback/2.0`.
    pub user_agent: String,
}

/// The types by which a reader says that they do not want the mail.
const COMPLAINTS: &[&str] = &["abuse", "opt-out", "opt-out-list", "fraud"];

impl Feedback {
    /// Does a reader not want the mail?
    pub fn is_complaint(&self) -> bool {
        COMPLAINTS.contains(&self.feedback_type.as_str())
    }
}

/// Fields of the report that name the reader; the last three are of the copy that comes with it.
const RECIPIENTS: &[&str] = &["original-rcpt-to", "removal-recipient"];
/// The same in the copy that comes with it; Outlook.com's is `X-HmXmrOriginalRecipient`.
const COPY_RECIPIENTS: &[&str] = &["x-hmxmroriginalrecipient", "x-original-to", "delivered-to", "to"];

/// Reads the report of a mail; `None` if it holds none.
pub(super) fn read(opened: &Opened) -> Option<(Feedback, About)> {
    let text = opened.own(&["message/feedback-report"]).next();
    let fields = match text {
        Some(text) => Fields::blocks(text).into_iter().next().unwrap_or_default(),
        // Outlook.com sends the copy alone, with a field of its own in its head.
        None => {
            let is_outlook = opened.returned.iter().any(|head| head.get("x-hmxmroriginalrecipient").is_some());
            is_outlook.then(Fields::default)?
        }
    };
    let feedback = Feedback {
        feedback_type: one_line(fields.get("feedback-type").unwrap_or("abuse"), 40).to_lowercase(),
        user_agent: one_line(fields.get("user-agent").unwrap_or_default(), 100),
    };
    let mut about = About::default();
    about.envelope_ids.extend(fields.all("original-envelope-id").map(|id| one_line(id, 200)));
    about.message_ids.extend(fields.all("original-message-id").flat_map(message_ids));
    about.addresses.extend(RECIPIENTS.iter().flat_map(|name| fields.all(name)).filter_map(typed_address));
    for head in &opened.returned {
        let recipients = COPY_RECIPIENTS.iter().flat_map(|name| head.all(name)).flat_map(addresses);
        about.addresses.extend(recipients);
    }
    Some((feedback, about))
}

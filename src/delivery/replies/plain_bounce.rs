//! Bounces for people only: text without a part for programs, as qmail, older Exchange and Exim and some providers write it.
//! They are known by who writes them together with what they say, so that a person who quotes a bounce stays a person.

use super::{
    About, Envelope, ReplyKind,
    auto_reply::{has_subject, is_null},
    delivery_status::Failure,
    fields::Fields,
    open::Opened,
    words::{addresses, message_ids},
};

/// Number of characters of the text in which a bounce says what it is.
const OPENING: usize = 4_000;
/// Number of characters that are read in all.
const MAX_TEXT: usize = 64_000;
/// Maximum number of recipients.
const MAX_RECIPIENTS: usize = 10;

/// Local parts under which servers write, in lower case without hyphens.
const DAEMONS: &[&str] =
    &["mailerdaemon", "postmaster", "maildaemon", "mdaemon", "mailadmin", "mailsystem", "mail", "root"];

/// How subjects of bounces look, in lower case.
const SUBJECTS: &[&str] = &[
    "undelivered",
    "undeliverable",
    "delivery status notification",
    "delivery failure",
    "delivery failed",
    "delivery has failed",
    "delivery report",
    "failure notice",
    "failure delivery",
    "mail delivery fail",
    "mail delivery system",
    "mail system error",
    "mail error",
    "message not delivered",
    "returned mail",
    "returned to sender",
    "non-delivery",
    "nondeliverable",
    "could not send message",
    "unzustellbar",
    "unzustellbarkeit",
    "nicht zugestellt",
    "退信",
    "未送达",
    "无法送达",
    "投递失败",
];

/// What bounces say, in lower case.
const OPENINGS: &[&str] = &[
    "this is the qmail-send program",
    "created automatically by mail delivery software",
    "this is the mail system at host",
    "this is the mailer-daemon",
    "delivery to the following",
    "could not be delivered",
    "couldn't be delivered",
    "cannot be delivered",
    "can't be delivered",
    "wasn't delivered",
    "was not delivered",
    "unable to deliver",
    "failed to deliver",
    "did not reach",
    "delivery has failed",
    "delivery failed",
    "undeliverable",
    "permanent failure",
    "permanent fatal errors",
    "has been returned",
    "wurde nicht zugestellt",
    "nicht zugestellt werden",
    "退信原因",
    "退信",
    "被退回",
    "无法投递",
    "投递失败",
    "未能送达",
];

/// Words of a report that is not the last one, in lower case.
const DELAYED: &[&str] = &[
    "this is a warning message only",
    "has not yet been delivered",
    "has not been delivered yet",
    "not yet been delivered to",
    "delivery attempts will continue",
    "will continue to be made",
    "will be retried",
    "will keep trying",
    "no action is required on your part",
    "noch nicht zugestellt",
];

/// Lines behind which the mail stands that came back, in lower case.
const COPIES: &[&str] = &[
    "--- below this line is a copy",
    "this is a copy of the message",
    "this is a copy of your message",
    "--- original message",
    "-----original message",
    "original message follows",
    "--- the header of the original",
    "message header follows",
    "headers of the message follow",
    "-- the following text was in the body",
    "----- unsent message",
    "----- message from",
    "------ original mail",
    "原邮件内容",
    "原始邮件",
];

/// Reads a bounce for people; `None` if it is none. `came_to_token`: it came to the envelope's sender of one of our mails,
/// where only servers write.
pub(super) fn read(opened: &Opened, envelope: &Envelope, came_to_token: bool) -> Option<(ReplyKind, About)> {
    let failed: Vec<String> = opened.head.all("x-failed-recipients").flat_map(addresses).take(MAX_RECIPIENTS).collect();
    let text: String = opened.text().chars().take(MAX_TEXT).collect();
    let (report, copy) = split_copy(&text);
    let (subject, opening) = (opened.subject.to_lowercase(), report.to_lowercase());
    let opening: String = opening.chars().take(OPENING).collect();
    let says = |phrases: &[&str], text: &str| phrases.iter().any(|phrase| text.contains(phrase));
    let is_daemon = is_daemon(opened.from.as_deref());
    let has_null_sender = is_null(envelope.sender.as_deref()) || is_null(opened.head.get("return-path"));
    let says_so = says(SUBJECTS, &subject) || says(OPENINGS, &opening);
    let is_bounce = (is_daemon && (says_so || !failed.is_empty() || (came_to_token && has_null_sender)))
        || (has_null_sender && (says(OPENINGS, &opening) || !failed.is_empty()));
    if !is_bounce || has_subject(&subject) {
        return None;
    }
    let mut about = About::default();
    about.message_ids.extend(copy_ids(copy));
    let recipients = if failed.is_empty() { of_report(report, opened) } else { failed };
    about.addresses.extend(recipients.iter().cloned());
    if says(DELAYED, &opening) || subject.starts_with("warning:") {
        return Some((ReplyKind::Delayed, about));
    }
    let recipient = recipients.into_iter().next();
    let said = reason(report, recipient.as_deref());
    Some((ReplyKind::Bounce(vec![Failure::new(recipient, None, &said)]), about))
}

/// Did a mail server write it: by the null sender or, where the envelope is not known, by its From?
pub(super) fn is_of_server(opened: &Opened, envelope: &Envelope) -> bool {
    match envelope.sender.as_deref().or_else(|| opened.head.get("return-path")) {
        None => is_daemon(opened.from.as_deref()),
        sender => is_null(sender),
    }
}

fn is_daemon(from: Option<&str>) -> bool {
    let Some((local, _)) = from.and_then(|from| from.rsplit_once('@')) else {
        // `MAILER-DAEMON (Mail Delivery System)` without a domain, or nothing at all.
        return from.is_none_or(|from| from.to_ascii_lowercase().starts_with("mailer-daemon"));
    };
    let local: String = local.to_ascii_lowercase().chars().filter(|c| !matches!(c, '-' | '_' | '.')).collect();
    // Exchange's is microsoftexchange329e71ec88ae4615bbc36ab6ce41109e.
    DAEMONS.contains(&local.as_str()) || local.starts_with("microsoftexchange")
}

/// Parts what a server says from the mail that it gives back.
fn split_copy(text: &str) -> (&str, &str) {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let lower = line.to_lowercase();
        if COPIES.iter().any(|words| lower.contains(words)) {
            return text.split_at_checked(at).unwrap_or((text, ""));
        }
        at += line.len();
    }
    (text, "")
}

/// The Message-IDs within a copy, whose head is a block of fields behind the line that announces it.
fn copy_ids(copy: &str) -> Vec<String> {
    let blocks = Fields::blocks(copy);
    blocks.iter().filter_map(|block| block.get("message-id")).flat_map(message_ids).take(MAX_RECIPIENTS).collect()
}

/// The addresses of which a report speaks, but for who writes it.
fn of_report(report: &str, opened: &Opened) -> Vec<String> {
    let own: Vec<String> = opened.head.all("to").flat_map(addresses).chain(opened.from.clone()).collect();
    let is_other = |address: &String| !own.iter().any(|own| own.eq_ignore_ascii_case(address));
    let mut found = addresses(report);
    found.retain(is_other);
    found.dedup();
    found.truncate(MAX_RECIPIENTS);
    found
}

/// What is said of a recipient: what follows its first mention, else all.
fn reason(report: &str, recipient: Option<&str>) -> String {
    let Some(at) = recipient.and_then(|recipient| report.find(recipient)) else { return report.to_owned() };
    let (_, rest) = report.split_at_checked(at).unwrap_or(("", report));
    let behind = rest.get(recipient.map_or(0, str::len)..).unwrap_or_default();
    let behind = behind.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '>' | '<' | ':' | '"' | ')'));
    let behind = behind.get(..behind.floor_char_boundary(1_500)).unwrap_or(behind);
    if behind.trim().is_empty() { report.to_owned() } else { behind.to_owned() }
}

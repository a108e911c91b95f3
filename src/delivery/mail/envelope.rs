//! The envelope of a mail: the commands MAIL, RCPT and DATA, and what is refused before they are sent.

use super::{
    failure::{Failure, Step},
    handshake::Capabilities,
    reply::Reply,
};
use crate::delivery::rules::EnhancedStatus;

/// The steps of an envelope, and the class of reply with which each succeeds.
pub(super) const STEPS: [(Step, u16); 3] = [(Step::Mail, 2), (Step::Rcpt, 2), (Step::Data, 3)];

/// The three commands of an envelope, without line ends.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Envelope([String; 3]);

impl Envelope {
    pub(super) fn new(capabilities: &Capabilities, from: &str, to: &str, size: usize) -> Envelope {
        let size = if capabilities.size { format!(" SIZE={size}") } else { String::new() };
        Envelope([format!("MAIL FROM:<{from}>{size}"), format!("RCPT TO:<{to}>"), "DATA".to_owned()])
    }

    /// Each command with its step and the class of reply with which it succeeds.
    pub(super) fn commands(&self) -> impl Iterator<Item = (Step, u16, &str)> {
        STEPS.into_iter().zip(&self.0).map(|((step, class), command)| (step, class, command.as_str()))
    }

    /// All commands as they go out in one write.
    pub(super) fn pipelined(&self) -> String {
        self.0.join("\r\n") + "\r\n"
    }
}

/// Refuses what is bound to be refused, without asking the server: an address that cannot be used in an envelope, and a
/// mail that is larger than the server takes.
pub(super) fn check(capabilities: &Capabilities, from: &str, to: &str, size: usize) -> Result<(), Failure> {
    let refuse = |step, code, status, text: String| {
        Err(Failure::Refused { step, reply: Reply { code, enhanced: Some(status), text } })
    };
    if !(from.is_empty() || is_path(from)) {
        let text = "not sent: the sender cannot be used in an envelope".to_owned();
        return refuse(Step::Mail, 553, EnhancedStatus::new(5, 1, 7), text);
    }
    if !is_path(to) {
        let text = "not sent: the address cannot be used in an envelope".to_owned();
        return refuse(Step::Rcpt, 553, EnhancedStatus::new(5, 1, 3), text);
    }
    match capabilities.max_size {
        Some(max) if u64::try_from(size).is_ok_and(|size| size > max) => {
            let text = format!("not sent: the mail has {size} octets, the server takes at most {max}");
            refuse(Step::Mail, 552, EnhancedStatus::new(5, 3, 4), text)
        }
        _ => Ok(()),
    }
}

/// Is this an ASCII address that cannot end the brackets it stands in (RFC 5321 §4.5.3.1.3: at most 254 octets, with the
/// brackets 256)?
fn is_path(address: &str) -> bool {
    let safe = address.bytes().all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>');
    safe && address.len() <= 254
        && address.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
}

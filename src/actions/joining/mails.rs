//! What the mails of joining are made from: how a reader answers, and the imprint at their end.

use super::{JoinError, Joining};
use crate::people::joining::ConfirmBy;

/// A way in which a reader answers.
pub(super) enum Link {
    Page(String),
    Mail(String),
}

impl Link {
    pub const fn confirm_by(&self) -> ConfirmBy<'_> {
        match self {
            Link::Page(url) => ConfirmBy::Page(url.as_str()),
            Link::Mail(address) => ConfirmBy::Mail(address.as_str()),
        }
    }

    pub fn into_text(self) -> String {
        match self {
            Link::Page(text) | Link::Mail(text) => text,
        }
    }
}

impl Joining<'_> {
    /// The link of a token: the page below `path`, or a mail to `word+TOKEN@` where there is no page.
    pub(super) fn link(&self, path: &str, word: &str, token: &str) -> Result<Link, JoinError> {
        match (&self.config.public_web, self.mailbox) {
            (Some(web), _) => Ok(Link::Page(web.url.link(&format!("/{path}/{token}")))),
            (None, Some(mailbox)) => Ok(Link::Mail(format!("{word}+{token}@{}", mailbox.domain()))),
            (None, None) => Err(JoinError::NoWayBack),
        }
    }

    /// The imprint: the last lines of each mail.
    pub(super) fn imprint(&self) -> Vec<String> {
        let Some(imprint) = &self.config.imprint else { return vec![self.config.mail.from.clone()] };
        let lines = [Some(&imprint.name), Some(&imprint.address), Some(&imprint.contact), imprint.privacy_url.as_ref()];
        lines.into_iter().flatten().cloned().collect()
    }
}

//! What the mails of joining are made from: how a reader answers, and the imprint at their end.

use super::{JoinError, Joining};
use crate::{config::Config, people::joining::ConfirmBy};

/// The ways in which a reader answers; at least one.
pub(super) struct Ways {
    page: Option<String>,
    address: Option<String>,
}

impl Ways {
    /// How a mail asks for a confirmation.
    pub fn confirm_by(&self) -> ConfirmBy<'_> {
        match (&self.page, &self.address) {
            (Some(url), None) => ConfirmBy::Page(url),
            (Some(url), Some(_)) => ConfirmBy::PageOrMail(url),
            (None, address) => ConfirmBy::Mail(address.as_deref().unwrap_or_default()),
        }
    }

    /// The address at which an answer is read.
    pub fn address(&self) -> Option<String> {
        self.address.clone()
    }

    /// The page, or the address where there is none.
    pub fn into_text(self) -> String {
        self.page.or(self.address).unwrap_or_default()
    }
}

impl Joining<'_> {
    /// The ways to confirm what a token is about: the page, and a mail to `confirm+TOKEN@`.
    pub(super) fn ways_to_confirm(&self, token: &str) -> Result<Ways, JoinError> {
        let address = self.mailbox.map(|mailbox| format!("confirm+{token}@{}", mailbox.domain()));
        self.ways("c", token, address)
    }

    /// The ways to end what a token is about: the page, and a mail to the mailbox with the token.
    pub(super) fn ways_to_leave(&self, token: &str) -> Result<Ways, JoinError> {
        let parts = self.mailbox.and_then(|mailbox| mailbox.ascii().rsplit_once('@'));
        self.ways("u", token, parts.map(|(local, domain)| format!("{local}+{token}@{domain}")))
    }

    fn ways(&self, path: &str, token: &str, address: Option<String>) -> Result<Ways, JoinError> {
        let page = self.config.public_web.as_ref().map(|web| web.url.link(&format!("/{path}/{token}")));
        if page.is_none() && address.is_none() {
            return Err(JoinError::NoWayBack);
        }
        Ok(Ways { page, address })
    }

    /// The imprint: the last lines of each mail.
    pub(super) fn imprint(&self) -> Vec<String> {
        imprint(self.config)
    }
}

/// The imprint of a config: the last lines of each mail.
pub(in crate::actions) fn imprint(config: &Config) -> Vec<String> {
    let Some(imprint) = &config.imprint else { return vec![config.mail.from.clone()] };
    let lines = [Some(&imprint.name), Some(&imprint.address), Some(&imprint.contact), imprint.privacy_url.as_ref()];
    lines.into_iter().flatten().cloned().collect()
}

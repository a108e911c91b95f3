//! The sender's part of a mail: From and the other headers of the house, the mailbox for leaving, the signatures. It encodes
//! what all readers of a mail share; each reader's own headers are added by what sends it.

use crate::{
    base::language::Language,
    config::Config,
    delivery::{
        dkim::Signer,
        mail::message::{self, Attachment, Content, EncodedMessage},
    },
    store::{EditionText, MailKind, OwnText},
};

/// The sender's part of every mail.
#[derive(Debug, Clone)]
pub struct Letterhead {
    /// From, as a mailbox
    pub from: String,
    /// The envelope's sender, ASCII
    pub sender: String,
    /// The mailbox for bounces, ASCII: with it each mail has an envelope's sender of its own
    pub bounce: Option<String>,
    /// Reply-To, as a mailbox
    pub reply_to: Option<String>,
    /// The mailbox that takes requests to leave, ASCII
    pub unsubscribe: Option<String>,
    /// Whether what comes to that mailbox is read: then it is asked for by the address alone
    pub leaves_by_address: bool,
    /// The beginning of the link by which a reader leaves: what follows is their token
    pub leave_url: Option<String>,
    /// The domain of From, ASCII
    pub domain: String,
    /// One signature is made by each of them
    pub signers: Vec<Signer>,
}

/// The ways by which a reader leaves, as List-Unsubscribe names them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WaysToLeave {
    /// A web address
    pub url: Option<String>,
    /// A `mailto:` URL, whose address or subject holds the token
    pub mailto: Option<String>,
}

impl Letterhead {
    /// Reads the letterhead from the config.
    pub fn of(config: &Config) -> Letterhead {
        let mail = &config.mail;
        Letterhead {
            from: mail.from.clone(),
            sender: mail.from_address.ascii().to_owned(),
            bounce: mail.bounce_mailbox.as_ref().map(|address| address.ascii().to_owned()),
            reply_to: mail.reply_to.clone(),
            unsubscribe: mail.unsubscribe_mailbox.as_ref().map(|address| address.ascii().to_owned()),
            leaves_by_address: config.replies.are_read(),
            leave_url: config.public_web.as_ref().map(|web| web.url.link("/u/")),
            domain: mail.from_address.domain().to_owned(),
            signers: mail.signers.clone(),
        }
    }

    /// Encodes the mail of an edition in one language, which all its readers share.
    ///
    /// # Errors
    /// If something in it cannot stand in a mail.
    pub fn encode_edition(&self, text: &EditionText, brief: Option<&str>) -> Result<EncodedMessage, message::Error> {
        let attachment = Attachment {
            name: &text.pdf_name,
            ascii_name: &text.pdf_ascii_name,
            mime: "application/pdf",
            bytes: &text.pdf,
        };
        let list_id = brief.map(|brief| format!("{brief}.{}", self.domain));
        let attached = [attachment];
        message::encode(&Content {
            html: &text.html,
            attachments: if text.attached { &attached } else { &[] },
            list_id: list_id.as_deref(),
            ..self.content(&text.subject, &text.text, text.language)
        })
    }

    /// Encodes a mail that delivers no edition: its own subject and text, and the PDFs of a draft if it brings some.
    ///
    /// # Errors
    /// If something in it cannot stand in a mail.
    pub fn encode_own(
        &self,
        kind: MailKind,
        own: &OwnText,
        pages: &[EditionText],
        language: Language,
    ) -> Result<EncodedMessage, message::Error> {
        let content = self.content(&own.subject, &own.text, language);
        let names: Vec<[String; 2]> =
            pages.iter().map(|of| [&of.pdf_name, &of.pdf_ascii_name].map(|name| format!("draft-{name}"))).collect();
        let attachments: Vec<Attachment<'_>> = pages
            .iter()
            .zip(&names)
            .map(|(of, [name, ascii_name])| Attachment { name, ascii_name, mime: "application/pdf", bytes: &of.pdf })
            .collect();
        message::encode(&Content {
            reply_to: own.reply_to.as_deref().or(content.reply_to),
            is_answer: kind == MailKind::Answer,
            in_reply_to: own.in_reply_to.as_deref(),
            attachments: &attachments,
            ..content
        })
    }

    /// The ways by which the reader with this token leaves.
    pub fn ways_to_leave(&self, token: &str) -> WaysToLeave {
        WaysToLeave {
            url: self.leave_url.as_ref().map(|url| format!("{url}{token}")),
            mailto: self.unsubscribe.as_ref().map(|mailbox| leave_mailto(mailbox, self.leaves_by_address, token)),
        }
    }

    fn content<'a>(&'a self, subject: &'a str, text: &'a str, language: Language) -> Content<'a> {
        Content {
            from: &self.from,
            reply_to: self.reply_to.as_deref(),
            subject,
            text,
            html: "",
            attachments: &[],
            language: language.tag(),
            list_id: None,
            is_answer: false,
            in_reply_to: None,
        }
    }
}

/// The `mailto:` URL (RFC 6068) by which the reader with this token leaves. Where mails to the mailbox are read, the address
/// says all, since some programs leave the subject out; a person who reads them needs it in the subject.
pub fn leave_mailto(mailbox: &str, is_read: bool, token: &str) -> String {
    match mailbox.rsplit_once('@').filter(|_| is_read) {
        Some((local, domain)) => format!("mailto:{local}+{token}@{domain}"),
        None => format!("mailto:{mailbox}?subject=unsubscribe%20{token}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_who_leaves_where_mails_are_read() {
        assert_eq!(leave_mailto("leave@example.org", true, "uabc"), "mailto:leave+uabc@example.org");
        assert_eq!(
            leave_mailto("leave@example.org", false, "uabc"),
            "mailto:leave@example.org?subject=unsubscribe%20uabc"
        );
    }
}

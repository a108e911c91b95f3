//! A mail as it goes out: text and HTML in the reader's language, the PDF attached, and the headers that bulk mail owes
//! (RFC 5322, RFC 2369 List-Unsubscribe, RFC 2919 List-Id, RFC 3834 Auto-Submitted). Built by lettre.

use std::time::SystemTime;

use lettre::{
    Message,
    message::{
        Attachment, Mailbox, MultiPart, SinglePart,
        header::{ContentType, Header, HeaderName, HeaderValue},
    },
};

/// What a mail says, and to whom.
#[derive(Debug, Clone)]
pub struct Letter<'a> {
    /// From, such as `Green Economy Brief <brief@example.org>`
    pub from: &'a str,
    /// To
    pub to: &'a str,
    /// One line
    pub subject: &'a str,
    /// `text/plain`
    pub text: &'a str,
    /// `text/html`
    pub html: &'a str,
    /// The PDF's name and bytes
    pub pdf: (&'a str, &'a [u8]),
    /// BCP 47
    pub language: &'a str,
    /// The list's id, such as `green-economy.example.org`
    pub list_id: &'a str,
    /// A `mailto:` URL
    pub unsubscribe: &'a str,
    /// With its angle brackets; the same at every retry
    pub message_id: &'a str,
    /// Date
    pub date: SystemTime,
}

/// Why a mail could not be built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is none.
    #[error("`{0}` is not a mail address: {1}")]
    Address(String, lettre::address::AddressError),
    /// A header would begin a new line.
    #[error("a header of the mail holds a line break")]
    LineBreak,
    /// lettre refused it.
    #[error("the mail could not be built: {0}")]
    Build(#[from] lettre::error::Error),
}

macro_rules! header {
    ($type:ident, $name:literal) => {
        #[derive(Debug, Clone)]
        struct $type(String);

        impl Header for $type {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }

            fn parse(value: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Ok($type(value.to_owned()))
            }

            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), self.0.clone())
            }
        }
    };
}

header!(ListId, "List-Id");
header!(ListUnsubscribe, "List-Unsubscribe");
header!(AutoSubmitted, "Auto-Submitted");
header!(ContentLanguage, "Content-Language");

/// The mail's bytes.
///
/// # Errors
/// An address that is none, or a line break in a header.
pub fn build(letter: &Letter<'_>) -> Result<Vec<u8>, Error> {
    let headers = [
        letter.from,
        letter.to,
        letter.subject,
        letter.language,
        letter.list_id,
        letter.unsubscribe,
        letter.message_id,
        letter.pdf.0,
    ];
    if headers.iter().any(|value| value.contains(['\r', '\n'])) {
        return Err(Error::LineBreak);
    }
    let mailbox = |text: &str| text.parse::<Mailbox>().map_err(|error| Error::Address(text.to_owned(), error));
    let alternative = MultiPart::alternative()
        .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(letter.text.to_owned()))
        .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(letter.html.to_owned()));
    let (name, bytes) = letter.pdf;
    let pdf = ContentType::parse("application/pdf").map_or(ContentType::TEXT_PLAIN, |kind| kind);
    let attachment = Attachment::new(name.to_owned()).body(bytes.to_vec(), pdf);
    let message = Message::builder()
        .from(mailbox(letter.from)?)
        .to(mailbox(letter.to)?)
        .subject(letter.subject)
        .date(letter.date)
        .message_id(Some(letter.message_id.to_owned()))
        .header(ListId(format!("<{}>", letter.list_id)))
        .header(ListUnsubscribe(format!("<{}>", letter.unsubscribe)))
        .header(AutoSubmitted("auto-generated".to_owned()))
        .header(ContentLanguage(letter.language.to_owned()))
        .multipart(MultiPart::mixed().multipart(alternative).singlepart(attachment))?;
    Ok(message.formatted())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_break_in_a_header_is_refused() {
        let letter = Letter {
            from: "a@example.org",
            to: "b@example.org",
            subject: "one\r\nBcc: c@example.org",
            text: "t",
            html: "h",
            pdf: ("a.pdf", b"%PDF"),
            language: "en",
            list_id: "a.example.org",
            unsubscribe: "mailto:a@example.org",
            message_id: "<1@example.org>",
            date: SystemTime::UNIX_EPOCH,
        };
        assert!(matches!(build(&letter), Err(Error::LineBreak)));
        let bytes = build(&Letter { subject: "Grüße 中", ..letter }).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("Subject: =?utf-8?b?") && text.contains("Auto-Submitted: auto-generated"), "{text}");
    }
}

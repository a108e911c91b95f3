//! A mail as it goes out: text and HTML in the reader's language, the PDF attached, and the headers that bulk mail owes
//! (RFC 5322, RFC 2369 List-Unsubscribe, RFC 8058 List-Unsubscribe-Post, RFC 2919 List-Id, RFC 3834 Auto-Submitted).
//!
//! What all recipients of one edition in one language share is encoded and dot-stuffed once. Each mail then costs only its
//! headers and, where the body has a link with the reader's own token (`own_token`), the hash of its body for the signature (in
//! `dkim`); a body without one is hashed once for all. lettre reads addresses and encodes parts. How the bytes travel is in
//! `session` and `folder`.

use std::{
    borrow::Cow,
    fmt::Write as _,
    sync::{Arc, OnceLock},
};

use chrono::{DateTime, Utc};
use lettre::message::{Body, Mailbox, header::ContentTransferEncoding};
use ring::digest::{Context, SHA256};

use super::{
    encoding,
    own_token::{self, Gaps},
    pictures::{self, Picture},
};
pub use super::{encoding::ascii_name, own_token::OwnTokens};
use crate::{
    base::file_name,
    delivery::dkim::{BodyHash, BodyStart, Signer, SigningError, relaxed},
};

/// The content of a mail, the same for every recipient.
#[derive(Debug, Clone, Copy, Default)]
pub struct Content<'a> {
    /// From, such as `Green Economy Brief <brief@example.org>`
    pub from: &'a str,
    /// Reply-To, such as `office@example.org`
    pub reply_to: Option<&'a str>,
    /// Subject, on one line
    pub subject: &'a str,
    /// `text/plain`, with any line ends
    pub text: &'a str,
    /// `text/html`; may be empty
    pub html: &'a str,
    /// The files, such as the PDF
    pub attachments: &'a [Attachment<'a>],
    /// Content-Language, as a BCP 47 tag
    pub language: &'a str,
    /// List-Id without angle brackets, such as `green-economy.example.org`; `None` for mail that is not of a list
    pub list_id: Option<&'a str>,
    /// Whether a program of ours answers a mail with it (RFC 3834 §3.1.8)
    pub is_answer: bool,
    /// In-Reply-To and References: the Message-ID of the mail that it answers, with its angle brackets
    pub in_reply_to: Option<&'a str>,
}

/// A file attached to a mail.
#[derive(Debug, Clone, Copy, Default)]
pub struct Attachment<'a> {
    /// Its name as people read it, in any script
    pub name: &'a str,
    /// Its name for mail programs that know only ASCII; see [`ascii_name`]
    pub ascii_name: &'a str,
    /// Media type, such as `application/pdf`
    pub mime: &'a str,
    /// Its content
    pub bytes: &'a [u8],
}

/// The headers that are one recipient's own.
#[derive(Debug, Clone, Copy)]
pub struct Recipient<'a> {
    /// To, an ASCII address or a mailbox with a name
    pub to: &'a str,
    /// Message-ID with its angle brackets; the same at every retry
    pub message_id: &'a str,
    /// Date
    pub date: DateTime<Utc>,
    /// List-Unsubscribe: a web address; with `https:` it takes one click (RFC 8058)
    pub leave_url: Option<&'a str>,
    /// List-Unsubscribe: a `mailto:` URL
    pub unsubscribe: Option<&'a str>,
    /// The tokens that are put into the body where their placeholders stand
    pub tokens: Option<OwnTokens<'a>>,
}

/// Why a mail could not be built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The text is not an address.
    #[error("`{0}` is not a mail address: {1}")]
    Address(String, lettre::address::AddressError),
    /// The address is not in ASCII, which not every server takes.
    #[error("`{0}` is not in ASCII; write its domain in its ASCII form (xn--…)")]
    NotAscii(String),
    /// A header would contain a line break or another control character.
    #[error("a header of the mail holds a line break or another control character")]
    LineBreak,
    /// A key could not sign.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// The value cannot stand in that header: it contains a space or an angle bracket, is too long, or is empty.
    #[error("`{value}` cannot stand in the header {header}")]
    Value {
        /// The header's name
        header: &'static str,
        /// The value
        value: String,
    },
}

/// The parts of a mail that all its recipients share, encoded. Cheap to clone.
#[derive(Debug, Clone)]
pub struct EncodedMessage(Arc<SharedParts>);

#[derive(Debug)]
struct SharedParts {
    /// From, Reply-To, Subject
    opening: String,
    /// The headers after the recipient's own, with the blank line
    closing: String,
    /// Dot-stuffed
    body: Vec<u8>,
    /// Octets added by dot-stuffing
    stuffing: usize,
    /// Where the reader's tokens belong in `body`
    gaps: Gaps,
    /// Made when the first mail is signed
    hashing: OnceLock<Hashing>,
}

/// What the hashes of all bodies share.
#[derive(Debug)]
enum Hashing {
    /// The hash itself
    Done(BodyHash),
    /// The hash up to the first token, and the canonical body with the places of the tokens
    Begun(Box<BodyStart>, Vec<u8>, Gaps),
}

impl Hashing {
    fn of(body: &[u8]) -> Hashing {
        let canonical = relaxed(body);
        let gaps = Gaps::find(&canonical);
        if gaps.is_empty() {
            return Hashing::Done(BodyHash::of(body));
        }
        let start = BodyStart::of(canonical.get(..gaps.first(&canonical)).unwrap_or_default());
        Hashing::Begun(Box::new(start), canonical, gaps)
    }

    fn hash(&self, tokens: OwnTokens<'_>) -> Cow<'_, BodyHash> {
        match self {
            Hashing::Done(hash) => Cow::Borrowed(hash),
            Hashing::Begun(start, canonical, gaps) => {
                Cow::Owned(start.finish(gaps.filled(canonical, gaps.first(canonical), tokens)))
            }
        }
    }
}

/// Encodes the parts of a mail that all its recipients share. The same content gives the same bytes.
///
/// # Errors
/// If an address is not one, or a value cannot stand in its header.
pub fn encode(content: &Content<'_>) -> Result<EncodedMessage, Error> {
    let mut opening = format!("From: {}\r\n", mailbox(content.from)?);
    if let Some(reply_to) = content.reply_to {
        let _ = write!(opening, "Reply-To: {}\r\n", mailbox(reply_to)?);
    }
    one_line(content.subject)?;
    let _ = write!(opening, "Subject: {}\r\n", encoding::text(content.subject, "Subject: ".len()));

    let mut closing = String::new();
    if let Some(list) = content.list_id {
        let _ = write!(closing, "List-Id: <{}>\r\n", token("List-Id", list)?);
    }
    if let Some(answered) = content.in_reply_to {
        let id = token("In-Reply-To", answered.trim_matches(['<', '>']))?;
        let _ = write!(closing, "In-Reply-To: <{id}>\r\nReferences: <{id}>\r\n");
    }
    let language = token("Content-Language", content.language)?;
    let submitted = if content.is_answer { "auto-replied" } else { "auto-generated" };
    let _ = write!(closing, "Auto-Submitted: {submitted}\r\nContent-Language: {language}\r\nMIME-Version: 1.0\r\n");
    let part = parts(content)?;
    let _ = write!(closing, "{}\r\n", part.headers);

    let mut body = part.body;
    if !body.ends_with(b"\r\n") {
        body.extend_from_slice(b"\r\n");
    }
    let plain = body.len();
    let body = encoding::stuff(body);
    let stuffing = body.len() - plain;
    let gaps = Gaps::find(&body);
    Ok(EncodedMessage(Arc::new(SharedParts { opening, closing, body, stuffing, gaps, hashing: OnceLock::new() })))
}

impl EncodedMessage {
    /// Returns the headers of one mail with the blank line that ends them: ASCII with CRLF line ends, folded; no line begins
    /// with a dot.
    ///
    /// # Errors
    /// If the address is not one, or a value cannot stand in its header.
    pub fn head(&self, recipient: &Recipient<'_>) -> Result<Vec<u8>, Error> {
        self.signed_head(recipient, &[])
    }

    /// As [`EncodedMessage::head`], after a signature by each of `signers`. Signatures carry the mail's date, so that a retry
    /// has the same ones.
    ///
    /// # Errors
    /// As [`EncodedMessage::head`], and if a key cannot sign.
    pub fn signed_head(&self, recipient: &Recipient<'_>, signers: &[Signer]) -> Result<Vec<u8>, Error> {
        let head = self.unsigned_head(recipient)?;
        if signers.is_empty() {
            return Ok(head.into_bytes());
        }
        let hashing = self.0.hashing.get_or_init(|| Hashing::of(&self.plain_body()));
        let hash = hashing.hash(recipient.tokens.unwrap_or(OwnTokens::PLACEHOLDERS));
        let mut out = String::with_capacity(head.len() + signers.len() * 1024);
        for signer in signers {
            out.push_str(&signer.sign(&head, &hash, recipient.date)?);
        }
        out.push_str(&head);
        Ok(out.into_bytes())
    }

    fn unsigned_head(&self, recipient: &Recipient<'_>) -> Result<String, Error> {
        one_line(recipient.message_id)?;
        let wrong = || Error::Value { header: "Message-ID", value: recipient.message_id.to_owned() };
        let id = recipient.message_id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).ok_or_else(wrong)?;
        if !id.contains('@') {
            return Err(wrong());
        }
        let to = mailbox(recipient.to)?;
        let id = token("Message-ID", id)?;
        let date = recipient.date.format("%a, %d %b %Y %H:%M:%S +0000");
        let mut head = String::with_capacity(self.0.opening.len() + self.0.closing.len() + 512);
        let _ = write!(head, "{}To: {to}\r\nDate: {date}\r\nMessage-ID: <{id}>\r\n", self.0.opening);
        let ways = [recipient.leave_url, recipient.unsubscribe];
        for (number, url) in ways.into_iter().flatten().enumerate() {
            head.push_str(if number == 0 { "List-Unsubscribe: " } else { ",\r\n " });
            let _ = write!(head, "<{}>", token("List-Unsubscribe", url)?);
        }
        if ways.iter().any(Option::is_some) {
            head.push_str("\r\n");
        }
        if recipient.leave_url.is_some_and(|url| url.starts_with("https:")) {
            head.push_str("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
        }
        head.push_str(&self.0.closing);
        Ok(head)
    }

    /// Returns the body as it goes over the wire: dot-stuffed, ending in CRLF, without the final dot.
    pub fn body(&self) -> &[u8] {
        &self.0.body
    }

    /// Returns the body as it goes over the wire to the reader with these tokens, as pieces in order.
    pub fn body_of<'a>(&'a self, tokens: Option<OwnTokens<'a>>) -> Vec<&'a [u8]> {
        self.0.gaps.filled(&self.0.body, 0, tokens.unwrap_or(OwnTokens::PLACEHOLDERS))
    }

    /// Returns the body of the reader with these tokens as it stands in a file, without dot-stuffing.
    pub fn plain_body_of(&self, tokens: Option<OwnTokens<'_>>) -> Vec<u8> {
        let body = self.body_of(tokens).concat();
        if self.0.stuffing == 0 { body } else { encoding::unstuff(&body) }
    }

    /// Has each reader a body of their own, with their token in it?
    pub fn has_own_body(&self) -> bool {
        !self.0.gaps.is_empty()
    }

    /// Returns the body as it stands in a file, without dot-stuffing.
    pub fn plain_body(&self) -> Cow<'_, [u8]> {
        if self.0.stuffing == 0 { Cow::Borrowed(&self.0.body) } else { Cow::Owned(encoding::unstuff(&self.0.body)) }
    }

    /// Returns the size of the body in octets without dot-stuffing. With the length of the head it is the size that SIZE
    /// declares (RFC 1870).
    pub fn size(&self) -> usize {
        self.0.body.len() - self.0.stuffing
    }
}

/// A MIME part. Its headers end in CRLF; its body has no line end added.
struct Part {
    headers: String,
    body: Vec<u8>,
}

fn parts(content: &Content<'_>) -> Result<Part, Error> {
    let hash = fingerprint(content);
    let mut part =
        leaf("Content-Type: text/plain; charset=utf-8\r\n", own_token::encode(encoding::clean(content.text)));
    if !content.html.is_empty() {
        part = multipart("alternative", &format!("=_{hash}_a"), &[part, html(content, &hash)]);
    }
    if !content.attachments.is_empty() {
        let files = content.attachments.iter().map(file).collect::<Result<Vec<Part>, Error>>()?;
        let all: Vec<Part> = [part].into_iter().chain(files).collect();
        part = multipart("mixed", &format!("=_{hash}_m"), &all);
    }
    Ok(part)
}

/// The HTML with its pictures. A picture that stands in it as a `data:` URL becomes a part beside it, which it names by its
/// Content-ID (RFC 2392): Gmail and Outlook show no such URL. Text, then HTML with its pictures, then files around both is what
/// all programs show right (RFC 2387; newbetuts.com, “Mail multipart/alternative vs multipart/mixed”).
fn html(content: &Content<'_>, hash: &str) -> Part {
    let domain = content.from.trim_end_matches('>').rsplit('@').next().unwrap_or_default();
    let (text, pictures) = pictures::taken_out(content.html, |number| format!("{number}.{hash}@{domain}"));
    let page = leaf("Content-Type: text/html; charset=utf-8\r\n", own_token::encode(encoding::clean(&text)));
    if pictures.is_empty() {
        return page;
    }
    let parts: Vec<Part> = std::iter::once(page).chain(pictures.into_iter().map(picture)).collect();
    let Part { headers, body } = multipart("related", &format!("=_{hash}_r"), &parts);
    Part { headers: headers.replacen(";\r\n", "; type=\"text/html\";\r\n", 1), body }
}

fn picture(Picture { id, bytes }: Picture) -> Part {
    let headers = format!(
        "Content-Type: image/png\r\nContent-ID: <{id}>\r\nContent-Disposition: inline; filename=\"chart.png\"\r\n"
    );
    let body = Body::new_with_encoding(bytes, ContentTransferEncoding::Base64);
    leaf(&headers, body.unwrap_or_else(Body::new))
}

fn file(attachment: &Attachment<'_>) -> Result<Part, Error> {
    one_line(attachment.name)?;
    let ascii = file_name::safe(&ascii_name(attachment.ascii_name, "attachment"));
    let safe = file_name::safe(attachment.name);
    let name = if safe.is_empty() { &ascii } else { &safe };
    let mime = attachment.mime;
    if mime.bytes().filter(|b| *b == b'/').count() != 1 || mime.contains([';', '"', ',']) {
        return Err(Error::Value { header: "Content-Type", value: mime.to_owned() });
    }
    let mime = token("Content-Type", mime)?;
    let headers = format!(
        "Content-Type: {mime};\r\n name=\"{ascii}\"\r\nContent-Disposition: attachment{}\r\n",
        encoding::file_name(name, &ascii)
    );
    // Always base64: lettre would send bytes that happen to be ASCII as they are, bare line feeds included.
    let body = Body::new_with_encoding(attachment.bytes.to_vec(), ContentTransferEncoding::Base64);
    Ok(leaf(&headers, body.unwrap_or_else(Body::new)))
}

fn leaf(headers: &str, body: Body) -> Part {
    let headers = format!("{headers}Content-Transfer-Encoding: {}\r\n", body.encoding());
    Part { headers, body: body.into_vec() }
}

fn multipart(kind: &str, boundary: &str, parts: &[Part]) -> Part {
    let mut body = Vec::with_capacity(parts.iter().map(|part| part.body.len() + 512).sum());
    for part in parts {
        for bytes in [b"--", boundary.as_bytes(), b"\r\n", part.headers.as_bytes(), b"\r\n", &part.body, b"\r\n"] {
            body.extend_from_slice(bytes);
        }
    }
    for bytes in [b"--", boundary.as_bytes(), b"--\r\n"] {
        body.extend_from_slice(bytes);
    }
    Part { headers: format!("Content-Type: multipart/{kind};\r\n boundary=\"{boundary}\"\r\n"), body }
}

/// Returns 32 hexadecimal digits that depend on the content: a SHA-256 over every field with its length. A boundary made of
/// them is the same each time and cannot stand in the content by chance; `=_` before them can stand in no encoded line.
fn fingerprint<'a>(content: &Content<'a>) -> String {
    let mut context = Context::new(&SHA256);
    let words = [content.from, content.subject, content.text, content.html].map(str::as_bytes);
    let of_file =
        |file: &Attachment<'a>| [file.name.as_bytes(), file.ascii_name.as_bytes(), file.mime.as_bytes(), file.bytes];
    for field in words.into_iter().chain(content.attachments.iter().flat_map(of_file)) {
        context.update(&(field.len() as u64).to_be_bytes());
        context.update(field);
    }
    context.finish().as_ref().iter().take(16).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn one_line(text: &str) -> Result<(), Error> {
    if encoding::is_one_line(text) { Ok(()) } else { Err(Error::LineBreak) }
}

fn token<'a>(header: &'static str, value: &'a str) -> Result<&'a str, Error> {
    one_line(value)?;
    if encoding::is_token(value) { Ok(value) } else { Err(Error::Value { header, value: value.to_owned() }) }
}

/// Encodes a mailbox for a header.
fn mailbox(text: &str) -> Result<String, Error> {
    one_line(text)?;
    let read: Mailbox = text.parse().map_err(|error| Error::Address(text.to_owned(), error))?;
    let address = read.email.to_string();
    if !address.is_ascii() {
        return Err(Error::NotAscii(address));
    }
    Ok(match read.name.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
        Some(name) => {
            one_line(name)?;
            format!("{}\r\n <{address}>", encoding::phrase(name))
        }
        None => address,
    })
}

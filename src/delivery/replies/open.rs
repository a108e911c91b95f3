//! Opens a mail: its head, the texts of its parts in order, and the heads of mails that came back within it. mail-parser
//! reads the fields and decodes what is encoded; the parts are found here, so that depth and number have a bound.

use std::borrow::Cow;

use mail_parser::{
    Address, ContentType, Message, MessageParser, MimeHeaders, decoders,
    decoders::{charsets::map::charset_decoder, html::html_to_text, quoted_printable::quoted_printable_decode},
};

use super::{fields::Fields, own_words::Answered};

/// Number of octets that are read of a mail.
pub const MAX_READ: usize = 256 * 1024;
/// Number of octets from which a way in may refuse a mail.
pub const MAX_SIZE: usize = 10_000_000;
/// Maximum number of parts within parts that are looked at.
const MAX_DEPTH: usize = 12;
/// Maximum number of parts that are looked at.
const MAX_PARTS: usize = 100;
/// Maximum number of octets of a head.
const MAX_HEAD: usize = 64 * 1024;

/// A part that holds no other.
#[derive(Debug)]
pub(super) struct Part {
    /// Type and subtype in lower case: `message/delivery-status`.
    pub media: String,
    /// Its content as text.
    pub text: String,
    /// Whether it stands within a mail that came back.
    pub is_returned: bool,
}

/// A mail that was opened.
#[derive(Debug, Default)]
pub(super) struct Opened {
    pub head: Fields,
    /// The parameter `report-type` of the media type, in lower case.
    pub report_type: Option<String>,
    /// The subject, decoded.
    pub subject: String,
    /// The address of From.
    pub from: Option<String>,
    /// Parts that hold no others, in order.
    pub parts: Vec<Part>,
    /// Heads of mails that came back within it, the outermost first.
    pub returned: Vec<Fields>,
    /// Whether parts were left out.
    pub is_cut: bool,
    /// Whether there are parts that are no text: pictures, files, what is encrypted.
    pub has_more: bool,
}

impl Opened {
    /// Text for people: plain text of the mail itself if it has any, else its web page as text.
    pub fn text(&self) -> String {
        let own = |media: &str| {
            let parts = self.parts.iter().filter(|part| !part.is_returned && part.media == media);
            parts.map(|part| part.text.trim_end()).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n")
        };
        let plain = own("text/plain");
        if plain.is_empty() { own("text/html") } else { plain }
    }

    /// The answer that it is, if it is one.
    pub fn answered(&self, is_cut: bool) -> Answered {
        let own = self.parts.iter().filter(|part| !part.is_returned && part.media.starts_with("text/"));
        Answered {
            subject: self.subject.clone(),
            text: self.text(),
            others: own.map(|part| part.text.as_str()).collect::<Vec<_>>().join("\n\n"),
            is_whole: !is_cut,
            has_more: self.has_more || self.parts.iter().any(|part| part.is_returned) || !self.returned.is_empty(),
        }
    }

    /// The texts of the mail's own parts of this media type.
    pub fn own<'a>(&'a self, media: &'a [&str]) -> impl Iterator<Item = &'a str> {
        let parts = self.parts.iter().filter(|part| !part.is_returned && media.contains(&part.media.as_str()));
        parts.map(|part| part.text.as_str())
    }
}

/// Opens a mail; `None` if it has no header field.
pub(super) fn open(bytes: &[u8]) -> Option<Opened> {
    let bytes = bytes.get(..MAX_READ).unwrap_or(bytes);
    // What mbox and some delivery agents put first.
    let bytes = match bytes.strip_prefix(b"From ") {
        Some(rest) => rest.iter().position(|byte| *byte == b'\n').and_then(|at| rest.get(at + 1..)).unwrap_or_default(),
        None => bytes,
    };
    let entity = Entity::of(bytes);
    if entity.head.is_empty() {
        return None;
    }
    let message = entity.parsed();
    let content_type = message.as_ref().and_then(MimeHeaders::content_type);
    let mut opened = Opened {
        report_type: content_type.and_then(|kind| kind.attribute("report-type")).map(str::to_lowercase),
        subject: message.as_ref().and_then(Message::subject).unwrap_or_default().to_owned(),
        from: message.as_ref().and_then(Message::from).and_then(address),
        ..Opened::default()
    };
    entity.walk(&mut opened, &Place { depth: 0, is_returned: false, usual: "text/plain" });
    opened.head = entity.head;
    Some(opened)
}

fn address(from: &Address<'_>) -> Option<String> {
    from.first().and_then(|first| first.address()).map(|address| address.trim().to_owned())
}

/// Where a part stands.
struct Place {
    depth: usize,
    is_returned: bool,
    /// The media type of a part that names none
    usual: &'static str,
}

/// A head with its body: a mail, or a part of one.
struct Entity<'a> {
    raw_head: &'a [u8],
    head: Fields,
    body: &'a [u8],
}

impl<'a> Entity<'a> {
    fn of(bytes: &'a [u8]) -> Entity<'a> {
        let (raw_head, body) = split_head(bytes);
        let raw_head = raw_head.get(..MAX_HEAD).unwrap_or(raw_head);
        Entity { raw_head, head: Fields::head(&decoded(raw_head, None)), body }
    }

    fn parsed(&self) -> Option<Message<'a>> {
        MessageParser::default().parse_headers(self.raw_head)
    }

    fn walk(&self, opened: &mut Opened, place: &Place) {
        if place.depth > MAX_DEPTH || opened.parts.len() >= MAX_PARTS {
            opened.is_cut = true;
            return;
        }
        let message = self.parsed();
        let content_type = message.as_ref().and_then(MimeHeaders::content_type);
        let media = media(content_type, place.usual);
        let boundary = content_type.and_then(|kind| kind.attribute("boundary")).filter(|boundary| !boundary.is_empty());
        if let (true, Some(boundary)) = (media.starts_with("multipart/"), boundary) {
            let usual = if media == "multipart/digest" { "message/rfc822" } else { "text/plain" };
            let parts = parts(self.body, boundary.as_bytes());
            for part in &parts {
                let place = Place { depth: place.depth + 1, is_returned: place.is_returned, usual };
                Entity::of(part).walk(opened, &place);
            }
            if !parts.is_empty() {
                return;
            }
        }
        let body = self.content();
        let charset = content_type.and_then(|kind| kind.attribute("charset"));
        match media.as_str() {
            "message/rfc822" | "message/global" => {
                let mail = Entity::of(&body);
                opened.returned.push(mail.head.clone());
                mail.walk(opened, &Place { depth: place.depth + 1, is_returned: true, usual: "text/plain" });
            }
            "text/rfc822-headers" | "message/rfc822-headers" | "message/global-headers" => {
                opened.returned.push(Fields::head(&decoded(&body, charset)));
            }
            // Whatever a report holds as text; pictures and the like are left out.
            kind if kind.starts_with("text/") || kind.starts_with("message/") || kind.starts_with("multipart/") => {
                let mut text = decoded(&body, charset);
                if kind == "text/html" {
                    opened.has_more |= text.to_ascii_lowercase().contains("<img");
                    text = html_to_text(&text);
                }
                opened.parts.push(Part { media, text, is_returned: place.is_returned });
            }
            _ => opened.has_more = true,
        }
    }

    /// The body as it was before it was encoded; as it is, if it cannot be decoded.
    fn content(&self) -> Cow<'a, [u8]> {
        let encoding = self.head.get("content-transfer-encoding").unwrap_or_default().trim().to_ascii_lowercase();
        let content = match encoding.as_str() {
            "base64" => decoders::base64::base64_decode(self.body).filter(|bytes| !bytes.is_empty()),
            "quoted-printable" => quoted_printable_decode(self.body),
            _ => None,
        };
        content.map_or(Cow::Borrowed(self.body), Cow::Owned)
    }
}

fn media(content_type: Option<&ContentType<'_>>, usual: &str) -> String {
    match content_type.map(|kind| (kind.ctype(), kind.subtype())) {
        Some((kind, Some(subtype))) => format!("{kind}/{subtype}").to_lowercase(),
        _ => usual.to_owned(),
    }
}

/// Parts a head from its body at the first blank line.
fn split_head(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let end = at + line.len();
        if line.iter().all(u8::is_ascii_whitespace) {
            return (bytes.get(..at).unwrap_or_default(), bytes.get(end..).unwrap_or_default());
        }
        at = end;
    }
    (bytes, &[])
}

/// The parts of a multipart: what stands between lines that begin with its boundary. The last one may lack its end.
fn parts<'a>(body: &'a [u8], boundary: &[u8]) -> Vec<&'a [u8]> {
    let mut found = Vec::new();
    let (mut at, mut from) = (0, None);
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let rest = line.strip_prefix(b"--").and_then(|rest| rest.strip_prefix(boundary));
        let end = at + line.len();
        // A longer boundary may begin with a shorter one.
        if let Some(rest) = rest.filter(|rest| rest.starts_with(b"--") || rest.iter().all(u8::is_ascii_whitespace)) {
            found.extend(from.and_then(|from| body.get(from..at)));
            from = (!rest.starts_with(b"--")).then_some(end);
            if from.is_none() || found.len() > MAX_PARTS {
                return found;
            }
        }
        at = end;
    }
    found.extend(from.and_then(|from| body.get(from..)));
    found
}

/// Octets as text: by their charset or, without one that is known, as UTF-8, else as GB 18030, which Chinese servers write
/// without saying so.
fn decoded(bytes: &[u8], charset: Option<&str>) -> String {
    // Of ASCII nothing can be said by its name.
    let named = charset.filter(|name| !name.eq_ignore_ascii_case("us-ascii") && !name.eq_ignore_ascii_case("utf-8"));
    if let Some(decoder) = named.and_then(|name| charset_decoder(name.as_bytes())) {
        return decoder(bytes);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let chinese = charset_decoder(b"gb18030").map(|decoder| decoder(bytes));
    let is_chinese = |text: &String| !text.contains(char::REPLACEMENT_CHARACTER);
    chinese.filter(is_chinese).unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_with_and_without_their_end() {
        let body = b"preamble\r\n--b\r\nA: 1\r\n\r\none\r\n--bb\r\n--b\r\n\r\ntwo\r\n--b--\r\nepilogue";
        let texts: Vec<_> =
            parts(body, b"b").into_iter().map(|part| String::from_utf8_lossy(part).into_owned()).collect();
        assert_eq!(texts, ["A: 1\r\n\r\none\r\n--bb\r\n", "\r\ntwo\r\n"]);
        assert_eq!(parts(b"--b\n\nhalf", b"b"), [b"\nhalf"]);
        assert!(parts(b"nothing", b"b").is_empty());
    }

    #[test]
    fn text_is_decoded_by_its_charset_or_by_how_it_looks() {
        // 收 in GBK
        assert_eq!(decoded(b"\xca\xd5", Some("gbk")), "收");
        assert_eq!(decoded(b"\xca\xd5", None), "收");
        assert_eq!(decoded("收".as_bytes(), Some("us-ascii")), "收");
        assert_eq!(decoded(b"\xff\xff", None), "\u{fffd}\u{fffd}");
        assert_eq!(decoded(b"a", Some("no-such-charset")), "a");
    }

    #[test]
    fn depth_and_number_of_parts_have_a_bound() {
        let mut deep = String::new();
        for level in 0..1_000 {
            deep.push_str(&format!("Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n"));
        }
        let opened = open(deep.as_bytes()).unwrap();
        assert!(opened.is_cut && opened.parts.len() <= MAX_PARTS);
        let mails = "Content-Type: message/rfc822\n\n".repeat(8_000);
        let opened = open(mails.as_bytes()).unwrap();
        assert!(opened.is_cut && opened.returned.len() <= MAX_DEPTH + 2);
        let many = format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\n\nx\n".repeat(10_000));
        let opened = open(many.as_bytes()).unwrap();
        assert!(opened.parts.len() <= MAX_PARTS);
    }
}

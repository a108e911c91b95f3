//! The DKIM-Signature header: which headers it covers and how it is written.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};

use super::{BodyHash, Key, Record, SigningError, canonical};

/// Headers that are signed if they are present (RFC 6376 §5.4.1, and RFC 8058 §4 for mail to lists). `true` marks those
/// that may occur only once: they are listed once more than they occur, so that nobody can add another one.
const SIGNED: [(&str, bool); 16] = [
    ("From", true),
    ("Reply-To", true),
    ("To", true),
    ("Cc", true),
    ("Subject", true),
    ("Date", true),
    ("Message-ID", false),
    ("In-Reply-To", false),
    ("References", false),
    ("MIME-Version", false),
    ("Content-Type", false),
    ("Content-Transfer-Encoding", false),
    ("List-Id", false),
    ("List-Unsubscribe", false),
    ("List-Unsubscribe-Post", false),
    ("Auto-Submitted", false),
];

/// Maximum length of a line in octets, before it is folded.
const MAX_LINE: usize = 76;

/// Signs mails for a domain with one key.
#[derive(Debug, Clone, PartialEq)]
pub struct Signer {
    domain: String,
    selector: String,
    key: Arc<Key>,
}

impl Signer {
    /// A signer for `domain` with a key published under `selector`, both in ASCII.
    pub fn new(domain: impl Into<String>, selector: impl Into<String>, key: Key) -> Signer {
        Signer { domain: domain.into(), selector: selector.into(), key: Arc::new(key) }
    }

    /// The domain that takes responsibility for the mail (tag `d=`).
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The name of the key within the domain (tag `s=`).
    pub fn selector(&self) -> &str {
        &self.selector
    }

    /// `rsa-sha256` or `ed25519-sha256`.
    pub fn algorithm(&self) -> &'static str {
        self.key.algorithm()
    }

    /// Does signing take about as long as sending the mail? With RSA it takes 0.3 ms, with Ed25519 0.01 ms.
    pub fn takes_long(&self) -> bool {
        self.key.takes_long()
    }

    /// The DNS record that the domain publishes.
    pub fn record(&self) -> Record {
        Record::new(format!("{}._domainkey.{}", self.selector, self.domain), &self.key.public())
    }

    /// Returns the DKIM-Signature header of a mail, folded, with its line end; it goes before the mail's other headers.
    /// `head` holds those, with CRLF line ends; `at` is the time of signing.
    ///
    /// # Errors
    /// If the key cannot sign.
    pub fn sign(&self, head: &str, body: &BodyHash, at: DateTime<Utc>) -> Result<String, SigningError> {
        let fields = canonical::fields(head);
        let names: Vec<&str> = SIGNED.iter().flat_map(|(name, once)| named(&fields, name, *once)).collect();
        let mut header = self.unsigned(&names, body, at);
        let signed = signed(&fields, &names, &header);
        let signature = STANDARD.encode(self.key.sign(signed.as_bytes())?);
        let mut rest = signature.as_str();
        // ` b=` comes before its first line.
        let mut width = MAX_LINE - 3;
        while let Some((line, after)) =
            rest.split_at_checked(rest.len().min(width)).filter(|(line, _)| !line.is_empty())
        {
            header.push_str(line);
            header.push_str(if after.is_empty() { "" } else { "\r\n " });
            rest = after;
            width = MAX_LINE - 1;
        }
        header.push_str("\r\n");
        Ok(header)
    }

    /// Returns the header up to its last tag `b=`, whose value is the signature.
    fn unsigned(&self, names: &[&str], body: &BodyHash, at: DateTime<Utc>) -> String {
        let (domain, selector) = (&self.domain, &self.selector);
        let mut words = vec![
            "DKIM-Signature: v=1;".to_owned(),
            format!(" a={};", self.key.algorithm()),
            " c=relaxed/relaxed;".to_owned(),
            format!(" d={domain};"),
            format!(" s={selector};"),
            format!(" i=@{domain};"),
            format!(" t={};", at.timestamp()),
        ];
        for (number, name) in names.iter().enumerate() {
            let before = if number == 0 { " h=" } else { "" };
            let after = if number + 1 == names.len() { ';' } else { ':' };
            words.push(format!("{before}{name}{after}"));
        }
        words.push(format!(" bh={};", body.as_str()));
        let mut out = String::with_capacity(1024);
        let mut line = 0;
        for word in &words {
            if line > 0 && line + word.len() > MAX_LINE {
                out.push_str("\r\n ");
                line = 1;
                out.push_str(word.trim_start());
                line += word.trim_start().len();
            } else {
                out.push_str(word);
                line += word.len();
            }
        }
        out.push_str("\r\n b=");
        out
    }
}

/// Yields a header's name as often as it is listed in `h=`.
fn named(fields: &[(&str, &str)], name: &'static str, once: bool) -> impl Iterator<Item = &'static str> + use<> {
    let there = fields.iter().filter(|(found, _)| is_named(found, name)).count();
    std::iter::repeat_n(name, there + usize::from(once))
}

fn is_named(found: &str, name: &str) -> bool {
    found.trim_end().eq_ignore_ascii_case(name)
}

/// Returns the text that is signed: the fields with these names, the last first if there are several of one name, absent
/// ones as nothing (RFC 6376 §5.4.2); then the signature's own header with an empty `b=`, without a line end (§3.7).
fn signed(fields: &[(&str, &str)], names: &[&str], header: &str) -> String {
    let mut out = String::with_capacity(2048);
    for (at, name) in names.iter().enumerate() {
        let taken = names.iter().take(at).filter(|before| is_named(before, name)).count();
        if let Some((_, value)) = fields.iter().rev().filter(|(found, _)| is_named(found, name)).nth(taken) {
            canonical::relax_header(&mut out, name, value);
            out.push_str("\r\n");
        }
    }
    let (name, value) = header.split_once(':').unwrap_or((header, ""));
    canonical::relax_header(&mut out, name, value);
    out
}

#[cfg(test)]
mod tests {
    use ring::signature::{RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};

    use super::*;

    fn pem(name: &str, der: &str) -> String {
        format!("-----BEGIN {name}-----\n{der}\n-----END {name}-----\n")
    }

    /// The mail of RFC 8463 appendix A.
    const HEAD: &str = "From: Joe SixPack <joe@football.example.com>\r\nTo: Suzie Q <suzie@shopping.example.net>\r\n\
        Subject: Is dinner ready?\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n\
        Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\n";
    const NAMES: [&str; 8] = ["from", "to", "subject", "date", "message-id", "from", "subject", "date"];

    /// The signature of RFC 8463 appendix A.3, which is the only one there is for its key and mail.
    #[test]
    fn ed25519_as_the_standard_has_it() {
        let header = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com; \
            i=@football.example.com;\r\n q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n subject : date : \
            message-id : from : subject : date;\r\n bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b=";
        let seed = STANDARD.decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=").unwrap();
        let der = [b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20", &*seed].concat();
        let key = Key::from_pem(pem("PRIVATE KEY", &STANDARD.encode(der)).as_bytes()).unwrap();
        let signature = key.sign(signed(&canonical::fields(HEAD), &NAMES, header).as_bytes()).unwrap();
        assert_eq!(
            STANDARD.encode(signature),
            "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw=="
        );
        let signer = Signer::new("football.example.com", "brisbane", key);
        assert_eq!(
            signer.record().to_string(),
            "brisbane._domainkey.football.example.com. IN TXT \
             \"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\""
        );
    }

    /// Its key is too short to sign with; but what was signed there is what would be signed here.
    #[test]
    fn rsa_as_the_standard_has_it() {
        let header = "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n d=football.example.com; \
            i=@football.example.com;\r\n q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n date : \
            message-id : from : subject : date;\r\n bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b=";
        let public = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/\
            byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB";
        let signature = "F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGd\
            aSGsgeefOsk2JzdA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=";
        let public = STANDARD.decode(public).unwrap();
        // Behind the 22 octets that say what kind of key it is; they are put before it again in a record.
        let bare = &public[22..];
        assert_eq!(super::super::record::public_key_info(bare), public);
        let key = UnparsedPublicKey::new(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, bare);
        let text = signed(&canonical::fields(HEAD), &NAMES, header);
        key.verify(text.as_bytes(), &STANDARD.decode(signature).unwrap()).unwrap();
    }

    #[test]
    fn the_header_is_folded_and_names_what_is_there() {
        // RFC 8410 §10.3, without and with the public key.
        for der in [
            "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC",
            "MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhCoB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hh\
             aXJzgSEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=",
        ] {
            let key = Key::from_pem(pem("PRIVATE KEY", der).as_bytes()).unwrap();
            let signer = Signer::new("example.org", "brief2026", key);
            assert!(signer.record().text.ends_with("p=Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="));
            let head =
                "From: a@example.org\r\nSubject: one\r\n two\r\nX-Other: x\r\nList-Id: <a>\r\nlist-id: <b>\r\n\r\n";
            let at = "2026-11-23T06:00:00Z".parse().unwrap();
            let header = signer.sign(head, &BodyHash::of(b"\r\n"), at).unwrap();
            let lines: Vec<&str> = header.split_terminator("\r\n").collect();
            assert_eq!(
                lines[..4],
                [
                    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.org;",
                    " s=brief2026; i=@example.org; t=1795413600; h=From:From:Reply-To:To:Cc:",
                    " Subject:Subject:Date:List-Id:List-Id;",
                    " bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;",
                ]
            );
            assert!(lines.len() == 6 && lines[4].len() == MAX_LINE && lines[4].starts_with(" b="), "{header}");
            // The same each time; another subject gives another signature.
            assert_eq!(signer.sign(head, &BodyHash::of(b""), at).unwrap(), header);
            assert_ne!(signer.sign(&head.replace("two", "2"), &BodyHash::of(b""), at).unwrap(), header);
            assert_eq!(signer.sign(&head.replace("X-Other", "X-New"), &BodyHash::of(b""), at).unwrap(), header);
            assert_eq!(
                format!("{signer:?}"),
                "Signer { domain: \"example.org\", selector: \"brief2026\", key: Key(ed25519-sha256) }"
            );
        }
    }
}

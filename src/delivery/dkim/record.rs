//! The DNS record that the owner of a domain publishes so that signatures can be verified (RFC 6376 §3.6.1).

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// `AlgorithmIdentifier { rsaEncryption, NULL }` in DER (RFC 3279 §2.3.1).
const RSA_ENCRYPTION: [u8; 15] =
    [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// A TXT record. It prints as a line of a zone file, with its text cut into strings of at most 255 octets (RFC 1035 §3.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// `SELECTOR._domainkey.DOMAIN`, without the last dot
    pub name: String,
    /// `v=DKIM1; …`, in one piece
    pub text: String,
}

/// The public half of a key as records publish it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PublicKey {
    /// The value of the tag `k=`
    pub(super) kind: &'static str,
    /// The value of the tag `p=`, before its encoding in base64
    pub(super) bytes: Vec<u8>,
}

impl Record {
    pub(super) fn new(name: String, key: &PublicKey) -> Record {
        Record { name, text: format!("v=DKIM1; k={}; p={}", key.kind, STANDARD.encode(&key.bytes)) }
    }

    /// Iterates over the text as a TXT record holds it, in strings of at most 255 octets.
    pub fn strings(&self) -> impl Iterator<Item = &str> {
        let mut rest = self.text.as_str();
        std::iter::from_fn(move || {
            // All of it is ASCII.
            let (string, after) = rest.split_at_checked(rest.len().min(255))?;
            rest = after;
            (!string.is_empty()).then_some(string)
        })
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. IN TXT", self.name)?;
        self.strings().try_for_each(|string| write!(f, " \"{string}\""))
    }
}

/// Wraps an RSAPublicKey in a SubjectPublicKeyInfo (RFC 3279 §2.3.1), both in DER.
pub(super) fn public_key_info(key: &[u8]) -> Vec<u8> {
    // The octet before the key says that no bits at its end are unused.
    let bits = tagged(0x03, &[&[0], key].concat());
    tagged(0x30, &[&RSA_ENCRYPTION, &*bits].concat())
}

/// Encodes a DER value with its tag and length.
fn tagged(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len().to_be_bytes();
    let length: &[u8] = length.split_at(length.iter().take_while(|byte| **byte == 0).count()).1;
    let mut out = vec![tag];
    // A length below 128 is one octet; else the number of its octets stands before it.
    if let (128.., Ok(octets)) = (value.len(), u8::try_from(length.len())) {
        out.push(0x80 | octets);
    }
    out.extend_from_slice(if value.is_empty() { &[0] } else { length });
    out.extend_from_slice(value);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_into_strings() {
        let name = || "a._domainkey.example.org".to_owned();
        let short = Record::new(name(), &PublicKey { kind: "ed25519", bytes: vec![0; 32] });
        assert_eq!(
            short.to_string(),
            "a._domainkey.example.org. IN TXT \"v=DKIM1; k=ed25519; p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\""
        );
        let long = Record::new(name(), &PublicKey { kind: "rsa", bytes: vec![1; 550] });
        assert_eq!(long.strings().map(str::len).collect::<Vec<_>>(), [255, 255, 736 + 18 - 510]);
        assert_eq!(long.strings().collect::<String>(), long.text);
    }

    #[test]
    fn lengths_in_der() {
        assert_eq!(tagged(4, &[]), [4, 0]);
        assert_eq!(tagged(4, &[7; 127])[..2], [4, 127]);
        assert_eq!(tagged(4, &[7; 128])[..3], [4, 0x81, 128]);
        assert_eq!(tagged(4, &[7; 300])[..4], [4, 0x82, 1, 44]);
    }
}

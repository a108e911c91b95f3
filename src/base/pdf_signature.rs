//! The signature of a PDF: Ed25519 (RFC 8032) over the whole file, by which anyone can tell without us that it is what we
//! sent. It stands in the file, in an attachment of fixed length. What is signed is the file with zeros in the place of the
//! signature's digits; so it covers text, figures, the snapshot's id and every other byte. The same file and key give the same
//! signature.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use ring::{
    digest::{SHA256, digest},
    error::Unspecified,
    rand::SecureRandom,
    signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey},
};
use rustls_pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer, pem::PemObject as _};

use super::language::Language;

/// The first line of the attachment; no other bytes of a file may be these.
const FIRST_LINE: &str = "greenbrief signature 1\n";
/// What is signed begins with this, so that a signature for something else is none of a PDF.
const CONTEXT: &str = "greenbrief PDF signature 1\n";
/// Number of hex digits of a signature.
const DIGITS: usize = 128;
/// What a public Ed25519 key in DER begins with, before its 32 bytes (RFC 8410).
const INFO: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A private key that signs. Printing it shows the fingerprint of its public half.
pub struct SigningKey(Ed25519KeyPair);

/// Why a file is not a key with which PDFs can be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SigningKeyError {
    /// No private key in PEM.
    #[error("it holds no private key in PEM")]
    NoKey,
    /// A key of another kind.
    #[error("its key is no Ed25519 key")]
    Kind,
}

impl SigningKey {
    /// Reads the first private key of a PEM text: PKCS #8, with or without its public half (RFC 8410).
    ///
    /// # Errors
    /// There is none, or one of another kind.
    pub fn from_pem(pem: &[u8]) -> Result<SigningKey, SigningKeyError> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem).map_err(|_| SigningKeyError::NoKey)?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der());
        Ok(SigningKey(pair.map_err(|_| SigningKeyError::Kind)?))
    }

    /// Makes a key, as PEM.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn make(random: &dyn SecureRandom) -> Result<String, Unspecified> {
        let der = Ed25519KeyPair::generate_pkcs8(random)?;
        Ok(pem("PRIVATE KEY", der.as_ref()))
    }

    /// Its public half.
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.0.public_key().as_ref());
        PublicKey(bytes)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public().fingerprint())
    }
}

impl PartialEq for SigningKey {
    /// Compares the public halves.
    fn eq(&self, other: &SigningKey) -> bool {
        self.public() == other.public()
    }
}

/// A public key, which is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Reads the first public key of a PEM text.
    ///
    /// # Errors
    /// There is none, or one of another kind.
    pub fn from_pem(pem: &[u8]) -> Result<PublicKey, SigningKeyError> {
        let der = SubjectPublicKeyInfoDer::from_pem_slice(pem).map_err(|_| SigningKeyError::NoKey)?;
        let key = der.as_ref().strip_prefix(&INFO).and_then(|key| key.try_into().ok());
        key.map(PublicKey).ok_or(SigningKeyError::Kind)
    }

    /// The key as PEM, as it is published.
    pub fn to_pem(self) -> String {
        pem("PUBLIC KEY", &[&INFO[..], &self.0].concat())
    }

    /// The SHA-256 of the key's 32 bytes in hex, by which people compare keys.
    pub fn fingerprint(self) -> String {
        hex(digest(&SHA256, &self.0).as_ref())
    }
}

/// What a signature says: which edition a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// `BRIEF/N`
    pub edition: String,
    /// The language
    pub language: String,
    /// The id of the frozen figures
    pub snapshot: String,
    /// The fingerprint of the key that signs
    pub key: String,
}

impl Statement {
    /// What a file of an edition says that is signed with this key.
    pub fn new(
        edition: impl Into<String>,
        language: Language,
        snapshot: impl Into<String>,
        key: PublicKey,
    ) -> Statement {
        let (edition, snapshot, key) = (edition.into(), snapshot.into(), key.fingerprint());
        Statement { edition, language: language.code().to_owned(), snapshot, key }
    }

    /// The text of the attachment, without a signature yet.
    pub fn unsigned(&self) -> String {
        let Statement { edition, language, snapshot, key } = self;
        let zeros = "0".repeat(DIGITS);
        format!(
            "{FIRST_LINE}edition {edition}\nlanguage {language}\nsnapshot {snapshot}\nkey {key}\nsignature {zeros}\n\
             Ed25519 over \"{}\", a line feed, and the SHA-256 in hex of this PDF with 128 zeros in the place of the signature.\n",
            CONTEXT.trim_end()
        )
    }
}

/// Why a file is not what it says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotGenuine {
    /// It bears no signature.
    #[error("it bears no signature: it was not signed, or its signature was damaged")]
    Unsigned,
    /// It bears more than one.
    #[error("it bears more than one signature")]
    Twice,
    /// It says that another key signed it.
    #[error("it says that another key signed it, {0}")]
    AnotherKey(String),
    /// The signature is of something else.
    #[error("it is not what was signed: a byte of it is another, or the signature is forged")]
    Differs,
}

/// A signature in a file: what it says, and where its digits stand.
struct Found {
    statement: Statement,
    digits: std::ops::Range<usize>,
}

/// Puts the signature into a file that holds the text of [`Statement::unsigned`]. Nothing is changed in one that does not.
pub fn sign(file: &mut [u8], key: &SigningKey) {
    let Ok(found) = find(file) else { return };
    let signature = hex(key.0.sign(message(file, &found).as_bytes()).as_ref());
    put(file, &found, &signature);
}

/// Puts the signature of a file into another one: if they are the same but for it, they are the same then.
pub fn sign_as(file: &mut [u8], other: &[u8]) {
    if let (Ok(found), Ok(theirs)) = (find(file), find(other))
        && let Some(signature) = other.get(theirs.digits).and_then(|digits| std::str::from_utf8(digits).ok())
    {
        put(file, &found, signature);
    }
}

/// What the signature of a file says, whoever made it.
///
/// # Errors
/// It bears none, or several.
pub fn statement(file: &[u8]) -> Result<Statement, NotGenuine> {
    find(file).map(|found| found.statement)
}

/// Whether a file is what was signed with the private half of this key. Returns what its signature says.
///
/// # Errors
/// It is not.
pub fn verify(file: &[u8], key: PublicKey) -> Result<Statement, NotGenuine> {
    let found = find(file)?;
    if found.statement.key != key.fingerprint() {
        return Err(NotGenuine::AnotherKey(found.statement.key));
    }
    let signature = file.get(found.digits.clone()).and_then(unhex).ok_or(NotGenuine::Differs)?;
    UnparsedPublicKey::new(&ED25519, key.0)
        .verify(message(file, &found).as_bytes(), &signature)
        .map_err(|_| NotGenuine::Differs)?;
    Ok(found.statement)
}

fn find(file: &[u8]) -> Result<Found, NotGenuine> {
    let first = FIRST_LINE.as_bytes();
    let mut places = file.windows(first.len()).enumerate().filter(|(_, window)| *window == first);
    let (at, _) = places.next().ok_or(NotGenuine::Unsigned)?;
    if places.next().is_some() {
        return Err(NotGenuine::Twice);
    }
    let mut from = at + first.len();
    let mut next = |name: &str| {
        let rest = file.get(from..)?;
        let line = rest.get(..rest.iter().take(1000).position(|byte| *byte == b'\n')?)?;
        let value = line.strip_prefix(name.as_bytes())?.strip_prefix(b" ")?;
        let begin = from + line.len() - value.len();
        from += line.len() + 1;
        Some((std::str::from_utf8(value).ok()?.to_owned(), begin))
    };
    let mut read = || {
        let [edition, language, snapshot, key] = ["edition", "language", "snapshot", "key"].map(&mut next);
        let (signature, begin) = next("signature")?;
        let statement = Statement { edition: edition?.0, language: language?.0, snapshot: snapshot?.0, key: key?.0 };
        (signature.len() == DIGITS).then_some(Found { statement, digits: begin..begin + DIGITS })
    };
    read().ok_or(NotGenuine::Unsigned)
}

/// What is signed of a file.
fn message(file: &[u8], found: &Found) -> String {
    let (before, behind) = (file.get(..found.digits.start), file.get(found.digits.end..));
    let mut context = ring::digest::Context::new(&SHA256);
    context.update(before.unwrap_or_default());
    context.update("0".repeat(DIGITS).as_bytes());
    context.update(behind.unwrap_or_default());
    format!("{CONTEXT}{}", hex(context.finish().as_ref()))
}

fn put(file: &mut [u8], found: &Found, signature: &str) {
    if let Some(place) = file.get_mut(found.digits.clone()).filter(|place| place.len() == signature.len()) {
        place.copy_from_slice(signature.as_bytes());
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads digits as [`hex`] writes them, and no others: a signature has one form.
fn unhex(digits: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    digits.chunks(2).map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?)).collect()
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let lines: Vec<String> =
        text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;

    use super::*;

    fn key() -> SigningKey {
        SigningKey::from_pem(SigningKey::make(&SystemRandom::new()).unwrap().as_bytes()).unwrap()
    }

    fn signed(key: &SigningKey) -> Vec<u8> {
        let statement = Statement::new("green-economy/12", Language::De, "5f00", key.public());
        let mut file = format!("%PDF-1.7\n{}\n%%EOF\n", statement.unsigned()).into_bytes();
        sign(&mut file, key);
        file
    }

    #[test]
    fn every_flipped_bit_is_told() {
        let key = key();
        let file = signed(&key);
        let said = verify(&file, key.public()).unwrap();
        assert_eq!(
            (said.edition.as_str(), said.language.as_str(), said.snapshot.as_str()),
            ("green-economy/12", "de", "5f00")
        );
        for at in 0..file.len() {
            for bit in 0..8 {
                let mut other = file.clone();
                other[at] ^= 1 << bit;
                verify(&other, key.public()).unwrap_err();
            }
        }
        for other in [&file[..file.len() - 1], &[&file[..], b"\n"].concat(), b"", b"%PDF-1.7\n"] {
            verify(other, key.public()).unwrap_err();
        }
        assert_eq!(verify(&[&file[..], &file[..]].concat(), key.public()), Err(NotGenuine::Twice));
    }

    #[test]
    fn another_key_and_no_signature_are_told() {
        let (key, other) = (key(), key_of_another());
        let file = signed(&key);
        assert_eq!(signed(&key), file, "the same file and key give the same signature");
        assert_eq!(verify(&file, other.public()), Err(NotGenuine::AnotherKey(key.public().fingerprint())));
        // Who puts their own key's name there has not signed with it.
        let (ours, theirs) = (key.public().fingerprint(), other.public().fingerprint());
        let forged = String::from_utf8(file).unwrap().replace(&ours, &theirs).into_bytes();
        assert_eq!(verify(&forged, other.public()), Err(NotGenuine::Differs));
        assert_eq!(verify(b"%PDF-1.7\n%%EOF\n", key.public()), Err(NotGenuine::Unsigned));
        assert_eq!(PublicKey::from_pem(key.public().to_pem().as_bytes()), Ok(key.public()));
        assert_eq!(PublicKey::from_pem(b"x"), Err(SigningKeyError::NoKey));
        assert_eq!(SigningKey::from_pem(key.public().to_pem().as_bytes()).unwrap_err(), SigningKeyError::NoKey);
    }

    fn key_of_another() -> SigningKey {
        key()
    }
}

//! Private keys: read from PEM, and what they sign with. Which keys there are is in config.

use std::fmt;

use aws_lc_rs::{
    digest::{SHA256, digest},
    error::KeyRejected,
    rand::SystemRandom,
    rsa::KeyPair as RsaKeyPair,
    signature::{Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256},
};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject as _};

use super::record;

/// A private key: no way of printing shows it.
pub struct Key(Pair);

enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ed25519(Ed25519KeyPair),
}

/// The longest RSA key, in bytes.
const LONGEST: usize = 4096 / 8;

/// Why a file's text is not a key that mails can be signed with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no private key in PEM.
    #[error("it holds no private key in PEM")]
    NoKey,
    /// It is encrypted with a passphrase.
    #[error("its key is encrypted with a passphrase")]
    Encrypted,
    /// Only the public half is there.
    #[error("it holds the public key, not the private one")]
    Public,
    /// RFC 8301 §3.2 wants 2048 bits, and verifiers take no more than they must of shorter ones.
    #[error("its RSA key is shorter than 2048 bits (RFC 8301)")]
    TooShort,
    /// Longer ones fit neither many verifiers nor many name servers.
    #[error("its RSA key is longer than 4096 bits")]
    TooLong,
    /// Another kind of key, such as one on an elliptic curve of NIST.
    #[error("its key is neither RSA nor Ed25519")]
    Kind,
    /// The key itself is damaged; what the library says of it.
    #[error("its key cannot be used: {0}")]
    Broken(String),
}

/// A signature that could not be made: of a sound key never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature could not be made")]
pub struct Unsigned;

impl Key {
    /// The first private key of a PEM text: RSA as PKCS #1 or PKCS #8, Ed25519 as PKCS #8 with or without its public
    /// key in it (RFC 8410).
    ///
    /// # Errors
    /// Why it is none.
    pub fn from_pem(pem: &[u8]) -> Result<Key, Refused> {
        let has = |mark: &[u8]| pem.windows(mark.len()).any(|window| window == mark);
        // The older form says so in a header of the PEM, beside the name of an open key.
        if has(b"BEGIN ENCRYPTED PRIVATE KEY") || has(b"Proc-Type: 4,ENCRYPTED") {
            return Err(Refused::Encrypted);
        }
        match PrivateKeyDer::from_pem_slice(pem) {
            Ok(PrivateKeyDer::Pkcs1(der)) => rsa(RsaKeyPair::from_der(der.secret_pkcs1_der())),
            Ok(PrivateKeyDer::Pkcs8(der)) => {
                let der = der.secret_pkcs8_der();
                match Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
                    Ok(key) => Ok(Key(Pair::Ed25519(key))),
                    Err(wrong) if wrong.to_string() == "WrongAlgorithm" => rsa(RsaKeyPair::from_pkcs8(der)),
                    Err(broken) => Err(Refused::Broken(broken.to_string())),
                }
            }
            Ok(_) => Err(Refused::Kind),
            Err(_) if has(b"PUBLIC KEY-----") => Err(Refused::Public),
            Err(_) => Err(Refused::NoKey),
        }
    }

    /// Does signing take more than a tenth of a millisecond?
    pub(super) const fn takes_long(&self) -> bool {
        matches!(self.0, Pair::Rsa(_))
    }

    /// The tag `a=`.
    pub const fn algorithm(&self) -> &'static str {
        match self.0 {
            Pair::Rsa(_) => "rsa-sha256",
            Pair::Ed25519(_) => "ed25519-sha256",
        }
    }

    /// The tags `k=` and `p=` of a record, the second before its encoding: for RSA a SubjectPublicKeyInfo, which is what
    /// verifiers read (RFC 6376 erratum 3017), for Ed25519 the 32 bytes themselves (RFC 8463 §4).
    pub(super) fn public(&self) -> (&'static str, Vec<u8>) {
        match &self.0 {
            Pair::Rsa(key) => ("rsa", record::public_key_info(key.public_key().as_ref())),
            Pair::Ed25519(key) => ("ed25519", key.public_key().as_ref().to_vec()),
        }
    }

    /// Signs. The same message always gives the same signature.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unsigned> {
        match &self.0 {
            Pair::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                // AWS-LC asks for randomness with every kind of padding; that of PKCS #1 v1.5 has none in it.
                let random = SystemRandom::new();
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map_err(|_| Unsigned)?;
                Ok(signature)
            }
            // RFC 8463 §3: Ed25519 over the SHA-256 of the message.
            Pair::Ed25519(key) => Ok(key.sign(digest(&SHA256, message).as_ref()).as_ref().to_vec()),
        }
    }
}

fn rsa(read: Result<RsaKeyPair, KeyRejected>) -> Result<Key, Refused> {
    match read {
        Ok(key) if key.public_modulus_len() > LONGEST => Err(Refused::TooLong),
        Ok(key) => Ok(Key(Pair::Rsa(Box::new(key)))),
        Err(rejected) => Err(match rejected.to_string().as_str() {
            "TooSmall" => Refused::TooShort,
            "TooLarge" => Refused::TooLong,
            "WrongAlgorithm" => Refused::Kind,
            other => Refused::Broken(other.to_owned()),
        }),
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.algorithm())
    }
}

impl PartialEq for Key {
    /// By the public half.
    fn eq(&self, other: &Key) -> bool {
        self.public() == other.public()
    }
}

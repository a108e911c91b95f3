//! Private keys: reading them from PEM, and signing. Which keys there are is in `config`.

use std::fmt;

use aws_lc_rs::{
    digest::{SHA256, digest},
    error::KeyRejected,
    rand::SystemRandom,
    rsa::KeyPair as RsaKeyPair,
    signature::{Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256},
};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject as _};

use super::record::{self, PublicKey};

/// A private key. Printing it shows only its algorithm.
pub struct Key(KeyPair);

enum KeyPair {
    Rsa(Box<RsaKeyPair>),
    Ed25519(Ed25519KeyPair),
}

/// Maximum size of an RSA key, in bytes.
const MAX_RSA_SIZE: usize = 4096 / 8;

/// Why a file is not a key with which mails can be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No private key in PEM.
    #[error("it holds no private key in PEM")]
    NoKey,
    /// Encrypted with a passphrase.
    #[error("its key is encrypted with a passphrase")]
    Encrypted,
    /// Only a public key.
    #[error("it holds the public key, not the private one")]
    Public,
    /// An RSA key shorter than 2048 bits, which RFC 8301 §3.2 asks for and many verifiers insist on.
    #[error("its RSA key is shorter than 2048 bits (RFC 8301)")]
    TooShort,
    /// An RSA key longer than 4096 bits, too long for many verifiers and name servers.
    #[error("its RSA key is longer than 4096 bits")]
    TooLong,
    /// Another kind of key, such as one on a NIST curve.
    #[error("its key is neither RSA nor Ed25519")]
    Kind,
    /// A damaged key, and what the library says of it.
    #[error("its key cannot be used: {0}")]
    Broken(String),
}

/// A signature could not be made. Does not happen with a sound key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature could not be made")]
pub struct SigningError;

impl Key {
    /// Reads the first private key of a PEM text: RSA as PKCS #1 or PKCS #8, Ed25519 as PKCS #8 with or without its public
    /// key (RFC 8410).
    ///
    /// # Errors
    /// If there is no key with which mails can be signed.
    pub fn from_pem(pem: &[u8]) -> Result<Key, KeyError> {
        let has = |mark: &[u8]| pem.windows(mark.len()).any(|window| window == mark);
        // The older form says so in a header of the PEM, under the name of an unencrypted key.
        if has(b"BEGIN ENCRYPTED PRIVATE KEY") || has(b"Proc-Type: 4,ENCRYPTED") {
            return Err(KeyError::Encrypted);
        }
        match PrivateKeyDer::from_pem_slice(pem) {
            Ok(PrivateKeyDer::Pkcs1(der)) => rsa(RsaKeyPair::from_der(der.secret_pkcs1_der())),
            Ok(PrivateKeyDer::Pkcs8(der)) => {
                let der = der.secret_pkcs8_der();
                match Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
                    Ok(key) => Ok(Key(KeyPair::Ed25519(key))),
                    Err(wrong) if wrong.to_string() == "WrongAlgorithm" => rsa(RsaKeyPair::from_pkcs8(der)),
                    Err(broken) => Err(KeyError::Broken(broken.to_string())),
                }
            }
            Ok(_) => Err(KeyError::Kind),
            Err(_) if has(b"PUBLIC KEY-----") => Err(KeyError::Public),
            Err(_) => Err(KeyError::NoKey),
        }
    }

    /// Does signing take more than a tenth of a millisecond?
    pub(super) const fn takes_long(&self) -> bool {
        matches!(self.0, KeyPair::Rsa(_))
    }

    /// The value of the tag `a=`: `rsa-sha256` or `ed25519-sha256`.
    pub const fn algorithm(&self) -> &'static str {
        match self.0 {
            KeyPair::Rsa(_) => "rsa-sha256",
            KeyPair::Ed25519(_) => "ed25519-sha256",
        }
    }

    /// Returns the public half as DNS records publish it: for RSA a SubjectPublicKeyInfo, which is what verifiers read (RFC
    /// 6376 erratum 3017), for Ed25519 the 32 bytes themselves (RFC 8463 §4).
    pub(super) fn public(&self) -> PublicKey {
        match &self.0 {
            KeyPair::Rsa(key) => PublicKey { kind: "rsa", bytes: record::public_key_info(key.public_key().as_ref()) },
            KeyPair::Ed25519(key) => PublicKey { kind: "ed25519", bytes: key.public_key().as_ref().to_vec() },
        }
    }

    /// Signs a message. The same message always gives the same signature.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        match &self.0 {
            KeyPair::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                // AWS-LC asks for randomness with every kind of padding; that of PKCS #1 v1.5 has none in it.
                let random = SystemRandom::new();
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map_err(|_| SigningError)?;
                Ok(signature)
            }
            // RFC 8463 §3: Ed25519 over the SHA-256 of the message.
            KeyPair::Ed25519(key) => Ok(key.sign(digest(&SHA256, message).as_ref()).as_ref().to_vec()),
        }
    }
}

fn rsa(read: Result<RsaKeyPair, KeyRejected>) -> Result<Key, KeyError> {
    match read {
        Ok(key) if key.public_modulus_len() > MAX_RSA_SIZE => Err(KeyError::TooLong),
        Ok(key) => Ok(Key(KeyPair::Rsa(Box::new(key)))),
        Err(rejected) => Err(match rejected.to_string().as_str() {
            "TooSmall" => KeyError::TooShort,
            "TooLarge" => KeyError::TooLong,
            "WrongAlgorithm" => KeyError::Kind,
            other => KeyError::Broken(other.to_owned()),
        }),
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.algorithm())
    }
}

impl PartialEq for Key {
    /// Compares the public halves.
    fn eq(&self, other: &Key) -> bool {
        self.public() == other.public()
    }
}

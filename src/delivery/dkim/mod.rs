//! Signatures of mails (DKIM, RFC 6376, with Ed25519 of RFC 8463): keys, the signature header, and the DNS record that the
//! domain publishes. Pure. Which keys there are is in `config`; which mails are signed, in `mail`.

mod canonical;
mod key;
mod record;
mod signature;

pub use self::{
    canonical::{BodyHash, BodyStart, relaxed},
    key::{Key, KeyError, SigningError},
    record::Record,
    signature::Signer,
};

//! Signatures of mails (DKIM, RFC 6376, with Ed25519 of RFC 8463): keys, what is signed and how, and the record that the
//! domain publishes. Pure: which keys there are is in `config`, which mails are signed in `mail`.

mod canonical;
mod key;
mod record;
mod signature;

pub use self::{
    canonical::BodyHash,
    key::{Key, Refused, Unsigned},
    record::Record,
    signature::Signer,
};

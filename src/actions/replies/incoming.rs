//! A mail while it comes in, piece by piece: of a long one only the beginning is kept, and all of it counts for its hash.

use std::fmt;

use ring::digest::{Context, SHA256};

use crate::delivery::replies::MAX_READ;

/// A mail that comes in, or has come in.
#[derive(Clone)]
pub struct IncomingMail {
    /// One octet more than is read of a mail shows that there were more.
    beginning: Vec<u8>,
    size: usize,
    digest: Context,
}

impl IncomingMail {
    /// A mail of which nothing has come yet.
    pub fn new() -> IncomingMail {
        IncomingMail { beginning: Vec::new(), size: 0, digest: Context::new(&SHA256) }
    }

    /// Takes the next octets.
    pub fn push(&mut self, bytes: &[u8]) {
        let room = (MAX_READ + 1).saturating_sub(self.beginning.len()).min(bytes.len());
        self.beginning.extend_from_slice(bytes.get(..room).unwrap_or_default());
        self.size = self.size.saturating_add(bytes.len());
        self.digest.update(bytes);
    }

    /// Number of octets that have come.
    pub const fn size(&self) -> usize {
        self.size
    }

    /// The octets that are read of it.
    pub(super) fn beginning(&self) -> &[u8] {
        &self.beginning
    }

    /// The hash of its octets and of these tags, in hexadecimal digits; without a tag that of its octets.
    pub(super) fn hash_for(&self, tags: impl Iterator<Item = String>) -> String {
        let mut digest = self.digest.clone();
        for tag in tags {
            // No mail holds that octet in front of a tag by chance: RFC 5322 §2.3 excludes it.
            digest.update(b"\0");
            digest.update(tag.to_lowercase().as_bytes());
        }
        digest.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Default for IncomingMail {
    fn default() -> IncomingMail {
        IncomingMail::new()
    }
}

impl From<&[u8]> for IncomingMail {
    fn from(bytes: &[u8]) -> IncomingMail {
        let mut mail = IncomingMail::new();
        mail.push(bytes);
        mail
    }
}

impl fmt::Debug for IncomingMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IncomingMail").field("size", &self.size).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sha256;

    #[test]
    fn a_mail_is_the_same_in_whatever_pieces_it_comes() {
        let bytes: Vec<u8> = (0..MAX_READ * 2).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let mut pieces = IncomingMail::new();
        bytes.chunks(777).for_each(|piece| pieces.push(piece));
        let whole = IncomingMail::from(&*bytes);
        let hash = |mail: &IncomingMail, tags: &[&str]| mail.hash_for(tags.iter().map(|&tag| tag.to_owned()));
        assert_eq!((pieces.size(), pieces.beginning()), (whole.size(), whole.beginning()));
        assert_eq!(whole.beginning().len(), MAX_READ + 1);
        assert_eq!(hash(&pieces, &[]), sha256(&bytes));
        assert_eq!(hash(&pieces, &["uABC"]), hash(&whole, &["uabc"]));
        assert_ne!(hash(&whole, &["uabc"]), hash(&whole, &["uabd"]));
        assert_ne!(hash(&whole, &["uabc"]), hash(&whole, &[]));
    }
}

//! What becomes of a mail of which nobody can say whether it went out (RFC 1047): the operator's choice. Nothing else is
//! open to choice: a mail whose dot was not written was not sent, and one whose answer was read is what the answer says.

use super::State;

/// Rather a mail too few, or rather one twice?
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Policy {
    /// It is not sent again by itself; a person looks.
    #[default]
    AtMostOnce,
    /// It is sent again, with the same Message-ID.
    AtLeastOnce,
}

impl Policy {
    /// The state of a mail whose dot was written and whose answer nobody read. In either it is counted.
    pub const fn in_doubt(self) -> State {
        match self {
            Policy::AtMostOnce => State::Unknown,
            Policy::AtLeastOnce => State::Deferred,
        }
    }
}

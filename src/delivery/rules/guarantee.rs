//! The operator's choice for a mail in doubt: its final dot was written and no answer was read, so that nobody can say
//! whether it was delivered (RFC 1047). Nothing else is open to choice: without the dot a mail was not sent, and with an
//! answer it is what the answer says.

use super::State;

/// Is a mail in doubt rather lost, or rather delivered twice?
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DeliveryGuarantee {
    /// It is not sent again by itself; a person looks at it.
    #[default]
    AtMostOnce,
    /// It is sent again, with the same Message-ID.
    AtLeastOnce,
}

impl DeliveryGuarantee {
    /// The state of a mail in doubt. Either is counted as unknown once.
    pub const fn in_doubt(self) -> State {
        match self {
            DeliveryGuarantee::AtMostOnce => State::Unknown,
            DeliveryGuarantee::AtLeastOnce => State::Deferred,
        }
    }
}

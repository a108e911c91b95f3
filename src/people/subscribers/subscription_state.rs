//! The states of a subscription and the legal moves between them; the store refuses every other move. Suppression is not
//! here: it belongs to the address and holds for all of its subscriptions.

use crate::base::word_enum::word_enum;

word_enum! {
    "a state of a subscription";
    /// Whether a subscription is in force.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum SubscriptionState {
        /// The subscriber gets every edition that is released from now on.
        Active = "active",
        /// The subscriber, or an operator for them, ended it. The row is kept, as a record of when they left.
        Ended = "ended",
        /// Somebody asked for it, and has not confirmed yet. It is kept as a sign-up, apart from the subscriptions: until the
        /// person at the address says yes, nobody else's typing changes what is known of them.
        Pending = "pending",
    }
}

use SubscriptionState::{Active, Ended, Pending};

impl SubscriptionState {
    /// The number in the database, which must never change.
    pub const fn code(self) -> i64 {
        match self {
            Active => 0,
            Ended => 1,
            Pending => 2,
        }
    }

    /// The state with this number in the database.
    pub fn from_code(code: i64) -> Option<SubscriptionState> {
        SubscriptionState::ALL.into_iter().find(|state| state.code() == code)
    }

    /// The states a subscription may move to from this one.
    pub const fn moves(self) -> &'static [SubscriptionState] {
        match self {
            Active => &[Ended],
            // Someone who left may subscribe again: they ask for it, or an operator records that they did.
            Ended => &[Pending, Active],
            Pending => &[Active, Ended],
        }
    }

    /// Whether a subscription may move from this state to `to`.
    pub fn may_become(self, to: SubscriptionState) -> bool {
        self.moves().contains(&to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_lead_back() {
        for state in SubscriptionState::ALL {
            assert_eq!(SubscriptionState::from_code(state.code()), Some(state));
            assert_eq!(state.word().parse(), Ok(state));
            assert!(!state.may_become(state));
        }
        assert_eq!(SubscriptionState::from_code(7), None);
        assert!("left".parse::<SubscriptionState>().is_err());
    }
}

//! The states of a subscription and the legal moves between them; the store refuses every other move. Suppression is not
//! here: it belongs to the address and holds for all of its subscriptions.

use std::{fmt, str::FromStr};

use serde::Serialize;

/// Whether a subscription is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionState {
    /// The subscriber gets every edition that is released from now on.
    Active,
    /// The subscriber, or an operator for them, ended it. The row is kept, as a record of when they left.
    Ended,
}

use SubscriptionState::{Active, Ended};

impl SubscriptionState {
    /// Every state, in the order of a subscription's life.
    pub const ALL: [SubscriptionState; 2] = [Active, Ended];

    /// The number in the database, which must never change.
    pub const fn code(self) -> i64 {
        match self {
            Active => 0,
            Ended => 1,
        }
    }

    /// The state with this number in the database.
    pub fn from_code(code: i64) -> Option<SubscriptionState> {
        SubscriptionState::ALL.into_iter().find(|state| state.code() == code)
    }

    /// The word in tables and JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Active => "active",
            Ended => "ended",
        }
    }

    /// The states a subscription may move to from this one.
    pub const fn moves(self) -> &'static [SubscriptionState] {
        match self {
            Active => &[Ended],
            // Someone who left may subscribe again.
            Ended => &[Active],
        }
    }

    /// Whether a subscription may move from this state to `to`.
    pub fn may_become(self, to: SubscriptionState) -> bool {
        self.moves().contains(&to)
    }
}

impl fmt::Display for SubscriptionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The word is no state of a subscription.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a state of a subscription")]
pub struct UnknownSubscriptionState(pub String);

impl FromStr for SubscriptionState {
    type Err = UnknownSubscriptionState;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        SubscriptionState::ALL
            .into_iter()
            .find(|state| state.word() == word)
            .ok_or_else(|| UnknownSubscriptionState(word.to_owned()))
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

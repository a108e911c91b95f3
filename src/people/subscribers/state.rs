//! The states of a subscription and the moves between them that are legal: one table. The store refuses every other move.
//! Suppression is not here: it belongs to the address, and holds for all of its subscriptions.

use std::{fmt, str::FromStr};

use serde::Serialize;

/// Is a person's subscription in force?
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// They get every edition that is released from now on.
    Active,
    /// They, or an operator for them, ended it. Kept, so that it is known that they left, and when.
    Ended,
}

use State::{Active, Ended};

impl State {
    /// Every state, in the order of a subscription's life.
    pub const ALL: [State; 2] = [Active, Ended];

    /// The number in the database. Never change one: they are stored.
    pub const fn code(self) -> i64 {
        match self {
            Active => 0,
            Ended => 1,
        }
    }

    /// The state with this number in the database.
    pub fn from_code(code: i64) -> Option<State> {
        State::ALL.into_iter().find(|state| state.code() == code)
    }

    /// The word for people and programs.
    pub const fn word(self) -> &'static str {
        match self {
            Active => "active",
            Ended => "ended",
        }
    }

    /// The states a subscription may move to from this one.
    pub const fn moves(self) -> &'static [State] {
        match self {
            Active => &[Ended],
            // Who left may ask for it again.
            Ended => &[Active],
        }
    }

    /// May a subscription go from this state to `to`?
    pub fn may_become(self, to: State) -> bool {
        self.moves().contains(&to)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The word is no state of a subscription.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a state of a subscription")]
pub struct UnknownState(pub String);

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        State::ALL.into_iter().find(|state| state.word() == word).ok_or_else(|| UnknownState(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_lead_back() {
        for state in State::ALL {
            assert_eq!(State::from_code(state.code()), Some(state));
            assert_eq!(state.word().parse(), Ok(state));
            assert!(!state.may_become(state));
        }
        assert_eq!(State::from_code(7), None);
        assert!("left".parse::<State>().is_err());
    }
}

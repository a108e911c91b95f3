//! The states of a mail in the outbox and the legal moves between them, as one table. The store refuses every other
//! move. When a mail is retried, and how fast mails go, is not here.

use crate::base::word_enum::word_enum;

word_enum! {
    "a state of a mail";
    /// The state of a mail in the outbox.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum State {
        /// In the outbox; waits for a courier.
        Pending = "pending",
        /// Leased by a courier; its final dot has not been written.
        Claimed = "claimed",
        /// Durable before the final dot is written: from here on the server may have taken it.
        DotWritten = "dot_written",
        /// Taken by the server, whose reply is kept.
        Sent = "sent",
        /// Tried again later: refused for now (4xx), the server could not be reached, or in doubt where the operator wants
        /// such mails sent again (`at_least_once`).
        Deferred = "deferred",
        /// Refused permanently (5xx).
        Failed = "failed",
        /// In doubt: the dot was written and no reply was read. Not sent again by itself; where the operator wants that,
        /// such a mail is deferred instead.
        Unknown = "unknown",
        /// Withdrawn before it was sent: the subscriber left, or the edition was stopped or discarded.
        Cancelled = "cancelled",
        /// `give_up_after` passed before it could be sent.
        Expired = "expired",
    }
}

use State::{Cancelled, Claimed, Deferred, DotWritten, Expired, Failed, Pending, Sent, Unknown};

impl State {
    /// The number in the database. Stored: never change one.
    pub const fn code(self) -> i64 {
        match self {
            Pending => 0,
            Claimed => 1,
            DotWritten => 2,
            Sent => 3,
            Deferred => 4,
            Failed => 5,
            Unknown => 6,
            Cancelled => 7,
            Expired => 8,
        }
    }

    /// Returns the state with this number in the database.
    pub fn from_code(code: i64) -> Option<State> {
        State::ALL.into_iter().find(|state| state.code() == code)
    }

    /// The states to which a mail may move from this one.
    pub const fn moves(self) -> &'static [State] {
        match self {
            // To unknown: after a restore from a backup nobody can say what went out since.
            Pending => &[Claimed, Cancelled, Expired, Unknown],
            // Back to pending: a lease that ran out, or a courier that stopped before the body.
            Claimed => &[Pending, DotWritten, Deferred, Failed, Cancelled, Expired, Unknown],
            // Deferred: refused at the dot, or in doubt and to be sent again. Pending: the courier knows that the dot did
            // not go out after all.
            DotWritten => &[Sent, Deferred, Failed, Unknown, Pending],
            Deferred => &[Claimed, Cancelled, Expired, Unknown],
            // A person asked the other side, or for a resend.
            Unknown => &[Sent, Failed, Pending],
            // A resend; or it turned out that the refusal was not about the reader.
            Failed => &[Pending],
            Sent | Cancelled | Expired => &[],
        }
    }

    /// May a mail go from this state to `to`?
    pub fn may_become(self, to: State) -> bool {
        self.moves().contains(&to)
    }

    /// Will a courier still act on such a mail by itself?
    pub const fn is_open(self) -> bool {
        matches!(self, Pending | Claimed | DotWritten | Deferred)
    }
}

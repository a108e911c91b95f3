//! Observations that a person took back, and the record of it. A withdrawn observation counts for nothing that is built from
//! then on; nothing of it is deleted, and an edition that was frozen with it keeps it.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Serialize;

use super::Observation;

/// The record of a withdrawal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Withdrawal {
    /// The value that was withdrawn.
    pub value: Decimal,
    /// Who withdrew the observation.
    pub by: String,
    /// When that was.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: String,
    /// When and by whom the observation was imported again, if it was.
    pub ended: Option<WithdrawalEnd>,
}

/// The end of a withdrawal: the observation was imported again and counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WithdrawalEnd {
    /// Who imported it.
    pub by: String,
    /// When that was.
    pub at: DateTime<Utc>,
}

/// An observation that is or was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawn {
    /// The observation, with the value that it had when it was withdrawn.
    pub observation: Observation,
    /// The record of it.
    pub withdrawal: Withdrawal,
}

impl Withdrawn {
    /// Whether the observation does not count at present.
    pub const fn is_open(&self) -> bool {
        self.withdrawal.ended.is_none()
    }
}

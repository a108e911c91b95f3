//! The outcomes of an occurrence. Every slot of a schedule ends in one of them; the ledger has a reason in words beside it.

use std::{fmt, str::FromStr};

use serde::Serialize;

/// The recorded end of an occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Its edition was released on time.
    Ran,
    /// Its edition was released late: the program was not running, or an earlier edition took long.
    Late,
    /// The edition of an earlier slot was still being made.
    SkippedOverlap,
    /// A newer slot replaced it, or the catch-up window ended.
    SkippedCatchUp,
    /// Its day is off, or is not covered by the calendar.
    SkippedHoliday,
    /// The clock went forward over its time.
    SkippedGap,
    /// The schedule was paused.
    Paused,
    /// The figures or the template did not pass the checks: a person decides.
    HeldByGate,
    /// Something broke: see the reason.
    Failed,
}

impl Outcome {
    /// All outcomes, in the order of their declaration.
    pub const ALL: [Outcome; 9] = [
        Outcome::Ran,
        Outcome::Late,
        Outcome::SkippedOverlap,
        Outcome::SkippedCatchUp,
        Outcome::SkippedHoliday,
        Outcome::SkippedGap,
        Outcome::Paused,
        Outcome::HeldByGate,
        Outcome::Failed,
    ];

    /// The word for it in the ledger and in output.
    pub const fn word(self) -> &'static str {
        match self {
            Outcome::Ran => "ran",
            Outcome::Late => "late",
            Outcome::SkippedOverlap => "skipped-overlap",
            Outcome::SkippedCatchUp => "skipped-catch-up",
            Outcome::SkippedHoliday => "skipped-holiday",
            Outcome::SkippedGap => "skipped-gap",
            Outcome::Paused => "paused",
            Outcome::HeldByGate => "held-by-gate",
            Outcome::Failed => "failed",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The word is no outcome.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an outcome of an occurrence")]
pub struct UnknownOutcome(pub String);

impl FromStr for Outcome {
    type Err = UnknownOutcome;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Outcome::ALL.into_iter().find(|outcome| outcome.word() == word).ok_or_else(|| UnknownOutcome(word.to_owned()))
    }
}

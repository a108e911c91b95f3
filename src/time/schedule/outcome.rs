//! The outcomes of an occurrence. Every slot of a schedule ends in one of them; the ledger has a reason in words beside it.

use crate::base::word_enum::word_enum;

word_enum! {
    "an outcome of an occurrence";
    /// The recorded end of an occurrence.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Outcome {
        /// Its edition was released on time.
        Ran = "ran",
        /// Its edition was released late: the program was not running, or an earlier edition took long.
        Late = "late",
        /// The edition of an earlier slot was still being made.
        SkippedOverlap = "skipped-overlap",
        /// A newer slot replaced it, or the catch-up window ended.
        SkippedCatchUp = "skipped-catch-up",
        /// Its day is off, or is not covered by the calendar.
        SkippedHoliday = "skipped-holiday",
        /// The clock went forward over its time.
        SkippedGap = "skipped-gap",
        /// The edition would have printed what the last one printed.
        SkippedUnchanged = "skipped-unchanged",
        /// The schedule was paused.
        Paused = "paused",
        /// The figures or the template did not pass the checks: a person decides.
        HeldByGate = "held-by-gate",
        /// A person discarded the edition that did not pass: see the reason.
        Discarded = "discarded",
        /// Something broke: see the reason.
        Failed = "failed",
    }
}

word_enum! {
    "what becomes of an edition without news";
    /// What becomes of an edition that prints what the last one printed.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum IfUnchanged {
        /// It goes out.
        Send = "send",
        /// There is none.
        Skip = "skip",
        /// A person decides.
        Hold = "hold",
    }
}

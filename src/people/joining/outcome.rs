//! What came of somebody's wish to join. The person is told the same in every case; only metrics and tests see the difference.

use crate::base::word_enum::word_enum;

word_enum! {
    "an outcome of a sign-up";
    /// What came of a form, or of a mail, with which somebody asks to join.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum SignUpOutcome {
        /// The confirmation goes out now.
        Queued = "queued",
        /// The form came without work: the confirmation goes out in some minutes.
        Delayed = "delayed",
        /// The address was sent a confirmation within a day, or its mailbox as many as a day has.
        Repeated = "repeated",
        /// Its network asks too often.
        Network = "network_limit",
        /// Too many that nobody confirmed went to its domain.
        Domain = "domain_limit",
        /// A field that no person sees was filled in.
        Trap = "trap",
        /// The work is wrong, forged or too old.
        BadWork = "bad_work",
    }
}

impl SignUpOutcome {
    /// Does a confirmation go out because of it?
    pub const fn is_mailed(self) -> bool {
        matches!(self, SignUpOutcome::Queued | SignUpOutcome::Delayed)
    }
}

//! How an attempt to make an edition ended. Making one is in `edition_maker`, what follows from it in `agenda`.

use crate::{base::ids::ScheduleId, store::Occurrence};

/// An attempt to make the edition of an occurrence, when it is over.
#[derive(Debug)]
pub(super) struct FinishedAttempt {
    /// The schedule that the edition is due by
    pub(super) schedule: ScheduleId,
    /// The occurrence if it is to be tried again, with the reason
    pub(super) again: Option<(Occurrence, String)>,
}

//! Requests of sessions to the ledger's task.

use tokio::sync::oneshot;

use crate::{
    base::ids::MailId,
    daemon::courier::{counter::CountGuard, dot_journal::DotEntry},
    store::Move,
};

pub(super) enum Request {
    /// Permission for this move may be needed soon.
    Declare(PermissionRequest),
    /// The session of this mail now waits for its permission.
    Need(MailId),
    /// This has happened.
    Record(Outcome),
}

/// A move that needs permission before it is made.
pub(super) struct PermissionRequest {
    pub step: Move,
    pub answer: oneshot::Sender<bool>,
    pub needed: bool,
}

/// A move that has been made.
pub(super) struct Outcome {
    pub step: Move,
    /// The mail counts as under way until its end is durable.
    pub _counted: CountGuard,
    /// Until then its journal entry stays, too.
    pub _entry: Option<DotEntry>,
}

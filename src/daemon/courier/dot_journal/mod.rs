//! The dot journal: what outlives this process if it is killed. Each mail at its final dot has an entry in a file beside the
//! store, written without waiting for the disk. If the machine has not been restarted since, the next courier learns from
//! it which dots never went out and how the server replied, so that only those mails are unknown of which nobody knows.
//! After a power cut the journal does not count, and the store alone tells. On PostgreSQL, where any machine may come next,
//! there is none.

mod format;
mod live;
mod recovery;

pub use self::recovery::notice_rollback;
pub(super) use self::{
    live::{DotEntry, DotJournal},
    recovery::AbandonedJournal,
};

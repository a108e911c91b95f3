//! The outbox's rules, pure: states and legal moves, when a deferred mail is tried again, what becomes of one in doubt.
//! No database and no network here: `store` keeps the mails, `courier` sends them.

mod policy;
mod retry;
mod state;

pub use policy::Policy;
pub use retry::retry_at;
pub use state::{State, UnknownState};

//! The outbox's rules, pure: states and legal moves, when a deferred mail is tried again, how fast mails may go.
//! No database and no network here: `store` keeps the mails, `courier` sends them.

mod retry;
mod state;

pub use retry::retry_at;
pub use state::{State, UnknownState};

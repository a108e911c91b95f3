//! The outbox's rules, pure: states and legal moves, when a deferred mail is tried again, what a refusal means.
//! No database and no network here: `store` keeps the mails, `courier` sends them.

mod reason;
mod retry;
mod state;

pub use reason::{Enhanced, Reason, is_about_us};
pub use retry::retry_at;
pub use state::{State, UnknownState};

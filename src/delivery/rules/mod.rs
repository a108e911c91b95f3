//! The outbox's rules, pure: states and legal moves, when a deferred mail is tried again, what a refusal means, what
//! becomes of a mail in doubt, how fast mails may go and by which relay. No database and no network here: `store` keeps
//! the mails, `courier` sends them.

mod pace;
mod policy;
mod rate;
mod reason;
mod retry;
mod shares;
mod state;

pub use pace::{Limits, Pace, Said, Turn, asks_for_less};
pub use policy::Policy;
pub use rate::{Bucket, Rate};
pub use reason::{Enhanced, Reason, is_about_us};
pub use retry::retry_at;
pub use shares::Shares;
pub use state::{State, UnknownState};

//! The rules of the outbox, pure: states of a mail and legal moves, retries, what a refusal means and whom it is about, what
//! becomes of a mail in doubt, how fast mails may go and by which relay. No database and no network: `store` keeps the mails,
//! `courier` sends them.

mod bounce;
mod brake;
mod guarantee;
mod pace;
mod rate;
mod reason;
mod refusal;
mod retry;
mod shares;
mod state;
mod status;
mod warm_up;

pub use bounce::{BounceClass, bounce_class};
pub use brake::{Brake, Share, bounce_brake};
pub use guarantee::DeliveryGuarantee;
pub use pace::{Admission, Feedback, Limits, Pace};
pub use rate::{Bucket, Rate};
pub use reason::{NO_CONNECTION, Reason};
pub use refusal::{RefusalAbout, refusal_about};
pub use retry::retry_at;
pub use shares::Shares;
pub use state::State;
pub use status::{EnhancedStatus, InvalidStatus, asks_to_slow_down};
pub use warm_up::WarmUp;

//! Joining: the form's proof of work, the networks it comes from and how often each may ask, and the words that a person
//! agrees to. Pure: what is kept of it is in `store`, what is done in `actions`.

mod limits;
mod network;
mod outcome;
mod texts;
mod work;

pub use limits::{ADDRESS_PAUSE, JoinLimits, LAPSES_AFTER, WITHOUT_WORK_WAITS};
pub use network::Network;
pub use outcome::SignUpOutcome;
pub use texts::{
    ConfirmBy, ConsentText, JoinMail, LeaveLink, Sender, address_changed, confirm_address, confirmation, consent_text,
    leave_links,
};
pub use work::{BITS, Challenge, FormSecret, Work};

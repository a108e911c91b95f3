//! Joining: the form's proof of work, the networks it comes from and how often each may ask, and the words that a person
//! agrees to. Pure: what is kept of it is in `store`, what is done in `actions`.

mod limits;
mod mailbox;
mod network;
mod outcome;
mod texts;
mod work;

pub use limits::{
    ADDRESS_PAUSE, BY_DOMAIN_PER_HOUR, BY_MAIL_PER_HOUR, JoinLimits, LAPSES_AFTER, MAILBOX_PER_DAY, WITHOUT_WORK_WAITS,
};
pub use mailbox::CountedMailbox;
pub use network::Network;
pub use outcome::SignUpOutcome;
pub use texts::{
    ConfirmBy, ConsentText, JoinMail, LeaveLink, Sender, address_changed, address_consent_text, confirm_address,
    confirmation, confirmed, consent_text, has_left, leave_links, quoted, refused,
};
pub use work::{BITS, Challenge, FormSecret, Work};

//! What the config says of sending, ready for use: the [`Letterhead`] makes a mail the sender's own, the [`Transport`] says
//! where it goes. Nothing is sent here: the daemon's courier sends what is in the outbox, and `actions` sends test mails.

mod letterhead;
mod transport;

pub use self::{
    letterhead::{Letterhead, WaysToLeave, leave_mailto},
    transport::{Route, Smtp, Transport},
};

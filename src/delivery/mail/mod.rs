//! Mails as bytes and how they leave: building messages, the SMTP session, the folder transport. Which mail goes to whom,
//! and what is recorded of it, is not decided here.

mod encoding;
mod failure;
pub mod folder;
mod hello;
mod line;
pub mod message;
mod relay;
pub mod reply;
pub mod session;
mod tls;

//! Mails as bytes and how they leave: building messages, the SMTP session, the folder transport. Which mail goes to whom,
//! and what is recorded of it, is not decided here.

mod connection;
mod encoding;
mod envelope;
mod failure;
pub mod folder;
mod handshake;
pub mod message;
mod own_token;
mod pictures;
mod relay;
pub mod reply;
pub mod session;
mod stream;

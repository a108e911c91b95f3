//! Mails as bytes: building messages and the folder transport. Which mail goes to whom is not decided here.

mod encoding;
pub mod folder;
pub mod message;

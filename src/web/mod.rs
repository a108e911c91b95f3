//! What is answered over HTTP: the preview's page, and those who watch the daemon (`monitors`).
//!
//! The preview's page is for this machine only: the pages of a brief as they were last made, what is wrong with them, and
//! news of both as they change. It is handed bytes and problems on a [`Board`] and shows them; what a brief is, and how
//! pages are made, it does not know.
//!
//! Who may ask for it: programs on this machine, by a name of this machine (so that a page from elsewhere cannot have its
//! own name point here), and nothing may be changed. The page loads nothing from elsewhere and says so to the browser.

mod board;
mod bounded;
pub mod monitors;
mod routes;
mod state;

pub use self::{
    board::{Board, Proof},
    routes::{bind, serve},
};

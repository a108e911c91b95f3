//! The preview's page, for this machine only: the pages of a brief as they were last made, what is wrong with them, and the
//! changes of both as they come. It is handed bytes and problems on a [`Board`] and shows them; what a brief is, and how pages
//! are made, it does not know.
//!
//! Only programs on this machine may ask for it, by a name of this machine (so that a page from elsewhere cannot have its own
//! name point here), and nothing may be changed. The page loads nothing from elsewhere and says so to the browser.

mod board;
mod routes;
mod state;

pub use self::{
    board::{Board, Proof},
    routes::{bind, serve},
};

//! The preview's page, for this machine only: the pages of a brief as they were last made, what is wrong with them, and the
//! changes of both as they come. It shows what the preview publishes on its
//! [`PreviewChannel`](crate::actions::preview::PreviewChannel); how pages are made, it does not know.
//!
//! Only programs on this machine may ask for it, by a name of this machine (so that a page from elsewhere cannot have its own
//! name point here), and nothing may be changed. The page loads nothing from elsewhere and says so to the browser.

mod routes;
mod state_json;

pub use self::routes::{bind, serve};

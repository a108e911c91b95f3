//! Everything that people do with greenbrief, and everything they ask it: one function each, whoever calls it. The command
//! line is one caller; a web page would be another.
//!
//! - Each function is given an [`Installation`] (a config, its store and a clock), does its work and returns a typed
//!   outcome. It prints nothing and knows no exit code. An outcome serializes as the JSON that the command line prints.
//! - A function that changes something also takes the [`Actor`] who does it, and says so in the log; where the store
//!   keeps the name, it is kept there. A function without an actor is a query: it changes nothing in the store.
//! - What the actor may not do is an [`Error::Refused`], with a text for that person; a file that people write and that has
//!   a mistake is an [`Error::Files`]. Everything else that goes wrong is an [`Error::Failed`].
//! - Long work reports its progress through a callback.
//!
//! An edition is not sent here: an action puts its mails into the outbox, and the daemon's courier takes them from there.
//! Only test mails go past the outbox.

mod actor;
mod error;
mod installation;

pub mod archive;
pub mod backfill;
pub mod build;
pub mod calendars;
pub mod check;
pub mod config;
mod data_package;
pub mod deliveries;
pub mod demo;
pub mod dkim_records;
pub mod edition_correct;
pub mod edition_diff;
pub mod edition_export;
pub mod edition_rebuild;
pub mod edition_share;
pub mod edition_spec;
pub mod editions;
pub mod figures;
pub mod find_schedule;
pub mod given_knowledge;
pub mod given_time;
pub mod held_edition;
pub mod joining;
pub mod leaving;
pub mod new_brief;
pub mod pause;
pub mod plan;
pub mod plan_against;
pub mod prepare;
pub mod preview;
pub mod progress;
pub mod public_plan;
pub mod random_word;
pub mod rehearse;
pub mod replies;
pub mod schedules;
pub mod send;
pub mod signing;
pub mod status;
pub mod store;
pub mod subscribers;
pub mod test_mail;
pub mod tokens;

use self::installation::snapshot;
pub use self::installation::{figures_of, figures_of_draft};
pub use self::{
    actor::Actor,
    error::{Error, Result},
    installation::Installation,
};

//! greenbrief: cited figures on China–Germany green-economy cooperation, made into a PDF brief in English, German and
//! Chinese.
//!
//! # The way of the data
//!
//! ```text
//!  data/*.csv ─ import ─▶ figures ─▶ snapshot ─▶ fill the template ─▶ Brief (blocks)
//!                                                                          │
//!                          reports/ ◀─ PDF, mail ◀─ pages ◀─ layout ◀──────┘
//! ```
//!
//! # The rooms
//!
//! | room | what lives there |
//! |---|---|
//! | [`cli`] | one command = one call below; tables for people, JSON lines for programs |
//! | [`figures`] | series, observations with vintage and sources, events; import and checks |
//! | [`brief`] | a brief as blocks; templates, filling, numbers and dates in each language |
//! | [`layout`] | blocks become pages; knows nothing of PDF |
//! | [`pdf`] | pages become bytes |
//! | [`delivery`] | the states of a mail and their legal moves, when it is tried again: pure |
//! | [`mail`] | building messages, and writing them to a folder |
//! | [`schedule`] | cron rules in time zones, clock changes, which slot is due: pure |
//! | [`subscribers`] | addresses, lists of subscribers, states of a subscription: pure |
//! | [`config`] | what operators write, read strictly; all problems at once |
//! | [`mail`] | building messages; the SMTP session that sends them, and the folder that keeps them instead |
//! | [`archive`] | files that appear whole or not at all |
//! | [`clock`] | the time as an argument |
//! | [`problem`], [`language`], [`sheet`] | open to all rooms |
//!
//! # What holds
//!
//! - Arrows run down: `tests/house.rs` keeps the table of who may know whom, and which room owns which library.
//! - Every time is an argument below cli, so that any run can be replayed.
//! - A figure without a source cannot be read in; a number in prose without a figure does not pass `check`.
//! - A mail counts as sent only when the server says 250 to its final dot, and a connection on which anything went
//!   wrong is never used again.
//! - A PDF is a function of figures, template, fonts, version and its time: the same inputs give the same bytes.
//! - The rooms `brief`, `layout` and `pdf` know no mail, no config and no async runtime; deliberately so.

pub mod archive;
pub mod brief;
pub mod cli;
pub mod clock;
pub mod config;
pub mod delivery;
pub mod figures;
pub mod language;
pub mod layout;
pub mod mail;
pub mod pdf;
pub mod problem;
pub mod schedule;
pub mod sheet;
pub mod subscribers;

//! greenbrief: cited figures on China–Germany green-economy cooperation, made into a PDF brief in English, German and
//! Chinese.
//!
//! # The way of the data
//!
//! ```text
//!  data/*.csv ─ import ─▶ store
//!                           │
//!  config/*.toml ─▶ schedule ─ due ─▶ edition: snapshot ─▶ fill the template ─▶ Brief (blocks)
//!                                                                                   │
//!            SMTP, folder ◀─ courier ◀─ mails ◀─ store, reports/ ◀─ PDF ◀─ pages ◀──┘ layout
//! ```
//!
//! [`edition`] tells this story top to bottom in one function.
//!
//! # The wings
//!
//! From the top: each imports only what stands below it. The rooms of a wing stand in a table of its own.
//!
//! | wing | what lives there |
//! |---|---|
//! | [`cli`] | one command = one call below; tables for people, JSON lines for programs |
//! | [`daemon`] | what runs all day: timekeeper, courier, retention, and the config that is replaced while they run |
//! | [`web`] | what is answered over HTTP: the preview's page on this machine, and those who watch the daemon |
//! | [`actions`] | what people do and ask: one function each, for the command line and for pages |
//! | [`edition`] | the whole story of one edition, from the frozen figures to the queued mails |
//! | [`monitoring`] | what is seen of a daemon from outside, and what its operators are told |
//! | [`mailing`] | what the config says of sending, ready for use: the sender's part of each mail, and the relays |
//! | [`store`] | the database, SQLite or PostgreSQL: figures, people, the ledger, editions, the outbox |
//! | [`config`] | what operators write, read strictly; all problems at once |
//! | [`document`] | figures and a template become blocks, pages, and a PDF or pictures |
//! | [`delivery`] | what may become of a mail; messages, signatures, the SMTP session |
//! | [`time`] | clock, calendars and schedules |
//! | [`people`] | subscribers, their addresses and states |
//! | [`figures`] | series, observations with vintage and sources, events; import and checks |
//! | [`base`] | small things under all others: problems with their place, languages, files that appear whole |
//!
//! # What holds
//!
//! - Arrows run down: `tests/house.rs` keeps the table of who may know whom, and which room owns which library.
//! - `now()` and randomness enter at cli, daemon (with timekeeper and courier), actions and monitoring; below them a time
//!   is an argument, so that any run can be replayed. Only the SMTP session measures its own waiting.
//! - A slot of a schedule is claimed once, by a row that can be there only once, and ends in a recorded outcome. The
//!   heartbeat only wakes; the ledger decides.
//! - All mails of an edition are committed before the first is sent. A note that the final dot may have been written is
//!   durable before the dot: after a crash a mail was not sent, was sent, or is `unknown`, shown, and not sent again by
//!   itself.
//! - Figures have two clocks, the day of publication and the import that brought them; nothing of them is overwritten or
//!   deleted, and an edition freezes those that it uses.
//! - A figure without a source cannot be read in; a number in prose without a figure does not pass `check`.
//! - A mail counts as sent only when the server says 250 to its final dot, and a connection on which anything went
//!   wrong is never used again.
//! - A PDF is a function of figures, template, fonts, version and its time: the same inputs give the same bytes.
//! - The wing `document` knows no mail, no config and no async runtime; deliberately so.

pub mod actions;
pub mod base;
pub mod cli;
pub mod config;
pub mod daemon;
pub mod delivery;
pub mod document;
pub mod edition;
pub mod figures;
pub mod mailing;
pub mod monitoring;
pub mod people;
pub mod store;
pub mod time;
pub mod web;

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
//! # The rooms
//!
//! | room | what lives there |
//! |---|---|
//! | [`cli`] | one command = one call below; tables for people, JSON lines for programs |
//! | [`daemon`] | starts timekeeper and courier with those who watch them, replaces the config they go by, and ends them together |
//! | [`timekeeper`] | the heartbeat and the ledger: which occurrence is due, claim it, have its edition made, record the outcome |
//! | [`web`] | what is answered over HTTP: the preview's page on this machine, and those who watch the daemon |
//! | [`monitor`] | what is seen of a daemon from outside: health, metrics, a ping while all is well, what systemd is told |
//! | [`watch`] | tells when files have changed |
//! | [`courier`] | takes mails from the outbox, sends them, records what became of each; the only sender |
//! | [`operators`] | what operators are told by mail: an alarm at once, the account of an edition that is over |
//! | [`retention`] | what is older than operators want to keep is removed |
//! | [`edition`] | the whole story of one edition, from the frozen figures to the queued mails |
//! | [`pdf`] | pages become bytes |
//! | [`svg`] | pages become pictures, for the preview and for documents |
//! | [`layout`] | blocks become pages; knows nothing of PDF |
//! | [`brief`] | a brief as blocks; templates, filling, numbers and dates in each language |
//! | [`config`] | what operators write, read strictly; all problems at once |
//! | [`store`] | the database, SQLite or PostgreSQL: figures, people, the ledger, editions, the outbox |
//! | [`mail`] | building messages; the SMTP session that sends them, and the folder that keeps them instead |
//! | [`dkim`] | keys and signatures of mails, and the record that a domain publishes: pure |
//! | [`figures`] | series, observations with vintage and sources, events; import and checks |
//! | [`calendar`] | days off by place and house: pure |
//! | [`schedule`] | cron rules in time zones, clock changes, days off and policies, which slot is due: pure |
//! | [`subscribers`] | addresses, lists of subscribers, states of a subscription: pure |
//! | [`delivery`] | the states of a mail and their legal moves, when it is tried again, what a refusal means, how fast and by which relay mails go: pure |
//! | [`trust`] | whom we trust, and connections encrypted: rustls with ring |
//! | [`vitals`] | signs of life that timekeeper and courier note of themselves for those who watch |
//! | [`archive`] | files that appear whole or not at all |
//! | [`clock`] | the time as an argument |
//! | [`problem`], [`language`], [`sheet`] | open to all rooms |
//!
//! # What holds
//!
//! - Arrows run down: `tests/house.rs` keeps the table of who may know whom, and which room owns which library.
//! - `now()` and randomness enter at cli, daemon, timekeeper, courier and monitor; below them a time is an argument, so
//!   that any run can be replayed.
//! - A slot of a schedule is claimed once, by a row that can be there only once, and ends in a recorded outcome. The
//!   heartbeat only wakes; the ledger decides.
//! - All mails of an edition are committed before the first is sent. A note that the final dot may have been written is
//!   durable before the dot: after a crash a mail was not sent, was sent, or is `unknown`, shown, and not sent again by
//!   itself.
//! - A figure without a source cannot be read in; a number in prose without a figure does not pass `check`.
//! - A mail counts as sent only when the server says 250 to its final dot, and a connection on which anything went
//!   wrong is never used again.
//! - A PDF is a function of figures, template, fonts, version and its time: the same inputs give the same bytes.
//! - The rooms `brief`, `layout` and `pdf` know no mail, no config and no async runtime; deliberately so.

pub mod archive;
pub mod brief;
pub mod calendar;
pub mod cli;
pub mod clock;
pub mod config;
pub mod courier;
pub mod daemon;
pub mod delivery;
pub mod dkim;
pub mod edition;
pub mod figures;
pub mod language;
pub mod layout;
pub mod mail;
pub mod monitor;
pub mod operators;
pub mod pdf;
pub mod problem;
pub mod retention;
pub mod schedule;
pub mod sheet;
pub mod store;
pub mod subscribers;
pub mod svg;
pub mod timekeeper;
pub mod trust;
pub mod vitals;
pub mod watch;
pub mod web;

//! Delivery: what may become of a mail, and how it is built, signed and handed to a server. The courier, which goes by
//! this, runs in the daemon.
//!
//! | room | what lives there |
//! |---|---|
//! | [`rules`] | the states of a mail and their legal moves, retries, refusals, pacing, shares of relays: pure |
//! | [`mail`] | building messages; the SMTP session that sends them, and the folder that keeps them instead |
//! | [`replies`] | mails that come back: bounces, complaints, requests to leave or to join, answers: pure |
//! | [`dkim`] | keys and signatures of mails, and the record that a domain publishes: pure |

pub mod dkim;
pub mod mail;
pub mod replies;
pub mod rules;

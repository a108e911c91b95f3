//! What is seen of a daemon from outside, and what its operators are told.
//!
//! | room | what lives there |
//! |---|---|
//! | [`vitals`] | signs of life that timekeeper and courier note of themselves |
//! | [`monitor`] | health, metrics, a ping while all is well, what systemd is told |
//! | [`operators`] | what operators are told by mail: an alarm at once, the account of an edition that is over |

pub mod monitor;
pub mod operators;
pub mod vitals;

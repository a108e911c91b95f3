//! Everything a daemon shows to the outside, and what it reports to its operators.
//!
//! | room | what lives there |
//! |---|---|
//! | [`health`] | whether the daemon lives, is ready and is well; the answers for monitors |
//! | [`metrics`] | the metrics, each with its name, its meaning and its values |
//! | [`ping`] | the HTTP request that an outside monitor waits for |
//! | [`systemd`] | what the service manager is told |
//! | [`vitals`] | signs of life that timekeeper and courier note while they work |
//! | [`overdue`] | schedules whose edition is not released in time, calendars that end soon |
//! | [`attention`] | the states that need a person: which hold, and what is done about each |
//! | [`operator_mail`] | mails to operators: an alarm at once, a report on each edition that is over |
//! | [`monitored_config`], [`store_status`], [`cached_answer`] | what the answers are made from |

pub mod attention;
pub mod cached_answer;
pub mod health;
pub mod metrics;
pub mod monitored_config;
pub mod operator_mail;
pub mod overdue;
pub mod ping;
pub mod store_status;
pub mod systemd;
pub mod vitals;

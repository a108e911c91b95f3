//! Values as people write them, each read strictly and with hints: lengths of time, rates, time zones, languages, mailboxes,
//! names of hosts, words. What a value is for is not here.

pub(super) mod durations;
pub(super) mod hostnames;
pub(super) mod invalid;
pub(super) mod languages;
pub(super) mod mailboxes;
pub(super) mod rates;
pub(super) mod timezones;
pub(super) mod words;

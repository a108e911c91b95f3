//! Values as people write them, each read strictly and with hints: lengths of time, rates, time zones, languages, mailboxes,
//! names of hosts, networks, words. What a value is for is not here.

pub(super) mod authorities;
pub(super) mod durations;
pub(super) mod hostnames;
pub(super) mod invalid;
pub(super) mod languages;
pub(super) mod listen_addresses;
pub(super) mod mailboxes;
pub(super) mod networks;
pub(super) mod rates;
pub(super) mod timezones;
pub(super) mod words;

//! Every key of the config files as a table: what it holds, whether it must be there, what is in force without it, and
//! what it is for. The JSON Schemas and `config show` are made from it; reading the files is not here. A test compares it
//! with what the reader knows.

mod brief;
mod calendar;
mod key;
mod settings;

pub(super) use self::{
    brief::BRIEF,
    calendar::CALENDAR,
    key::{DefaultValue, Derived, Holds, Key},
    settings::SETTINGS,
};

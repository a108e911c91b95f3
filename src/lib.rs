//! greenbrief: cited figures on China–Germany green-economy cooperation, kept in a store, made into a PDF brief in
//! English, German and Chinese on a schedule, and mailed to subscribers.

pub mod brief;
pub mod delivery;
pub mod figures;
pub mod language;
pub mod layout;
pub mod pdf;
pub mod problem;

//! A syntax error of the TOML parser as a problem with its place.

use crate::base::{
    backslash,
    problem::{Problem, Source},
};

/// The problem of a TOML error. `offset` is the byte of the file at which the parsed part begins.
pub(super) fn toml_problem(error: &toml::de::Error, source: &Source, offset: usize) -> Problem {
    let range = error.span().unwrap_or(0..0);
    let place = source.place(range.start + offset..range.end + offset);
    let problem = Problem::error(format!("this is not TOML: {}", error.message()));
    let problem = match backslash::hint(&place.source) {
        Some(hint) => problem.hint(hint),
        None => problem,
    };
    problem.at(place)
}

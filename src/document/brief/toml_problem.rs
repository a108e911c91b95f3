//! A syntax error of the TOML parser as a problem with its place.

use crate::base::problem::{Problem, Source};

/// The problem of a TOML error. `offset` is the byte of the file at which the parsed part begins.
pub(super) fn toml_problem(error: &toml::de::Error, source: &Source, offset: usize) -> Problem {
    let range = error.span().unwrap_or(0..0);
    Problem::error(format!("this is not TOML: {}", error.message()))
        .at(source.place(range.start + offset..range.end + offset))
}

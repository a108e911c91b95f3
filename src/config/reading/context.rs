//! The context with which every section of `greenbrief.toml` is read.

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
};

use crate::config::reading::problem_sink::ProblemSink;

/// The context with which every section is read.
pub(in crate::config) struct Context<'a> {
    /// The folder of the file, which paths are relative to
    pub(in crate::config) base: &'a Path,
    pub(in crate::config) environment: &'a dyn Fn(&str) -> Option<String>,
    pub(in crate::config) sink: &'a ProblemSink,
    /// Collects the files that hold secrets
    pub(in crate::config) secrets: RefCell<Vec<PathBuf>>,
}

impl Context<'_> {
    /// Returns an environment variable that is set and not empty.
    pub(in crate::config) fn variable(&self, name: &str) -> Option<String> {
        (self.environment)(name).filter(|value| !value.is_empty())
    }
}

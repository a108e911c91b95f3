//! The types of the config as it is in force.

use std::path::PathBuf;

use crate::config::effective::literal::Literal;

/// A config file as it is in force.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The file as it is named in problems.
    pub file: String,
    /// What it is, however the folders are called: `greenbrief`, `briefs/ID` or `calendars/ID`.
    pub role: String,
    /// Its tables, each before those that are in it.
    pub tables: Vec<ShownTable>,
}

/// A table of it.
#[derive(Debug, Clone)]
pub struct ShownTable {
    /// The names that lead to it; none for the file itself.
    pub path: Vec<String>,
    /// Its number, if it is one of a list.
    pub row: Option<usize>,
    /// Would a file hold its head? Not if keys would be missing below it then.
    pub live: bool,
    /// Its keys but those of tables.
    pub settings: Vec<Setting>,
}

/// A key with its value.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Its name in its table.
    pub key: String,
    /// `None`: nothing is in force.
    pub value: Option<Literal>,
    /// Where the value comes from.
    pub from: ComesFrom,
    /// Would a file hold it? Not what has to come from elsewhere, and not what would be so without it.
    pub live: bool,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ComesFrom {
    /// A line of a config file.
    File {
        /// As it is named in problems.
        file: String,
        /// From 1.
        line: usize,
    },
    /// `--set` on the command line.
    Set,
    /// An environment variable.
    Environment(&'static str),
    /// A file that the config names.
    Kept(PathBuf),
    /// Nobody said something else.
    Default,
}

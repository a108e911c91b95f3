//! `[paths]`: the folders.

use std::path::{Path, PathBuf};

use crate::{
    base::problem::Place,
    config::reading::{paths::resolve, table_reader::TableReader},
};

/// The folders, each as it is found from the working directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// Holds `briefs/*.toml`.
    pub config: PathBuf,
    /// Holds a file for each calendar that is not computed.
    pub calendars: PathBuf,
    /// Holds a folder for each template.
    pub templates: PathBuf,
    /// The figures.
    pub data: PathBuf,
    /// The SQLite database and its lock.
    pub state: PathBuf,
    /// Finished PDFs, and the outbox of the folder transport.
    pub reports: PathBuf,
}

/// Reads the section; the second value is where `calendars` is given, if it is.
pub(in crate::config) fn read(section: Option<TableReader<'_>>, base: &Path) -> (Paths, Option<Place>) {
    let mut section = section;
    let place_of_calendars = section.as_ref().and_then(|section| section.place_of("calendars"));
    let mut path = |key: &'static str, default: &str| -> PathBuf {
        let given = section.as_mut().and_then(|section| section.text(key));
        resolve(base, given.as_ref().map_or(default, |given| given.text))
    };
    let config = path("config", ".");
    let given = path("calendars", "calendars");
    // The default moves with the folder of the config.
    let calendars = if place_of_calendars.is_some() { given } else { resolve(&config, "calendars") };
    let paths = Paths {
        config,
        calendars,
        templates: path("templates", "../templates"),
        data: path("data", "../data"),
        state: path("state", "../var"),
        reports: path("reports", "../reports"),
    };
    if let Some(section) = section {
        section.finish();
    }
    (paths, place_of_calendars)
}

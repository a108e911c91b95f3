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

pub(in crate::config) const DEFAULT_CONFIG: &str = ".";
/// In the folder of the config
const DEFAULT_CALENDARS: &str = "calendars";
pub(in crate::config) const DEFAULT_TEMPLATES: &str = "../templates";
pub(in crate::config) const DEFAULT_DATA: &str = "../data";
pub(in crate::config) const DEFAULT_STATE: &str = "../var";
pub(in crate::config) const DEFAULT_REPORTS: &str = "../reports";

/// Reads the section; the second value is where `calendars` is given, if it is.
pub(in crate::config) fn read(section: Option<TableReader<'_>>, base: &Path) -> (Paths, Option<Place>) {
    let mut section = section;
    let place_of_calendars = section.as_ref().and_then(|section| section.place_of("calendars"));
    let mut path = |key: &'static str, default: &str| -> PathBuf {
        let given = section.as_mut().and_then(|section| section.text(key));
        resolve(base, given.as_ref().map_or(default, |given| given.text))
    };
    let config = path("config", DEFAULT_CONFIG);
    let given = path("calendars", DEFAULT_CALENDARS);
    // The default moves with the folder of the config.
    let calendars = if place_of_calendars.is_some() { given } else { resolve(&config, DEFAULT_CALENDARS) };
    let paths = Paths {
        config,
        calendars,
        templates: path("templates", DEFAULT_TEMPLATES),
        data: path("data", DEFAULT_DATA),
        state: path("state", DEFAULT_STATE),
        reports: path("reports", DEFAULT_REPORTS),
    };
    if let Some(section) = section {
        section.finish();
    }
    (paths, place_of_calendars)
}

//! `[paths]`: the folders.

use std::path::{Path, PathBuf};

use crate::{
    base::problem::{Place, Problem},
    config::reading::{paths::resolve, problem_sink::ProblemSink, table_reader::TableReader},
};

/// The outbox of the folder transport, among the reports: no brief has this id.
pub(in crate::config) const OUTBOX: &str = "outbox";

/// The folders, each as it is found from the working directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// Holds `briefs/*.toml`.
    pub config: PathBuf,
    /// Holds a file for each calendar that is not computed.
    pub calendars: PathBuf,
    /// Holds a folder for each template.
    pub templates: PathBuf,
    /// The SQLite database and its lock.
    pub state: PathBuf,
    /// Finished PDFs, and the outbox of the folder transport.
    pub reports: PathBuf,
}

impl Paths {
    /// The folder into which the folder transport writes mails.
    pub fn outbox(&self) -> PathBuf {
        self.reports.join(OUTBOX)
    }
}

pub(in crate::config) const DEFAULT_CONFIG: &str = ".";
/// In the folder of the config
const DEFAULT_CALENDARS: &str = "calendars";
pub(in crate::config) const DEFAULT_TEMPLATES: &str = "../templates";
pub(in crate::config) const DEFAULT_STATE: &str = "../var";
pub(in crate::config) const DEFAULT_REPORTS: &str = "../reports";

/// The folders as the section gives them.
pub(in crate::config) struct GivenPaths {
    pub(in crate::config) paths: Paths,
    /// Where `calendars` is given, if it is
    pub(in crate::config) place_of_calendars: Option<Place>,
    /// `state` is given as it has to be, or not at all
    pub(in crate::config) state_is_known: bool,
}

/// Reads the section.
pub(in crate::config) fn read(section: Option<TableReader<'_>>, base: &Path, sink: &ProblemSink) -> GivenPaths {
    let mut section = section;
    let place_of_calendars = section.as_ref().and_then(|section| section.place_of("calendars"));
    if let Some(entry) = section.as_mut().and_then(|section| section.forbidden("data")) {
        sink.push(
            Problem::warning("`paths.data` means nothing: figures are read from the store alone")
                .at(entry.span.place())
                .hint("take this line out; `greenbrief figures import FILE` brings figures into the store"),
        );
    }
    let mut state_is_known = true;
    let mut path = |key: &'static str, default: &str| -> PathBuf {
        let given = section.as_mut().and_then(|section| section.text(key));
        if key == "state" && given.is_none() {
            state_is_known = section.as_ref().is_none_or(|section| section.place_of(key).is_none());
        }
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
        state: path("state", DEFAULT_STATE),
        reports: path("reports", DEFAULT_REPORTS),
    };
    if let Some(section) = section {
        section.finish();
    }
    GivenPaths { paths, place_of_calendars, state_is_known }
}

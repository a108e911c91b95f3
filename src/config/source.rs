//! Where the config stands: its file, and what the command line sets over it.

use std::{collections::BTreeMap, path::PathBuf};

use crate::{
    base::{ids::ScheduleId, problem::Problems},
    config::{
        briefs::Brief,
        effective::Shown,
        load::{load, read, show},
        model::Config,
        partial,
        readable::ReadableConfig,
    },
};

/// The place of a config. Secrets come from this process' environment.
#[derive(Debug, Clone)]
pub struct ConfigSource {
    /// `greenbrief.toml`
    pub file: PathBuf,
    /// Keys and values of `--set`, in their order
    pub overrides: Vec<(String, String)>,
}

impl ConfigSource {
    /// The file, if none is named.
    pub const DEFAULT_FILE: &str = "config/greenbrief.toml";

    /// The checked config and its warnings.
    ///
    /// # Errors
    /// Every problem of every file.
    pub fn load(&self) -> Result<(Config, Problems), Problems> {
        load(&self.file, &self.overrides, &environment)
    }

    /// Every key with its value and where that comes from, and the warnings.
    ///
    /// # Errors
    /// Every problem of every file.
    pub fn show(&self) -> Result<(Vec<Shown>, Problems), Problems> {
        show(&self.file, &self.overrides, &environment)
    }

    /// The config as far as it can be read.
    pub fn read(&self) -> ReadableConfig {
        read(&self.file, &self.overrides, &environment)
    }

    /// The ids of the briefs, each with those of its schedules, as far as they can be read.
    pub fn ids(&self) -> Vec<(String, Vec<ScheduleId>)> {
        partial::ids_of(&self.file, &self.overrides)
    }

    /// The briefs of the config, without their templates and without secrets.
    ///
    /// # Errors
    /// What is wrong with a brief or a calendar, and with the file if it cannot be read at all.
    pub fn briefs(&self) -> Result<BTreeMap<String, Brief>, Problems> {
        partial::briefs_of(&self.file, &self.overrides)
    }
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

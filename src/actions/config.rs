//! The config as people and editors see it: the schemas of its files, and every key that is in force with where it comes
//! from. What the keys mean is in `config` and `document::brief`.

use std::{fs, path::Path};

use anyhow::Context as _;
use serde::Serialize;
use serde_json::Value;

use super::Result;
use crate::{
    base::{
        archive,
        problem::{Problem, Problems},
    },
    config::{self, ComesFrom, Literal, Shown},
    document::brief,
};

/// A kind of file that people write and that has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// `greenbrief.toml`
    Greenbrief,
    /// `briefs/ID.toml`
    Brief,
    /// `calendars/ID.toml`
    Calendar,
    /// `theme.toml` of a template
    Theme,
    /// `blocks.toml` of a template
    Blocks,
}

impl FileKind {
    /// Every kind.
    pub const ALL: [FileKind; 5] =
        [FileKind::Greenbrief, FileKind::Brief, FileKind::Calendar, FileKind::Theme, FileKind::Blocks];

    /// The name of the file that holds the kind's schema.
    pub const fn schema_file(self) -> &'static str {
        match self {
            FileKind::Greenbrief => "greenbrief.schema.json",
            FileKind::Brief => "brief.schema.json",
            FileKind::Calendar => "calendar.schema.json",
            FileKind::Theme => "theme.schema.json",
            FileKind::Blocks => "blocks.schema.json",
        }
    }

    /// The JSON Schema of files of this kind.
    pub fn schema(self) -> Value {
        match self {
            FileKind::Greenbrief => config::schema(config::Kind::Settings),
            FileKind::Brief => config::schema(config::Kind::Brief),
            FileKind::Calendar => config::schema(config::Kind::Calendar),
            FileKind::Theme => brief::theme_schema(),
            FileKind::Blocks => brief::blocks_schema(),
        }
    }
}

/// A file that was written.
#[derive(Debug, Serialize)]
pub struct WrittenFile {
    /// Its path
    pub path: String,
}

/// Writes the schemas of all kinds into a folder.
///
/// # Errors
/// A file cannot be written.
pub fn write_schemas(folder: &Path) -> Result<Vec<WrittenFile>> {
    let write_schema = |kind: FileKind| {
        let text = serde_json::to_string_pretty(&kind.schema()).context("a schema cannot be written as JSON")?;
        write(&folder.join(kind.schema_file()), &format!("{text}\n"))
    };
    FileKind::ALL.into_iter().map(write_schema).collect()
}

/// Only the file `role` of the config: `greenbrief`, `briefs/ID` or `calendars/ID`.
///
/// # Errors
/// The config has no such file.
pub fn select(mut files: Vec<Shown>, role: &str) -> Result<Vec<Shown>> {
    let roles: Vec<String> = files.iter().map(|file| file.role.clone()).collect();
    files.retain(|file| file.role == role);
    if files.is_empty() {
        let problem = Problem::error(format!("the config has no file `{role}`"));
        return Err(problem.did_you_mean(role, roles.iter().map(String::as_str)).into());
    }
    Ok(files)
}

/// A key that is in force.
#[derive(Debug, Serialize)]
pub struct KeyInForce<'a> {
    /// `greenbrief`, `briefs/ID` or `calendars/ID`
    pub config: &'a str,
    /// The key with the tables that lead to it
    pub key: String,
    /// Its value; a secret is masked
    pub value: Option<&'a Literal>,
    /// `file`, `set`, `environment`, `kept` (in a file that the config names) or `default`
    pub from: &'static str,
    /// The file that the value comes from
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line of that file, from 1
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The environment variable that the value comes from
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variable: Option<&'static str>,
}

/// Every key of a config file.
pub fn keys(file: &Shown) -> Vec<KeyInForce<'_>> {
    let mut keys = Vec::new();
    for table in &file.tables {
        for setting in &table.settings {
            let (from, path, line, variable) = match &setting.from {
                ComesFrom::File { file, line } => ("file", Some(file.clone()), Some(*line), None),
                ComesFrom::Set => ("set", None, None, None),
                ComesFrom::Environment(name) => ("environment", None, None, Some(*name)),
                ComesFrom::Kept(file) => ("kept", Some(file.display().to_string()), None, None),
                ComesFrom::Default => ("default", None, None, None),
            };
            let (config, key) = (file.role.as_str(), table.name_of(setting));
            keys.push(KeyInForce { config, key, value: setting.value.as_ref(), from, file: path, line, variable });
        }
    }
    keys
}

/// Writes a whole config into a folder that has none yet: files that people wrote are never replaced.
///
/// # Errors
/// One of the files exists already, or cannot be written.
pub fn write_files(files: Vec<Shown>, folder: &Path) -> Result<Vec<WrittenFile>> {
    let files: Vec<Shown> = files.into_iter().map(Shown::moved).collect();
    let path_of = |file: &Shown| folder.join(format!("{}.toml", file.role));
    let mut existing = Problems::new();
    for path in files.iter().map(path_of).filter(|path| path.exists()) {
        let problem = Problem::error(format!("{} already exists", path.display()));
        existing.push(problem.hint("name a folder that is new or empty"));
    }
    existing.into_result(())?;
    for folder in ["briefs", "calendars"].map(|name| folder.join(name)) {
        fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    files.iter().map(|file| write(&path_of(file), &file.to_string())).collect()
}

fn write(path: &Path, text: &str) -> Result<WrittenFile> {
    archive::write_atomically(path, text.as_bytes())
        .with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(WrittenFile { path: path.display().to_string() })
}

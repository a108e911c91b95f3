//! `config schema`: what an editor must know of the files that people write; `config show`: what is in force, and where
//! each value comes from. What the keys are is in `config` and `brief`.

use std::{fs, path::Path, process::ExitCode};

use anyhow::Context as _;
use serde::Serialize;
use serde_json::Value;

use super::{
    arguments::{ConfigCommand, FileKind},
    context::Context,
};
use crate::{
    base::{
        archive,
        problem::{Problem, Problems},
    },
    config::{self, ComesFrom, Literal, Shown},
    document::brief,
};

pub(super) fn run(context: &Context, command: &ConfigCommand) -> anyhow::Result<ExitCode> {
    match command {
        ConfigCommand::Schema { kind, out } => schemas(context, *kind, out.as_deref()),
        ConfigCommand::Show { file, out: None } => show(context, file.as_deref()),
        ConfigCommand::Show { out: Some(out), .. } => write(context, out),
    }
}

fn schema(kind: FileKind) -> Value {
    match kind {
        FileKind::Greenbrief => config::schema(config::Kind::Settings),
        FileKind::Brief => config::schema(config::Kind::Brief),
        FileKind::Calendar => config::schema(config::Kind::Calendar),
        FileKind::Theme => brief::theme_schema(),
        FileKind::Blocks => brief::blocks_schema(),
    }
}

/// A file that was written.
#[derive(Debug, Serialize)]
struct Written {
    path: String,
}

fn put(context: &Context, path: &Path, text: &str) -> anyhow::Result<()> {
    archive::write_atomically(path, text.as_bytes())
        .with_context(|| format!("{} cannot be written", path.display()))?;
    let written = Written { path: path.display().to_string() };
    context.output.result(&written, || written.path.clone())
}

fn schemas(context: &Context, kind: Option<FileKind>, out: Option<&Path>) -> anyhow::Result<ExitCode> {
    for kind in FileKind::ALL.into_iter().filter(|one| kind.is_none_or(|kind| kind == *one)) {
        let schema = schema(kind);
        let pretty = serde_json::to_string_pretty(&schema)?;
        match out {
            Some(out) => put(context, &out.join(kind.schema_file()), &format!("{pretty}\n"))?,
            None => context.output.result(&schema, || pretty)?,
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A key and its value, for programs.
#[derive(Debug, Serialize)]
struct InForce<'a> {
    /// `greenbrief`, `briefs/ID` or `calendars/ID`
    config: &'a str,
    key: String,
    value: Option<&'a Literal>,
    /// `file`, `set`, `environment`, `kept` (in a file that the config names) or `default`
    from: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variable: Option<&'static str>,
}

fn in_force(context: &Context) -> anyhow::Result<Vec<Shown>> {
    let global = &context.global;
    let (shown, warnings) = config::show(&global.config, &global.set, &|name| std::env::var(name).ok())?;
    context.output.problems(&warnings);
    Ok(shown)
}

fn show(context: &Context, wanted: Option<&str>) -> anyhow::Result<ExitCode> {
    let mut shown = in_force(context)?;
    if let Some(wanted) = wanted {
        let roles: Vec<String> = shown.iter().map(|shown| shown.role.clone()).collect();
        shown.retain(|shown| shown.role == wanted);
        if shown.is_empty() {
            let problem = Problem::error(format!("the config has no file `{wanted}`"));
            return Err(Problems::from(problem.did_you_mean(wanted, roles.iter().map(String::as_str))).into());
        }
    }
    for (index, shown) in shown.iter().enumerate() {
        if context.output.is_json() {
            objects(context, shown)?;
        } else {
            let gap = if index > 0 { "\n" } else { "" };
            context.output.say(format!("{gap}{shown}").trim_end())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn objects(context: &Context, shown: &Shown) -> anyhow::Result<()> {
    for table in &shown.tables {
        for setting in &table.settings {
            let (from, file, line, variable) = match &setting.from {
                ComesFrom::File { file, line } => ("file", Some(file.clone()), Some(*line), None),
                ComesFrom::Set => ("set", None, None, None),
                ComesFrom::Environment(name) => ("environment", None, None, Some(*name)),
                ComesFrom::Kept(file) => ("kept", Some(file.display().to_string()), None, None),
                ComesFrom::Default => ("default", None, None, None),
            };
            let (config, key) = (shown.role.as_str(), table.name_of(setting));
            let object = InForce { config, key, value: setting.value.as_ref(), from, file, line, variable };
            context.output.result(&object, String::new)?;
        }
    }
    Ok(())
}

/// The whole config as files, in a folder that has none yet: over those that people wrote nothing is put.
fn write(context: &Context, out: &Path) -> anyhow::Result<ExitCode> {
    let shown: Vec<Shown> = in_force(context)?.into_iter().map(Shown::moved).collect();
    let path_of = |shown: &Shown| out.join(format!("{}.toml", shown.role));
    let mut there = Problems::new();
    for path in shown.iter().map(path_of).filter(|path| path.exists()) {
        let problem = Problem::error(format!("{} is there already", path.display()));
        there.push(problem.hint("name a folder that is new or empty"));
    }
    there.into_result(())?;
    for folder in ["briefs", "calendars"].map(|name| out.join(name)) {
        fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    shown.iter().try_for_each(|shown| put(context, &path_of(shown), &shown.to_string()))?;
    Ok(ExitCode::SUCCESS)
}

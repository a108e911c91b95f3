//! `config schema` and `config show`.

use std::path::Path;

use super::{arguments::ConfigCommand, context::Context, ending::Ending};
use crate::{
    actions::{
        self,
        config::{self, FileKind, WrittenFile},
    },
    config::Shown,
};

pub(super) fn run(context: &Context, command: &ConfigCommand) -> anyhow::Result<Ending> {
    match command {
        ConfigCommand::Schema { out: Some(out), .. } => print_written(context, &config::write_schemas(out)?),
        ConfigCommand::Schema { kind, out: None } => schemas(context, *kind),
        ConfigCommand::Show { file, out: None } => show(context, file.as_deref()),
        ConfigCommand::Show { out: Some(out), .. } => write(context, out),
    }
}

fn schemas(context: &Context, kind: Option<FileKind>) -> anyhow::Result<Ending> {
    for kind in FileKind::ALL.into_iter().filter(|one| kind.is_none_or(|kind| kind == *one)) {
        let schema = kind.schema();
        let pretty = serde_json::to_string_pretty(&schema)?;
        context.output.result(&schema, || pretty)?;
    }
    Ok(Ending::Done)
}

fn print_written(context: &Context, files: &[WrittenFile]) -> anyhow::Result<Ending> {
    files.iter().try_for_each(|file| context.output.result(file, || file.path.clone()))?;
    Ok(Ending::Done)
}

/// The config files in force. Prints the config's warnings.
fn in_force(context: &Context) -> anyhow::Result<Vec<Shown>> {
    let (files, warnings) = context.config_source().show().map_err(actions::Error::Files)?;
    context.output.problems(&warnings);
    Ok(files)
}

fn show(context: &Context, role: Option<&str>) -> anyhow::Result<Ending> {
    let mut files = in_force(context)?;
    if let Some(role) = role {
        files = config::select(files, role)?;
    }
    for (index, file) in files.iter().enumerate() {
        if context.output.is_json() {
            config::keys(file).iter().try_for_each(|key| context.output.result(key, String::new))?;
        } else {
            let gap = if index > 0 { "\n" } else { "" };
            context.output.say(format!("{gap}{file}").trim_end())?;
        }
    }
    Ok(Ending::Done)
}

fn write(context: &Context, out: &Path) -> anyhow::Result<Ending> {
    print_written(context, &config::write_files(in_force(context)?, out)?)
}

//! `template schema`: what an editor must know of a template's files. The tables it is made from are in `brief`.

use std::process::ExitCode;

use super::{arguments::TemplateFile, context::Context};
use crate::brief;

pub(super) fn schema(context: &Context, file: TemplateFile) -> anyhow::Result<ExitCode> {
    let schema = match file {
        TemplateFile::Theme => brief::theme_schema(),
        TemplateFile::Blocks => brief::blocks_schema(),
    };
    let pretty = serde_json::to_string_pretty(&schema)?;
    context.output.result(&schema, || pretty)?;
    Ok(ExitCode::SUCCESS)
}

//! `build`: writes the PDFs and tells each.

use std::process::ExitCode;

use super::context::Context;
use crate::actions::build::{BuildRequest, build};

pub(super) async fn run(context: &Context, request: &BuildRequest) -> anyhow::Result<ExitCode> {
    for pdf in build(&context.installation()?, request).await? {
        context.output.result(&pdf, || {
            format!("{}  {} pages  {} kB  sha256 {}", pdf.path, pdf.pages, pdf.bytes.div_ceil(1000), pdf.sha256)
        })?;
    }
    Ok(ExitCode::SUCCESS)
}

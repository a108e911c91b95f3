//! `build`: the PDFs of a brief as a draft.

use std::{path::Path, process::ExitCode};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use ring::digest::{SHA256, digest};
use serde::Serialize;

use super::context::{Context, snapshot};
use crate::{
    base::{archive, language::Language},
    edition,
};

/// A PDF that was written.
#[derive(Debug, Serialize)]
pub(super) struct Built {
    pub language: Language,
    pub path: String,
    pub sha256: String,
    pub pages: usize,
    pub bytes: usize,
}

pub(super) async fn run(
    context: &Context,
    brief: &str,
    languages: &[Language],
    at: Option<DateTime<Utc>>,
    out: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    let order = context.order(&config, context.brief(&config, brief)?, languages)?;
    let at = at.unwrap_or_else(|| context.now());
    let snapshot = snapshot(context.figures(&config).await?, &order, at);
    let frame = order.frame(None, at);
    order.template.check(&snapshot, &frame, &order.languages).into_result(())?;
    let out = out.unwrap_or(&config.paths.reports);
    for pressed in edition::press(&order.template, &snapshot, &order.languages, &frame)? {
        let path = out.join(format!("{brief}-{}.pdf", pressed.language));
        archive::write_atomically(&path, &pressed.pdf)
            .with_context(|| format!("{} could not be written", path.display()))?;
        let built = built(pressed.language, &path, &pressed.pdf, pressed.pages);
        context.output.result(&built, || {
            format!("{}  {} pages  {} kB  sha256 {}", built.path, built.pages, built.bytes.div_ceil(1000), built.sha256)
        })?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn built(language: Language, path: &Path, bytes: &[u8], pages: usize) -> Built {
    let sha256 = digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    Built { language, path: path.display().to_string(), sha256, pages, bytes: bytes.len() }
}

//! `build`: the PDFs of a brief as a draft.

use std::{path::Path, process::ExitCode};

use anyhow::Context;
use chrono::{DateTime, Utc};
use ring::digest::{SHA256, digest};
use serde::Serialize;

use super::{output::Output, shipped};
use crate::{
    archive,
    brief::{Filled, Frame, Template},
    figures::{self, Snapshot},
    language::Language,
    layout, pdf,
    problem::{Problem, Problems},
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

/// One language, from template to bytes.
pub(super) fn press(
    template: &Template,
    snapshot: &Snapshot,
    language: Language,
    frame: &Frame,
) -> anyhow::Result<(Filled, Vec<u8>, usize)> {
    let filled = template.fill(snapshot, language, frame)?;
    let document = layout::lay_out(&filled.brief, &template.theme)?;
    let bytes = pdf::write(&document)?;
    Ok((filled, bytes, document.pages.len()))
}

pub(super) fn run(
    output: Output,
    brief: &str,
    languages: &[Language],
    at: DateTime<Utc>,
    out: &Path,
    templates: &Path,
) -> anyhow::Result<ExitCode> {
    let folder = templates.join(brief);
    if brief.contains(['/', '\\']) || !folder.is_dir() {
        let known: Vec<String> = std::fs::read_dir(templates)
            .into_iter()
            .flatten()
            .flatten()
            .map(|e| e.file_name().to_string_lossy().into_owned())
            .collect();
        let problem = Problem::error(format!("there is no brief `{brief}` in {}", templates.display()));
        return Err(Problems::from(problem.did_you_mean(brief, known.iter().map(String::as_str))).into());
    }
    let template = Template::load(&folder, &Language::ALL)?;
    let snapshot = shipped::snapshot(figures::shipped::dataset()?, at);
    let frame = shipped::frame(at);
    let problems = template.check(&snapshot, &frame, &Language::ALL);
    problems.into_result(())?;
    let languages = if languages.is_empty() { &Language::ALL } else { languages };
    for language in languages {
        let (_, bytes, pages) = press(&template, &snapshot, *language, &frame)?;
        let path = out.join(format!("{brief}-{language}.pdf"));
        archive::write_atomically(&path, &bytes).with_context(|| format!("{} could not be written", path.display()))?;
        let built = built(*language, &path, &bytes, pages);
        output.result(&built, || {
            format!("{}  {} pages  {} kB  sha256 {}", built.path, built.pages, built.bytes.div_ceil(1000), built.sha256)
        })?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn built(language: Language, path: &Path, bytes: &[u8], pages: usize) -> Built {
    let sha256 = digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    Built { language, path: path.display().to_string(), sha256, pages, bytes: bytes.len() }
}

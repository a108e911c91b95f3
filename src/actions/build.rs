//! The PDFs of a brief as a draft: without a number, and nothing is sent.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use ring::digest::{SHA256, digest};
use serde::Serialize;

use super::{Installation, Result, snapshot};
use crate::{
    base::{
        archive,
        ids::EditionName,
        language::Language,
        problem::{Problem, Problems},
    },
    edition,
    figures::Known,
    store::{Edition, EditionQuery},
};

/// Maximum number of editions that a hint names.
const EDITIONS_NAMED: i64 = 5;

/// A PDF that was written.
#[derive(Debug, Serialize)]
pub struct BuiltPdf {
    /// Its language
    pub language: Language,
    /// Its path
    pub path: String,
    /// The SHA-256 of its bytes, in hex
    pub sha256: String,
    /// Its number of pages
    pub pages: usize,
    /// Its size
    pub bytes: usize,
}

impl BuiltPdf {
    /// The PDF with these bytes, which is at `path`.
    pub fn new(language: Language, path: &Path, bytes: &[u8], pages: usize) -> BuiltPdf {
        let sha256 = digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        BuiltPdf { language, path: path.display().to_string(), sha256, pages, bytes: bytes.len() }
    }
}

/// The PDFs to build.
#[derive(Debug)]
pub struct BuildRequest {
    /// The brief's id
    pub brief: String,
    /// The languages; all of the brief's if there are none
    pub languages: Vec<Language>,
    /// The date printed, and the day up to which figures are known; now if it is not given
    pub at: Option<DateTime<Utc>>,
    /// What the store knew: its figures as of that time
    pub known: Known,
    /// The edition since which changes are told; the last one before that time if it is not given
    pub since: Option<EditionName>,
    /// The folder for the PDFs; that for reports if it is not given
    pub out: Option<PathBuf>,
}

/// Writes `BRIEF-LANGUAGE.pdf` for each language. Also returns what would not hold an edition.
///
/// # Errors
/// There is no such brief or language, the template or the figures have a mistake, or a file cannot be written.
pub async fn build(installation: &Installation, request: &BuildRequest) -> Result<(Vec<BuiltPdf>, Problems)> {
    if let Some(folder) = &request.out {
        check_folder(folder)?;
    }
    let spec = installation.edition_spec(installation.brief(&request.brief)?, &request.languages)?;
    let at = request.at.unwrap_or_else(|| installation.now());
    let spec = match &request.since {
        Some(name) => {
            let earlier = edition_of(installation, &request.brief, name).await?;
            spec.compared_with(installation.existing_store().await?, Some(earlier)).await?
        }
        None => installation.compared(spec, at).await?,
    };
    let snapshot = snapshot(installation.figures_for(&spec, at, request.known).await?, &spec, at);
    let frame = spec.frame(None, at);
    let warnings = spec.template.check(&snapshot, &frame, &spec.languages).without_errors()?;
    let out = request.out.as_ref().unwrap_or(&installation.settings()?.paths.reports);
    let mut built = Vec::new();
    for pressed in edition::typeset(&spec.template, &snapshot, &spec.languages, &frame)? {
        let path = out.join(format!("{}-{}.pdf", request.brief, pressed.language));
        write_pdf(&path, &pressed.pdf)?;
        built.push(BuiltPdf::new(pressed.language, &path, &pressed.pdf, pressed.pages));
    }
    Ok((built, warnings))
}

/// The edition of this name, if it is one of the brief.
async fn edition_of(installation: &Installation, brief: &str, name: &EditionName) -> Result<Edition> {
    if name.brief == brief {
        return installation.edition(name).await;
    }
    let query = EditionQuery { brief: Some(brief), state: None };
    let own = match installation.listed_store().await? {
        Some(store) => store.editions().listed(query, EDITIONS_NAMED).await?,
        None => Vec::new(),
    };
    let own: Vec<String> = own.iter().map(|edition| edition.name().to_string()).collect();
    let problem = Problem::error(format!("{name} is no edition of {brief}, which is built"));
    Err(problem
        .hint(match own[..] {
            [] => format!("{brief} has no editions yet: leave --since out"),
            _ => format!("the newest editions of {brief} are {}", own.join(", ")),
        })
        .into())
}

/// Refuses as a folder what is none, before anything is made. One that is not there is made with its first file.
///
/// # Errors
/// The path is that of something else, or leads through something else.
pub(super) fn check_folder(folder: &Path) -> Result<()> {
    let is_none = match fs::metadata(folder) {
        Ok(found) => !found.is_dir(),
        Err(error) => error.kind() == io::ErrorKind::NotADirectory,
    };
    if is_none {
        let problem = Problem::error(format!("{} is not a folder", folder.display()));
        return Err(problem.hint("name a folder, which may be new").into());
    }
    Ok(())
}

pub(super) fn write_pdf(path: &Path, bytes: &[u8]) -> Result<()> {
    Ok(archive::write_atomically(path, bytes).with_context(|| format!("{} could not be written", path.display()))?)
}

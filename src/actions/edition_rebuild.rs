//! An edition is made again from what was kept of it, and compared with what its readers got.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Serialize;

use super::{Installation, Result, build::check_folder};
use crate::{
    base::{archive, ids::EditionName, language::Language, problem::Problem},
    edition::rebuild::{self, Remade},
    edition::{ARCHITECTURE, PROGRAM},
    store::sha256,
};

/// How the two compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every byte of every PDF is the same
    Bytes,
    /// The program is another one: text and figures are the same
    Content,
    /// Something differs that may not
    Different,
}

/// A program that makes editions.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Maker {
    /// Its version
    pub program: String,
    /// What it runs on; `None` if that was not kept
    pub architecture: Option<String>,
}

/// The outcome of [`rebuild()`].
#[derive(Debug, Serialize)]
pub struct RebuiltEdition {
    /// `BRIEF/N`
    pub edition: EditionName,
    /// The program that made it
    pub made_by: Maker,
    /// This program
    pub made_again_by: Maker,
    /// How the two compare
    pub verdict: Verdict,
    /// Its languages
    pub languages: Vec<RebuiltLanguage>,
}

/// One language of it.
#[derive(Debug, Serialize)]
pub struct RebuiltLanguage {
    /// The language
    pub language: Language,
    /// The SHA-256 of the PDF that its readers got
    pub sent: String,
    /// The SHA-256 of the one that was made now
    pub rebuilt: String,
    /// Whether the two are the same bytes
    pub same_bytes: bool,
    /// Whether both have the same words; `None` if none were kept
    pub same_text: Option<bool>,
    /// Whether both have the same figures attached; `None` if none were kept
    pub same_figures: Option<bool>,
    /// Whether the mail has the same subject and text
    pub same_mail: bool,
    /// The file that was written
    pub file: Option<PathBuf>,
}

/// Makes the PDFs of an edition again, from the kept figures, template and frame, and compares them with those that its readers
/// got. With a folder, the PDFs are written there.
///
/// # Errors
/// There is no such edition, it was not released, what it takes was not kept, or a file cannot be written.
pub async fn rebuild(
    installation: &Installation,
    edition: &EditionName,
    folder: Option<&Path>,
) -> Result<RebuiltEdition> {
    if let Some(folder) = folder {
        check_folder(folder)?;
    }
    let edition = installation.edition(edition).await?;
    let (store, name) = (installation.existing_store().await?, edition.name());
    if edition.released.is_none() {
        let problem = Problem::error(format!("{name} is {}: there are no PDFs to compare with", edition.state));
        return Err(problem.hint("only what was released can be made again").into());
    }
    let kept = match rebuild::kept(store, &edition).await? {
        Ok(kept) => kept,
        Err(missing) => {
            let what = format!("{name} cannot be made again: of it was not kept {}", missing.join(", and "));
            let hint = format!("`greenbrief editions export {name} --out DIR` writes the PDFs that its readers got");
            return Err(Problem::error(what).hint(hint).into());
        }
    };
    let made = store.editions().made_of(edition.id).await?;
    let is_same = rebuild::is_same_program(&made);
    let mut languages = Vec::new();
    for remade in rebuild::remake(store, &edition, kept).await? {
        let file =
            folder.map(|folder| folder.join(format!("{}-{}-{}.pdf", edition.brief, edition.number, remade.language)));
        if let Some(path) = &file {
            archive::write_atomically(path, &remade.pdf)
                .with_context(|| format!("{} could not be written", path.display()))?;
        }
        languages.push(language(remade, file));
    }
    Ok(RebuiltEdition {
        edition: name,
        made_by: Maker { program: made.program, architecture: made.architecture },
        made_again_by: Maker { program: PROGRAM.to_owned(), architecture: Some(ARCHITECTURE.to_owned()) },
        verdict: verdict(is_same, &languages),
        languages,
    })
}

fn language(remade: Remade, file: Option<PathBuf>) -> RebuiltLanguage {
    RebuiltLanguage {
        language: remade.language,
        sent: remade.sent,
        rebuilt: sha256(&remade.pdf),
        same_bytes: remade.same_bytes,
        same_text: remade.same_text,
        same_figures: remade.same_figures,
        same_mail: remade.same_mail,
        file,
    }
}

fn verdict(is_same_program: bool, languages: &[RebuiltLanguage]) -> Verdict {
    let same_content = |it: &RebuiltLanguage| it.same_text == Some(true) && it.same_figures == Some(true);
    if languages.iter().all(|it| it.same_bytes && it.same_mail) {
        Verdict::Bytes
    } else if !is_same_program && languages.iter().all(|it| it.same_mail && (it.same_bytes || same_content(it))) {
        Verdict::Content
    } else {
        Verdict::Different
    }
}

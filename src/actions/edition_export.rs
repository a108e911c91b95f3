//! The export of an edition: what its readers got and what it was made from, as files. Nothing of it is made anew, and no
//! reader's address is among it.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::Context;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    Error, Installation, Result,
    data_package::{self, Table},
};
use crate::{
    base::{archive, gzip, ids::EditionName, language::Language, problem::Problem},
    figures::Snapshot,
    people::tokens::{PLACEHOLDER, PREFERENCES_PLACEHOLDER},
    store::{Edition, EditionState, EditionText, Store, sha256},
};

/// Maximum size of a table of figures, in bytes.
const MAX_TABLE: u64 = 64 << 20;

/// Stands where each reader's mail had their own token.
const TOKEN: &str = "TOKEN";

/// The outcome of [`export`].
#[derive(Debug, Serialize)]
pub struct ExportedEdition {
    /// `BRIEF/N`
    pub edition: EditionName,
    /// The folder
    pub folder: PathBuf,
    /// Its files, the manifest last
    pub files: Vec<ExportedFile>,
}

/// A file of an export.
#[derive(Debug, Clone, Serialize)]
pub struct ExportedFile {
    /// Its name in the folder
    pub name: String,
    /// Its size in bytes
    pub bytes: usize,
    /// Its SHA-256 in lower-case hex
    pub sha256: String,
}

/// What `manifest.json` holds.
#[derive(Debug, Serialize)]
struct Manifest<'a> {
    edition: EditionName,
    state: EditionState,
    slot: DateTime<Utc>,
    released: Option<DateTime<Utc>>,
    /// The version of the program that made it
    program: &'a str,
    /// The snapshot's id, which is the SHA-256 of its file
    snapshot: &'a str,
    snapshot_at: DateTime<Utc>,
    languages: Vec<ManifestLanguage>,
    /// All files but the manifest
    files: &'a [ExportedFile],
}

/// An edition in one language, in the manifest.
#[derive(Debug, Serialize)]
struct ManifestLanguage {
    language: &'static str,
    /// The mail's subject
    subject: String,
    /// The name under which readers got the PDF
    attachment: String,
    pages: i64,
    pdf: String,
    text: String,
    html: String,
}

/// Writes an edition into a folder that is new or empty: each PDF and each mail's text as its readers got them (with the word
/// `TOKEN` in the place of each reader's own), the frozen figures, those that are printed as a data package, what is kept of
/// their evidence, and a manifest with the SHA-256 of each file.
///
/// # Errors
/// There is no such edition, nothing of it was released, the folder holds something, or a file cannot be written.
pub async fn export(installation: &Installation, edition: &EditionName, folder: &Path) -> Result<ExportedEdition> {
    let edition = installation.edition(edition).await?;
    let store = installation.existing_store().await?;
    let mut texts = Vec::new();
    for language in Language::ALL {
        texts.extend(store.editions().text(edition.id, language).await?);
    }
    if texts.is_empty() {
        let problem = Problem::error(format!("{} is {}: it has no PDFs and no mails", edition.name(), edition.state));
        return Err(problem
            .hint("only what was made can be exported: an edition that was released, held or discarded")
            .into());
    }
    let snapshot = store.blob(&edition.snapshot).await?;
    check_empty(folder)?;
    let mut files = Files { folder, written: Vec::new() };
    files.write("figures.json", &snapshot)?;
    for hash in evidence(&snapshot)? {
        if store.blob_length(&hash).await?.is_some() {
            files.write(&format!("evidence/{hash}"), &store.blob(&hash).await?)?;
        }
    }
    let tables = tables(store, &edition).await?;
    files.write_package(&edition, &texts, &tables)?;
    let mut languages = Vec::new();
    for text in texts {
        languages.push(files.write_language(&edition, text)?);
    }
    let manifest = Manifest {
        edition: edition.name(),
        state: edition.state,
        slot: edition.slot,
        released: edition.released,
        program: &edition.program,
        snapshot: &edition.snapshot,
        snapshot_at: edition.snapshot_at,
        languages,
        files: &files.written,
    };
    let manifest = serde_json::to_string_pretty(&manifest).context("the manifest cannot be written")? + "\n";
    // Written last: with a manifest, the export is whole.
    files.write("manifest.json", manifest.as_bytes())?;
    Ok(ExportedEdition { edition: edition.name(), folder: folder.to_owned(), files: files.written })
}

/// The hashes of the files that the citations of frozen figures name.
fn evidence(snapshot: &[u8]) -> Result<BTreeSet<String>> {
    let Snapshot { data, .. } = Snapshot::from_bytes(snapshot).context("the snapshot cannot be read back")?;
    let values = data.observations.values().flatten().flat_map(|observation| &observation.sources);
    let sources = values.chain(data.events.iter().map(|event| &event.source));
    Ok(sources.filter_map(|source| source.evidence.clone()).collect())
}

/// The tables of figures that the PDFs carry. Editions from before they were kept have none.
async fn tables(store: &Store, edition: &Edition) -> Result<Vec<Table>> {
    let mut tables = Vec::new();
    for language in Language::ALL {
        let Some(key) = store.editions().figures_table(edition.id, language).await? else { continue };
        let packed = store.blob(&key).await?;
        let bytes = gzip::unpack(&packed, MAX_TABLE).context("the table of figures cannot be read")?;
        tables.push(Table { language, name: format!("figures-{language}.csv"), bytes });
    }
    Ok(tables)
}

/// Refuses a folder that holds something, and what is no folder.
pub(super) fn check_empty(folder: &Path) -> Result<()> {
    let shown = folder.display();
    match fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => {
            Err(Problem::error(format!("{shown} is not empty")).hint("name a folder that is new or empty").into())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Err(Problem::error(format!("{shown} is not a folder")).hint("name a folder that is new or empty").into())
        }
        Err(error) => Err(Error::Failed(anyhow::Error::new(error).context(format!("{shown} cannot be read")))),
    }
}

/// A mail's text with the word for a token where each reader has their own.
fn without_tokens(text: &str) -> String {
    text.replace(PLACEHOLDER, TOKEN).replace(PREFERENCES_PLACEHOLDER, TOKEN)
}

/// The files written so far.
struct Files<'a> {
    folder: &'a Path,
    written: Vec<ExportedFile>,
}

impl Files<'_> {
    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.folder.join(name);
        archive::write_atomically(&path, bytes).with_context(|| format!("{} could not be written", path.display()))?;
        self.written.push(ExportedFile { name: name.to_owned(), bytes: bytes.len(), sha256: sha256(bytes) });
        Ok(())
    }

    /// The data package; none if there are no tables.
    fn write_package(&mut self, edition: &Edition, texts: &[EditionText], tables: &[Table]) -> Result<()> {
        let english = texts.iter().find(|text| text.language == Language::En).or_else(|| texts.first());
        let title = english.map_or("", |text| &text.subject);
        for table in tables {
            self.write(&table.name, &table.bytes)?;
        }
        if tables.is_empty() {
            return Ok(());
        }
        let descriptor = data_package::descriptor(&edition.name(), edition.slot, title, tables);
        let descriptor =
            serde_json::to_string_pretty(&descriptor).context("the data package cannot be described")? + "\n";
        self.write("datapackage.json", descriptor.as_bytes())?;
        self.write("README.md", data_package::readme(&edition.name(), title, tables).as_bytes())
    }

    fn write_language(&mut self, edition: &Edition, text: EditionText) -> Result<ManifestLanguage> {
        let name = |ending: &str| format!("{}-{}-{}.{ending}", edition.brief, edition.number, text.language);
        let (pdf, plain, html) = (name("pdf"), name("txt"), name("html"));
        self.write(&pdf, &text.pdf)?;
        self.write(&plain, without_tokens(&text.text).as_bytes())?;
        self.write(&html, without_tokens(&text.html).as_bytes())?;
        Ok(ManifestLanguage {
            language: text.language.code(),
            subject: text.subject,
            attachment: text.pdf_name,
            pages: text.pages,
            pdf,
            text: plain,
            html,
        })
    }
}

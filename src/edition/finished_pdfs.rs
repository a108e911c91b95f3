//! The PDFs of an edition, written where people find them.

use anyhow::Context as _;
use tracing::{info, warn};

use super::spec::EditionSpec;
use crate::{
    base::{archive, report_files},
    store::{Edition, EditionText},
};

/// Writes the PDFs into the folder for reports. Another PDF that stands there, be it of an attempt with another template or of
/// another store, gets a name of its own.
pub(super) fn write_pdfs(spec: &EditionSpec, edition: &Edition, texts: &[EditionText]) -> anyhow::Result<()> {
    for text in texts {
        let path = report_files::path(&spec.reports, &edition.brief, edition.number, text.language.code());
        let written = match spec.keeps_reports {
            true => archive::write_beside_another(&path, &text.pdf),
            false => archive::write_atomically(&path, &text.pdf).map(|()| None),
        };
        if let Some(kept) = written.with_context(|| format!("{} could not be written", path.display()))? {
            warn!(edition = edition.name().to_string(), path = %path.display(), kept = %kept.display(), "another PDF was there: it is kept");
        }
        info!(edition = edition.name().to_string(), language = %text.language, pages = text.pages, bytes = text.pdf.len(), path = %path.display(), "a PDF is ready");
    }
    Ok(())
}

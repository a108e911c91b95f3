//! An edition made again from what was kept of it: the frozen figures, the files of its template, and what surrounds the figures.
//! What comes of it is compared with what its readers got.

use std::collections::BTreeMap;

use anyhow::Context as _;

use super::{ARCHITECTURE, FRAME, LanguageVersion, PROGRAM, signing::Signing, typeset_for_archive};
use crate::{
    base::{
        gzip,
        language::{Language, PerLanguage},
        pdf_signature::statement,
    },
    document::{
        brief::{Frame, LeaveLinks, MailFacts, Template},
        layout,
    },
    figures::Snapshot,
    store::{Edition, EditionPage, EditionText, MadeOf, Store, sha256},
};

/// Maximum size of a text or table that is unpacked: many times that of the longest brief.
const LONGEST: u64 = 64 << 20;

/// What was kept of an edition to make it from.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its template
    pub template: Template,
    /// Its figures
    pub snapshot: Snapshot,
    /// What surrounds them
    pub frame: Frame,
}

/// What is missing to make an edition again, each in words; nothing else is the matter with it.
pub type Missing = Vec<&'static str>;

/// As [`kept`], with a stand-in for what surrounds the figures of an edition from before that was kept: enough to see on which
/// page a value stands.
///
/// # Errors
/// As [`kept`].
pub async fn kept_or_near(store: &Store, edition: &Edition) -> anyhow::Result<Kept> {
    let name = edition.name();
    let inputs: BTreeMap<String, String> = store.editions().inputs(edition.id).await?.into_iter().collect();
    let mut files = BTreeMap::new();
    for (file, key) in &inputs {
        if let Some(file) = file.strip_prefix("template/") {
            files.insert(file.to_owned(), store.blob(key).await?);
        }
    }
    let frame = match inputs.get(FRAME) {
        Some(key) => serde_json::from_slice(&store.blob(key).await?)
            .with_context(|| format!("what surrounds the figures of {name} cannot be read"))?,
        None => stand_in(edition),
    };
    let snapshot = store.blob(&edition.snapshot).await?;
    let snapshot = Snapshot::from_bytes(&snapshot).with_context(|| format!("the snapshot of {name} cannot be read"))?;
    let template = Template::from_files("template", files)?;
    // It was kept before the edition had its number.
    Ok(Kept { template, snapshot, frame: Frame { edition: Some(edition.number), ..frame } })
}

fn stand_in(edition: &Edition) -> Frame {
    let title = PerLanguage { en: edition.brief.clone(), de: edition.brief.clone(), zh: edition.brief.clone() };
    Frame {
        title,
        edition: None,
        date: edition.slot.date_naive(),
        created: edition.slot,
        imprint: Vec::new(),
        privacy_url: None,
        leave: LeaveLinks::both("mailto:unsubscribe@example.org"),
        editions_url: None,
        supersedes: None,
        since: None,
        mail: MailFacts::default(),
    }
}

/// Reads what was kept of an edition.
///
/// # Errors
/// The store cannot be read, or holds what this program cannot read.
pub async fn kept(store: &Store, edition: &Edition) -> anyhow::Result<Result<Kept, Missing>> {
    let inputs = store.editions().inputs(edition.id).await?;
    let mut missing = Missing::new();
    if !inputs.iter().any(|(name, _)| name.starts_with("template/")) {
        missing.push("the files of its template");
    }
    if !inputs.iter().any(|(name, _)| name == FRAME) {
        missing.push("what its pages say beside template and figures: title, imprint and links");
    }
    Ok(if missing.is_empty() { Ok(kept_or_near(store, edition).await?) } else { Err(missing) })
}

/// Whether this program would write the bytes that the edition's program wrote.
pub fn is_same_program(made: &MadeOf) -> bool {
    made.program == PROGRAM
        && made.architecture.as_deref() == Some(ARCHITECTURE)
        && made.fonts.as_deref() == Some(layout::fonts::sha256())
}

/// An edition in one language, made again, and how it compares with what its readers got.
#[derive(Debug)]
pub struct Remade {
    /// The language
    pub language: Language,
    /// The PDF
    pub pdf: Vec<u8>,
    /// The SHA-256 of the one that its readers got
    pub sent: String,
    /// Whether the two are the same bytes
    pub same_bytes: bool,
    /// Whether both have the same words in the same order; `None` if none were kept
    pub same_text: Option<bool>,
    /// Whether the same figures are attached; `None` as well
    pub same_figures: Option<bool>,
    /// Whether the mail has the same subject and text
    pub same_mail: bool,
}

/// Makes the languages of an edition again that its readers got.
///
/// # Errors
/// The store cannot be read, or this program finds a mistake in the template.
pub async fn remake(store: &Store, edition: &Edition, kept: Kept) -> anyhow::Result<Vec<Remade>> {
    let languages = store.editions().languages(&edition.brief, edition.number).await?;
    let mut texts = BTreeMap::new();
    for language in &languages {
        texts.extend(store.editions().text(edition.id, *language).await?.map(|text| (*language, text)));
    }
    // The key is not needed: a signature that was made is that of the same file.
    let signed = texts.iter().filter(|(_, text)| statement(&text.pdf).is_ok());
    let signing = Signing::As(signed.map(|(language, text)| (*language, text.pdf.clone())).collect());
    let work = move || typeset_for_archive(&kept.template, &kept.snapshot, &languages, &kept.frame, &signing);
    let made = tokio::task::spawn_blocking(work).await.context("making the PDFs stopped unexpectedly")??;
    let mut remade = Vec::new();
    for version in made {
        let Some(text) = texts.remove(&version.language) else { continue };
        let page = store.editions().page(edition.id, version.language).await?;
        remade.push(compared(version, &text, page.as_ref())?);
    }
    Ok(remade)
}

fn compared(version: LanguageVersion, text: &EditionText, page: Option<&EditionPage>) -> anyhow::Result<Remade> {
    let unpacked = |bytes: &[u8]| gzip::unpack(bytes, LONGEST).context("a text cannot be unpacked");
    let (mut same_text, mut same_figures) = (None, None);
    if let (Some(had), Some(has)) = (page, &version.page) {
        same_text = Some(words(&unpacked(&had.html)?) == words(&unpacked(&has.html)?));
        same_figures = Some(unpacked(&had.figures)? == unpacked(&has.figures)?);
    }
    Ok(Remade {
        language: version.language,
        sent: sha256(&text.pdf),
        same_bytes: version.pdf == text.pdf,
        same_text,
        same_figures,
        same_mail: version.mail.subject == text.subject && version.mail.text == text.text,
        pdf: version.pdf,
    })
}

/// The words of a fragment of HTML: how they are marked up may change from version to version.
fn words(html: &[u8]) -> Vec<String> {
    let html = String::from_utf8_lossy(html);
    let mut text = String::new();
    for part in html.split('<') {
        // Before the first tag nothing ends.
        text.push_str(part.split_once('>').map_or(part, |(_, behind)| behind));
        text.push(' ');
    }
    text.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_words_are_marked_up_does_not_count() {
        let said = |html: &str| words(html.as_bytes());
        assert_eq!(said("<h1 class=\"a\">37\u{202f}%</h1>\n<p>of it"), said("<h2>37\u{202f}%</h2><p> of  it</p>"));
        assert_ne!(said("<p>37</p>"), said("<p>36</p>"));
        assert!(said("").is_empty());
    }
}

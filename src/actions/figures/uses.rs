//! Where a series is used: in the templates as they stand, and in the editions that were made.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::Path,
};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::known_series;
use crate::{
    actions::{Installation, Result},
    base::{ids::EditionName, language::Language},
    config::Brief,
    document::brief::{SeriesUse, series_uses},
    figures::{Known, Observation, SeriesId, Snapshot},
    store::{Edition, EditionState, Store},
};

/// Maximum number of editions that are searched, the newest first.
const NEWEST: i64 = 100;

/// Where a series is used.
#[derive(Debug, Serialize)]
pub struct SeriesUses {
    /// Its id
    pub series: SeriesId,
    /// Its English title
    pub title: String,
    /// The places of the templates as they stand
    pub templates: Vec<TemplateUse>,
    /// The editions whose template named it, newest first
    pub editions: Vec<EditionUse>,
}

/// A place of a template that names a series.
#[derive(Debug, Serialize)]
pub struct TemplateUse {
    /// The brief's id
    pub brief: String,
    /// The file, as its folder is written in the config
    pub file: String,
    /// Its line, from 1
    pub line: usize,
    /// The block of `blocks.toml`
    pub block: Option<String>,
    /// The languages that read it; none if no text shows the block
    pub languages: Vec<Language>,
}

/// An edition whose template named a series.
#[derive(Debug, Serialize)]
pub struct EditionUse {
    /// Its name
    pub edition: EditionName,
    /// Its state
    pub state: EditionState,
    /// The slot that it was made for
    pub slot: DateTime<Utc>,
    /// The languages of the texts and blocks that name the series
    pub languages: Vec<Language>,
    /// The latest value of the series as it was frozen; `None` if there was none
    pub latest: Option<Observation>,
}

/// Finds where a series is used.
///
/// # Errors
/// There is no such series, or the store cannot be read.
pub async fn uses(installation: &Installation, id: &str) -> Result<SeriesUses> {
    let data = installation.catalogue(Known::Now).await?;
    let series = known_series(&data, id)?;
    let mut templates = Vec::new();
    for brief in installation.known_briefs().await?.values() {
        let found = series_uses(&template_files(brief), &series.id);
        templates.extend(found.into_iter().map(|SeriesUse { file, line, block, languages }| TemplateUse {
            brief: brief.id.clone(),
            file: brief.template.join(file).display().to_string(),
            line,
            block,
            languages,
        }));
    }
    let editions = match installation.found_store().await? {
        Some(store) => Search::new(store, &series.id).editions().await?,
        None => Vec::new(),
    };
    Ok(SeriesUses { series: series.id.clone(), title: series.title.en.clone(), templates, editions })
}

/// The files of a template that can be read.
pub(super) fn template_files(brief: &Brief) -> BTreeMap<String, Vec<u8>> {
    let texts = brief.languages.iter().flat_map(|language| [format!("{language}.md"), format!("mail.{language}.md")]);
    let names = texts.chain(["blocks.toml".to_owned()]);
    names.filter_map(|name| Some((name.clone(), fs::read(Path::new(&brief.template).join(&name)).ok()?))).collect()
}

/// The search of editions. Many have the same template, or the same figures.
struct Search<'a> {
    store: &'a Store,
    series: &'a SeriesId,
    /// The languages of a template's uses, by the keys of its files
    languages: HashMap<Vec<(String, String)>, Vec<Language>>,
    /// The latest value, by the key of the snapshot
    latest: HashMap<String, Option<Observation>>,
}

impl<'a> Search<'a> {
    fn new(store: &'a Store, series: &'a SeriesId) -> Search<'a> {
        Search { store, series, languages: HashMap::new(), latest: HashMap::new() }
    }

    async fn editions(mut self) -> Result<Vec<EditionUse>> {
        let mut found = Vec::new();
        for edition in self.store.editions().newest(None, NEWEST).await? {
            let languages = self.languages_of(&edition).await?;
            if !languages.is_empty() {
                let latest = self.latest_of(&edition).await?;
                let (state, slot) = (edition.state, edition.slot);
                found.push(EditionUse { edition: edition.name(), state, slot, languages, latest });
            }
        }
        Ok(found)
    }

    async fn languages_of(&mut self, edition: &Edition) -> Result<Vec<Language>> {
        let mut inputs = self.store.editions().inputs(edition.id).await?;
        inputs.retain(|(name, _)| name.starts_with("template/"));
        if let Some(known) = self.languages.get(&inputs) {
            return Ok(known.clone());
        }
        let mut files = BTreeMap::new();
        for (name, key) in &inputs {
            let name = name.trim_start_matches("template/");
            if name.ends_with(".md") || name.ends_with(".toml") {
                files.insert(name.to_owned(), self.store.blob(key).await?);
            }
        }
        let mut languages: Vec<Language> =
            series_uses(&files, self.series).into_iter().flat_map(|found| found.languages).collect();
        languages.sort_unstable();
        languages.dedup();
        self.languages.insert(inputs, languages.clone());
        Ok(languages)
    }

    async fn latest_of(&mut self, edition: &Edition) -> Result<Option<Observation>> {
        if let Some(known) = self.latest.get(&edition.snapshot) {
            return Ok(known.clone());
        }
        // What a version wrote that cannot be read any more has no value here.
        let snapshot = Snapshot::from_bytes(&self.store.blob(&edition.snapshot).await?).ok();
        let latest = snapshot.and_then(|snapshot| snapshot.latest(self.series, None).cloned());
        self.latest.insert(edition.snapshot.clone(), latest.clone());
        Ok(latest)
    }
}

//! An installation: the config, the store that it names, and a clock. Actions work on it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::OnceCell;

use super::{Result, edition_spec::edition_spec, find_schedule::find_schedule};
use crate::{
    base::{ids::EditionName, language::Language, problem::Problem},
    config::{Brief, Config, Schedule},
    document::brief::Template,
    edition::EditionSpec,
    figures::{self, Dataset, Snapshot},
    store::{Edition, Store},
    time::clock::Clock,
};

/// A config with its store and a clock. The store is opened when an action first needs it, so that a store that cannot be
/// opened stops only the actions that use it.
pub struct Installation {
    /// The checked config
    pub config: Config,
    /// The clock that actions go by
    pub clock: Clock,
    store: OnceCell<Store>,
}

impl Installation {
    /// An installation whose store is not opened yet.
    pub fn new(config: Config, clock: Clock) -> Installation {
        Installation { config, clock, store: OnceCell::new() }
    }

    /// The present time.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The store, created if it does not exist.
    ///
    /// # Errors
    /// It cannot be opened.
    pub async fn store(&self) -> Result<&Store> {
        Ok(self.store.get_or_try_init(|| Store::open(&self.config.store.url, self.now())).await?)
    }

    /// The store, if it exists.
    ///
    /// # Errors
    /// It cannot be opened.
    pub async fn found_store(&self) -> Result<Option<&Store>> {
        if self.store.initialized() || Store::is_there(&self.config.store.url) {
            Ok(Some(self.store().await?))
        } else {
            Ok(None)
        }
    }

    /// The store, which has to exist: what is to be shown or changed is in it.
    ///
    /// # Errors
    /// It does not exist, or cannot be opened.
    pub async fn existing_store(&self) -> Result<&Store> {
        let missing =
            || Problem::error("there is no store yet").hint("`greenbrief serve` or `greenbrief send` makes one");
        Ok(self.found_store().await?.ok_or_else(missing)?)
    }

    /// The store's figures, or the shipped ones while it has none.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn figures(&self) -> Result<Dataset> {
        figures_of(self.found_store().await?).await
    }

    /// The brief with this id.
    ///
    /// # Errors
    /// There is none.
    pub fn brief(&self, id: &str) -> Result<&Brief> {
        let unknown = || {
            Problem::error(format!("there is no brief `{id}`"))
                .did_you_mean(id, self.config.briefs.keys().map(String::as_str))
        };
        Ok(self.config.briefs.get(id).ok_or_else(unknown)?)
    }

    /// The schedule `BRIEF/SCHEDULE`, or the only one with this name.
    ///
    /// # Errors
    /// There is none, or several briefs have one.
    pub fn schedule(&self, id: &str) -> Result<&Schedule> {
        find_schedule(&self.config.briefs, id)
    }

    /// The spec of the brief's editions, in these languages or, if none are given, in all of the brief's.
    ///
    /// # Errors
    /// The template has a mistake, or the brief is not written in one of the languages.
    pub fn edition_spec(&self, brief: &Brief, languages: &[Language]) -> Result<EditionSpec> {
        let template = Template::load(&brief.template, &brief.languages)?;
        let languages = if languages.is_empty() { &brief.languages } else { languages };
        for language in languages {
            if !brief.languages.contains(language) {
                return Err(Problem::error(format!("the brief `{}` is not written in {language}", brief.id))
                    .hint(format!("`languages` in {} says in which it is", brief.file))
                    .into());
            }
        }
        Ok(edition_spec(&self.config, brief, Arc::new(template), languages))
    }

    /// The edition `BRIEF/N`.
    ///
    /// # Errors
    /// There is none, or no store.
    pub async fn edition(&self, name: &EditionName) -> Result<Edition> {
        let unknown = || {
            Problem::error(format!("there is no edition {name}")).hint("`greenbrief editions list` shows all editions")
        };
        Ok(self.existing_store().await?.editions().named(name).await?.ok_or_else(unknown)?)
    }
}

/// The store's figures, or the shipped ones if there is no store or it has none.
///
/// # Errors
/// The store cannot be read.
pub(super) async fn figures_of(store: Option<&Store>) -> Result<Dataset> {
    match store {
        Some(store) if store.figures().has_any().await? => Ok(store.figures().dataset().await?),
        _ => Ok(figures::shipped::dataset()?),
    }
}

/// The figures as they are known at `at` in the time zone of the edition.
pub(super) fn snapshot(data: Dataset, spec: &EditionSpec, at: DateTime<Utc>) -> Snapshot {
    Snapshot { as_known: spec.as_known(at), data }
}

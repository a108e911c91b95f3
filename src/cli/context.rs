//! What commands share: the config they were given, the store it names, the brief that is meant, and who acts.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use ring::rand::{SecureRandom, SystemRandom};

use super::{arguments::Global, output::Output};
use crate::{
    base::{
        ids::EditionName,
        language::Language,
        problem::{Problem, Problems},
    },
    config::{self, Config},
    daemon::timekeeper,
    document::brief::Template,
    edition::Order,
    figures::{self, Dataset, Snapshot},
    store::{Edition, Store},
    time::clock::Clock,
};

/// A command's surroundings.
pub(super) struct Context {
    pub output: Output,
    pub global: Global,
    pub clock: Clock,
}

impl Context {
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The config; its warnings are shown.
    pub fn config(&self) -> anyhow::Result<Config> {
        let (config, warnings) = self.read_config()?;
        self.output.problems(&warnings);
        Ok(config)
    }

    /// The config and its warnings.
    pub fn read_config(&self) -> Result<(Config, Problems), Problems> {
        config::load(&self.global.config, &self.global.set, &|name| std::env::var(name).ok())
    }

    /// The store, made if it is not there.
    pub async fn store(&self, config: &Config) -> anyhow::Result<Store> {
        Ok(Store::open(&config.store.url, self.now()).await?)
    }

    /// The store, if there is one.
    pub async fn found_store(&self, config: &Config) -> anyhow::Result<Option<Store>> {
        if Store::is_there(&config.store.url) { Ok(Some(self.store(config).await?)) } else { Ok(None) }
    }

    /// The store, which must be there: what is to be shown or changed stands in it.
    pub async fn needed_store(&self, config: &Config) -> anyhow::Result<Store> {
        let missing =
            || Problem::error("there is no store yet").hint("`greenbrief serve` or `greenbrief send` makes one");
        self.found_store(config).await?.ok_or_else(|| Problems::from(missing()).into())
    }

    /// The store's figures, or those that come with the program while there are none.
    pub async fn figures(&self, config: &Config) -> anyhow::Result<Dataset> {
        figures_of(self.found_store(config).await?.as_ref()).await
    }

    /// The brief with this id.
    pub fn brief<'a>(&self, config: &'a Config, id: &str) -> Result<&'a config::Brief, Problems> {
        config.briefs.get(id).ok_or_else(|| {
            Problem::error(format!("there is no brief `{id}`"))
                .did_you_mean(id, config.briefs.keys().map(String::as_str))
                .into()
        })
    }

    /// What an edition of the brief is made from.
    pub fn order(&self, config: &Config, brief: &config::Brief, languages: &[Language]) -> Result<Order, Problems> {
        let template = Template::load(&brief.template, &brief.languages)?;
        let languages = if languages.is_empty() { &brief.languages } else { languages };
        for language in languages {
            if !brief.languages.contains(language) {
                return Err(Problem::error(format!("the brief `{}` is not written in {language}", brief.id))
                    .hint(format!("`languages` in {} says in which it is", brief.file))
                    .into());
            }
        }
        Ok(timekeeper::order(config, brief, Arc::new(template), languages))
    }

    /// The edition `BRIEF/N`.
    pub async fn edition(&self, store: &Store, name: &EditionName) -> anyhow::Result<Edition> {
        match store.edition(name).await? {
            Some(edition) => Ok(edition),
            None => {
                let problem = Problem::error(format!("there is no edition {name}"));
                Err(Problems::from(problem.hint("`greenbrief editions list` shows those that there are")).into())
            }
        }
    }

    /// Who acts.
    pub fn actor(&self) -> String {
        let user = || ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
        self.global.actor.clone().or_else(user).unwrap_or_else(|| "unknown".to_owned())
    }
}

/// A store's figures, or those that come with the program if it has none.
pub(super) async fn figures_of(store: Option<&Store>) -> anyhow::Result<Dataset> {
    if let Some(store) = store
        && store.has_figures().await?
    {
        return Ok(store.dataset().await?);
    }
    Ok(figures::shipped::dataset()?)
}

/// The figures as they count at `at` in the order's zone.
pub(super) fn snapshot(data: Dataset, order: &Order, at: DateTime<Utc>) -> Snapshot {
    Snapshot { as_known: order.as_known(at), data }
}

/// A random word of 16 hex digits.
pub(super) fn random() -> anyhow::Result<String> {
    let mut bytes = [0; 8];
    SystemRandom::new().fill(&mut bytes).map_err(|_| anyhow::anyhow!("the machine gives no random numbers"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

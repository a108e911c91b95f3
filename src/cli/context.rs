//! The context of every command: the global flags, the clock and the output, and what follows from them: the config, the
//! installation that actions work on, and who acts.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{arguments::Global, output::Output};
pub(super) use crate::actions::{figures_of, snapshot};
use crate::{
    actions::{Actor, Installation, edition_spec::edition_spec},
    base::{
        language::Language,
        problem::{Problem, Problems},
    },
    config::{self, Config, ConfigSource},
    document::brief::Template,
    edition::EditionSpec,
    store::Store,
    time::clock::Clock,
};

/// The surroundings of a command.
pub(super) struct Context {
    pub output: Output,
    pub global: Global,
    pub clock: Clock,
}

impl Context {
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Where the config stands.
    pub fn config_source(&self) -> ConfigSource {
        ConfigSource { file: self.global.config.clone(), overrides: self.global.set.clone() }
    }

    /// The config. Prints its warnings.
    pub fn config(&self) -> anyhow::Result<Config> {
        let (config, warnings) = self.config_source().load()?;
        self.output.problems(&warnings);
        Ok(config)
    }

    /// The config with its store and the clock. Prints the config's warnings.
    pub fn installation(&self) -> anyhow::Result<Installation> {
        Ok(Installation::new(self.config()?, self.clock.clone()))
    }

    /// Who acts: the name given by `--as`, else the operating system's user.
    pub fn actor(&self) -> Actor {
        let user = || ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
        Actor::new(self.global.actor.clone().or_else(user).unwrap_or_else(|| "unknown".to_owned()))
    }

    /// The config and its warnings.
    pub fn read_config(&self) -> Result<(Config, Problems), Problems> {
        self.config_source().load()
    }

    /// The store, made if it is not there.
    pub async fn store(&self, config: &Config) -> anyhow::Result<Store> {
        Ok(Store::open(&config.store.url, self.now()).await?)
    }

    /// The store, if there is one.
    pub async fn found_store(&self, config: &Config) -> anyhow::Result<Option<Store>> {
        if Store::is_there(&config.store.url) { Ok(Some(self.store(config).await?)) } else { Ok(None) }
    }

    /// The brief with this id.
    pub fn brief<'a>(&self, config: &'a Config, id: &str) -> Result<&'a config::Brief, Problems> {
        config.briefs.get(id).ok_or_else(|| {
            Problem::error(format!("there is no brief `{id}`"))
                .did_you_mean(id, config.briefs.keys().map(String::as_str))
                .into()
        })
    }

    /// The inputs of an edition of the brief.
    pub fn edition_spec(
        &self,
        config: &Config,
        brief: &config::Brief,
        languages: &[Language],
    ) -> Result<EditionSpec, Problems> {
        let template = Template::load(&brief.template, &brief.languages)?;
        let languages = if languages.is_empty() { &brief.languages } else { languages };
        for language in languages {
            if !brief.languages.contains(language) {
                return Err(Problem::error(format!("the brief `{}` is not written in {language}", brief.id))
                    .hint(format!("`languages` in {} says in which it is", brief.file))
                    .into());
            }
        }
        Ok(edition_spec(config, brief, Arc::new(template), languages))
    }
}

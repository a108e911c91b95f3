//! The context of every command: the global flags, the clock and the output, and what follows from them: the config, the
//! installation that actions work on, and who acts.

use chrono::{DateTime, Utc};

use super::{arguments::Global, output::Output};
use crate::{
    actions::{Actor, Installation},
    config::{Config, ConfigSource},
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
}

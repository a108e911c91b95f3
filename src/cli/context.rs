//! The context of every command: the global flags, the clock and the output, and what follows from them: the config, the
//! installation that actions work on, and who acts.

use chrono::{DateTime, Utc};

use super::{arguments::Global, output::Output};
use crate::{
    actions::{self, Actor, Installation},
    base::os_user,
    config::{ConfigSource, Part},
    time::clock::Clock,
};

/// The surroundings of a command.
pub(super) struct Context {
    pub output: Output,
    pub global: Global,
    pub clock: Clock,
    /// The parts of the config that the command uses
    pub needs: &'static [Part],
}

impl Context {
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Where the config stands.
    pub fn config_source(&self) -> ConfigSource {
        ConfigSource { file: self.global.config.clone(), overrides: self.global.set.clone() }
    }

    /// The config with its store and the clock. Prints the config's warnings, and once that parts are wrong which the command
    /// does not need.
    ///
    /// # Errors
    /// What is wrong with the parts that the command needs.
    pub fn installation(&self) -> anyhow::Result<Installation> {
        let config = self.config_source().read();
        self.output.problems(&config.warnings(self.needs));
        config.require(self.needs).map_err(actions::Error::Files)?;
        let output = self.output;
        let mut installation = Installation::new(config, self.clock.clone());
        installation.on_warning = Box::new(move |warning| output.problems(&warning.clone().into()));
        Ok(installation)
    }

    /// Who acts: the name given by `--as`, else the operating system's user; with sudo, the one who called it.
    pub fn actor(&self) -> Actor {
        let named = |name: &str| std::env::var(name).ok().filter(|user| !user.trim().is_empty());
        let user = || ["SUDO_USER", "USER", "LOGNAME"].into_iter().find_map(named);
        Actor::new(self.global.actor.clone().or_else(user).unwrap_or_else(os_user::current))
    }
}

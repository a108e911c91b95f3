//! `serve`: everything is checked, then the daemon runs until it is told to end.

use std::{io, pin::pin, sync::Arc};

use tokio::signal::unix::{SignalKind, signal};
use tracing::{debug, info};
use tracing_subscriber::EnvFilter;

use super::{arguments::Format, context::Context, ending::Ending};
use crate::{
    actions::{self, Installation, random_word::random_word},
    config::ConfigSource,
    daemon::{self, Before, CheckedConfig, figures_of_config},
    store::{Patience, Store},
};

pub(super) async fn run(context: &Context) -> anyhow::Result<Ending> {
    logs(context.global.format, "info");
    // While it starts, too: a store may let it wait, and whoever asks it to end then must not count as a crash.
    let mut stop = pin!(stop());
    debug!("starting");
    let source = context.config_source();
    let (store, checked) = tokio::select! {
        biased;
        signal = &mut stop => {
            info!(signal = signal?, "ended before it had started");
            return Ok(Ending::Done);
        }
        ready = get_ready(context, &source) => ready?,
    };
    daemon::run(source, checked, store, context.clock.clone(), random_word()?, stop).await?;
    Ok(Ending::Done)
}

/// Checks everything, and opens the store.
async fn get_ready(context: &Context, source: &ConfigSource) -> anyhow::Result<(Store, CheckedConfig)> {
    // Before a store is made for it.
    let (config, warnings) = source.load().map_err(actions::Error::Files)?;
    let ready = config.ready_to_serve();
    if ready.has_errors() {
        context.output.problems(&warnings);
        return Err(actions::Error::Files(ready).into());
    }
    let mut installation = Installation::new(config, context.clock.clone());
    installation.patience = Patience::Daemon;
    let store = installation.store().await?.clone();
    let figures = Arc::new(figures_of_config(&store, source, context.now()).await?);
    drop(installation);
    let in_force = store.activations().templates_in_force().await?;
    let checked = CheckedConfig::read(source, figures, Before::Start(in_force), context.now())?;
    context.output.problems(&checked.warnings);
    Ok((store, checked))
}

/// Logs to standard error: text for people, JSON for programs. Libraries are quiet, since lettre's and sqlx's
/// details hold addresses and statements.
pub(super) fn logs(format: Format, level: &str) {
    // A filter without a level would mean all there is.
    let said = std::env::var("GREENBRIEF_LOG").ok().filter(|said| !said.trim().is_empty());
    let filter = said.unwrap_or_else(|| level.to_owned());
    let filter = EnvFilter::new(format!("warn,greenbrief={filter}"));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_target(false);
    // Fails only if logs were set up before.
    let _ = match format {
        Format::Json => logs.json().flatten_event(true).try_init(),
        Format::Text => logs.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).try_init(),
    };
}

/// Resolves with the signal's name at SIGTERM or Ctrl-C. From the call on, also before it is first waited for, they do not
/// end the process.
pub(super) fn stop() -> impl Future<Output = io::Result<&'static str>> {
    let signals = signal(SignalKind::terminate()).and_then(|term| Ok((term, signal(SignalKind::interrupt())?)));
    async move {
        let (mut term, mut interrupt) = signals?;
        tokio::select! {
            _ = term.recv() => Ok("SIGTERM"),
            _ = interrupt.recv() => Ok("SIGINT"),
        }
    }
}

//! `serve`: everything is checked, then the daemon runs until it is told to end.

use std::{io, process::ExitCode};

use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::{
    arguments::Format,
    check,
    context::{Context, random},
};
use crate::{config::Config, daemon, edition::Order, problem::Problems, timekeeper::Planned};

pub(super) async fn run(context: &Context) -> anyhow::Result<ExitCode> {
    logs(context.global.format, "info");
    let config = context.config()?;
    let ready = config.ready_to_serve();
    if ready.has_errors() {
        return Err(ready.into());
    }
    context.output.problems(&ready);
    let store = context.store(&config).await?;
    let figures = if store.has_figures().await? { store.dataset().await? } else { crate::figures::shipped::dataset()? };
    check::templates(context, &config, &figures).into_result(())?;
    let planned = planned(context, &config)?;
    daemon::run(&config, planned, store, context.clock.clone(), random()?, stop()).await?;
    Ok(ExitCode::SUCCESS)
}

fn planned(context: &Context, config: &Config) -> Result<Vec<Planned>, Problems> {
    let mut planned = Vec::new();
    for brief in config.briefs.values() {
        for schedule in &brief.schedules {
            let order = context.order(config, brief, &schedule.languages)?;
            let order = Order { quiet_hours: schedule.quiet_hours, ..order };
            planned.push(Planned { schedule: schedule.clone(), order });
        }
    }
    Ok(planned)
}

/// Logs to standard error: text for people, JSON for programs. Libraries are quiet, since lettre's and sqlx's
/// details hold addresses and statements.
pub(super) fn logs(format: Format, level: &str) {
    let filter = std::env::var("GREENBRIEF_LOG").unwrap_or_else(|_| level.to_owned());
    let filter = EnvFilter::new(format!("warn,greenbrief={filter}"));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_target(false);
    // Fails only if logs were set up before.
    let _ = match format {
        Format::Json => logs.json().flatten_event(true).try_init(),
        Format::Text => logs.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).try_init(),
    };
}

/// Resolves with the signal's name at SIGTERM or Ctrl-C.
pub(super) async fn stop() -> io::Result<&'static str> {
    let (mut term, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = term.recv() => Ok("SIGTERM"),
        _ = interrupt.recv() => Ok("SIGINT"),
    }
}

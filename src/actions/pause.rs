//! Holding everything up, and letting it go on.

use serde::Serialize;
use tracing::info;

use super::{Actor, Installation, Result, progress::wait_for_answers};
use crate::{
    delivery::rules::State,
    store::{OnHold, Pause, Paused},
};

/// The outcome of [`pause_all`].
#[derive(Debug, Serialize)]
pub struct PausedAll {
    /// The pause that holds now, and what it found
    #[serde(flatten)]
    pub paused: Paused,
    /// Everything was paused already; the earlier pause stays
    pub was_paused: bool,
    /// Mails of `at_the_dot` that the server has not answered yet
    pub unanswered: i64,
}

/// Pauses sending and all schedules, for every process on the store. Waits a moment for mails that a server has already.
///
/// # Errors
/// There is no store.
pub async fn pause_all(installation: &Installation, actor: &Actor, reason: &str) -> Result<PausedAll> {
    let store = installation.existing_store().await?;
    let reason = reason.trim().to_owned();
    let pause = Pause { by: actor.name().to_owned(), since: installation.now(), reason };
    let paused = store.pause(pause.clone()).await?;
    let unanswered = if paused.at_the_dot > 0 { wait_for_answers(store, None).await?.of(State::DotWritten) } else { 0 };
    let was_paused = paused.pause != pause;
    info!(by = %actor, was_paused, "everything is paused");
    Ok(PausedAll { paused, was_paused, unanswered })
}

/// The outcome of [`resume_all`].
#[derive(Debug, Serialize)]
pub struct ResumedAll {
    /// Why sending waited; `None` if it did not
    pub waited: Option<String>,
    /// Schedules were paused too
    pub schedules_waited: bool,
    /// What held it up
    pub was: OnHold,
}

/// Ends `pause_all`, and the waiting after a restore.
///
/// # Errors
/// There is no store.
pub async fn resume_all(installation: &Installation, actor: &Actor) -> Result<ResumedAll> {
    let was = installation.existing_store().await?.resume().await?;
    let waited = was.why();
    info!(by = %actor, waited, "everything goes on");
    Ok(ResumedAll { waited, schedules_waited: was.paused.is_some(), was })
}

//! An edition that was made to supersede another one, and came too late.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use tracing::info;

use super::Made;
use crate::{
    base::{ids::EditionName, problem::Problem},
    store::{Edition, EditionState, Occurrence, Store},
};

/// Discards it.
pub(super) async fn discard(
    store: &Store,
    edition: Edition,
    occurrence: &Occurrence,
    by: EditionName,
    now: DateTime<Utc>,
) -> anyhow::Result<Made> {
    let problems = Problem::error(format!("{by} superseded before what it was made to supersede")).into();
    let done = store.editions().set_aside(&edition, occurrence, EditionState::Discarded, &problems, now).await;
    let name = edition.name();
    info!(edition = name.to_string(), by = by.to_string(), "discarded: another correction came first");
    Ok(if done.context("the edition cannot be discarded")? {
        Made::Superseded { edition: name, by }
    } else {
        Made::TakenOver
    })
}

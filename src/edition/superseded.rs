//! An edition that was made to supersede another one, and came too late.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use tracing::info;

use crate::{
    base::{ids::EditionName, problem::Problem},
    store::{Edition, EditionState, Occurrence, Store},
};

/// Discards it, since `by` came first. Returns false if another process took it over.
pub(super) async fn discard(
    store: &Store,
    edition: &Edition,
    occurrence: &Occurrence,
    by: &EditionName,
    now: DateTime<Utc>,
) -> anyhow::Result<bool> {
    let problems = Problem::error(format!("{by} superseded before what it was made to supersede")).into();
    let done = store.editions().set_aside(edition, occurrence, EditionState::Discarded, &problems, now).await;
    info!(edition = edition.name().to_string(), by = by.to_string(), "discarded: another correction came first");
    done.context("the edition cannot be discarded")
}

//! Making a store ready for its first edition: its id, and the figures that come with the program.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use tracing::{info, warn};

use super::Result;
use crate::{
    figures::{Dataset, ImportKind, NewImport, View, Withdrawn, shipped},
    store::{Setting, Store},
};

/// Who imports what nobody asked for.
const ITSELF: &str = "greenbrief";

/// Gives the store the id `random` and, if it has never taken the shipped figures, those that it lacks. If it holds other
/// figures than this version ships, that is logged and nothing is changed.
///
/// # Errors
/// The store cannot be read or written.
pub async fn prepare(store: &Store, random: &str, now: DateTime<Utc>) -> Result<()> {
    store.id(random).await?;
    if let Some(shipped) = missing_shipped(store).await? {
        take_shipped(store, &shipped, ITSELF, now).await?;
    } else if store.setting(Setting::ShippedFigures).await?.as_deref() != Some(&shipped::hash()) {
        let withdrawn = store.figures().withdrawn().await?;
        let withdrawn = withdrawn.iter().filter(|it| it.is_open()).map(|Withdrawn { observation, .. }| observation);
        let shipped = shipped::dataset()?.without(withdrawn);
        let report = there(store, &shipped).await?.compare(&shipped);
        if report.new.is_empty() && report.changed.is_empty() {
            store.set(Setting::ShippedFigures, Some(&shipped::hash())).await?;
        } else {
            warn!(
                new = report.new.len(),
                changed = report.changed.len(),
                "this version ships other figures than the store holds: nothing was changed; `greenbrief figures import --shipped` takes them, with --replace if values change"
            );
        }
    }
    Ok(())
}

/// Imports the shipped figures that the store lacks.
///
/// # Errors
/// The store cannot be written.
pub(super) async fn take_shipped(store: &Store, shipped: &Dataset, by: &str, at: DateTime<Utc>) -> Result<()> {
    let files = shipped::imported_files();
    let new = NewImport { by, at, kind: ImportKind::Shipped, files: &files, reason: "" };
    store.figures().import(shipped, &new).await.context("the shipped figures could not be imported")?;
    store.set(Setting::ShippedFigures, Some(&shipped::hash())).await?;
    info!(figures = shipped.len(), "the store has never taken the shipped figures: they are imported");
    Ok(())
}

/// The shipped figures that the store lacks, if it has never taken them: a store of its own figures keeps what it has.
///
/// # Errors
/// The store cannot be read.
pub(super) async fn missing_shipped(store: &Store) -> Result<Option<Dataset>> {
    if store.setting(Setting::ShippedFigures).await?.is_some() {
        return Ok(None);
    }
    let shipped = shipped::dataset()?;
    Ok(Some(if store.figures().has_any().await? {
        let there = there(store, &shipped).await?;
        shipped.only_new(&there)
    } else {
        shipped
    }))
}

/// The figures of the store with the observations of the shipped series only.
async fn there(store: &Store, shipped: &Dataset) -> Result<Dataset> {
    let series = shipped.series.keys().cloned().collect();
    Ok(store.figures().dataset_of(View::NOW, &series).await?)
}

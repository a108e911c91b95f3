//! Making a store ready for its first edition: its id, and the figures that come with the program.

use anyhow::Context as _;
use tracing::{info, warn};

use super::Result;
use crate::{
    figures::{Dataset, Withdrawn, shipped},
    store::{Setting, Store},
};

/// Gives the store the id `random` and, if it has never taken the shipped figures, those that it lacks. If it holds other
/// figures than this version ships, that is logged and nothing is changed.
///
/// # Errors
/// The store cannot be read or written.
pub async fn prepare(store: &Store, random: &str) -> Result<()> {
    store.id(random).await?;
    if let Some(shipped) = missing_shipped(store).await? {
        take_shipped(store, &shipped).await?;
    } else if store.setting(Setting::ShippedFigures).await?.as_deref() != Some(&shipped::hash()) {
        let withdrawn = store.figures().withdrawn().await?;
        let withdrawn = withdrawn.iter().filter(|it| it.is_open()).map(|Withdrawn { observation, .. }| observation);
        let report = store.figures().dataset().await?.compare(&shipped::dataset()?.without(withdrawn));
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
pub(super) async fn take_shipped(store: &Store, shipped: &Dataset) -> Result<()> {
    store.figures().import(shipped).await.context("the shipped figures could not be imported")?;
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
        shipped.only_new(&store.figures().dataset().await?)
    } else {
        shipped
    }))
}

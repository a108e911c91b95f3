//! Making a store ready for its first edition: its id, and the figures that come with the program.

use anyhow::Context as _;
use tracing::{info, warn};

use super::Result;
use crate::{
    figures::shipped,
    store::{Setting, Store},
};

/// Gives the store the id `random` and the shipped figures if it has none. If it holds other figures than this version
/// ships, that is logged and nothing is changed.
///
/// # Errors
/// The store cannot be read or written.
pub async fn prepare(store: &Store, random: &str) -> Result<()> {
    store.id(random).await?;
    let hash = shipped::hash();
    if !store.figures().has_any().await? {
        let report =
            store.figures().import(&shipped::dataset()?).await.context("the shipped figures could not be imported")?;
        store.set(Setting::ShippedFigures, Some(&hash)).await?;
        info!(figures = report.new.len(), "the store was empty: the shipped figures are imported");
    } else if store.setting(Setting::ShippedFigures).await?.as_deref() != Some(&hash) {
        let report = store.figures().dataset().await?.compare(&shipped::dataset()?);
        if report.new.is_empty() && report.changed.is_empty() {
            store.set(Setting::ShippedFigures, Some(&hash)).await?;
        } else {
            warn!(
                new = report.new.len(),
                changed = report.changed.len(),
                "this version ships other figures than the store holds: nothing was changed; `greenbrief figures import --shipped` takes them"
            );
        }
    }
    Ok(())
}

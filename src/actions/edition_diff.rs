//! What differs between two editions: the figures that they were frozen with, what they were made from, and the program.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use chrono::NaiveDate;
use serde::Serialize;

use super::{Installation, Result};
use crate::{
    base::ids::EditionName,
    edition::FRAME,
    figures::{Snapshot, SnapshotDifference},
    store::{Edition, Store},
};

/// An edition that is compared.
#[derive(Debug, Serialize)]
pub struct ComparedEdition {
    /// Its name
    pub edition: EditionName,
    /// The day up to which figures count
    pub as_known: NaiveDate,
    /// The newest import among its figures; `None` of an edition from before imports were numbered
    pub import: Option<i64>,
    /// The version of the program that made it
    pub program: String,
}

/// What became of a file of template or config.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FileChange {
    /// Only the later edition has it
    Added,
    /// Both have it, with other bytes
    Changed,
    /// Only the earlier edition has it
    Removed,
}

/// A file of template or config that differs.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct ChangedFile {
    /// Its name, such as `template/en.md`
    pub name: String,
    /// What became of it
    pub change: FileChange,
}

/// What differs between two editions.
#[derive(Debug, Serialize)]
pub struct EditionDifference {
    /// The one that is begun with
    pub before: ComparedEdition,
    /// The other
    pub after: ComparedEdition,
    /// What differs of the figures
    #[serde(flatten)]
    pub figures: SnapshotDifference,
    /// What differs of template and config, by name
    pub files: Vec<ChangedFile>,
}

impl EditionDifference {
    /// Whether figures, template, config and program are the same.
    pub fn is_empty(&self) -> bool {
        self.figures.is_empty() && self.files.is_empty() && self.before.program == self.after.program
    }
}

/// What differs between two editions, of one brief or of two.
///
/// # Errors
/// There is no such edition, or its snapshot cannot be read.
pub async fn diff(installation: &Installation, names: [&EditionName; 2]) -> Result<EditionDifference> {
    let [before, after] = names;
    let (before, after) = (installation.edition(before).await?, installation.edition(after).await?);
    let store = installation.existing_store().await?;
    let (frozen_before, frozen_after) = (frozen(store, &before).await?, frozen(store, &after).await?);
    let [had, has] = [inputs(store, &before).await?, inputs(store, &after).await?];
    Ok(EditionDifference {
        figures: frozen_after.difference_since(&frozen_before),
        files: changed_files(&had, &has),
        before: compared(before, &frozen_before),
        after: compared(after, &frozen_after),
    })
}

async fn frozen(store: &Store, edition: &Edition) -> Result<Snapshot> {
    let read = || format!("the snapshot of {} cannot be read", edition.name());
    Ok(Snapshot::from_bytes(&store.blob(&edition.snapshot).await.with_context(read)?).with_context(read)?)
}

async fn inputs(store: &Store, edition: &Edition) -> Result<BTreeMap<String, String>> {
    let inputs = store.editions().inputs(edition.id).await?;
    // What surrounds the figures has the edition's date, and so differs always.
    Ok(inputs.into_iter().filter(|(name, _)| name != FRAME).collect())
}

fn compared(edition: Edition, frozen: &Snapshot) -> ComparedEdition {
    ComparedEdition {
        edition: edition.name(),
        as_known: frozen.as_known,
        import: edition.import,
        program: edition.program,
    }
}

/// Compares files by the SHA-256 of their bytes.
fn changed_files(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<ChangedFile> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let change = |name: &String| match (before.get(name), after.get(name)) {
        (None, _) => Some(FileChange::Added),
        (_, None) => Some(FileChange::Removed),
        (before, after) => (before != after).then_some(FileChange::Changed),
    };
    let changed = names.into_iter().map(|name| Some(ChangedFile { name: name.clone(), change: change(name)? }));
    changed.flatten().collect()
}

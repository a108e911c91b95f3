//! The imports by their numbers, and how one is undone.

use std::collections::HashSet;

use serde::Serialize;
use tracing::info;

use crate::{
    actions::{Actor, Error, Installation, Result},
    base::{ids::EditionName, problem::Problem},
    figures::{Identity, ImportKind, ImportRecord, NewImport, Observation, Snapshot},
    store::{Obstacle, Store, Undone},
};

/// Maximum number of editions that are searched for what is undone, the newest first.
const NEWEST: i64 = 100;
/// Maximum number of values that are looked for in editions.
const MOST_VALUES: usize = 10_000;

/// The imports, the newest first, at most so many.
///
/// # Errors
/// The store cannot be read.
pub async fn imports(installation: &Installation, limit: i64) -> Result<Vec<ImportRecord>> {
    match installation.found_store().await? {
        Some(store) => Ok(store.figures().imports(limit).await?),
        None => Ok(Vec::new()),
    }
}

/// An import that was undone.
#[derive(Debug, Serialize)]
pub struct UndoneImport {
    /// Its number
    pub undid: i64,
    /// The number of the import that undid it
    pub import: i64,
    /// Number of units, series, observations and events that do not count any more
    pub gone: i64,
    /// Number of those that count again
    pub back: i64,
    /// The editions that were frozen with a value of it, newest first; they keep it
    pub editions: Vec<EditionName>,
}

/// Puts everything back as it was before an import, as a new import.
///
/// # Errors
/// There is no such import, it is undone already, or something later stands on it.
pub async fn undo(installation: &Installation, actor: &Actor, number: i64, reason: &str) -> Result<UndoneImport> {
    let store = installation.existing_store().await?;
    let editions = editions_with(store, number).await?;
    let new = NewImport { by: actor.name(), at: installation.now(), kind: ImportKind::Undo, files: &[], reason };
    match store.figures().undo(number, &new).await? {
        Undone::Done { import, gone, back } => {
            info!(by = %actor, undid = number, import, gone, back, reason, "an import is undone");
            Ok(UndoneImport { undid: number, import, gone, back, editions })
        }
        Undone::Unknown => Err(no_import(number).into()),
        Undone::Earlier => Err(Error::refused(format!(
            "import {number} is what the store held before imports were numbered: nothing is known from before it"
        ))),
        Undone::Already(by) => Err(Problem::error(format!("import {number} was undone already, by import {by}"))
            .hint(format!("`greenbrief figures undo {by}` lets it count again"))
            .into()),
        Undone::Stands(obstacles) => Err(standing(number, &obstacles).into()),
    }
}

/// What is said of a number that no import has.
pub(in crate::actions) fn no_import(number: i64) -> Problem {
    Problem::error(format!("there is no import {number}")).hint("`greenbrief figures imports` lists them")
}

/// What stands on an import, each with what settles it.
fn standing(number: i64, obstacles: &[Obstacle]) -> Problem {
    let problem = Problem::error(format!("import {number} cannot be undone: what came later stands on it"));
    let problem = obstacles.iter().fold(problem, |problem, obstacle| {
        let more = match obstacle.things.saturating_sub(1) {
            ..=0 => String::new(),
            more => format!(" and {more} more"),
        };
        problem.hint(format!("import {} changed {}{more}", obstacle.import, obstacle.example))
    });
    let turn: Vec<String> = obstacles.iter().map(|it| format!("`greenbrief figures undo {}`", it.import)).collect();
    problem.hint(format!("undo first what is newer: {}", turn.join(", then ")))
}

/// The editions among the newest whose frozen figures have a value that this import brought.
async fn editions_with(store: &Store, number: i64) -> Result<Vec<EditionName>> {
    let brought: HashSet<(Identity, rust_decimal::Decimal)> =
        store.figures().brought_by(number, MOST_VALUES).await?.into_iter().map(with_value).collect();
    let mut found = Vec::new();
    if brought.is_empty() {
        return Ok(found);
    }
    for edition in store.editions().newest(None, NEWEST).await? {
        if edition.import.is_some_and(|import| import < number) {
            continue;
        }
        // What a version wrote that cannot be read any more has no value here.
        let Ok(snapshot) = Snapshot::from_bytes(&store.blob(&edition.snapshot).await?) else { continue };
        if snapshot.data.observations.into_values().flatten().any(|it| brought.contains(&with_value(it))) {
            found.push(edition.name());
        }
    }
    Ok(found)
}

fn with_value(observation: Observation) -> (Identity, rust_decimal::Decimal) {
    (observation.identity(), observation.value)
}

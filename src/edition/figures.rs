//! The figures that briefs ask for, found while they are filled. The store may hold a million others: they are not read, and
//! an edition does not freeze them.

use std::{collections::BTreeSet, sync::Arc};

use anyhow::Context as _;

use super::check::within_time;
use crate::{
    base::language::Language,
    document::brief::{Frame, Template},
    figures::{Asked, Dataset, Known, Recorder, SeriesId, Snapshot, View},
    store::Store,
};

/// How often a brief is filled to find what it asks for. Words of its template tell nearly all; a name that is computed from
/// a value is known once that value is.
const MOST_ROUNDS: usize = 5;

/// A brief that is about to be made, whenever that is.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Its texts and blocks.
    pub template: Arc<Template>,
    /// The languages it is made in.
    pub languages: Vec<Language>,
    /// What surrounds the figures.
    pub frame: Frame,
}

/// Figures for briefs: all units, series and events, and the observations of what is asked for.
#[derive(Debug, Clone)]
pub struct FoundFigures {
    /// The figures.
    pub data: Dataset,
    /// What the briefs ask for.
    pub asked: Asked,
    /// The newest import that counts.
    pub import: i64,
}

/// Reads what these drafts ask for, as the store knew it.
///
/// # Errors
/// The store cannot be read.
pub async fn figures_for(store: &Store, known: Known, drafts: Vec<Draft>) -> anyhow::Result<FoundFigures> {
    // Everything is read as of one import, whatever comes meanwhile.
    let import = store.figures().import_of(known).await.context("the figures cannot be read")?;
    let view = View { published: None, known: Known::Import(import) };
    let mut data = store.figures().catalogue_as(view).await.context("the figures cannot be read")?;
    let mut loaded = BTreeSet::new();
    let mut wanted: BTreeSet<SeriesId> = drafts.iter().flat_map(|draft| named(&draft.template, &data)).collect();
    let mut asked = Asked::default();
    for _ in 0..MOST_ROUNDS {
        let more: BTreeSet<SeriesId> = wanted.difference(&loaded).cloned().collect();
        if !more.is_empty() {
            let found = store.figures().observations_as(view, &more).await.context("the figures cannot be read")?;
            data.observations.extend(found);
            loaded.extend(more);
        }
        asked = asked_by(&data, &drafts).await?;
        wanted = asked.series_ids().into_iter().filter(|id| data.series.contains_key(id)).collect();
        if wanted.is_subset(&loaded) {
            break;
        }
    }
    Ok(FoundFigures { data, asked, import })
}

/// Only what the drafts ask these figures for: what an edition of them would freeze.
///
/// # Errors
/// Filling a template stopped unexpectedly.
pub async fn asked_of(data: &Dataset, drafts: &[Draft]) -> anyhow::Result<Dataset> {
    Ok(data.only(&asked_by(data, drafts).await?))
}

/// The series whose ids are words of a template, and those that hold their printed changes.
fn named(template: &Template, data: &Dataset) -> BTreeSet<SeriesId> {
    let words = template.words();
    let named = data.series.values().filter(|series| {
        let of = series.change_of.as_ref();
        words.contains(series.id.as_str()) || of.is_some_and(|of| words.contains(of.as_str()))
    });
    named.map(|series| series.id.clone()).collect()
}

/// What the drafts ask these figures for. Of one that takes too long, what it asked for until then.
async fn asked_by(data: &Dataset, drafts: &[Draft]) -> anyhow::Result<Asked> {
    let recorder = Recorder::recording();
    let data = Dataset { recorder: recorder.clone(), ..data.clone() };
    let drafts = drafts.to_vec();
    let work = move || {
        for Draft { template, languages, frame } in drafts {
            let snapshot = Snapshot::new(frame.date, data.clone());
            // Its problems are told by the check.
            within_time(move || template.check(&snapshot, &frame, &languages));
        }
    };
    tokio::task::spawn_blocking(work).await.context("filling the template stopped unexpectedly")?;
    Ok(recorder.asked())
}

//! The figures: the series with their values. What is imported, withdrawn and used has a file of its own.

pub mod import;
pub mod uses;
pub mod withdraw;

use serde::Serialize;

use super::{Installation, Result};
use crate::{
    base::problem::Problem,
    figures::{Dataset, Observation, Series, SeriesId, Snapshot, Status, Withdrawal, Withdrawn},
};

/// A series with its latest value.
#[derive(Debug, Serialize)]
pub struct ListedSeries {
    /// Its id
    pub series: SeriesId,
    /// Its English title
    pub title: String,
    /// The period of the latest value
    pub period: String,
    /// The latest value
    pub value: String,
    /// Its status
    pub status: Status,
    /// The unit of its values
    pub unit: String,
    /// Number of values, of all periods and vintages
    pub values: usize,
    /// Number of values without a dated source
    pub undated: usize,
}

/// All series that have a value, as they are known today.
///
/// # Errors
/// The store cannot be read.
pub async fn list(installation: &Installation) -> Result<Vec<ListedSeries>> {
    let snapshot = Snapshot { as_known: installation.now().date_naive(), data: installation.figures().await? };
    let all = |id: &SeriesId| snapshot.data.observations.get(id).into_iter().flatten();
    let listed = snapshot.data.series.values().filter_map(|series| {
        let latest = snapshot.latest(&series.id, None)?;
        Some(ListedSeries {
            series: series.id.clone(),
            title: series.title.en.clone(),
            period: latest.period.to_string(),
            value: latest.value.to_string(),
            status: latest.status,
            unit: series.unit.clone(),
            values: all(&series.id).count(),
            undated: all(&series.id).filter(|observation| observation.is_undated()).count(),
        })
    });
    Ok(listed.collect())
}

/// An observation with what is known of its withdrawals.
#[derive(Debug, Serialize)]
pub struct ShownObservation {
    /// The observation
    #[serde(flatten)]
    pub observation: Observation,
    /// Whether it counts
    pub counts: bool,
    /// Its withdrawals, the oldest first; all but the last have ended
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub withdrawals: Vec<Withdrawal>,
}

/// A series with all its values.
#[derive(Debug)]
pub struct SeriesValues {
    /// The series
    pub series: Series,
    /// Its values of all periods and vintages, with their sources, also those that were withdrawn
    pub observations: Vec<ShownObservation>,
}

/// One series with all its values, vintages and sources, also those that were withdrawn.
///
/// # Errors
/// There is no such series.
pub async fn show(installation: &Installation, id: &str) -> Result<SeriesValues> {
    let mut data = installation.figures().await?;
    let series = known_series(&data, id)?.clone();
    let counting = data.observations.remove(&series.id).unwrap_or_default();
    let counting = counting.into_iter().map(|observation| (observation, true));
    let withdrawn = match installation.found_store().await? {
        Some(store) => store.figures().withdrawn().await?,
        None => Vec::new(),
    };
    let gone = withdrawn.iter().filter(|gone| gone.is_open() && gone.observation.series == series.id);
    let gone = gone.map(|gone| (gone.observation.clone(), false));
    let of = |observation: &Observation, gone: &Withdrawn| {
        let Observation { series, period, vintage, .. } = &gone.observation;
        (series, period, vintage) == (&observation.series, &observation.period, &observation.vintage)
    };
    let mut shown: Vec<ShownObservation> = counting
        .chain(gone)
        .map(|(observation, counts)| {
            let records = withdrawn.iter().filter(|gone| of(&observation, gone));
            ShownObservation { withdrawals: records.map(|gone| gone.withdrawal.clone()).collect(), counts, observation }
        })
        .collect();
    shown.sort_by_key(|shown| (shown.observation.period, shown.observation.vintage.counts_from()));
    Ok(SeriesValues { series, observations: shown })
}

/// The series with this id.
fn known_series<'a>(data: &'a Dataset, id: &str) -> Result<&'a Series> {
    let found = SeriesId::new(id).and_then(|id| data.series.get(&id));
    let unknown = || {
        let known = data.series.keys().map(SeriesId::as_str);
        Problem::error(format!("there is no series `{id}`")).did_you_mean(id, known)
    };
    Ok(found.ok_or_else(unknown)?)
}

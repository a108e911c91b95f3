//! The figures: the series with their values. What is imported, undone, withdrawn and used has a file of its own.

pub mod check;
pub mod evidence;
pub mod export;
pub mod import;
pub mod imports;
pub mod links;
mod named_evidence;
mod staged;
pub mod uses;
pub mod withdraw;
pub mod wrong;

use chrono::NaiveDate;
use serde::Serialize;

use super::{Installation, Result};
use crate::{
    base::problem::{Problem, Severity},
    figures::{Dataset, Known, Observation, Series, SeriesId, Snapshot, Status, View, Withdrawal, Withdrawn},
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

/// Which figures are shown, by both clocks.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// Values that were published later do not count. Without it all vintages are shown, and today is the day for the latest
    /// value
    pub published: Option<NaiveDate>,
    /// What the store knew
    pub known: Known,
    /// That it knew nothing then, if so
    pub nothing: Option<Problem>,
}

impl Shown {
    const fn view(&self) -> View {
        View { published: self.published, known: self.known }
    }
}

/// Number of series whose values are read at a time.
const SERIES_AT_A_TIME: usize = 100;

/// All series that have a value, by both clocks. That nothing was known then is told: no row is there for that reason.
///
/// # Errors
/// The store cannot be read.
pub async fn list(installation: &Installation, shown: &Shown) -> Result<Vec<ListedSeries>> {
    if let Some(nothing) = &shown.nothing {
        (installation.on_warning)(&Problem { severity: Severity::Warning, ..nothing.clone() });
        return Ok(Vec::new());
    }
    let known = installation.catalogue(shown.known).await?;
    let as_known = shown.published.unwrap_or_else(|| installation.now().date_naive());
    let ids: Vec<&SeriesId> = known.series.keys().collect();
    let mut listed = Vec::new();
    for ids in ids.chunks(SERIES_AT_A_TIME) {
        let ids = ids.iter().map(|id| (*id).clone()).collect();
        let observations = installation.observations(shown.view(), &ids).await?;
        let part = Snapshot::new(as_known, Dataset { observations, ..Dataset::default() });
        let all = |id: &SeriesId| part.data.observations.get(id).into_iter().flatten();
        listed.extend(ids.iter().filter_map(|id| known.series.get(id)).filter_map(|series| {
            let latest = part.latest(&series.id, None)?;
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
        }));
    }
    Ok(listed)
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
    /// The series that goes on with what it measured until a break
    pub successor: Option<SeriesId>,
    /// Its values of all periods and vintages, with their sources, also those that were withdrawn
    pub observations: Vec<ShownObservation>,
}

/// One series with its values, vintages and sources by both clocks, also those that were withdrawn.
///
/// # Errors
/// There is no such series, or was none then.
pub async fn show(installation: &Installation, id: &str, shown: &Shown) -> Result<SeriesValues> {
    if let Some(nothing) = &shown.nothing {
        return Err(nothing.clone().into());
    }
    let data = installation.catalogue(shown.known).await?;
    let series = known_series(&data, id)?.clone();
    let mut found = installation.observations(shown.view(), &[series.id.clone()].into()).await?;
    let counting = found.remove(&series.id).unwrap_or_default();
    let counting = counting.into_iter().map(|observation| (observation, true));
    let withdrawn = match installation.found_store().await? {
        Some(store) => store.figures().withdrawn_as(shown.view()).await?,
        None => Vec::new(),
    };
    let gone = withdrawn.iter().filter(|gone| gone.is_open() && gone.observation.series == series.id);
    let is_published =
        |day: NaiveDate, it: &Observation| it.vintage.counts_from().is_none_or(|published| published <= day);
    let gone = gone.filter(|gone| shown.published.is_none_or(|day| is_published(day, &gone.observation)));
    let gone = gone.map(|gone| (gone.observation.clone(), false));
    let of = |observation: &Observation, gone: &Withdrawn| {
        let Observation { series, period, vintage, .. } = &gone.observation;
        (series, period, vintage) == (&observation.series, &observation.period, &observation.vintage)
    };
    let mut values: Vec<ShownObservation> = counting
        .chain(gone)
        .map(|(observation, counts)| {
            let records = withdrawn.iter().filter(|gone| of(&observation, gone));
            ShownObservation { withdrawals: records.map(|gone| gone.withdrawal.clone()).collect(), counts, observation }
        })
        .collect();
    values.sort_by_key(|it| (it.observation.period, it.observation.vintage.counts_from()));
    let successor = data.successor(&series.id).map(|successor| successor.id.clone());
    Ok(SeriesValues { series, successor, observations: values })
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

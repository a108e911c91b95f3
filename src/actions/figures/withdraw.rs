//! A wrong observation is withdrawn: it counts for nothing that is built from then on.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde::Serialize;
use tracing::info;

use super::known_series;
use crate::{
    actions::{
        Actor, Installation, Result,
        prepare::{missing_shipped, take_shipped},
    },
    base::problem::{Problem, Severity},
    figures::{Dataset, Known, Observation, Period, Published, SeriesId, Snapshot, View},
    store::{NewWithdrawal, Store, WithdrawalOutcome},
};

/// What is withdrawn, and why.
#[derive(Debug, Clone, Copy)]
pub struct WithdrawalRequest<'a> {
    /// The series
    pub series: &'a str,
    /// The period
    pub period: Period,
    /// The vintage
    pub vintage: Published,
    /// The reason, which is kept
    pub reason: &'a str,
}

/// The outcome of a withdrawal.
#[derive(Debug, Serialize)]
pub struct WithdrawnObservation {
    /// The series
    pub series: SeriesId,
    /// The period
    pub period: Period,
    /// The vintage
    pub vintage: Published,
    /// The value that does not count any more
    pub value: Decimal,
    /// The number of the import that took it away
    pub import: i64,
    /// Who withdrew it
    pub by: String,
    /// Why
    pub reason: String,
    /// What counts for the period from now on; `None` if there is no other vintage
    pub instead: Option<Instead>,
    /// Printed changes of the value, if the period has none now: they would stand beside a dash
    pub changes_left: Vec<ChangeLeft>,
    /// The briefs that cannot be made without it
    pub would_be_held: Vec<HeldBrief>,
}

/// The change that a publisher printed for a value that does not count any more.
#[derive(Debug, Serialize)]
pub struct ChangeLeft {
    /// The series of the changes
    pub series: SeriesId,
    /// The vintage
    pub vintage: Published,
    /// The change
    pub value: Decimal,
}

/// A brief whose next edition the gate would hold.
#[derive(Debug, Serialize)]
pub struct HeldBrief {
    /// Its id
    pub brief: String,
    /// Number of errors
    pub errors: usize,
    /// The first of them with its place, on one line
    pub first: String,
}

/// The value of another vintage of the same period.
#[derive(Debug, Serialize)]
pub struct Instead {
    /// The value
    pub value: Decimal,
    /// Its vintage
    pub vintage: Published,
}

/// Withdraws an observation. Nothing of it is deleted, and an edition that was frozen with it keeps it.
///
/// # Errors
/// There is no such observation, it is withdrawn already, or the reason is empty.
pub async fn withdraw(
    installation: &Installation,
    actor: &Actor,
    request: &WithdrawalRequest<'_>,
) -> Result<WithdrawnObservation> {
    let WithdrawalRequest { series: id, period, vintage, reason } = *request;
    if reason.trim().is_empty() {
        return Err(Problem::error("a withdrawal needs a reason")
            .hint("--reason \"typed with a thousands point\"")
            .into());
    }
    let store = installation.existing_store().await?;
    if let Some(first) = missing_shipped(store).await? {
        take_shipped(store, &first, actor.name(), installation.now()).await?;
    }
    let data = installation.catalogue(Known::Now).await?;
    let series = known_series(&data, id)?.id.clone();
    let one = BTreeSet::from([series.clone()]);
    let new = NewWithdrawal { by: actor.name(), at: installation.now(), reason };
    let (value, import) = match store.figures().withdraw(&series, period, vintage, new).await? {
        WithdrawalOutcome::Withdrawn { value, import } => (value, import),
        WithdrawalOutcome::AlreadyWithdrawn => {
            let what = format!("{series} {period} ({vintage}) is withdrawn already");
            return Err(Problem::error(what)
                .hint(format!("`greenbrief figures show {series}` says by whom and why"))
                .into());
        }
        WithdrawalOutcome::Missing => {
            let data = store.figures().dataset_of(View::NOW, &one).await?;
            return Err(missing(&data, &series, period, vintage).into());
        }
    };
    info!(by = %actor, series = series.as_str(), %period, %vintage, %value, reason, "an observation is withdrawn");
    let data = store.figures().dataset_of(View::NOW, &one).await?;
    let snapshot = Snapshot::new(installation.now().date_naive(), data);
    let would_be_held = would_be_held(installation).await;
    let instead = snapshot.observation(&series, period, None);
    let changes_left = match instead {
        None => changes_left(store, installation.catalogue(Known::Now).await?, &series, period).await?,
        Some(_) => Vec::new(),
    };
    Ok(WithdrawnObservation {
        changes_left,
        would_be_held,
        instead: instead.map(|other| Instead { value: other.value, vintage: other.vintage }),
        import,
        by: actor.name().to_owned(),
        reason: reason.to_owned(),
        series,
        period,
        vintage,
        value,
    })
}

/// The printed changes of this series that count for the period, in all vintages.
async fn changes_left(store: &Store, catalogue: Dataset, of: &SeriesId, period: Period) -> Result<Vec<ChangeLeft>> {
    let changes = catalogue.series.into_values().filter(|series| series.change_of.as_ref() == Some(of));
    let changes: BTreeSet<SeriesId> = changes.map(|series| series.id).collect();
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let found = store.figures().dataset_of(View::NOW, &changes).await?.observations;
    let left = found.into_values().flatten().filter(|it| it.period == period);
    Ok(left.map(|it| ChangeLeft { series: it.series, vintage: it.vintage, value: it.value }).collect())
}

/// The briefs of the config that cannot be made with the figures there are. One that cannot be read is left out: it was not
/// made before.
async fn would_be_held(installation: &Installation) -> Vec<HeldBrief> {
    let (now, mut held) = (installation.now(), Vec::new());
    let Ok(briefs) = installation.known_briefs().await else { return held };
    for brief in briefs.values() {
        let Ok(spec) = installation.edition_spec(brief, &[]) else { continue };
        let Ok(data) = installation.figures_for(&spec, now, Known::Now).await else { continue };
        let snapshot = Snapshot::new(spec.as_known(now), data);
        let problems = spec.check(&snapshot, &spec.frame(None, now));
        let errors: Vec<&Problem> = problems.0.iter().filter(|problem| problem.severity == Severity::Error).collect();
        if let Some(first) = errors.first() {
            held.push(HeldBrief { brief: brief.id.clone(), errors: errors.len(), first: first.on_one_line() });
        }
    }
    held
}

/// The problem of an observation that is not there, with the vintages or periods that are.
fn missing(data: &Dataset, series: &SeriesId, period: Period, vintage: Published) -> Problem {
    let all: Vec<&Observation> = data.observations.get(series).into_iter().flatten().collect();
    let vintages: Vec<String> = all.iter().filter(|it| it.period == period).map(|it| it.vintage.to_string()).collect();
    let problem = Problem::error(format!("{series} has no value for {period} in the vintage {vintage}"));
    if vintages.is_empty() {
        let mut periods: Vec<String> = all.iter().map(|it| it.period.to_string()).collect();
        periods.dedup();
        return problem.hint(format!("there are values for {}", periods.join(", ")));
    }
    problem.hint(format!("vintages of {period}: {}", vintages.join(", ")))
}

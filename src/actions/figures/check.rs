//! Checks of figures: of all, of some series, or of what a brief would print, as its gate makes them.

use serde::Serialize;

use super::known_series;
use crate::{
    actions::{Installation, Result, snapshot},
    figures::{
        Known, SeriesId, Snapshot,
        checks::{self, Finding, GateRules, Subject, Verdict},
        links::DeadLinks,
    },
};

/// What is checked.
#[derive(Debug)]
pub struct FigureCheckRequest<'a> {
    /// Only what is about these series; all if none is named
    pub series: &'a [String],
    /// What the next edition of this brief would print, by the rules of its gate
    pub brief: Option<&'a str>,
}

/// What was found.
#[derive(Debug, Serialize)]
pub struct CheckedFigures {
    /// Findings, what holds first
    #[serde(skip)]
    pub findings: Vec<Finding>,
    /// The brief, if one was named
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brief: Option<String>,
    /// Number of series looked at
    pub series: usize,
    /// Number of findings that hold an edition
    pub hold: usize,
    /// Number of findings that are told
    pub warn: usize,
}

/// Checks figures.
///
/// # Errors
/// There is no such series or brief, its template has a mistake, or the store cannot be read.
pub async fn check(installation: &Installation, request: &FigureCheckRequest<'_>) -> Result<CheckedFigures> {
    let (findings, series) = match request.brief {
        Some(brief) => of_brief(installation, brief).await?,
        None => of_store(installation).await?,
    };
    let catalogue = installation.catalogue(Known::Now).await?;
    let mut wanted = Vec::new();
    for id in request.series {
        wanted.push(known_series(&catalogue, id)?.id.clone());
    }
    let is_wanted = |finding: &Finding| wanted.is_empty() || finding.series.iter().any(|id| wanted.contains(id));
    let findings: Vec<Finding> = findings.into_iter().filter(is_wanted).collect();
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    let (hold, warn) = (count(Verdict::Hold), count(Verdict::Warn));
    let series = if wanted.is_empty() { series } else { wanted.len() };
    Ok(CheckedFigures { brief: request.brief.map(str::to_owned), series, hold, warn, findings })
}

async fn of_store(installation: &Installation) -> Result<(Vec<Finding>, usize)> {
    let data = installation.figures().await?;
    let series = data.series.keys().collect::<Vec<&SeriesId>>().len();
    let snapshot = Snapshot::new(installation.now().date_naive(), data);
    let dead_links = match installation.found_store().await? {
        Some(store) => store.figures().dead_links().await?,
        None => DeadLinks::new(),
    };
    let subject = Subject { dead_links: Some(&dead_links), ..Subject::all(&snapshot) };
    Ok((checks::run(&subject, &GateRules::default()), series))
}

async fn of_brief(installation: &Installation, brief: &str) -> Result<(Vec<Finding>, usize)> {
    let spec = installation.edition_spec(installation.brief(brief)?, &[])?;
    let now = installation.now();
    let snapshot = snapshot(installation.figures_for(&spec, now, Known::Now).await?, &spec, now);
    let series = snapshot.data.series.len();
    let input = installation.gate_input(brief).await?;
    Ok((spec.examined(snapshot, now, input).await?.0, series))
}

//! Every problem of config, templates and figures; conflicts between figures are warnings.

use serde::Serialize;

use super::{Installation, Result, snapshot};
use crate::{
    base::problem::{Problems, Severity},
    config::{ConfigSource, Part},
    edition::EditionSpec,
    figures::{Known, checks},
    time::clock::Clock,
};

/// The result of a check.
#[derive(Debug)]
pub struct Checked {
    /// Errors and warnings
    pub problems: Problems,
    /// What was checked; `None` if the config cannot be read
    pub scope: Option<CheckScope>,
}

/// Numbers of what was checked.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CheckScope {
    /// Briefs of the config
    pub briefs: usize,
    /// Schedules of all briefs
    pub schedules: usize,
    /// Series of figures
    pub series: usize,
}

impl Checked {
    /// Number of errors.
    pub fn errors(&self) -> usize {
        self.problems.0.iter().filter(|problem| problem.severity == Severity::Error).count()
    }

    /// Number of warnings.
    pub fn warnings(&self) -> usize {
        self.problems.0.len() - self.errors()
    }
}

/// Checks everything that people write.
///
/// # Errors
/// The store cannot be read. Problems that were found are no error.
pub async fn check(source: &ConfigSource, clock: &Clock) -> Result<Checked> {
    let (config, mut problems) = match source.read().for_parts(Part::CHECKABLE) {
        Ok(loaded) => loaded,
        Err(problems) => return Ok(Checked { problems, scope: None }),
    };
    let installation = Installation::new(config, clock.clone());
    let config = installation.settings()?;
    problems.extend(config.nearly_ready_to_serve());
    let (specs, found) = specs(&installation)?;
    problems.extend(found);
    let now = installation.now();
    let drafts = specs.iter().map(|spec| spec.draft(now)).collect();
    let data = installation.figures_for_all(drafts, Known::Now).await?;
    problems.extend(checks::contradictions(&data));
    for spec in &specs {
        problems.extend(spec.check(&snapshot(data.clone(), spec, now), &spec.frame(None, now)));
    }
    let scope = CheckScope {
        briefs: config.briefs.len(),
        schedules: config.briefs.values().map(|brief| brief.schedules.len()).sum(),
        series: data.series.len(),
    };
    Ok(Checked { problems, scope: Some(scope) })
}

/// The editions of all briefs, and the problems of templates that cannot be read.
fn specs(installation: &Installation) -> Result<(Vec<EditionSpec>, Problems)> {
    let (mut specs, mut problems) = (Vec::new(), Problems::new());
    for brief in installation.config.briefs()?.values() {
        match installation.edition_spec(brief, &[]) {
            Ok(spec) => specs.push(spec),
            Err(error) => problems.extend(error.into_problems()?),
        }
    }
    Ok((specs, problems))
}

//! Values that rest on a weak source: seen in a copy only, without a date, or cited by a link that is dead.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    finding::{Check, CheckFailure, Finding},
    subject::{Measure, Subject},
};
use crate::{
    base::plural::counted,
    figures::{Observation, Period, Quality},
};

pub(super) fn check(subject: &Subject<'_>) -> Result<Vec<Finding>, CheckFailure> {
    let mut found = Vec::new();
    for measure in subject.measures() {
        let looked_at = || measure.values.values().filter(|it| subject.prints(measure.id(), it.period));
        let is_copy = |it: &&&Observation| it.sources.iter().all(|source| source.quality == Quality::Copy);
        let copies: Vec<Period> = looked_at().filter(is_copy).map(|it| it.period).collect();
        let undated: Vec<Period> = looked_at().filter(|it| it.is_undated()).map(|it| it.period).collect();
        for (periods, what) in [(copies, "seen in a copy only"), (undated, "without a dated source")] {
            if periods.is_empty() {
                continue;
            }
            let names: Vec<String> = periods.iter().map(Period::to_string).collect();
            let text = format!("{}: {} {what}: {}", measure.id(), counted(periods.len(), "value"), names.join(", "));
            found.push(Finding::new(Check::Evidence, measure.id(), &periods, text));
        }
        found.extend(dead_citations(subject, &measure));
    }
    Ok(found)
}

/// Links that values of a series cite and that are dead. What a finding says is the same after each further look.
fn dead_citations(subject: &Subject<'_>, measure: &Measure<'_>) -> Vec<Finding> {
    let Some(dead_links) = subject.dead_links.filter(|links| !links.is_empty()) else { return Vec::new() };
    let mut cited: BTreeMap<&str, BTreeSet<Period>> = BTreeMap::new();
    for value in measure.values.values().filter(|it| subject.prints(measure.id(), it.period)) {
        for url in value.sources.iter().filter_map(|source| source.url.as_deref()) {
            if dead_links.contains_key(url) {
                cited.entry(url).or_default().insert(value.period);
            }
        }
    }
    let finding = |(url, periods): (&str, BTreeSet<Period>)| {
        let link = dead_links.get(url)?;
        let periods: Vec<Period> = periods.into_iter().collect();
        let names: Vec<String> = periods.iter().map(Period::to_string).collect();
        let values = counted(periods.len(), "value");
        let verb = if periods.len() == 1 { "cites" } else { "cite" };
        let since = link.dead_since?.format("%F");
        let (id, names) = (measure.id(), names.join(", "));
        let text = format!("{id}: {values} {verb} {url}, dead since {since}: {names}");
        let seen = format!("on {}: {}", link.looked_at.format("%F"), link.look.detail);
        let finding = Finding::new(Check::Evidence, measure.id(), &periods, text).hint(seen);
        Some(finding.hint(format!(
            "`greenbrief figures links {id}` looks again; a file that was read is kept by `greenbrief figures keep`"
        )))
    };
    cited.into_iter().filter_map(finding).collect()
}

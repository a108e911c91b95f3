//! Values that rest on a weak source: seen in a copy only, or without a date.

use super::{
    finding::{Check, CheckFailure, Finding},
    subject::Subject,
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
    }
    Ok(found)
}

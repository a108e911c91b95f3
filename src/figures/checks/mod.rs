//! Checks of figures: what is missing, contradictory, impossible or unlikely in them, each finding in one sentence with its
//! values. Pure. What a finding means for an edition, its brief's [`GateRules`] decide.
//!
//! | file | checks |
//! |---|---|
//! | `completeness` | missing, gap, stale |
//! | `changes` | computed, vintages, and points that are printed as per cent |
//! | `totals` | parts |
//! | `plausible` | kind, implausible, jump |
//! | `revisions` | revised, and what became another unit or an older vintage |
//! | `copies` | copied |
//! | `evidence` | evidence |
//! | `contradictions` | what `greenbrief check` says of all figures |
//!
//! `news` and `prose` are looked at where briefs are filled.

mod changes;
mod completeness;
mod contradictions;
mod copies;
mod evidence;
mod finding;
mod plausible;
mod revisions;
mod subject;
mod totals;

use std::panic::{AssertUnwindSafe, catch_unwind};

pub use self::{
    contradictions::contradictions,
    finding::{Check, CheckFailure, Finding, GateRules, Verdict},
    subject::{LastEdition, PrintedValue, Subject},
};

type Run = fn(&Subject<'_>) -> Result<Vec<Finding>, CheckFailure>;

/// The checks, in the order of their findings. A file may look for what several checks are about: the first name is told if it
/// fails.
const CHECKS: [(Check, Run); 7] = [
    (Check::Missing, completeness::check),
    (Check::Computed, changes::check),
    (Check::Parts, totals::check),
    (Check::Implausible, plausible::check),
    (Check::Revised, revisions::check),
    (Check::Copied, copies::check),
    (Check::Evidence, evidence::check),
];

/// Runs every check. What the rules let pass is left out; what holds comes first. A check that fails itself holds, whatever
/// the rules say.
pub fn run(subject: &Subject<'_>, rules: &GateRules) -> Vec<Finding> {
    run_these(&CHECKS, subject, rules)
}

fn run_these(checks: &[(Check, Run)], subject: &Subject<'_>, rules: &GateRules) -> Vec<Finding> {
    let mut found = Vec::new();
    for (check, run) in checks {
        let ended = catch_unwind(AssertUnwindSafe(|| run(subject)));
        match ended.unwrap_or_else(|_| Err(CheckFailure::new("it stopped unexpectedly"))) {
            Ok(findings) => found.extend(findings.into_iter().map(|finding| rules.judged(finding))),
            Err(failure) => found.push(Finding::failed(*check, &failure)),
        }
    }
    found.retain(|finding| finding.verdict != Verdict::Pass);
    found.sort_by_key(|finding| finding.verdict);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::{Snapshot, shipped};

    #[test]
    fn a_check_that_fails_itself_holds() {
        let snapshot = Snapshot::new(chrono::NaiveDate::MAX, shipped::dataset().unwrap());
        let subject = Subject::all(&snapshot);
        let mut rules = GateRules::default();
        rules.set(Check::Parts, Verdict::Pass);
        let stops: Run = |_| panic!("a check ends like this");
        let fails: Run = |_| Err(CheckFailure::new("a number is too large"));
        let found = run_these(&[(Check::Parts, stops), (Check::Copied, fails)], &subject, &rules);
        let told: Vec<_> = found.iter().map(|it| (it.check, it.verdict, it.text.as_str())).collect();
        assert_eq!(
            told,
            [
                (Check::Parts, Verdict::Hold, "the check `parts` failed itself: it stopped unexpectedly"),
                (Check::Copied, Verdict::Hold, "the check `copied` failed itself: a number is too large"),
            ]
        );
    }
}

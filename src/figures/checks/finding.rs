//! The names of checks, what a finding says, and what it means for an edition.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    base::{
        problem::{Place, Problem, Problems},
        word_enum::word_enum,
    },
    figures::{Period, SeriesId},
};

word_enum! {
    "a check of figures";
    /// A check of figures.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Check {
        /// What a brief asks for, or its last edition printed, is not there.
        Missing = "missing",
        /// A period between two others has no value.
        Gap = "gap",
        /// A newer value should be out by now.
        Stale = "stale",
        /// Nothing that a brief prints has changed since its last edition.
        News = "news",
        /// A printed change does not follow from the values.
        Computed = "computed",
        /// Two values that are compared come from tables of different revision.
        Vintages = "vintages",
        /// A total is not the sum of its parts.
        Parts = "parts",
        /// A value or its unit cannot be what it is called.
        Kind = "kind",
        /// A value is outside its bounds, or many times what its neighbours are.
        Implausible = "implausible",
        /// A value is unlike its past.
        Jump = "jump",
        /// A value that the last edition printed is another now.
        Revised = "revised",
        /// The same values stand under another period, series or unit.
        Copied = "copied",
        /// What a text says of its figures.
        Prose = "prose",
        /// A value rests on a weak or undated source, or on a link that is dead.
        Evidence = "evidence",
    }
}

impl Check {
    /// What a finding means if the brief does not say: what is missing, contradictory or impossible holds an edition.
    pub const fn default_verdict(self) -> Verdict {
        match self {
            Check::Missing | Check::Computed | Check::Parts | Check::Kind | Check::Implausible | Check::Copied => {
                Verdict::Hold
            }
            // Each schedule says what becomes of an edition without news.
            Check::News => Verdict::Pass,
            Check::Gap
            | Check::Stale
            | Check::Vintages
            | Check::Jump
            | Check::Revised
            | Check::Prose
            | Check::Evidence => Verdict::Warn,
        }
    }
}

word_enum! {
    "what a finding means";
    /// What a finding means for an edition.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Verdict {
        /// Nothing is sent until a person has decided.
        Hold = "hold",
        /// It is told, and the edition goes out.
        Warn = "warn",
        /// It is not told.
        Pass = "pass",
    }
}

/// What a brief makes of findings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GateRules(BTreeMap<Check, Verdict>);

impl GateRules {
    /// Says what findings of a check mean.
    pub fn set(&mut self, check: Check, verdict: Verdict) {
        self.0.insert(check, verdict);
    }

    /// What findings of a check mean.
    pub fn verdict(&self, check: Check) -> Verdict {
        self.0.get(&check).copied().unwrap_or_else(|| check.default_verdict())
    }

    /// The finding with what it means.
    pub fn judged(&self, finding: Finding) -> Finding {
        Finding { verdict: self.verdict(finding.check), ..finding }
    }
}

/// Why a check could not be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckFailure(String);

impl CheckFailure {
    /// With the reason, in words.
    pub fn new(why: impl Into<String>) -> CheckFailure {
        CheckFailure(why.into())
    }

    /// A number is too large to be compared.
    pub(super) fn too_large() -> CheckFailure {
        CheckFailure::new("a number is too large to be compared")
    }
}

/// What a check has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which check.
    pub check: Check,
    /// What it means.
    pub verdict: Verdict,
    /// The series that it is about.
    pub series: Vec<SeriesId>,
    /// Their periods.
    pub periods: Vec<Period>,
    /// One sentence with the values, without a full stop.
    pub text: String,
    /// What is to be done, or what explains it.
    pub hints: Vec<String>,
    /// Where it is written, if it stands in a template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

impl Finding {
    /// About periods of a series.
    pub fn new(check: Check, series: &SeriesId, periods: &[Period], text: String) -> Finding {
        let (series, periods) = (vec![series.clone()], periods.to_vec());
        Finding { check, verdict: check.default_verdict(), series, periods, text, hints: Vec::new(), place: None }
    }

    /// About a whole brief.
    pub fn of_brief(check: Check, text: String) -> Finding {
        let verdict = check.default_verdict();
        Finding { check, verdict, series: Vec::new(), periods: Vec::new(), text, hints: Vec::new(), place: None }
    }

    /// A check that failed itself.
    pub fn failed(check: Check, failure: &CheckFailure) -> Finding {
        let text = format!("the check `{check}` failed itself: {}", failure.0);
        Finding { verdict: Verdict::Hold, ..Finding::of_brief(check, text) }
    }

    /// Also about this series.
    #[must_use]
    pub fn and(mut self, series: &SeriesId) -> Finding {
        self.series.push(series.clone());
        self
    }

    /// With a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Finding {
        self.hints.push(hint.into());
        self
    }

    /// As a warning, in its own words.
    pub fn to_warning(&self) -> Problem {
        self.hints.iter().fold(Problem::warning(self.text.clone()), |problem, hint| problem.hint(hint))
    }

    /// As a problem: an error if it holds, with the name of its check.
    pub fn to_problem(&self) -> Problem {
        // What has a place is told as `check` tells it.
        let what = if self.place.is_some() { self.text.clone() } else { format!("{}: {}", self.check, self.text) };
        let mut problem = if self.verdict == Verdict::Hold { Problem::error(what) } else { Problem::warning(what) };
        problem.place.clone_from(&self.place);
        self.hints.iter().fold(problem, |problem, hint| problem.hint(hint))
    }
}

impl FromIterator<Finding> for Problems {
    fn from_iter<I: IntoIterator<Item = Finding>>(findings: I) -> Problems {
        let mut problems = Problems::new();
        for finding in findings {
            problems.push(finding.to_problem());
        }
        problems
    }
}

//! Values of several periods or series told together: the newest period that several series share (`common`), and the values
//! of one series one after the other (`course`).

use std::{collections::BTreeSet, fmt, sync::Arc};

use chrono::NaiveDate;
use minijinja::{Value, value::Object};

use super::{
    dates,
    markers::Says,
    scope::{Asked, Scope, Wrong},
    values::{Figure, Words},
};
use crate::{
    base::{language::Language, problem::Problem},
    figures::{Period, SeriesId},
};

/// Maximum number of values that a sentence tells.
const MOST_VALUES: usize = 6;

/// The newest period for which all these series have a value, among those of the first one's own frequency.
pub(super) fn common(scope: &Scope, call: usize, names: &[String], pinned: Option<NaiveDate>) -> Option<Words> {
    let asked = Asked::Call(call);
    let ids: Option<Vec<SeriesId>> = names.iter().map(|name| scope.series(asked, name)).collect();
    let ids = ids?;
    let Some(latest) = names.first().and_then(|first| scope.latest(asked, first, None, pinned)) else {
        if names.is_empty() {
            let problem = Problem::error("`common` takes the names of series");
            scope.problem(asked, Wrong::Change, problem.hint("write common(\"one\", \"other\")"));
        }
        return None;
    };
    let frequency = latest.observation.period.frequency();
    let periods = |id: &SeriesId| -> BTreeSet<Period> {
        let known = scope.snapshot.periods(id).into_iter();
        let known = known.filter(|period| scope.snapshot.observation(id, *period, pinned).is_some());
        known.filter(|period| period.frequency() == frequency).collect()
    };
    let shared = ids.iter().map(periods).reduce(|shared, more| &shared & &more);
    let Some(period) = shared.and_then(|shared| shared.last().copied()) else {
        let what = format!("there is no {frequency} for which all of these series have a value");
        let problem = ids.iter().fold(Problem::error(what), |problem, id| {
            problem.hint(format!("`{id}`: {}", scope.known_periods(id, pinned)))
        });
        scope.problem(asked, Wrong::Change, problem);
        return None;
    };
    let text = dates::period(period, scope.language);
    Some(Words { scope: scope.clone(), text, says: Says::Period(period) })
}

/// The values of a series from one period on: up to another, or to the newest.
pub(super) fn course(
    scope: &Scope,
    call: usize,
    name: &str,
    (from, to): (&str, Option<&str>),
    pinned: Option<NaiveDate>,
) -> Option<Course> {
    let asked = Asked::Call(call);
    let first = scope.figure(asked, name, Some(from), pinned)?;
    let last = to.map(|to| scope.figure(asked, name, Some(to), pinned));
    let last = match last {
        Some(last) => Some(last?),
        None => None,
    };
    let (id, begin) = (&first.observation.series, first.observation.period);
    let end = last.as_ref().map(|last| last.observation.period);
    if let Some(end) = end.filter(|end| end.frequency() != begin.frequency() || *end <= begin) {
        let problem =
            Problem::error(format!("the values of `{id}` are told in their order, and {end} is not after {begin}"));
        scope.problem(
            asked,
            Wrong::Change,
            problem.hint("write course(\"series\", \"2021\", \"2024\"), in periods of one length"),
        );
        return None;
    }
    let known = scope.snapshot.periods(id).into_iter().filter(|it| it.frequency() == begin.frequency());
    let figures: Vec<Figure> = known
        .filter(|period| *period >= begin && end.is_none_or(|end| *period <= end))
        .filter_map(|period| scope.snapshot.observation(id, period, pinned))
        .map(|observation| {
            scope.note_asked(asked, id, Some(observation.period));
            // What goes up to the newest value cannot be out of date.
            let past = end.is_none() || pinned.is_some();
            Figure { observation: observation.clone(), moves: end.is_none(), past, ..first.clone() }
        })
        .collect();
    if figures.len() > MOST_VALUES {
        let what =
            format!("these are {} values, more than {MOST_VALUES}, which nobody reads in a sentence", figures.len());
        let hint = "begin with a later period, or show them in a chart";
        scope.problem(asked, Wrong::Period(from), Problem::error(what).hint(hint));
        return None;
    }
    Some(Course { scope: scope.clone(), figures })
}

/// Values of one series, each with its period: `54% (2023/24), 51% (2024/25) and 53% (2025/26)`.
#[derive(Debug, Clone)]
pub(super) struct Course {
    scope: Scope,
    pub figures: Vec<Figure>,
}

impl Object for Course {
    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (comma, and) = match self.scope.language {
            Language::En => (", ", " and "),
            Language::De => (", ", " und "),
            Language::Zh => ("、", "和"),
        };
        let count = self.figures.len();
        for (nth, figure) in self.figures.iter().enumerate() {
            let between = if nth == 0 {
                ""
            } else if nth + 1 == count {
                and
            } else {
                comma
            };
            f.write_str(between)?;
            f.write_str(&Value::from_object(figure.clone()).to_string())?;
            f.write_str(&figure.period_in_brackets())?;
        }
        Ok(())
    }
}

//! Whether a value can be: against the kind of its unit, which makes a problem, and against its neighbours in time, which
//! makes a warning. Only values that are new or changed are looked at.

use std::{
    collections::{BTreeMap, HashMap},
    mem::discriminant,
};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    ImportTerms,
    imported::{Files, ReadObservation},
    number,
};
use crate::{
    base::{
        csv_table::MAX_PROBLEMS,
        problem::{Problem, Problems},
    },
    figures::{Dataset, Observation, Period, Published, Series, SeriesId, Unit, UnitKind},
};

/// How many times a value may be its neighbour before a person is asked to look.
const FAR: Decimal = Decimal::from_parts(5, 0, 0, false, 0);

/// Checks what was read, in the order of the files. Returns what a person should look at.
pub(super) fn check(
    data: &Dataset,
    terms: &ImportTerms<'_>,
    mut values: Vec<ReadObservation>,
    files: &Files,
    problems: &mut Problems,
) -> Problems {
    values.sort_by_key(|read| read.value_spot.order());
    let mut neighbours = HashMap::new();
    let (mut errors, mut warnings) = (Found::default(), Found::default());
    for read in &values {
        let Some(observation) = data.observations.get(&read.series).and_then(|all| all.get(read.index)) else {
            continue;
        };
        let of = |data: &Dataset| data.observations.get(&read.series).cloned();
        let Some(measure) = Measure::of(&read.series, data, terms.existing) else { continue };
        let there = neighbours.entry(&read.series).or_insert_with(|| Neighbours::new(of(terms.existing), of(data)));
        if there.is_known(observation) {
            continue;
        }
        let written = files.text(&read.value_spot);
        if let Some(problem) = measure.refusal(observation, written, terms) {
            errors.note(|| files.at(&read.value_spot, problem));
            continue;
        }
        if let Some(warning) = measure.far(observation, there) {
            warnings.note(|| files.at(&read.value_spot, warning));
        }
        if let Some(warning) = ahead(observation) {
            warnings.note(|| files.at(&read.vintage_spot, warning));
        }
    }
    problems.extend(errors.into_problems(Problem::error, "values that cannot be"));
    Problems(warnings.into_problems(Problem::warning, "values to look at"))
}

/// Problems up to the number that is shown, and how many there are.
#[derive(Default)]
struct Found {
    shown: Vec<Problem>,
    more: usize,
}

impl Found {
    fn note(&mut self, problem: impl FnOnce() -> Problem) {
        if self.shown.len() < MAX_PROBLEMS {
            self.shown.push(problem());
        } else {
            self.more += 1;
        }
    }

    fn into_problems(self, kind: fn(String) -> Problem, what: &str) -> Vec<Problem> {
        let more = (self.more > 0).then(|| kind(format!("there are {} more {what}", self.more)));
        self.shown.into_iter().chain(more).collect()
    }
}

/// A series with its unit.
struct Measure<'a> {
    series: &'a Series,
    unit: &'a Unit,
}

impl<'a> Measure<'a> {
    fn of(id: &SeriesId, data: &'a Dataset, existing: &'a Dataset) -> Option<Measure<'a>> {
        let series = data.series.get(id).or_else(|| existing.series.get(id))?;
        let unit = data.units.get(&series.unit).or_else(|| existing.units.get(&series.unit))?;
        Some(Measure { series, unit })
    }

    /// Whether any value can be, since it is a change or the series says so.
    fn is_open(&self) -> bool {
        self.series.any_value || self.series.change_of.is_some()
    }

    /// The problem of a value that its unit rules out. `written` is the value as the file has it.
    fn refusal(&self, observation: &Observation, written: &str, terms: &ImportTerms<'_>) -> Option<Problem> {
        let (value, id, label) = (observation.value, &self.series.id, &self.unit.label.en);
        match self.unit.kind {
            UnitKind::Count if value.scale() > 0 => {
                let what = format!("`{written}` is no count: {label} are whole numbers");
                let mark = terms.decimal.unwrap_or(super::DecimalMark::Point);
                let bare = number::without_thousands(written, mark.mark());
                let hint = match bare {
                    Some(bare) => {
                        format!("if the {mark} separates thousands, write {bare}: nothing stands between them")
                    }
                    None if value.fract().is_zero() => format!("write {}", value.normalize()),
                    None => "a number that is not whole needs a unit of another kind, such as thousands as a quantity"
                        .to_owned(),
                };
                Some(Problem::error(what).hint(hint))
            }
            UnitKind::Count if value < Decimal::ZERO && !self.is_open() => {
                let problem = Problem::error(format!("`{written}` is no count: {label} are never fewer than none"));
                Some(problem.hint(self.how_to_open("a decrease")))
            }
            UnitKind::Share if !(Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&value) => {
                let hint = "a change or a rate has a unit of kind percent, a difference of shares one of kind points";
                Some(Problem::error(format!("`{written}` is no share: {id} lies between 0 and 100 %")).hint(hint))
            }
            UnitKind::Index if value < Decimal::ZERO => {
                let hint = "a change of an index has a unit of kind percent";
                Some(Problem::error(format!("`{written}` is no index: {id} is never below 0")).hint(hint))
            }
            UnitKind::Percent if !(Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&value) && !self.is_open() => {
                let what = format!("`{written}` is no share: {id} lies between 0 and 100 %");
                Some(Problem::error(what).hint(self.how_to_open("a change or a rate")))
            }
            _ => None,
        }
    }

    fn how_to_open(&self, what: &str) -> String {
        format!("if `{}` is {what}, its row in a file of series says so: `any` in the column `range`", self.series.id)
    }

    /// The warning of a value that is far from its neighbour: more than five times as much, less than a fifth, zero after
    /// something else, or of the other sign.
    fn far(&self, observation: &Observation, there: &Neighbours) -> Option<Problem> {
        if self.is_open() {
            return None;
        }
        let neighbour = there.of(observation)?;
        let (value, before) = (observation.value, neighbour.value);
        let against = if neighbour.period == observation.period {
            format!("{} in the vintage {}", neighbour.value, neighbour.vintage)
        } else {
            format!("{} in {}", neighbour.value, neighbour.period)
        };
        let name = format!("{} {}", self.series.id, observation.period);
        if before.is_zero() {
            return None;
        }
        if value.is_zero() {
            let problem = Problem::warning(format!("{name} is 0; it was {against}"));
            return Some(problem.hint("a value that is not published yet is a gap, not a zero"));
        }
        if (value < Decimal::ZERO) != (before < Decimal::ZERO) {
            let turned = !there.has_both_signs;
            let problem = Problem::warning(format!("{name} is {value}; it was {against}: the sign changes"));
            return turned.then(|| problem.hint("nothing is to be done if that is right"));
        }
        let times = |large: Decimal, small: Decimal| large.abs().checked_div(small.abs()).filter(|times| *times > FAR);
        let far = match (times(value, before), times(before, value)) {
            (Some(times), _) => format!("{} times as much", times.round_dp(1).normalize()),
            (_, Some(times)) => format!("one part in {}", times.round_dp(1).normalize()),
            (None, None) => return None,
        };
        let problem = Problem::warning(format!("{name} is {value}; it was {against}: {far}"));
        Some(problem.hint(format!(
            "look at the decimal mark, the unit ({}) and the row; nothing is to be done if all are right",
            self.unit.label.en
        )))
    }
}

/// The warning of a value that was published before its period began.
fn ahead(observation: &Observation) -> Option<Problem> {
    let (published, begins) = (observation.vintage.counts_from()?, observation.period.begins()?);
    let what = format!(
        "{} {} was published on {}, before that period began",
        observation.series, observation.period, observation.vintage
    );
    let problem = Problem::warning(what);
    (published < begins).then(|| problem.hint("look at both dates; a forecast or a plan is no observation"))
}

/// A value with its period and vintage.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Neighbour {
    period: Period,
    vintage: Published,
    value: Decimal,
}

/// When a vintage counts from, then the vintage: two of one day are told apart.
type Age = (Option<NaiveDate>, Published);

/// The values of a series, those that are there and those that are read, by period and age.
struct Neighbours {
    values: BTreeMap<Period, BTreeMap<Age, Decimal>>,
    /// The values that are there.
    known: HashMap<(Period, Published), Decimal>,
    /// Whether the values that are there have both signs.
    has_both_signs: bool,
}

impl Neighbours {
    fn new(existing: Option<Vec<Observation>>, read: Option<Vec<Observation>>) -> Neighbours {
        let existing = existing.unwrap_or_default();
        let known: HashMap<_, _> = existing.iter().map(|it| ((it.period, it.vintage), it.value)).collect();
        let has_both_signs =
            known.values().any(|value| *value < Decimal::ZERO) && known.values().any(|value| *value > Decimal::ZERO);
        let mut values: BTreeMap<Period, BTreeMap<Age, Decimal>> = BTreeMap::new();
        for it in existing.into_iter().chain(read.unwrap_or_default()) {
            values.entry(it.period).or_default().insert((it.vintage.counts_from(), it.vintage), it.value);
        }
        Neighbours { values, known, has_both_signs }
    }

    fn is_known(&self, observation: &Observation) -> bool {
        self.known.get(&(observation.period, observation.vintage)) == Some(&observation.value)
    }

    /// The value with which to compare: of the vintage before, else of the last period of the same kind, else, if it is there
    /// already, of the next one.
    fn of(&self, observation: &Observation) -> Option<Neighbour> {
        let Observation { period, vintage, .. } = *observation;
        let age = (vintage.counts_from(), vintage);
        let older = self.values.get(&period).and_then(|vintages| vintages.range(..age).next_back());
        if let Some(((_, vintage), value)) = older {
            return Some(Neighbour { period, vintage: *vintage, value: *value });
        }
        let is_alike = |other: &Period| discriminant(other) == discriminant(&period);
        let newest = |(period, vintages): (&Period, &BTreeMap<Age, Decimal>)| {
            let ((_, vintage), value) = vintages.last_key_value()?;
            Some(Neighbour { period: *period, vintage: *vintage, value: *value })
        };
        let before = self.values.range(..period).rev().find(|(other, _)| is_alike(other)).and_then(newest);
        before.or_else(|| {
            let after = self.values.range(period..).skip(1).find(|(other, _)| is_alike(other)).and_then(newest)?;
            self.known.contains_key(&(after.period, after.vintage)).then_some(after)
        })
    }
}

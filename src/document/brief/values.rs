//! The values of expressions: figures, changes and words. Each is inserted into the text by a marker when it is rendered.

use std::{fmt, sync::Arc};

use chrono::NaiveDate;
use minijinja::{Value, value::Object};
use rust_decimal::Decimal;

use super::{
    dates,
    markers::{Says, ValueOf},
    numbers,
    scope::{Asked, Scope, Wrong},
    translations,
};
use crate::{
    base::{language::Language, problem::Problem},
    figures::{ChangeUnit, Citation, Direction, Observation, Period, Quality, SeriesId, Status, Unit, UnitKind},
};

impl Scope {
    /// The figure of a period, or the latest; one that is not known is a problem where it is asked for.
    pub fn figure(
        &self,
        asked: Asked<'_>,
        name: &str,
        period: Option<&str>,
        pinned: Option<NaiveDate>,
    ) -> Option<Figure> {
        let id = self.series(asked, name)?;
        let observation = match period {
            None => self.snapshot.latest(&id, pinned),
            Some(text) => self.snapshot.observation(&id, self.period(asked, text)?, pinned),
        };
        let Some(observation) = observation else {
            if self.is_news(asked, name, period.unwrap_or_default()) {
                let (what, wrong) = match period {
                    Some(text) => {
                        (format!("`{name}` has no value for {text} that is known by then"), Wrong::Period(text))
                    }
                    None => (format!("`{name}` has no value that is known by then"), Wrong::Series(name)),
                };
                self.problem(asked, wrong, Problem::error(what).hint(self.known_periods(&id, pinned)));
            }
            return None;
        };
        let unit = self.snapshot.data.units.get(&self.snapshot.data.series.get(&id)?.unit)?.clone();
        let moves = period.is_none_or(|period| !self.is_written(asked, period));
        Some(Figure {
            scope: self.clone(),
            observation: observation.clone(),
            unit,
            form: Form::Plain,
            cite: true,
            moves,
        })
    }

    /// The change of a figure against a period, or against the year before; one that is not known is a problem.
    pub fn change(
        &self,
        asked: Asked<'_>,
        name: &str,
        period: &str,
        against: Option<&str>,
        pinned: Option<NaiveDate>,
    ) -> Option<ChangeValue> {
        let id = self.series(asked, name)?;
        let parsed = self.period(asked, period)?;
        let earlier = match against {
            Some(text) => self.period(asked, text)?,
            None => parsed.year_before(),
        };
        let Some(change) = self.snapshot.difference(&id, parsed, earlier, pinned) else {
            if self.is_news(asked, name, &format!("{period} {earlier}")) {
                self.unknown_change(asked, &id, (parsed, period), (earlier, against), pinned);
            }
            return None;
        };
        let mut cites: Vec<Citation> = Vec::new();
        for citation in change.rests_on.iter().filter_map(|o| o.sources.first()) {
            if !cites.contains(citation) {
                cites.push(citation.clone());
            }
        }
        let moves = !self.is_written(asked, period);
        let of = ValueOf { series: name.to_owned(), period: parsed, against: Some(earlier), moves };
        Some(ChangeValue {
            scope: self.clone(),
            value: change.value,
            unit: change.unit,
            direction: change.direction(),
            printed_only: change.printed_only,
            provisional: change.rests_on.iter().any(|o| o.status == Status::Provisional),
            against: earlier,
            signed: true,
            cite: true,
            cites,
            of,
        })
    }

    /// Tells why a change is not known: a value is missing, or the earlier one is zero. Each period comes with its words.
    fn unknown_change(
        &self,
        asked: Asked<'_>,
        id: &SeriesId,
        (period, written): (Period, &str),
        (earlier, earlier_written): (Period, Option<&str>),
        pinned: Option<NaiveDate>,
    ) {
        let value = |period: Period| self.snapshot.observation(id, period, pinned).map(|o| o.value);
        let problem = Problem::error(format!("the change of `{id}` from {earlier} to {period} is not known"));
        let earlier_place = earlier_written.map_or(Wrong::Change, Wrong::Period);
        let (wrong, problem) = match (value(period), value(earlier)) {
            (Some(_), Some(before)) if before.is_zero() => (
                Wrong::Change,
                Problem::error(format!("`{id}` is 0 for {earlier}: a change in per cent would divide by zero"))
                    .hint("show the values themselves, without a change"),
            ),
            (Some(_), Some(_)) => (Wrong::Change, problem.hint("the numbers are too large to be compared")),
            (Some(_), None) => (
                earlier_place,
                problem.hint(format!("its value for {earlier} is missing; {}", self.known_periods(id, pinned))),
            ),
            (None, _) => (Wrong::Period(written), problem.hint(self.known_periods(id, pinned))),
        };
        self.problem(asked, wrong, problem);
    }
}

/// The form in which a figure is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A count without its unit, everything else with it.
    Plain,
    /// With its unit.
    Full,
    /// Without its unit.
    Bare,
}

/// The figure that `fig` and `latest` return.
#[derive(Debug, Clone)]
pub(super) struct Figure {
    pub scope: Scope,
    pub observation: Observation,
    pub unit: Unit,
    pub form: Form,
    pub cite: bool,
    /// The author did not write its period: it is the latest, or computed.
    pub moves: bool,
}

impl Figure {
    /// The value as it is written, without a mark.
    pub fn text(&self) -> String {
        let (value, writing) = (self.observation.value, self.scope.writing());
        match (self.form, self.unit.kind) {
            (Form::Bare, _) | (Form::Plain, UnitKind::Count) => numbers::bare(value, &self.unit, writing),
            _ => numbers::full(value, &self.unit, writing),
        }
    }

    pub fn is_provisional(&self) -> bool {
        self.observation.status == Status::Provisional
    }
}

impl Object for Figure {
    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let snapshot = &self.scope.snapshot;
        Some(match key {
            "period" => Value::from_object(Words {
                scope: self.scope.clone(),
                text: dates::period(self.observation.period, self.scope.language),
                says: Says::Period(self.observation.period),
            }),
            "year" => Value::from(self.observation.period.year()),
            "copy" => Value::from(self.observation.sources.first().is_none_or(|s| s.quality == Quality::Copy)),
            "restated" => match snapshot.restated(&self.observation) {
                Some(later) => Value::from_object(Figure { observation: later.clone(), ..(**self).clone() }),
                None => Value::from(()),
            },
            _ => return None,
        })
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cites = if self.cite { self.observation.sources.clone() } else { Vec::new() };
        self.scope.gathered().printed.push(self.observation.clone());
        let of = ValueOf {
            series: self.observation.series.to_string(),
            period: self.observation.period,
            against: None,
            moves: self.moves,
        };
        let text = marked_provisional(self.text(), self.is_provisional(), self.scope.language);
        f.write_str(&self.scope.insert_saying(text, cites, Says::Value(of)))
    }
}

/// The change that `change` and `diff` return.
#[derive(Debug, Clone)]
pub(super) struct ChangeValue {
    scope: Scope,
    value: Decimal,
    unit: ChangeUnit,
    pub direction: Direction,
    pub printed_only: bool,
    /// One of the values that it rests on is.
    pub provisional: bool,
    pub against: Period,
    pub signed: bool,
    pub cite: bool,
    pub cites: Vec<Citation>,
    of: ValueOf,
}

impl ChangeValue {
    /// The change as it is written, without a mark.
    pub fn text(&self) -> String {
        numbers::change(self.value, self.unit, self.signed, self.scope.writing())
    }
}

impl Object for ChangeValue {
    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        Some(Value::from(match key {
            "up" => self.direction == Direction::Up,
            "down" => self.direction == Direction::Down,
            "flat" => self.direction == Direction::Flat,
            "printed_only" => self.printed_only,
            _ => return None,
        }))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cites = if self.cite { self.cites.clone() } else { Vec::new() };
        let text = marked_provisional(self.text(), self.provisional, self.scope.language);
        f.write_str(&self.scope.insert_saying(text, cites, Says::Value(self.of.clone())))
    }
}

/// A value with the word that it is provisional behind it, if it is.
pub(super) fn marked_provisional(text: String, provisional: bool, language: Language) -> String {
    if provisional { format!("{text}{}", translations::IS_PROVISIONAL.get(language)) } else { text }
}

/// Words that the program writes, such as a period.
#[derive(Debug, Clone)]
pub(super) struct Words {
    pub scope: Scope,
    pub text: String,
    pub says: Says,
}

impl Object for Words {
    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.scope.insert_saying(self.text.clone(), Vec::new(), self.says.clone()))
    }
}

/// Stands in for a figure that is missing, so that the rest of the file is still checked.
#[derive(Debug)]
pub(super) struct Absent;

impl Object for Absent {
    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        Some(match key {
            "year" => Value::from(0),
            _ => Value::from(false),
        })
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("?")
    }
}

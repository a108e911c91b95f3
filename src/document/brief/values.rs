//! The values of expressions: figures, changes and words. Each is inserted into the text by a marker when it is rendered.

use std::{fmt, sync::Arc};

use chrono::NaiveDate;
use minijinja::{Value, value::Object};
use rust_decimal::Decimal;

use super::{dates, numbers, scope::Scope};
use crate::{
    base::problem::Problem,
    figures::{ChangeUnit, Citation, Direction, Observation, Period, Quality, Unit, UnitKind},
};

impl Scope {
    /// The figure of a period, or the latest; one that is not known is a problem at the place where it is asked for.
    pub fn figure(&self, name: &str, period: Option<&str>, pinned: Option<NaiveDate>) -> Option<Figure> {
        let id = self.series(name)?;
        let observation = match period {
            None => self.snapshot.latest(&id, pinned),
            Some(text) => self.snapshot.observation(&id, self.period(name, text)?, pinned),
        };
        let Some(observation) = observation else {
            let periods: Vec<String> = self.snapshot.periods(&id).iter().map(Period::to_string).collect();
            let text = period.unwrap_or("any period");
            self.problem(
                &[name, text],
                Problem::error(format!("`{name}` has no value for {text} that is known by then"))
                    .hint(format!("there are values for {}", periods.join(", "))),
            );
            return None;
        };
        let unit = self.snapshot.data.units.get(&self.snapshot.data.series.get(&id)?.unit)?.clone();
        Some(Figure { scope: self.clone(), observation: observation.clone(), unit, form: Form::Plain, cite: true })
    }

    /// The change of a figure against a period, or against the year before; one that is not known is a problem.
    pub fn change(
        &self,
        name: &str,
        period: &str,
        against: Option<&str>,
        pinned: Option<NaiveDate>,
    ) -> Option<ChangeValue> {
        let id = self.series(name)?;
        let period_ = self.period(name, period)?;
        let against = match against {
            Some(text) => self.period(name, text)?,
            None => period_.year_before(),
        };
        let Some(change) = self.snapshot.difference(&id, period_, against, pinned) else {
            let periods: Vec<String> = self.snapshot.periods(&id).iter().map(Period::to_string).collect();
            self.problem(
                &[name, period],
                Problem::error(format!("the change of `{name}` from {against} to {period} is not known"))
                    .hint(format!("there are values for {}", periods.join(", "))),
            );
            return None;
        };
        let mut cites: Vec<Citation> = Vec::new();
        for citation in change.rests_on.iter().filter_map(|o| o.sources.first()) {
            if !cites.contains(citation) {
                cites.push(citation.clone());
            }
        }
        Some(ChangeValue {
            scope: self.clone(),
            value: change.value,
            unit: change.unit,
            direction: change.direction(),
            printed_only: change.printed_only,
            against,
            signed: true,
            cite: true,
            cites,
        })
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
}

impl Figure {
    pub fn text(&self) -> String {
        let (value, writing) = (self.observation.value, self.scope.writing());
        match (self.form, self.unit.kind) {
            (Form::Bare, _) | (Form::Plain, UnitKind::Count) => numbers::bare(value, &self.unit, writing),
            _ => numbers::full(value, &self.unit, writing),
        }
    }
}

impl Object for Figure {
    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let snapshot = &self.scope.snapshot;
        Some(match key {
            "period" => Value::from_object(Words {
                scope: self.scope.clone(),
                text: dates::period(self.observation.period, self.scope.language),
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
        f.write_str(&self.scope.insert(self.text(), cites))
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
    pub against: Period,
    pub signed: bool,
    pub cite: bool,
    pub cites: Vec<Citation>,
}

impl ChangeValue {
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
        f.write_str(&self.scope.insert(self.text(), cites))
    }
}

/// Words that the program writes, such as a period.
#[derive(Debug, Clone)]
pub(super) struct Words {
    pub scope: Scope,
    pub text: String,
}

impl Object for Words {
    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.scope.insert(self.text.clone(), Vec::new()))
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

//! The functions and filters of a template's Jinja expressions. Their values are in `values`; how these reach the text, in
//! `markers`.

use chrono::NaiveDate;
use minijinja::{
    Environment, Error, ErrorKind, Value,
    value::{Kwargs, Object, ValueKind},
};
use rust_decimal::RoundingStrategy;

use super::{
    numbers,
    scope::Scope,
    values::{Absent, ChangeValue, Figure, Form, Words},
};
use crate::{base::problem::Problem, figures::Direction};

/// Maximum cost of the expressions of a text, in the units of `minijinja`: one a step, and one for 64 bytes written.
const FUEL: u64 = 500_000;

fn pinned(kwargs: &Kwargs) -> Result<Option<NaiveDate>, Error> {
    let text: Option<String> = kwargs.get("as_known")?;
    kwargs.assert_all_used()?;
    text.map(|text| {
        text.parse().map_err(|_| {
            Error::new(ErrorKind::InvalidOperation, format!("`{text}` is not a date; write as_known=\"2025-03-04\""))
        })
    })
    .transpose()
}

fn value<T: Object + 'static>(found: Option<T>) -> Value {
    found.map_or_else(|| Value::from_object(Absent), Value::from_object)
}

fn with_figure(value: &Value, change: impl FnOnce(&mut Figure)) -> Option<Value> {
    let mut figure = value.downcast_object_ref::<Figure>()?.clone();
    change(&mut figure);
    Some(Value::from_object(figure))
}

fn with_change(value: &Value, change: impl FnOnce(&mut ChangeValue)) -> Option<Value> {
    let mut it = value.downcast_object_ref::<ChangeValue>()?.clone();
    change(&mut it);
    Some(Value::from_object(it))
}

fn no_figure(filter: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("`{filter}` follows a figure or a change"))
}

/// The environment in which a template of this scope is rendered.
pub(super) fn environment(scope: &Scope) -> Environment<'static> {
    let mut env = Environment::new();
    // Errors then know their place in the text.
    env.set_debug(true);
    // Nested loops, or a text that is doubled again and again, would take hours and all memory.
    env.set_fuel(Some(FUEL));
    env.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    add_functions(&mut env, scope);
    add_filters(&mut env);
    refuse_numbers(&mut env, scope);
    env
}

fn add_functions(env: &mut Environment<'static>, scope: &Scope) {
    let s = scope.clone();
    env.add_function("fig", move |name: &str, period: Option<String>, kwargs: Kwargs| -> Result<Value, Error> {
        Ok(value(s.figure(name, period.as_deref(), pinned(&kwargs)?)))
    });
    let s = scope.clone();
    env.add_function("latest", move |name: &str, kwargs: Kwargs| -> Result<Value, Error> {
        Ok(value(s.figure(name, None, pinned(&kwargs)?)))
    });
    let s = scope.clone();
    env.add_function("change", move |name: &str, period: String, kwargs: Kwargs| -> Result<Value, Error> {
        Ok(value(s.change(name, &period, None, pinned(&kwargs)?)))
    });
    let s = scope.clone();
    env.add_function(
        "diff",
        move |name: &str, period: String, against: String, kwargs: Kwargs| -> Result<Value, Error> {
            Ok(value(s.change(name, &period, Some(&against), pinned(&kwargs)?)))
        },
    );
    let s = scope.clone();
    // The number of the block is known only once the whole text is read.
    env.add_function("ref", move |id: String| -> String { s.insert_reference(id) });
    let s = scope.clone();
    env.add_function("ratio", move |a: Value, b: Value| -> Result<Value, Error> {
        let (Some(a), Some(b)) = (a.downcast_object_ref::<Figure>(), b.downcast_object_ref::<Figure>()) else {
            return Ok(Value::from_object(Absent));
        };
        let quotient = a.observation.value.checked_div(b.observation.value).unwrap_or_default();
        let text =
            numbers::plain(quotient.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero), s.writing());
        Ok(Value::from_object(Words { scope: s.clone(), text }))
    });
    env.add_function("pick", |change: Value, up: Value, flat: Value, down: Value| -> Value {
        match change.downcast_object_ref::<ChangeValue>().map(|change| change.direction) {
            Some(Direction::Up) => up,
            Some(Direction::Down) => down,
            _ => flat,
        }
    });
}

fn add_filters(env: &mut Environment<'static>) {
    env.add_filter("abs", |v: Value| {
        with_change(&v, |c| c.signed = false).or(absent(&v)).ok_or_else(|| no_figure("abs"))
    });
    env.add_filter("full", |v: Value| {
        with_figure(&v, |f| f.form = Form::Full).or(absent(&v)).ok_or_else(|| no_figure("full"))
    });
    env.add_filter("bare", |v: Value| {
        with_figure(&v, |f| f.form = Form::Bare).or(absent(&v)).ok_or_else(|| no_figure("bare"))
    });
    env.add_filter("nocite", |v: Value| {
        with_figure(&v, |f| f.cite = false)
            .or_else(|| with_change(&v, |c| c.cite = false))
            .or(absent(&v))
            .ok_or_else(|| no_figure("nocite"))
    });
}

/// Makes a number that an expression writes by itself a problem: it comes from no figure.
fn refuse_numbers(env: &mut Environment<'static>, scope: &Scope) {
    let s = scope.clone();
    env.set_formatter(move |out, state, value| {
        if value.kind() == ValueKind::Number {
            let text = value.to_string();
            let at = s.source.text().find(&text).map_or(0..0, |at| at..at + text.len());
            let problem = Problem::error(format!("the number {text} is typed by hand")).at(s.source.place(at));
            s.gathered().problems.push(problem.hint("a number comes from the store: {{ fig(\"series\", \"period\") }}; a year or a name is marked: [[2024]]"));
        }
        minijinja::escape_formatter(out, state, value)
    });
}

fn absent(value: &Value) -> Option<Value> {
    value.downcast_object_ref::<Absent>().map(|_| value.clone())
}

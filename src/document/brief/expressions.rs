//! The functions and filters of a template's Jinja expressions. Their values are in `values`; how these reach the text, in
//! `markers`.

use std::fmt;

use chrono::NaiveDate;
use minijinja::{
    Environment, Error, ErrorKind, Value,
    value::{Kwargs, Object, Rest, ValueKind},
};
use rust_decimal::RoundingStrategy;

use super::{
    courses::{self, Course},
    markers::Says,
    move_words,
    moves::Move,
    numbers,
    scope::{Asked, Scope, Wrong},
    values::{Absent, ChangeValue, Figure, Form, PeriodArgument, Words, marked_provisional},
};
use crate::{
    base::problem::{Problem, nearest},
    figures::{Direction, SeriesId},
};

/// Maximum cost of the expressions of a text, in the units of `minijinja`: one a step, and one for 64 bytes written. The
/// shipped brief needs 5,000. `expression_rules` sees to it that no step costs much more than it is charged for; two texts
/// that are compared over and over are the dearest, with a second or two.
const FUEL: u64 = 100_000;
/// The cost of a figure that is inserted into a text, with its sources, in the same units.
const FIGURE_COST: u64 = 10;

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

fn with_course(value: &Value, change: impl FnMut(&mut Figure)) -> Option<Value> {
    let mut it = value.downcast_object_ref::<Course>()?.clone();
    it.figures.iter_mut().for_each(change);
    Some(Value::from_object(it))
}

fn with_move(value: &Value, change: impl FnOnce(&mut Move)) -> Option<Value> {
    let mut it = value.downcast_object_ref::<Move>()?.clone();
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
    refuse_numbers(&mut env);
    env
}

/// Adds the functions. The first argument of each is the number of its call: see `calls`. Long, since each is a line or two.
fn add_functions(env: &mut Environment<'static>, scope: &Scope) {
    // Both make values that hold others: see `expression_rules`.
    env.remove_global("debug");
    env.remove_global("dict");
    let s = scope.clone();
    env.add_function(
        "fig",
        move |call: usize, name: &str, period: Option<PeriodArgument>, kwargs: Kwargs| -> Result<Value, Error> {
            let period = period.as_ref().map(|period| period.0.as_str());
            Ok(value(s.figure(Asked::Call(call), name, period, pinned(&kwargs)?)))
        },
    );
    let s = scope.clone();
    env.add_function("latest", move |call: usize, name: &str, kwargs: Kwargs| -> Result<Value, Error> {
        let frequency: Option<String> = kwargs.get("freq")?;
        Ok(value(s.latest(Asked::Call(call), name, frequency.as_deref(), pinned(&kwargs)?)))
    });
    let s = scope.clone();
    env.add_function(
        "change",
        move |call: usize, name: &str, period: Option<PeriodArgument>, kwargs: Kwargs| -> Result<Value, Error> {
            let (call, pinned) = (Asked::Call(call), pinned(&kwargs)?);
            let period = period.map(|period| period.0).or_else(|| s.latest_period(call, name, pinned));
            Ok(value(period.and_then(|period| s.change(call, name, &period, None, pinned))))
        },
    );
    let s = scope.clone();
    env.add_function("common", move |call: usize, names: Rest<String>| -> Value {
        value(courses::common(&s, call, &names, None))
    });
    let s = scope.clone();
    env.add_function(
        "course",
        move |call: usize,
              name: &str,
              from: PeriodArgument,
              to: Option<PeriodArgument>,
              kwargs: Kwargs|
              -> Result<Value, Error> {
            let to = to.as_ref().map(|to| to.0.as_str());
            Ok(value(courses::course(&s, call, name, (&from.0, to), pinned(&kwargs)?)))
        },
    );
    let s = scope.clone();
    env.add_function(
        "diff",
        move |call: usize,
              name: &str,
              period: PeriodArgument,
              against: PeriodArgument,
              kwargs: Kwargs|
              -> Result<Value, Error> {
            Ok(value(s.change(Asked::Call(call), name, &period.0, Some(&against.0), pinned(&kwargs)?)))
        },
    );
    let s = scope.clone();
    env.add_function(
        "move",
        move |call: usize, of: Value, period: Option<PeriodArgument>, kwargs: Kwargs| -> Result<Value, Error> {
            let (say, against): (Option<String>, Option<String>) = (kwargs.get("say")?, kwargs.get("against")?);
            let say = say.as_deref().unwrap_or(move_words::PAST);
            Ok(moved(&s, call, (&of, period, against), say, pinned(&kwargs)?))
        },
    );
    let s = scope.clone();
    // The number of the block is known only once the whole text is read.
    env.add_function("ref", move |call: usize, id: String| -> String { s.insert_reference(call, id) });
    let s = scope.clone();
    env.add_function("ratio", move |call: usize, a: Value, b: Value| -> Value { ratio(&s, call, &a, &b) });
    let s = scope.clone();
    env.add_function("pick", move |call: usize, change: Value, up: Value, flat: Value, down: Value| -> Value {
        match change.downcast_object_ref::<ChangeValue>().map(|change| change.direction) {
            Some(Direction::Up) => up,
            Some(Direction::Down) => down,
            Some(Direction::Flat) => flat,
            None => {
                if absent(&change).is_none() {
                    let problem = Problem::error("`pick` goes by a change, and this is none");
                    let hint = "write pick(change(\"series\", \"2024\"), \"rose\", \"held\", \"fell\")";
                    s.problem(Asked::Call(call), Wrong::Change, problem.hint(hint));
                }
                flat
            }
        }
    });
}

/// That one of two series goes on the other after a break, if it does.
fn across_a_break(scope: &Scope, a: &SeriesId, b: &SeriesId) -> Option<String> {
    let data = &scope.snapshot.data;
    let goes_on = |late: &SeriesId, early: &SeriesId| {
        let before = |id: &SeriesId| data.series.get(id).and_then(|series| series.predecessor.clone());
        // Imports refuse circles; a snapshot of a file may hold one.
        std::iter::successors(before(late), before).take(data.series.len() + 1).any(|it| it == *early)
    };
    let told = |late: &SeriesId, early: &SeriesId| format!("`{late}` goes on `{early}` after a break");
    if goes_on(a, b) { Some(told(a, b)) } else { goes_on(b, a).then(|| told(b, a)) }
}

/// A change in words: of a series between two periods, or one that is known.
fn moved(
    scope: &Scope,
    call: usize,
    (of, period, against): (&Value, Option<PeriodArgument>, Option<String>),
    say: &str,
    pinned: Option<NaiveDate>,
) -> Value {
    let asked = Asked::Call(call);
    let latest = || of.as_str().and_then(|name| scope.latest_period(asked, name, pinned));
    let told = period.as_ref().map(|period| period.0.clone()).or_else(latest);
    let named = of.as_str().zip(told.as_deref());
    let change = match (of.downcast_object_ref::<ChangeValue>(), named) {
        (Some(change), None) if period.is_none() => Some(change.clone()),
        (None, Some((name, period))) => scope.change(asked, name, period, against.as_deref(), pinned),
        _ => {
            // Of a series without a value a problem was told.
            if absent(of).is_none() && of.as_str().is_none() {
                let problem = Problem::error("`move` takes a series and a period, or a change alone");
                scope.problem(asked, Wrong::Change, problem.hint("write move(\"series\", \"2024\")"));
            }
            None
        }
    };
    let Some(change) = change else { return Value::from_object(Absent) };
    if change.against >= change.of.period {
        let problem = Problem::error(format!(
            "{} is not before {}: nothing moved from one to the other",
            change.against, change.of.period
        ));
        let wrong = against.as_deref().map_or(Wrong::Change, Wrong::Period);
        scope.problem(asked, wrong, problem.hint("write move(\"series\", \"2025\", against=\"2023\")"));
        return Value::from_object(Absent);
    }
    let Some(mut moved) = Move::new(change, say) else {
        let problem = Problem::error(format!("there are no words `{say}` for a change in {}", scope.language));
        let rows = scope.words.rows(scope.language);
        let problem = match nearest(say, rows.iter().copied()) {
            Some(word) => problem.hint(format!("did you mean `{word}`?")),
            None => problem.hint(format!("known here: `{}`", rows.join("`, `"))),
        };
        scope.problem(asked, Wrong::Period(say), problem);
        return Value::from_object(Absent);
    };
    if moved.names_value() {
        moved.figure = named.and_then(|(name, period)| scope.figure(asked, name, Some(period), pinned));
        if moved.names_before() {
            let earlier = moved.change.against.to_string();
            moved.before = named.and_then(|(name, _)| scope.figure(asked, name, Some(&earlier), pinned));
            moved.before.iter_mut().for_each(|before| before.is_before = true);
        }
        if named.is_none() {
            let problem =
                Problem::error(format!("the words `{say}` name the value, which a change alone does not have"));
            let hint = format!("write move(\"series\", \"2024\", say=\"{say}\")");
            scope.problem(asked, Wrong::Period(say), problem.hint(hint));
        }
    }
    Value::from_object(moved)
}

/// How many times `b` goes into `a`, to one decimal.
fn ratio(scope: &Scope, call: usize, a: &Value, b: &Value) -> Value {
    let wrong = |problem: Problem| scope.problem(Asked::Call(call), Wrong::Change, problem);
    let (Some(over), Some(under)) = (a.downcast_object_ref::<Figure>(), b.downcast_object_ref::<Figure>()) else {
        if absent(a).is_none() && absent(b).is_none() {
            wrong(
                Problem::error("`ratio` takes two figures")
                    .hint("write ratio(latest(\"one\"), fig(\"other\", \"2024\"))"),
            );
        }
        return Value::from_object(Absent);
    };
    let (above, below) = (&over.observation, &under.observation);
    if over.unit.id != under.unit.id {
        let [over, under] = [over, under].map(|it| format!("`{}` is in {}", it.observation.series, it.unit.label.en));
        let hint = "only values in one unit are compared; name two series that have one";
        wrong(Problem::error(format!("{over}, and {under}: a ratio compares like with like")).hint(hint));
        return Value::from_object(Absent);
    }
    if let Some(broken) = across_a_break(scope, &above.series, &below.series) {
        let hint = "values from before and after a break are never compared: name two series without one between them";
        wrong(Problem::error(broken).hint(hint));
        return Value::from_object(Absent);
    }
    let (long, short) = (above.period.frequency(), below.period.frequency());
    if long != short {
        let what = format!(
            "{} is a {long} and {} is a {short}: this ratio compares unequal periods",
            above.period, below.period
        );
        wrong(Problem::warning(what).hint("name periods of one length, as in fig(\"series\", \"2024\")"));
    }
    if let Some(negative) = [above, below].into_iter().find(|it| it.value.is_sign_negative() && !it.value.is_zero()) {
        let what = format!("`{}` is below zero for {}: a ratio of it says nothing", negative.series, negative.period);
        wrong(Problem::error(what).hint("name another period, or leave the ratio out"));
        return Value::from_object(Absent);
    }
    let Some(quotient) = above.value.checked_div(below.value) else {
        let why = if below.value.is_zero() { "nothing can be divided by it" } else { "the result is too large" };
        let what = format!("`{}` is {} for {}: {why}", below.series, below.value, below.period);
        wrong(Problem::error(what).hint("name another period, or leave the ratio out"));
        return Value::from_object(Absent);
    };
    let text =
        numbers::plain(quotient.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero), scope.writing());
    let provisional = over.is_provisional() || under.is_provisional();
    let text = marked_provisional(text, provisional, scope.language);
    Value::from_object(Words { scope: scope.clone(), text, says: Says::Nothing })
}

fn add_filters(env: &mut Environment<'static>) {
    // At the beginning of a sentence: `in_period|capitalize`. The nouns of German keep their capitals.
    env.add_filter("capitalize", |v: Value| {
        let capital = |text: &str, rest: fn(&str) -> String| {
            let mut chars = text.chars();
            let first = chars.next().map(char::to_uppercase).into_iter().flatten();
            first.collect::<String>() + &rest(chars.as_str())
        };
        if let Some(capital) = with_move(&v, |it| it.capital = true) {
            return capital;
        }
        match v.downcast_object_ref::<Words>() {
            Some(words) => Value::from_object(Words { text: capital(&words.text, str::to_owned), ..words.clone() }),
            None => absent(&v).unwrap_or_else(|| Value::from(capital(&v.to_string(), str::to_lowercase))),
        }
    });
    env.add_filter("abs", |v: Value| {
        with_change(&v, |c| c.signed = false).or(absent(&v)).ok_or_else(|| no_figure("abs"))
    });
    env.add_filter("full", |v: Value| {
        with_figure(&v, |f| f.form = Form::Full).or(absent(&v)).ok_or_else(|| no_figure("full"))
    });
    // The value of another period than that of its sentence says so.
    env.add_filter("dated", |v: Value, beside: PeriodArgument| {
        let beside = beside.0.parse().ok();
        with_figure(&v, |f| f.beside = beside).or(absent(&v)).ok_or_else(|| no_figure("dated"))
    });
    env.add_filter("bare", |v: Value| {
        with_figure(&v, |f| f.form = Form::Bare).or(absent(&v)).ok_or_else(|| no_figure("bare"))
    });
    env.add_filter("past", |v: Value| {
        with_figure(&v, |f| f.past = true)
            .or_else(|| with_change(&v, |c| c.of.newer = None))
            .or_else(|| {
                with_move(&v, |it| {
                    it.change.of.newer = None;
                    it.figures().for_each(|figure| figure.past = true);
                })
            })
            .or_else(|| with_course(&v, |figure| figure.past = true))
            .or(absent(&v))
            .ok_or_else(|| no_figure("past"))
    });
    env.add_filter("nocite", |v: Value| {
        with_figure(&v, |f| f.cite = false)
            .or_else(|| with_change(&v, |c| c.cite = false))
            .or_else(|| {
                with_move(&v, |it| {
                    it.change.cite = false;
                    it.figures().for_each(|figure| figure.cite = false);
                })
            })
            .or_else(|| with_course(&v, |figure| figure.cite = false))
            .or(absent(&v))
            .ok_or_else(|| no_figure("nocite"))
    });
}

/// A number that an expression writes by itself. It comes from no figure.
#[derive(Debug)]
pub(super) struct TypedNumber(String);

impl fmt::Display for TypedNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the number {} is typed by hand", self.0)
    }
}

impl std::error::Error for TypedNumber {}

/// Makes a number that an expression writes by itself an error, and lets each figure cost what it needs.
fn refuse_numbers(env: &mut Environment<'static>) {
    env.set_formatter(|out, state, value| {
        if value.kind() == ValueKind::Number {
            let typed = TypedNumber(value.to_string());
            return Err(Error::new(ErrorKind::InvalidOperation, typed.to_string()).with_source(typed));
        }
        if value.as_object().is_some() {
            state.consume_fuel(FIGURE_COST)?;
        }
        minijinja::escape_formatter(out, state, value)
    });
}

fn absent(value: &Value) -> Option<Value> {
    value.downcast_object_ref::<Absent>().map(|_| value.clone())
}

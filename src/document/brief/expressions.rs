//! What a template's Jinja expressions can say: figures and changes from a snapshot, with their citations. A value is
//! inserted as a marker that stands for an entry of a side table, so that no character of it can become markup and its
//! citation survives Markdown.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::NaiveDate;
use minijinja::{
    Environment, Error, ErrorKind, Value,
    value::{Kwargs, Object, ValueKind},
};
use rust_decimal::{Decimal, RoundingStrategy};

use super::{
    dates,
    numbers::{self, GermanNumbers, Writing},
};
use crate::{
    base::{
        language::Language,
        problem::{Problem, Source},
    },
    figures::{ChangeUnit, Citation, Direction, Observation, Period, Quality, SeriesId, Snapshot, Unit, UnitKind},
};

/// What the expressions of a text may cost: steps, and what they write, 64 bytes a step (as `minijinja` counts).
const FUEL: u64 = 500_000;

/// Begins and ends a marker; between them the entry's number in private-use digits.
const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';
const DIGIT: u32 = 0xe010;

/// A number between two signs, in private-use digits.
pub(super) fn marker(open: char, number: usize, close: char) -> String {
    let digits = number.to_string();
    let digits = digits.bytes().filter_map(|digit| char::from_u32(DIGIT + u32::from(digit - b'0')));
    std::iter::once(open).chain(digits).chain([close]).collect()
}

/// The number that these private-use digits write; nothing sensible if they are none.
pub(super) fn number(digits: &str) -> usize {
    digits.chars().fold(0, |number: usize, digit| {
        number.wrapping_mul(10).wrapping_add(u32::from(digit).wrapping_sub(DIGIT) as usize)
    })
}

/// Stands for the list of key figures in a mail.
pub(super) const KEY_FIGURES: &str = "\u{e002}";
/// Stands for the imprint in a mail.
pub(super) const IMPRINT: &str = "\u{e003}";

/// What was inserted: its text, what it cites, and the id of the block it refers to.
#[derive(Debug, Clone, Default)]
pub(super) struct Inserted {
    pub text: String,
    pub cites: Vec<Citation>,
    pub to: Option<String>,
}

/// What one rendering of one language gathers.
#[derive(Default)]
pub(super) struct Gathered {
    pub inserted: Vec<Inserted>,
    pub problems: Vec<Problem>,
    /// Every observation that was printed, for the attached CSV.
    pub printed: Vec<Observation>,
}

/// The context of a rendering, shared by its values.
#[derive(Clone)]
pub(super) struct Scope {
    pub snapshot: Arc<Snapshot>,
    pub language: Language,
    pub german: GermanNumbers,
    pub source: Source,
    pub gathered: Arc<Mutex<Gathered>>,
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scope")
    }
}

impl Scope {
    pub fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How its numbers are written.
    pub fn writing(&self) -> Writing {
        Writing { language: self.language, german: self.german }
    }

    /// A marker for this text.
    pub fn insert(&self, text: String, cites: Vec<Citation>) -> String {
        self.mark(Inserted { text, cites, to: None })
    }

    fn mark(&self, inserted: Inserted) -> String {
        let mut gathered = self.gathered();
        gathered.inserted.push(inserted);
        marker(OPEN, gathered.inserted.len() - 1, CLOSE)
    }

    /// Says what every cross reference is called: `numbered` holds the ids of blocks and their names (`Figure 2`), in
    /// the order of the text. One to an unknown block is a problem.
    pub fn name_references(&self, numbered: &[(String, String)]) {
        let mut lost = Vec::new();
        for inserted in &mut self.gathered().inserted {
            let Some(id) = &inserted.to else { continue };
            match numbered.iter().find(|(known, _)| known == id) {
                Some((_, name)) => inserted.text.clone_from(name),
                None => lost.push(id.clone()),
            }
        }
        for id in lost {
            let asked = format!("ref(\"{id}\")");
            let at = self.source.text().find(&asked).map_or(0..0, |at| at..at + asked.len());
            let known = numbered.iter().map(|(id, _)| id.as_str());
            let problem = Problem::error(format!("no chart or table `{id}` stands in this text"));
            self.gathered().problems.push(problem.at(self.source.place(at)).did_you_mean(&id, known));
        }
    }

    /// Notes a problem at the first place where these words stand in the file.
    fn problem(&self, words: &[&str], problem: Problem) {
        let text = self.source.text();
        let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        let at = quoted.first().and_then(|first| {
            text.match_indices(first.as_str())
                .find(|(at, _)| {
                    quoted.get(1).is_none_or(|second| {
                        text.get(*at..(at + 160).min(text.len())).is_none_or(|near| near.contains(second.as_str()))
                    })
                })
                .map(|(at, found)| at + 1..at + found.len() - 1)
        });
        let problem = match at {
            Some(range) => problem.at(self.source.place(range)),
            None => problem.at(self.source.place(0..0)),
        };
        self.gathered().problems.push(problem);
    }

    fn series(&self, name: &str) -> Option<SeriesId> {
        let found = SeriesId::new(name).filter(|id| self.snapshot.data.series.contains_key(id));
        if found.is_none() {
            let known = self.snapshot.data.series.keys().map(SeriesId::as_str);
            self.problem(&[name], Problem::error(format!("unknown series `{name}`")).did_you_mean(name, known));
        }
        found
    }

    fn period(&self, name: &str, period: &str) -> Option<Period> {
        let parsed = period.parse().ok();
        if parsed.is_none() {
            self.problem(
                &[name, period],
                Problem::error(format!("`{period}` is not a period"))
                    .hint("write 2024, 2024-06, 2024-06-30 or 2024/25"),
            );
        }
        parsed
    }

    /// The figure, or a problem at the place where it is asked for.
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Plain,
    Full,
    Bare,
}

/// A figure in a template.
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

/// A change in a template.
#[derive(Debug, Clone)]
pub(super) struct ChangeValue {
    scope: Scope,
    value: Decimal,
    unit: ChangeUnit,
    pub direction: Direction,
    pub printed_only: bool,
    pub against: Period,
    signed: bool,
    cite: bool,
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

/// Words that the program wrote, such as a period.
#[derive(Debug, Clone)]
struct Words {
    scope: Scope,
    text: String,
}

impl Object for Words {
    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.scope.insert(self.text.clone(), Vec::new()))
    }
}

/// Stands where a figure is missing, so that the rest of the file is still looked at.
#[derive(Debug)]
struct Absent;

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
    // Errors tell where in the text they are.
    env.set_debug(true);
    // A loop in a loop, or a text put together with itself again and again, would need hours and all memory.
    env.set_fuel(Some(FUEL));
    env.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
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
    // Which number the block has is known when the whole text is.
    env.add_function("ref", move |id: String| -> String { s.mark(Inserted { to: Some(id), ..Inserted::default() }) });
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
    env
}

fn absent(value: &Value) -> Option<Value> {
    value.downcast_object_ref::<Absent>().map(|_| value.clone())
}

/// The text with its markers taken apart, in order: plain text, then what was inserted.
pub(super) fn parts(text: &str, gathered: &Gathered) -> Vec<Inserted> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let Some((digits, after)) = after.split_once(CLOSE) else { break };
        if !before.is_empty() {
            found.push(Inserted { text: before.to_owned(), ..Inserted::default() });
        }
        found.extend(gathered.inserted.get(number(digits)).cloned());
        rest = after;
    }
    if !rest.is_empty() {
        found.push(Inserted { text: rest.to_owned(), ..Inserted::default() });
    }
    found
}

/// The text with its markers replaced by what they stand for.
pub(super) fn resolved(text: &str, gathered: &Gathered) -> String {
    parts(text, gathered).into_iter().map(|part| part.text).collect()
}

//! The values of expressions: figures, changes and words. Each is inserted into the text by a marker when it is rendered.

use std::{fmt, ops::RangeInclusive, sync::Arc};

use chrono::NaiveDate;
use minijinja::{
    Error, Value,
    value::{ArgType, Object},
};
use rust_decimal::Decimal;

use super::{
    dates,
    markers::{Says, ValueOf},
    numbers,
    scope::{ABSENT_YEAR, Asked, Scope, Wrong},
    series_path::{Newer, newer, span_claim},
    translations,
};
use crate::{
    base::{language::Language, problem::Problem},
    figures::{ChangeUnit, Citation, Direction, Observation, Period, Quality, SeriesId, Status, Unit, UnitKind},
};

impl Scope {
    /// The figure of a period, or the latest of its series' frequency; one that is not known is a problem where it is asked
    /// for.
    pub fn figure(
        &self,
        asked: Asked<'_>,
        name: &str,
        period: Option<&str>,
        pinned: Option<NaiveDate>,
    ) -> Option<Figure> {
        let Some(text) = period else { return self.latest(asked, name, None, pinned) };
        let moves = !self.is_written(asked, text);
        let id = self.series(asked, name)?;
        let Some(observation) = self.snapshot.observation(&id, self.period(asked, text)?, pinned) else {
            let what = format!("`{name}` has no value for {text} that is known by then");
            self.unknown_value(asked, &id, (what, Wrong::Period(text)), pinned);
            return None;
        };
        self.shown(asked, observation, moves, moves || pinned.is_some())
    }

    /// The period of the latest figure of a series.
    pub fn latest_period(&self, asked: Asked<'_>, name: &str, pinned: Option<NaiveDate>) -> Option<String> {
        Some(self.latest(asked, name, None, pinned)?.observation.period.to_string())
    }

    /// The latest figure of a frequency, which is that of the series unless another is named.
    pub fn latest(
        &self,
        asked: Asked<'_>,
        name: &str,
        frequency: Option<&str>,
        pinned: Option<NaiveDate>,
    ) -> Option<Figure> {
        let id = self.series(asked, name)?;
        let latest = match frequency {
            None => self.snapshot.latest(&id, pinned),
            Some(word) => self.snapshot.latest_of(&id, self.frequency(asked, word)?, pinned),
        };
        let Some(observation) = latest else {
            let (what, wrong) = match frequency {
                Some(word) => {
                    (format!("`{name}` has no value for a {word} that is known by then"), Wrong::Period(word))
                }
                None => (format!("`{name}` has no value that is known by then"), Wrong::Series(name)),
            };
            self.unknown_value(asked, &id, (what, wrong), pinned);
            return None;
        };
        if frequency.is_none() {
            self.warn_of_newer(asked, name, observation, pinned);
        }
        self.shown(asked, observation, true, true)
    }

    fn shown(&self, asked: Asked<'_>, observation: &Observation, moves: bool, past: bool) -> Option<Figure> {
        self.note_asked(asked, &observation.series, Some(observation.period));
        let unit = self.snapshot.data.units.get(&self.snapshot.data.series.get(&observation.series)?.unit)?.clone();
        let observation = observation.clone();
        Some(Figure {
            scope: self.clone(),
            observation,
            unit,
            form: Form::Plain,
            cite: true,
            moves,
            past,
            beside: None,
            is_before: false,
        })
    }

    fn unknown_value(
        &self,
        asked: Asked<'_>,
        id: &SeriesId,
        (what, wrong): (String, Wrong<'_>),
        pinned: Option<NaiveDate>,
    ) {
        let word = match wrong {
            Wrong::Period(word) => word,
            Wrong::Series(_) | Wrong::Change => "",
        };
        if self.is_news(asked, id.as_str(), word) {
            self.problem(asked, wrong, Problem::error(what).hint(self.known_periods(id, pinned)));
        }
    }

    /// Warns of a latest value that stands still, since its series went over to shorter periods.
    fn warn_of_newer(&self, asked: Asked<'_>, name: &str, latest: &Observation, pinned: Option<NaiveDate>) {
        let known = self.snapshot.periods(&latest.series).into_iter();
        let known = known.filter(|period| self.snapshot.observation(&latest.series, *period, pinned).is_some());
        let Some(newer) = known.filter(|newer| latest.period.is_overtaken_by(*newer)).max() else { return };
        if self.is_news(asked, name, "newer") {
            let what = format!("the latest value of `{name}` is for {}, and there is one for {newer}", latest.period);
            let hint = format!(
                "`latest` goes by the longest periods that a series has; latest(\"{name}\", freq=\"{}\") goes by these",
                newer.frequency()
            );
            self.problem(asked, Wrong::Series(name), Problem::warning(what).hint(hint));
        }
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
        if parsed.frequency() != earlier.frequency() {
            if self.is_news(asked, name, &format!("{period} {earlier}")) {
                let (now, then) = (parsed.frequency(), earlier.frequency());
                let what = format!("{parsed} is a {now} and {earlier} is a {then}: a change compares equal periods");
                let hint = self.known_periods(&id, pinned);
                self.problem(asked, against.map_or(Wrong::Change, Wrong::Period), Problem::error(what).hint(hint));
            }
            return None;
        }
        let Some(change) = self.snapshot.difference(&id, parsed, earlier, pinned) else {
            if self.is_news(asked, name, &format!("{period} {earlier}")) {
                self.unknown_change(asked, &id, (parsed, period), (earlier, against), pinned);
            }
            return None;
        };
        let mut cites: Vec<Citation> = Vec::new();
        for citation in change.rests_on.iter().filter_map(|o| o.sources.first()) {
            if !cites.iter().any(|known| known.is_same_source(citation)) {
                cites.push(citation.clone());
            }
        }
        let moves = !self.is_written(asked, period);
        let newer = (!moves && pinned.is_none()).then(|| self.newer(&id, parsed)).flatten();
        let of = ValueOf { series: name.to_owned(), period: parsed, against: Some(earlier), moves, newer };
        self.note_asked(asked, &id, None);
        if let (Asked::Call(call), Some(_)) = (asked, against) {
            self.look_between(call, &id, earlier.min(parsed)..=earlier.max(parsed), pinned);
        }
        Some(ChangeValue {
            scope: self.clone(),
            value: change.value,
            unit: change.unit,
            direction: change.direction(),
            printed_only: change.printed_only,
            published: change.published,
            rebased: change.rebased,
            provisional: change.provisional,
            against: earlier,
            signed: true,
            dative: false,
            cite: true,
            cites,
            of,
        })
    }

    fn unit(&self, id: &SeriesId) -> Option<&Unit> {
        self.snapshot.data.units.get(&self.snapshot.data.series.get(id)?.unit)
    }

    fn newer(&self, id: &SeriesId, than: Period) -> Option<Newer> {
        newer(&self.snapshot, self.snapshot.observation(id, than, None)?, self.unit(id)?)
    }

    /// Notes what a comparison hides of the values between its two periods.
    fn look_between(&self, call: usize, id: &SeriesId, span: RangeInclusive<Period>, pinned: Option<NaiveDate>) {
        let frequency = span.start().frequency();
        let within = self.snapshot.periods(id).into_iter();
        let within = within.filter(|period| span.contains(period) && period.frequency() == frequency);
        let path: Vec<&Observation> =
            within.filter_map(|period| self.snapshot.observation(id, period, pinned)).collect();
        if let Some(claim) = self.unit(id).and_then(|unit| span_claim(call, &path, unit)) {
            self.note_span(claim);
        }
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
            (Some(_), Some(before)) if before <= Decimal::ZERO => {
                let why = if before.is_zero() { "would divide by zero" } else { "over a negative value says nothing" };
                let before = before.normalize().to_string().replace('-', "\u{2212}");
                (
                    Wrong::Change,
                    Problem::error(format!("`{id}` is {before} for {earlier}: a change in per cent {why}"))
                        .hint("show the values themselves, without a change"),
                )
            }
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
    /// It is told as history, or cannot be out of date.
    pub past: bool,
    /// The period of what is told beside it: its own is said if it is another.
    pub beside: Option<Period>,
    /// A newer value is told with it as what it has become, so that its sentence speaks of that one's period.
    pub is_before: bool,
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

    /// Its period, as it follows the value: ` (2024)`.
    pub fn period_in_brackets(&self) -> String {
        let (period, language) = (self.observation.period, self.scope.language);
        let text = dates::period(period, language);
        let marker = self.scope.insert_saying(text, Vec::new(), Says::Period(period));
        if language == Language::Zh { format!("（{marker}）") } else { format!(" ({marker})") }
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
            "in_period" => Value::from_object(Words {
                scope: self.scope.clone(),
                text: dates::in_period(self.observation.period, self.scope.language),
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
            newer: (!self.past).then(|| newer(&self.scope.snapshot, &self.observation, &self.unit)).flatten(),
        };
        let text = marked_provisional(self.text(), self.is_provisional(), self.scope.language);
        let says = if self.is_before { Says::Nothing } else { Says::Value(of) };
        f.write_str(&self.scope.insert_saying(text, cites, says))?;
        match self.beside {
            Some(beside) if beside != self.observation.period => f.write_str(&self.period_in_brackets()),
            _ => Ok(()),
        }
    }
}

/// The change that `change` and `diff` return.
#[derive(Debug, Clone)]
pub(super) struct ChangeValue {
    pub scope: Scope,
    value: Decimal,
    unit: ChangeUnit,
    pub direction: Direction,
    pub printed_only: bool,
    /// It is the publisher's own number.
    pub published: bool,
    /// It is the publisher's, against a value that has been revised since.
    pub rebased: bool,
    /// One of the values that it rests on is.
    pub provisional: bool,
    pub against: Period,
    pub signed: bool,
    /// In German, in the dative.
    pub dative: bool,
    pub cite: bool,
    pub cites: Vec<Citation>,
    pub of: ValueOf,
}

impl ChangeValue {
    /// The change as it is written, without a mark.
    pub fn text(&self) -> String {
        let text = numbers::change(self.value, self.unit, self.signed, self.scope.writing());
        if self.dative && text.ends_with("punkte") { text + "n" } else { text }
    }
}

impl Object for ChangeValue {
    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        Some(Value::from(match key {
            "up" => self.direction == Direction::Up,
            "down" => self.direction == Direction::Down,
            "flat" => self.direction == Direction::Flat,
            "printed_only" => self.printed_only,
            "rebased" => self.rebased,
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
    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let Says::Period(period) = self.says else { return None };
        let language = self.scope.language;
        let words = |text: String| Value::from_object(Words { text, ..(**self).clone() });
        Some(match key {
            "period" => words(dates::period(period, language)),
            "in_period" => words(dates::in_period(period, language)),
            "year" => Value::from(period.year()),
            _ => return None,
        })
    }

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

/// A period as an argument: in words, or that of a figure (`latest("vw_bev_cn")`) or of its words (`….period`).
#[derive(Debug)]
pub(super) struct PeriodArgument(pub String);

impl<'a> ArgType<'a> for PeriodArgument {
    type Output = PeriodArgument;

    fn from_value(value: Option<&'a Value>) -> Result<PeriodArgument, Error> {
        let object = value.and_then(|value| {
            let words = value.downcast_object_ref::<Words>().map(|words| &words.says);
            match (value.downcast_object_ref::<Figure>(), words) {
                (Some(figure), _) => Some(figure.observation.period.to_string()),
                (None, Some(Says::Period(period))) => Some(period.to_string()),
                // Of what is missing a problem was told.
                _ => value.downcast_object_ref::<Absent>().map(|_| ABSENT_YEAR.to_owned()),
            }
        });
        match object {
            Some(period) => Ok(PeriodArgument(period)),
            None => String::from_value(value).map(PeriodArgument),
        }
    }
}

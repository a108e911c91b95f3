//! A change in words, as the expression `move` tells it: `fell by 44.3% to 115,500`. The words come from `move_words`. Of several
//! they alternate from use to use, so that a text does not say the same thing seven times.

use std::{fmt, sync::Arc};

use minijinja::{Value, value::Object};

use super::{
    dates,
    markers::Says,
    move_words::{BEFORE, CHANGE, PERIOD, VALUE},
    values::{ChangeValue, Figure, Form},
};
use crate::{base::language::Language, figures::Frequency};

/// A change in words, as `move` returns it.
#[derive(Debug, Clone)]
pub(super) struct Move {
    pub change: ChangeValue,
    /// The value that it led to, if it is known.
    pub figure: Option<Figure>,
    /// The value that it began with, if its words name it.
    pub before: Option<Figure>,
    /// The name of the row.
    row: String,
    words: Vec<String>,
    /// It begins a sentence.
    pub capital: bool,
}

impl Move {
    /// A change in the words of a row, if there is such a row.
    pub fn new(change: ChangeValue, row: &str) -> Option<Move> {
        let (scope, row) = (&change.scope, row.to_owned());
        let words = scope.words.words(scope.language, &row, change.direction)?;
        Some(Move { change, figure: None, before: None, row, words, capital: false })
    }

    /// Do its words name the value?
    pub fn names_value(&self) -> bool {
        self.words.iter().any(|words| words.contains(VALUE) || words.contains(BEFORE))
    }

    /// Do its words name the value before?
    pub fn names_before(&self) -> bool {
        self.words.iter().any(|words| words.contains(BEFORE))
    }

    /// The values that it names.
    pub fn figures(&mut self) -> impl Iterator<Item = &mut Figure> {
        self.figure.iter_mut().chain(self.before.iter_mut())
    }
}

impl Object for Move {
    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = format!("{}/{:?}", self.row, self.change.direction);
        let nth = self.change.scope.count_words(key);
        let mut words = self.words.iter().cycle().nth(nth % self.words.len().max(1)).cloned().unwrap_or_default();
        if self.capital {
            let mut letters = words.chars();
            words = letters.next().map(char::to_uppercase).into_iter().flatten().chain(letters).collect();
        }
        if let Some(at) = words.find(CHANGE) {
            let mut change = self.change.clone();
            change.signed = false;
            // „um 6 Prozentpunkte“, but „ein Plus von 6 Prozentpunkten“
            change.dative = words.get(..at).is_some_and(|before| before.ends_with("von "));
            words = words.replacen(CHANGE, &Value::from_object(change).to_string(), 1);
        }
        if words.contains(PERIOD) {
            let (period, language) = (self.change.of.period, self.change.scope.language);
            let text = match (language, period.frequency()) {
                // „stiegen 2025“, but „stiegen im Januar 2025“
                (Language::De, Frequency::Year | Frequency::Season) | (Language::Zh, _) => {
                    dates::period(period, language)
                }
                (Language::En | Language::De, _) => dates::in_period(period, language),
            };
            let marker = self.change.scope.insert_saying(text, Vec::new(), Says::Period(period));
            words = words.replacen(PERIOD, &marker, 1);
        }
        for (place, figure) in [(BEFORE, &self.before), (VALUE, &self.figure)] {
            let Some(mut figure) = figure.clone().filter(|_| words.contains(place)) else { continue };
            // A number in Chinese stands with its measure word.
            if self.change.scope.language == Language::Zh {
                figure.form = Form::Full;
            }
            words = words.replacen(place, &Value::from_object(figure).to_string(), 1);
        }
        f.write_str(&words)
    }
}

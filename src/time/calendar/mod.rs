//! Calendars of days off, which schedules name. Germany's are computed here; operators' own are built from what `config`
//! reads. When an edition is due is in `schedule`; where calendar files are found is in `config`.

mod combine;
mod easter;
pub mod germany;
pub mod ics;

use std::{collections::BTreeMap, ops::RangeInclusive};

use chrono::{Datelike, NaiveDate, Weekday};
use serde::Serialize;

pub use self::{combine::combine, easter::easter};
use crate::base::language::{Language, PerLanguage};

/// The years that calendars can cover.
pub const YEARS: RangeInclusive<i32> = 1990..=2100;

/// The first and the last day of [`YEARS`].
pub fn range() -> RangeInclusive<NaiveDate> {
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
    day(*YEARS.start(), 1, 1)..=day(*YEARS.end(), 12, 31)
}

/// What a calendar says about a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Day {
    /// A working day.
    Workday,
    /// A Saturday or Sunday that is neither a holiday nor worked.
    Weekend,
    /// A day off with its name, on any day of the week.
    Holiday(String),
    /// A Saturday or Sunday that is worked to make up for a day off, with the name of that day off.
    MakeUp(String),
    /// Outside what is published: never guessed.
    Unknown,
}

impl Day {
    /// Is it known to be worked? False for an unknown day.
    pub const fn is_workday(&self) -> bool {
        matches!(self, Day::Workday | Day::MakeUp(_))
    }
}

/// The official notice that publishes the days off of a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// The year that it covers.
    pub year: i32,
    /// As the authority numbers it: `国办发明电〔2025〕7号`
    pub number: String,
    /// Date of publication.
    pub published: NaiveDate,
    /// Where it can be read.
    pub url: String,
}

/// The days off of a place or an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Its id, as schedules name it: `DE-BW`, `CN`, `office`
    pub id: String,
    /// What people call it: `Baden-Württemberg`
    pub title: String,
    /// The file it is read from; `None` if it is computed.
    pub file: Option<String>,
    /// The notices it is based on, newest year first, if its days are published year by year.
    pub notices: Vec<Notice>,
    named: BTreeMap<NaiveDate, Day>,
    known: RangeInclusive<NaiveDate>,
    /// By the name of a day: its names in other languages.
    translations: BTreeMap<String, PerLanguage<Option<String>>>,
}

impl Calendar {
    /// A calendar with these named days; the other days of `known` are ordinary. Its title is its id.
    pub fn new(id: String, named: BTreeMap<NaiveDate, Day>, known: RangeInclusive<NaiveDate>) -> Calendar {
        let title = id.clone();
        Calendar { id, title, file: None, notices: Vec::new(), named, known, translations: BTreeMap::new() }
    }

    /// Sets the names of its days in other languages.
    #[must_use]
    pub fn with_translations(mut self, translations: BTreeMap<String, PerLanguage<Option<String>>>) -> Calendar {
        self.translations = translations;
        self
    }

    /// Adds the names that another calendar has, where this one has none.
    #[must_use]
    pub fn with_translations_of(mut self, other: &Calendar) -> Calendar {
        for (name, names) in &other.translations {
            self.translations.entry(name.clone()).or_insert_with(|| names.clone());
        }
        self
    }

    /// What it says about a day.
    pub fn day(&self, date: NaiveDate) -> Day {
        if let Some(day) = self.named.get(&date) {
            return day.clone();
        }
        if !self.known.contains(&date) {
            return Day::Unknown;
        }
        if is_weekend(date) { Day::Weekend } else { Day::Workday }
    }

    /// The last day that it covers.
    pub const fn known_until(&self) -> NaiveDate {
        *self.known.end()
    }

    /// The first and the last day that it covers.
    pub const fn known(&self) -> &RangeInclusive<NaiveDate> {
        &self.known
    }

    /// The named days in `range`, in order.
    pub fn named(&self, range: RangeInclusive<NaiveDate>) -> impl Iterator<Item = (NaiveDate, &Day)> {
        let range = (!range.is_empty()).then_some(range);
        range.into_iter().flat_map(|range| self.named.range(range)).map(|(date, day)| (*date, day))
    }

    /// The name of a day in another language, if it is known.
    pub fn name_in(&self, name: &str, language: Language) -> Option<&str> {
        self.translations.get(name)?.get(language).as_deref()
    }
}

/// Is it a Saturday or Sunday?
pub fn is_weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

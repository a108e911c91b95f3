//! Which days are days off, by a calendar that a schedule names: those of Germany are computed here, those of operators
//! are built from what `config` reads. Pure: when an edition is due is in `schedule`; where the files of calendars stand,
//! in `config`.

mod easter;
pub mod germany;
pub mod ics;
mod joined;

use std::{collections::BTreeMap, ops::RangeInclusive};

use chrono::{Datelike, NaiveDate, Weekday};
use serde::Serialize;

pub use self::{easter::easter, joined::join};
use crate::base::language::{Language, PerLanguage};

/// The first and the last year of which any calendar says something.
pub const YEARS: RangeInclusive<i32> = 1990..=2100;

/// The first and the last day of [`YEARS`].
pub fn range() -> RangeInclusive<NaiveDate> {
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
    day(*YEARS.start(), 1, 1)..=day(*YEARS.end(), 12, 31)
}

/// What a calendar says of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Day {
    /// People work.
    Workday,
    /// A Saturday or Sunday like others.
    Weekend,
    /// A day off, by its name, on whichever day of the week.
    Holiday(String),
    /// A Saturday or Sunday on which people work, to make up for a day off; the name is that of what it makes up for.
    MakeUp(String),
    /// Nothing is published for this day yet: it is never guessed.
    Unknown,
}

impl Day {
    /// Do people work? Nobody knows of a day that is not published.
    pub const fn is_workday(&self) -> bool {
        matches!(self, Day::Workday | Day::MakeUp(_))
    }
}

/// Where the days of a year are published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// The year it is about.
    pub year: i32,
    /// As the authority numbers it: `国办发明电〔2025〕7号`
    pub number: String,
    /// When it was published.
    pub published: NaiveDate,
    /// Where it can be read.
    pub url: String,
}

/// The days off of one place or house.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Its id, as schedules name it: `DE-BW`, `CN`, `office`
    pub id: String,
    /// What people call it: `Baden-Württemberg`
    pub title: String,
    /// The file it is read from; nothing if it is computed.
    pub file: Option<String>,
    /// Where its days are published, the newest year first, if they are published year by year.
    pub notices: Vec<Notice>,
    named: BTreeMap<NaiveDate, Day>,
    known: RangeInclusive<NaiveDate>,
    /// By the name of a day: what it is called in other languages.
    translations: BTreeMap<String, PerLanguage<Option<String>>>,
}

impl Calendar {
    /// From its named days, the other days of `known` being like others. Its title is its id.
    pub fn new(id: String, named: BTreeMap<NaiveDate, Day>, known: RangeInclusive<NaiveDate>) -> Calendar {
        let title = id.clone();
        Calendar { id, title, file: None, notices: Vec::new(), named, known, translations: BTreeMap::new() }
    }

    /// The same with what its days are called in other languages.
    #[must_use]
    pub fn translated(mut self, translations: BTreeMap<String, PerLanguage<Option<String>>>) -> Calendar {
        self.translations = translations;
        self
    }

    /// The same with what another calendar knows of its names.
    #[must_use]
    pub fn also_translated(mut self, other: &Calendar) -> Calendar {
        for (name, said) in &other.translations {
            self.translations.entry(name.clone()).or_insert_with(|| said.clone());
        }
        self
    }

    /// What it says of a day.
    pub fn day(&self, date: NaiveDate) -> Day {
        if let Some(day) = self.named.get(&date) {
            return day.clone();
        }
        if !self.known.contains(&date) {
            return Day::Unknown;
        }
        if is_weekend(date) { Day::Weekend } else { Day::Workday }
    }

    /// The last day of which something is published.
    pub const fn known_until(&self) -> NaiveDate {
        *self.known.end()
    }

    /// The first and the last day of which something is published.
    pub const fn known(&self) -> &RangeInclusive<NaiveDate> {
        &self.known
    }

    /// The days that have a name, from the first to the last of `range`.
    pub fn named(&self, range: RangeInclusive<NaiveDate>) -> impl Iterator<Item = (NaiveDate, &Day)> {
        let range = (!range.is_empty()).then_some(range);
        range.into_iter().flat_map(|range| self.named.range(range)).map(|(date, day)| (*date, day))
    }

    /// What the day with this name is called in another language, if that is known.
    pub fn name_in(&self, name: &str, language: Language) -> Option<&str> {
        self.translations.get(name)?.get(language).as_deref()
    }
}

/// Saturday or Sunday.
pub fn is_weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

//! Which days are days off, by a calendar that a schedule names. Pure: when an edition is due is in `schedule`; where the
//! files of calendars stand, in `config`.

use std::{collections::BTreeMap, ops::RangeInclusive};

use chrono::{Datelike, NaiveDate, Weekday};

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

/// The days off of one place or house.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Its id, as schedules name it: `DE-BW`, `CN`, `office`
    pub id: String,
    named: BTreeMap<NaiveDate, Day>,
    known: RangeInclusive<NaiveDate>,
}

impl Calendar {
    /// From its named days, the other days of `known` being like others.
    pub fn new(id: String, named: BTreeMap<NaiveDate, Day>, known: RangeInclusive<NaiveDate>) -> Calendar {
        Calendar { id, named, known }
    }

    /// What it says of a day.
    pub fn day(&self, date: NaiveDate) -> Day {
        if let Some(day) = self.named.get(&date) {
            return day.clone();
        }
        if !self.known.contains(&date) {
            return Day::Unknown;
        }
        if matches!(date.weekday(), Weekday::Sat | Weekday::Sun) { Day::Weekend } else { Day::Workday }
    }

    /// The last day of which something is published.
    pub const fn known_until(&self) -> NaiveDate {
        *self.known.end()
    }
}

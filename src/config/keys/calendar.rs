//! The keys of a calendar's file.

use super::super::calendars::LONGEST_NAME;
use super::key::{
    DefaultValue, Derived,
    Holds::{self, Date, NamedTexts, Paths, Rows, Text, Texts, Whole, Words},
    Key,
};
use crate::time::calendar::YEARS;

const ANY: Holds = Text(None, None);

/// `calendars/ID.toml`
pub(in crate::config) const CALENDAR: &[Key] = &[
    Key::with_default("title", ANY, DefaultValue::Derived(Derived::Id), "What it is called. Without it, its id."),
    Key::optional(
        "include",
        Texts,
        "The ids of calendars that this one builds on, such as [\"DE-BW\"]: it says what they say, and more.",
    ),
    Key::optional("ics", Paths, "Files of iCalendar, relative to this one: every all-day event is a day off."),
    Key::optional("days", Rows(DAYS), "Days off, and days on which people work instead; they win over the others."),
    Key::optional(
        "years",
        Rows(YEAR),
        "The years that an authority has published, without a gap. All others are unknown then.",
    ),
    Key::optional("english", NamedTexts, "What days are called in English, by their own names."),
];

const DAYS: &[Key] = &[
    Key::required("date", Date, "The day, or the first of several."),
    Key::optional("until", Date, "The last day. Without it, it is a single day."),
    Key::with_default(
        "kind",
        Words(&["off", "work"]),
        DefaultValue::Text("off"),
        "\"off\": nobody works; \"work\": people work, also on a weekend, where it makes up for a day off.",
    ),
    Key::required("name", Text(None, Some(LONGEST_NAME)), "What it is called."),
];

const YEAR: &[Key] = &[
    Key::required("year", Whole(*YEARS.start() as i64, *YEARS.end() as i64), "The year."),
    Key::optional("known_until", Date, "Only in the last year: the last day that is known. Without it, 31 December."),
    Key::required("notices", Rows(NOTICES), "Where the year is published."),
    Key::required("days", Rows(DAYS), "Its days; a notice may begin with days of the December before."),
];

const NOTICES: &[Key] = &[
    Key::required("number", ANY, "The notice's number, as the authority gives it."),
    Key::required("published", Date, "When it was published."),
    Key::required("url", ANY, "Where it can be read."),
];

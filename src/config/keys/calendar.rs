//! The keys of a calendar's file.

use super::super::calendars::LONGEST_NAME;
use super::key::{
    Holds::{self, Date, NamedTexts, Paths, Rows, Text, Texts, Whole, Words},
    Key, Like,
    Needed::{No, Yes},
    Unless::{self, Nothing},
};
use crate::time::calendar::YEARS;

const ANY: Holds = Text(None, None);

/// `calendars/ID.toml`
pub(in crate::config) const CALENDAR: &[Key] = &[
    Key("title", ANY, No, Unless::Like(Like::Id), "What it is called. Without it, its id."),
    Key(
        "include",
        Texts,
        No,
        Nothing,
        "The ids of calendars that this one builds on, such as [\"DE-BW\"]: it says what they say, and more.",
    ),
    Key("ics", Paths, No, Nothing, "Files of iCalendar, relative to this one: every all-day event is a day off."),
    Key("days", Rows(DAYS), No, Nothing, "Days off, and days on which people work instead; they win over the others."),
    Key(
        "years",
        Rows(YEAR),
        No,
        Nothing,
        "The years that an authority has published, without a gap. All others are unknown then.",
    ),
    Key("english", NamedTexts, No, Nothing, "What days are called in English, by their own names."),
];

const DAYS: &[Key] = &[
    Key("date", Date, Yes, Nothing, "The day, or the first of several."),
    Key("until", Date, No, Nothing, "The last day. Without it, it is a single day."),
    Key(
        "kind",
        Words(&["off", "work"]),
        No,
        Unless::Text("off"),
        "\"off\": nobody works; \"work\": people work, also on a weekend, where it makes up for a day off.",
    ),
    Key("name", Text(None, Some(LONGEST_NAME)), Yes, Nothing, "What it is called."),
];

const YEAR: &[Key] = &[
    Key("year", Whole(*YEARS.start() as i64, *YEARS.end() as i64), Yes, Nothing, "The year."),
    Key(
        "known_until",
        Date,
        No,
        Nothing,
        "Only in the last year: the last day that is known. Without it, 31 December.",
    ),
    Key("notices", Rows(NOTICES), Yes, Nothing, "Where the year is published."),
    Key("days", Rows(DAYS), Yes, Nothing, "Its days; a notice may begin with days of the December before."),
];

const NOTICES: &[Key] = &[
    Key("number", ANY, Yes, Nothing, "The notice's number, as the authority gives it."),
    Key("published", Date, Yes, Nothing, "When it was published."),
    Key("url", ANY, Yes, Nothing, "Where it can be read."),
];
